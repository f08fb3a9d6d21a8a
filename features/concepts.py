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
    )
}

DRUGS: dict[str, CodeSet] = {
    entry.name: entry
    for entry in (CodeSet("bp_medication", ("C02-C03", "C07-C09"), "blood pressure medication", "降压药"),)
}
