"""Screening: who comes, what is found."""

from __future__ import annotations

from features.sources._city.facts.fact import CHINA, NOT_TRACED, ZHEJIANG, Fact, Source

CRC_SHANGCHENG = Source(
    "Jiang MX, Li J, Huang XY",
    "上城区结直肠癌筛查结果分析 (Zhejiang's programme, Hangzhou, 2020–2022)",
    "Preventive Medicine (预防医学) 36(6):501–505",
    2024,
    "doi:10.19485/j.cnki.issn2096-5087.2024.06.010",
    "abstract",
)
CRC_GUANGZHOU = Source(
    "Guangzhou colorectal cancer screening programme 2015–2017",
    "Uptake, positivity and yield among 2,283,214 eligible residents",
    "Scientific Reports 9, article 46670",
    2019,
    "doi:10.1038/s41598-019-46670-2",
    "abstract, PMC6639356",
)
LDCT_ZHEJIANG = Source(
    "after four cities of Zhejiang, 2013–2019",
    "Disparity in lung cancer screening among smokers and nonsmokers in China: prospective cohort study",
    "JMIR Public Health and Surveillance 9:e43586",
    2023,
    "doi:10.2196/43586",
    "abstract",
)
LDCT_YIELD = Source(
    "Li Y, Du Y, Huang Y, et al.",
    "Community-based lung cancer screening by low-dose CT in China: first round results and a meta-analysis",
    ("abstract at research.rug.nl/nl/publications/community-based-lung-cancer-screening-by-low-dose-computed-tomogr"),
    2021,
    seen="abstract; the year is that of the journal's volume as recalled",
)
LDCT_SHANGHAI = Source(
    "Shanghai trial, as PubMed 29496251",
    "Community-based lung cancer screening with low-dose CT in China: results of the baseline screening",
    "Lung Cancer 117:20–26",
    2018,
    "doi:10.1016/j.lungcan.2018.01.003",
    "abstract, PubMed 29496251",
)
GASTRIC_RISK = Source(
    "Cao M, Li H, Sun D, et al.",
    "Classifying risk level of gastric cancer: evaluation of questionnaire-based prediction model",
    "Chinese Journal of Cancer Research 32:605–613",
    2020,
    "doi:10.21147/j.issn.1000-9604.2020.05.05",
    "abstract, PMC7666781",
)

