"""The vocabulary of the lake: what is measured, under which code, in which unit, within which plausible range.

Concept ids are OMOP standard concepts (OHDSI Athena vocabularies); the LOINC code stands beside each. Where no
standard concept could be traced, a local concept of the range that OMOP reserves for sites (above 2,000,000,000)
is used. Conditions are coded in ICD-10 (WHO, 2019 edition), drugs in ATC (WHO Collaborating Centre, Oslo), as
Chinese hospitals and insurers code them.

Plausible ranges are deliberately wider than any reference range: outside them a value is a mistake of unit,
decimal point or keyboard, not a sick person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# Molar mass of cholesterol 386.65 g/mol and of glucose 180.16 g/mol (IUPAC atomic weights): 1 mmol/L = 38.67 mg/dL
# of cholesterol (the factor that the SI conversion table of the AMA Manual of Style gives), 18.02 mg/dL of glucose.
CHOLESTEROL_MG_DL = 38.67
GLUCOSE_MG_DL = 18.02

# Creatinine 113.12 g/mol, so 1 mg/dL = 88.40 µmol/L; triolein 885.4 g/mol, so 1 mmol/L of triglycerides = 88.54 mg/dL
# (the factors of the AMA Manual of Style's SI conversion table are 88.4 and 88.5).
CREATININE_UMOL_L_PER_MG_DL = 88.40
TRIGLYCERIDE_MG_DL = 88.54

# Uric acid 168.11 g/mol, so 1 mg/dL = 59.48 µmol/L; bilirubin 584.67 g/mol, so 1 mg/dL = 17.10 µmol/L; urea holds two
# atoms of nitrogen (28.01 g/mol), so 1 mmol/L of urea = 2.801 mg/dL of urea nitrogen (AMA Manual of Style: 59.48,
# 17.104, 1/0.357).
URIC_ACID_UMOL_L_PER_MG_DL = 59.48
BILIRUBIN_UMOL_L_PER_MG_DL = 17.10
UREA_NITROGEN_MG_DL = 2.801


@dataclass(frozen=True)
class Measurement:
    """One thing that is measured or asked.

    Attributes
    ----------
    concept_id
        OMOP concept that rows of the lake carry.
    loinc
        LOINC code, empty for local concepts.
    unit
        Canonical unit in UCUM; the lake holds every value in it.
    low, high
        Plausible range in the canonical unit, both ends allowed.
    other_units
        UCUM unit to the divisor that turns it into the canonical unit.
    table
        Lake table that holds it.
    """

    concept_id: int
    loinc: str
    unit: str
    low: float
    high: float
    label: str
    label_zh: str
    other_units: dict[str, float] = field(default_factory=dict)
    table: str = "measurement"

    @property
    def yes_or_no(self) -> bool:
        """Whether its values are 1 for yes and 0 for no."""
        return (self.unit, self.low, self.high) == ("1", 0, 1)


MEASUREMENTS: dict[str, Measurement] = {
    "systolic_bp": Measurement(
        3004249, "8480-6", "mm[Hg]", 50, 300, "systolic blood pressure", "收缩压", {"kPa": 0.133322}
    ),
    "diastolic_bp": Measurement(
        3012888, "8462-4", "mm[Hg]", 20, 200, "diastolic blood pressure", "舒张压", {"kPa": 0.133322}
    ),
    "heart_rate": Measurement(3027018, "8867-4", "/min", 25, 250, "heart rate", "心率"),
    "bmi": Measurement(3038553, "39156-5", "kg/m2", 10, 80, "body mass index", "体重指数"),
    "total_cholesterol": Measurement(
        3027114, "2093-3", "mmol/L", 1.0, 20.0, "total cholesterol", "总胆固醇", {"mg/dL": CHOLESTEROL_MG_DL}
    ),
    "hdl_cholesterol": Measurement(
        3007070, "2085-9", "mmol/L", 0.1, 6.0, "HDL cholesterol", "高密度脂蛋白胆固醇", {"mg/dL": CHOLESTEROL_MG_DL}
    ),
    "ldl_cholesterol": Measurement(
        3009966, "18262-6", "mmol/L", 0.1, 15.0, "LDL cholesterol", "低密度脂蛋白胆固醇", {"mg/dL": CHOLESTEROL_MG_DL}
    ),
    "glucose": Measurement(3004501, "2345-7", "mmol/L", 1.0, 50.0, "blood glucose", "血糖", {"mg/dL": GLUCOSE_MG_DL}),
    "current_smoker": Measurement(43054909, "72166-2", "1", 0, 1, "smoking", "吸烟", table="observation"),
    "cigarettes_per_day": Measurement(
        2_000_000_001, "", "/d", 0, 100, "cigarettes per day", "每日吸烟支数", table="observation"
    ),
    "education_level": Measurement(
        2_000_000_002,
        "",
        "1",
        1,
        4,
        "education (1 lowest, 4 highest)",
        "受教育程度（1 最低，4 最高）",
        table="observation",
    ),
    "height": Measurement(3036277, "8302-2", "cm", 40, 230, "height", "身高", {"m": 0.01}),
    "weight": Measurement(3025315, "29463-7", "kg", 2, 300, "weight", "体重"),
    "triglycerides": Measurement(
        3022192, "2571-8", "mmol/L", 0.1, 30.0, "triglycerides", "甘油三酯", {"mg/dL": TRIGLYCERIDE_MG_DL}
    ),
    "hba1c": Measurement(3004410, "4548-4", "%", 3.0, 20.0, "HbA1c", "糖化血红蛋白"),
    # The concept is creatinine in blood by mass; Chinese laboratories report µmol/L, which is canonical here.
    "creatinine": Measurement(
        3016723, "2160-0", "umol/L", 15.0, 2000.0, "creatinine", "肌酐", {"mg/dL": 1 / CREATININE_UMOL_L_PER_MG_DL}
    ),
    "urine_albumin_creatinine": Measurement(
        3001802, "14959-1", "mg/g", 0.0, 20_000.0, "urine albumin/creatinine ratio", "尿白蛋白肌酐比"
    ),
    "alt": Measurement(3006923, "1742-6", "U/L", 1.0, 5000.0, "ALT", "丙氨酸氨基转移酶"),
    "platelets": Measurement(3024929, "777-3", "10*9/L", 5.0, 1500.0, "platelets", "血小板"),
    "fev1_fvc": Measurement(3011505, "19926-5", "%", 15.0, 100.0, "FEV1/FVC", "一秒率"),
    "fit_positive": Measurement(
        40761014, "57905-2", "1", 0, 1, "faecal immunochemical test positive", "粪便免疫化学检测阳性"
    ),
    "afp": Measurement(2_000_000_010, "", "ug/L", 0.1, 200_000.0, "alpha-fetoprotein", "甲胎蛋白"),
    "ldct_nodule": Measurement(
        2_000_000_011, "", "mm", 0.0, 100.0, "largest lung nodule on LDCT", "低剂量CT最大肺结节"
    ),
    "hbsag": Measurement(2_000_000_012, "", "1", 0, 1, "HBsAg positive", "乙肝表面抗原阳性"),
    "hpv_high_risk": Measurement(2_000_000_013, "", "1", 0, 1, "high-risk HPV positive", "高危型HPV阳性"),
    "birads": Measurement(2_000_000_014, "", "1", 0, 6, "BI-RADS category", "乳腺BI-RADS分类"),
    "helicobacter": Measurement(2_000_000_015, "", "1", 0, 1, "Helicobacter pylori positive", "幽门螺杆菌阳性"),
    "alcohol_weekly": Measurement(
        2_000_000_016, "", "1", 0, 1, "drinks in most weeks", "每周饮酒", table="observation"
    ),
    "family_history_cancer": Measurement(
        2_000_000_017, "", "1", 0, 1, "parent or sibling with cancer", "癌症家族史", table="observation"
    ),
    "waist_circumference": Measurement(3016258, "8280-0", "cm", 30, 250, "waist circumference", "腰围", {"m": 0.01}),
    "fasting_glucose": Measurement(
        3037110, "1558-6", "mmol/L", 1.0, 50.0, "fasting blood glucose", "空腹血糖", {"mg/dL": GLUCOSE_MG_DL}
    ),
    "uric_acid": Measurement(
        3037556, "3084-1", "umol/L", 20.0, 2000.0, "uric acid", "尿酸", {"mg/dL": 1 / URIC_ACID_UMOL_L_PER_MG_DL}
    ),
    "ggt": Measurement(3026910, "2324-2", "U/L", 1.0, 5000.0, "gamma-glutamyl transferase", "γ-谷氨酰转移酶"),
    "albumin": Measurement(3024561, "1751-7", "g/L", 5.0, 80.0, "albumin", "白蛋白", {"g/dL": 0.1}),
    "alkaline_phosphatase": Measurement(3035995, "6768-6", "U/L", 1.0, 5000.0, "alkaline phosphatase", "碱性磷酸酶"),
    # The concept is urea nitrogen by mass; Chinese laboratories report urea in mmol/L, which is canonical here.
    "urea": Measurement(3013682, "3094-0", "mmol/L", 0.1, 100.0, "urea", "尿素", {"mg/dL": UREA_NITROGEN_MG_DL}),
    "bilirubin": Measurement(
        3024128,
        "1975-2",
        "umol/L",
        0.0,
        1000.0,
        "total bilirubin",
        "总胆红素",
        {"mg/dL": 1 / BILIRUBIN_UMOL_L_PER_MG_DL},
    ),
    "crp": Measurement(3020460, "1988-5", "mg/L", 0.0, 1000.0, "C-reactive protein", "C反应蛋白", {"mg/dL": 0.1}),
    "white_cells": Measurement(3000905, "6690-2", "10*9/L", 0.1, 500.0, "white blood cells", "白细胞"),
    "neutrophils": Measurement(3008342, "770-8", "%", 0.0, 100.0, "share of neutrophils", "中性粒细胞百分比"),
    "lymphocytes": Measurement(3037511, "736-9", "%", 0.0, 100.0, "share of lymphocytes", "淋巴细胞百分比"),
    "monocytes": Measurement(3011948, "5905-5", "%", 0.0, 100.0, "share of monocytes", "单核细胞百分比"),
    "eosinophils": Measurement(3010457, "713-8", "%", 0.0, 100.0, "share of eosinophils", "嗜酸性粒细胞百分比"),
    "basophils": Measurement(3013869, "706-2", "%", 0.0, 100.0, "share of basophils", "嗜碱性粒细胞百分比"),
    "red_cells": Measurement(3020416, "789-8", "10*12/L", 0.5, 12.0, "red blood cells", "红细胞"),
    "red_cell_volume": Measurement(3023599, "787-2", "fL", 40.0, 160.0, "mean red cell volume", "平均红细胞体积"),
    "red_cell_width": Measurement(3019897, "788-0", "%", 5.0, 50.0, "red cell distribution width", "红细胞分布宽度"),
    "income_poverty_ratio": Measurement(
        2_000_000_018,
        "",
        "1",
        0,
        5,
        "household income over the poverty line (5: five times and more)",
        "家庭收入与贫困线之比（5 为五倍及以上）",
        table="observation",
    ),
    "self_rated_health": Measurement(
        2_000_000_019,
        "",
        "1",
        1,
        5,
        "health in the person's own view (1 excellent, 5 poor)",
        "自评健康（1 极好，5 差）",
        table="observation",
    ),
    "physically_active": Measurement(
        2_000_000_020,
        "",
        "1",
        0,
        1,
        "moderate or vigorous exercise in leisure time",
        "闲暇中等或剧烈运动",
        table="observation",
    ),
}

MALE, FEMALE = 8507, 8532  # OMOP gender concepts


@dataclass(frozen=True)
class CodeSet:
    """A set of ICD-10 or ATC codes, given as ranges of leading characters.

    `ranges` entries are either one code prefix (`"I51.6"`, `"C02"`) or a range of equally long prefixes
    (`"I20-I25"`), both ends included.
    """

    name: str
    ranges: tuple[str, ...]
    label: str
    label_zh: str

    def holds(self, code: str) -> bool:
        """Return whether a code is of this set.

        >>> CONDITIONS["lung_cancer"].holds("C34.1")
        True
        """
        for entry in self.ranges:
            first, _, last = entry.partition("-")
            if first <= code[: len(first)] <= (last or first):
                return True
        return False

    def sql(self, column: str) -> str:
        """Return a DuckDB condition that is true where `column` holds a code of this set."""
        tests = []
        for entry in self.ranges:
            first, _, last = entry.partition("-")
            if last:
                tests.append(f"left({column}, {len(first)}) BETWEEN '{first}' AND '{last}'")
            else:
                tests.append(f"starts_with({column}, '{first}')")
        return "(" + " OR ".join(tests) + ")"


CONDITIONS: dict[str, CodeSet] = {
    entry.name: entry
    for entry in (
        CodeSet("hypertension", ("I10-I15",), "hypertension", "高血压"),
        CodeSet("diabetes", ("E10-E14",), "diabetes", "糖尿病"),
        CodeSet("coronary_heart_disease", ("I20-I25",), "coronary heart disease", "冠心病"),
        CodeSet("stroke", ("I60-I64",), "stroke", "脑卒中"),
        # WHO ICD-10 I51.6 "cardiovascular disease, unspecified": what a source says that adjudicated a composite.
        CodeSet(
            "cardiovascular_disease",
            ("I21-I22", "I60-I64", "I51.6"),
            "cardiovascular disease (myocardial infarction, coronary death, stroke)",
            "心血管病（心肌梗死、冠心病死亡、脑卒中）",
        ),
        CodeSet("copd", ("J44",), "chronic obstructive pulmonary disease", "慢性阻塞性肺疾病"),
        CodeSet("chronic_kidney_disease", ("N18",), "chronic kidney disease", "慢性肾脏病"),
        CodeSet("lung_cancer", ("C33-C34",), "lung cancer", "肺癌"),
        CodeSet("colorectal_cancer", ("C18-C20",), "colorectal cancer", "结直肠癌"),
        CodeSet("stomach_cancer", ("C16",), "stomach cancer", "胃癌"),
        CodeSet("liver_cancer", ("C22",), "liver cancer", "肝癌"),
        CodeSet("oesophageal_cancer", ("C15",), "oesophageal cancer", "食管癌"),
        CodeSet("breast_cancer", ("C50",), "breast cancer", "乳腺癌"),
        CodeSet("cervical_cancer", ("C53",), "cervical cancer", "宫颈癌"),
        CodeSet("thyroid_cancer", ("C73",), "thyroid cancer", "甲状腺癌"),
        CodeSet("any_cancer", ("C00-C97",), "any cancer", "恶性肿瘤"),
        CodeSet("hepatitis_b", ("B18",), "chronic hepatitis B", "慢性乙型肝炎"),
    )
}

DRUGS: dict[str, CodeSet] = {
    entry.name: entry
    for entry in (
        CodeSet("bp_medication", ("C02-C03", "C07-C09"), "blood pressure medication", "降压药"),
        CodeSet("diabetes_medication", ("A10",), "diabetes medication", "降糖药"),
        CodeSet("statin", ("C10AA",), "statin", "他汀类"),
        CodeSet("antiplatelet", ("B01AC",), "antiplatelet drug", "抗血小板药"),
        CodeSet("inhaler", ("R03",), "inhaled bronchodilator or steroid", "吸入支气管扩张剂或激素"),
        CodeSet("antiviral_hepatitis_b", ("J05AF",), "nucleoside antiviral", "核苷类抗病毒药"),
    )
}
