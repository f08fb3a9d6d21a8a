"""Weight, lipids and kidneys."""

from __future__ import annotations

from features.sources._city.facts.fact import CHINA, NOT_TRACED, Fact, Source
from features.sources._city.facts.pressure import KADOORIE

CKD_ZHANG = Source(
    "Zhang L, Wang F, Wang L, et al.",
    "Prevalence of chronic kidney disease in China: a cross-sectional survey",
    "Lancet 379:815–822",
    2012,
    "doi:10.1016/S0140-6736(12)60033-6",
    "abstract",
)
CKD_MEINIAN = Source(
    "Zhuang Z, Tong M, Clarke R, et al.",
    "Probability of chronic kidney disease and associated risk factors in Chinese adults (Meinian)",
    "Clinical Kidney Journal 15:2228–2236",
    2022,
    "doi:10.1093/ckj/sfac176",
    "abstract, PMC9664583",
)
OBESITY_PAN = Source(
    "Pan XF, Wang L, Pan A",
    "Epidemiology and determinants of obesity in China",
    "Lancet Diabetes & Endocrinology",
    2021,
    "doi:10.1016/S2213-8587(21)00045-0",
    "summary",
)

FACTS: tuple[Fact, ...] = (
    Fact("ckd.prevalence", 10.8, "%", 2.6, False, "published", CKD_ZHANG, 2010, "adults",
         "eGFR below 60 or albuminuria; the survey of 2018–19 is said to find 8.2 %, which was not read and "
         "lies just inside the tolerance.", ages=(18, None), area=CHINA, standard="none"),
    Fact("ckd.egfr_below_60", 1.7, "%", 0.6, False, "published", CKD_ZHANG, 2010, "adults", ages=(18, None),
         area=CHINA),
    Fact("ckd.albuminuria", 9.4, "%", 2.4, False, "published", CKD_ZHANG, 2010, "adults", ages=(18, None),
         area=CHINA),
    Fact("ckd.egfr_below_60.50_59", 1.15, "%", 0.6, False, "published", CKD_MEINIAN, 2017, "health check-ups",
         ages=(50, 60), area=CHINA),
    Fact("ckd.egfr_below_60.60_69", 3.05, "%", 1.2, False, "published", CKD_MEINIAN, 2017, "health check-ups",
         ages=(60, 70), area=CHINA),
    Fact("ckd.egfr_below_60.70", 13.02, "%", 4.0, False, "published", CKD_MEINIAN, 2017, "health check-ups",
         ages=(70, None), area=CHINA),
    Fact("bmi.overweight", 34.3, "%", 3.5, False, "published", OBESITY_PAN, 2019, "adults",
         "BMI 24 to below 28 kg/m², the Chinese criterion.", ages=(18, None), area=CHINA),
    Fact("bmi.obesity", 16.4, "%", 3.0, False, "published", OBESITY_PAN, 2019, "adults",
         "BMI 28 kg/m² and above, the Chinese criterion.", ages=(18, None), area=CHINA),
    Fact("bmi.mean", 23.6, "kg/m2", 1.0, False, "published", KADOORIE, 2008, "adults without diabetes",
         "Standard deviation 3.3.", ages=(30, 80), area=CHINA),
    Fact("total_cholesterol.mean", 4.7, "mmol/L", 0.4, False, "assumption", None, 2015, "adults", NOT_TRACED,
         ages=(18, None), area=CHINA),
    Fact("ldl_cholesterol.mean", 2.8, "mmol/L", 0.4, False, "assumption", None, 2015, "adults", NOT_TRACED,
         ages=(18, None), area=CHINA),
)  # fmt: skip