FACTS: tuple[Fact, ...] = (
    Fact("screening.colorectum.fit_compliance", 46.3, "%", 3.0, False, "assumption", None, 2022,
         "residents of Wenling invited to a faecal immunochemical test",
         "Handed to the project as Wenling's figure; the paper behind it could not be found, nor any page that "
         "names Wenling's programme in a second search. Comparators "
         "that were read: 51.10 % in Yongkang, Zhejiang (China Cancer 2016;25(2):96), 15.4 % in Guangzhou.",
         ages=(50, 75), area="331081"),
    Fact("screening.colorectum.colonoscopy_compliance", 38.9, "%", 3.0, False, "assumption", None, 2022,
         "residents of Wenling with a positive first test",
         "As screening.colorectum.fit_compliance. Comparators: 34.37 % in Shangcheng, 18.9 % in Guangzhou.",
         ages=(50, 75), area="331081"),
    Fact("screening.colorectum.positive", 16.00, "%", 2.5, False, "published", CRC_SHANGCHENG, 2022,
         "people screened", "Questionnaire only 8.14, test only 6.46, both 1.40.", ages=(50, 75),
         area="330102"),
    Fact("screening.colorectum.positive.male", 22.16, "%", 3.5, False, "published", CRC_SHANGCHENG, 2022,
         "men screened", "", "male", (50, 75), "330102"),
    Fact("screening.colorectum.positive.female", 11.62, "%", 3.0, False, "published", CRC_SHANGCHENG, 2022,
         "women screened", "", "female", (50, 75), "330102"),
    Fact("screening.colorectum.fit_positive", 7.86, "%", 1.5, False, "published", CRC_SHANGCHENG, 2022,
         "people screened", "Test only 6.46 plus both 1.40. Guangzhou: 6.2 test only and 1.2 both.",
         ages=(50, 75), area="330102"),
    Fact("screening.colorectum.colonoscopy_compliance.shangcheng", 34.37, "%", 5.0, False, "published",
         CRC_SHANGCHENG, 2022, "people with a positive first test", "6,501 of 18,913.", ages=(50, 75),
         area="330102"),
    Fact("screening.colorectum.cancer_per_colonoscopy", 1.12, "%", 0.6, False, "published", CRC_SHANGCHENG,
         2022, "colonoscopies after a positive first test", ages=(50, 75), area="330102"),
    Fact("screening.colorectum.precancer_per_colonoscopy", 9.15, "%", 2.5, False, "published", CRC_SHANGCHENG,
         2022, "colonoscopies after a positive first test", ages=(50, 75), area="330102"),
    Fact("screening.colorectum.cancer_per_colonoscopy.guangzhou", 3.3, "%", 1.5, False, "published",
         CRC_GUANGZHOU, 2017, "colonoscopies after a positive first test", "Test-positive only: 4.9 %.",
         ages=(50, 75), area="440100"),
    Fact("screening.colorectum.adenoma_per_colonoscopy.guangzhou", 9.2, "%", 2.5, False, "published",
         CRC_GUANGZHOU, 2017, "colonoscopies after a positive first test", "Advanced adenoma.", ages=(50, 75),
         area="440100"),
    Fact("screening.lung.high_risk.smoker", 62.56, "%", 8.0, False, "published", LDCT_ZHEJIANG, 2019,
         "smokers", "18,818 of 30,079.", ages=(40, 75), area=ZHEJIANG),
    Fact("screening.lung.high_risk.nonsmoker", 6.0, "%", 2.0, False, "published", LDCT_ZHEJIANG, 2019,
         "nonsmokers", "5,483 of 91,455.", ages=(40, 75), area=ZHEJIANG),
    Fact("screening.lung.uptake.smoker", 41.9, "%", 5.0, False, "published", LDCT_ZHEJIANG, 2019,
         "smokers at high risk", ages=(40, 75), area=ZHEJIANG),
    Fact("screening.lung.uptake.nonsmoker", 66.31, "%", 6.0, False, "published", LDCT_ZHEJIANG, 2019,
         "nonsmokers at high risk", ages=(40, 75), area=ZHEJIANG),
    Fact("screening.lung.cancer_per_scan", 0.6, "%", 0.4, False, "published", LDCT_YIELD, 2020,
         "first scans of people at high risk",
         "Pooled over mainland China, 95 % interval 0.3 to 0.9. The abstract does not give the ages.",
         ages=(40, 75), area=CHINA),
    Fact("screening.lung.positive", 22.9, "%", 6.0, False, "published", LDCT_SHANGHAI, 2014,
         "first scans of people at high risk",
         "A non-calcified nodule of 4 mm and more. The abstract does not give the ages.", ages=(40, 75),
         area="310000"),
    Fact("screening.lung.stage_one_share", 76.4, "%", 10.0, False, "published", LDCT_YIELD, 2020,
         "cancers found by scan", "In situ or stage I; 15.2 % among cancers found in clinics.", ages=(40, 75),
         area=CHINA),
    Fact("screening.stomach.high_risk", 46.73, "%", 8.0, False, "published", GASTRIC_RISK, 2017,
         "residents asked by questionnaire",
         "42,015 of 89,914 in four places of China. The abstract does not give the ages.", ages=(40, 70),
         area=CHINA),
    Fact("screening.stomach.sensitivity_of_questionnaire", 61.82, "%", 14.0, False, "published", GASTRIC_RISK,
         2019, "gastric cancers within 3.47 years", ages=(40, 70), area=CHINA),
    Fact("screening.stomach.cancer_per_endoscopy", 0.5, "%", 0.4, False, "assumption", None, 2019,
         "first endoscopies of people at high risk", NOT_TRACED, ages=(40, 70), area=CHINA),
)  # fmt: skip
