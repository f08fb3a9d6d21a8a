"""Smoking, alcohol and chronic obstructive lung disease."""

from __future__ import annotations

from features.sources._city.facts.fact import CHINA, Fact, Source
from features.sources._city.facts.pressure import KADOORIE

SMOKING = Source(
    "Li X, et al.",
    "Smoking among Chinese people aged 15 and above, Global Adult Tobacco Survey design, 2018",
    "abstract at synapsesocial.com/ar/papers/69d6bd53a0177bf533ed8c86",
    2020,
    seen="abstract",
)
COPD_CPH = Source(
    "Wang C, Xu J, Yang L, et al.",
    "Prevalence and risk factors of COPD in China (the China Pulmonary Health study)",
    "Lancet 391:1706–1717",
    2018,
    "doi:10.1016/S0140-6736(18)30841-9",
    "abstract, PubMed 29650248",
)
COPD_FANG = Source(
    "Fang L, Gao P, Bao H, et al.",
    "Chronic obstructive pulmonary disease in China: a nationwide prevalence study",
    "Lancet Respiratory Medicine",
    2018,
    "doi:10.1016/S2213-2600(18)30103-6",
    "abstract",
)

FACTS: tuple[Fact, ...] = (
    Fact("smoking.current.male", 50.47, "%", 2.0, False, "published", SMOKING, 2018, "men", "", "male",
         (15, None), CHINA),
    Fact("smoking.current.female", 2.07, "%", 0.7, False, "published", SMOKING, 2018, "women", "", "female",
         (15, None), CHINA),
    Fact("smoking.current", 26.59, "%", 2.0, False, "published", SMOKING, 2018, "people", ages=(15, None),
         area=CHINA),
    Fact("smoking.current.urban", 25.05, "%", 2.5, False, "published", SMOKING, 2018, "urban people",
         ages=(15, None), area=CHINA),
    Fact("smoking.current.rural", 28.87, "%", 2.5, False, "published", SMOKING, 2018, "rural people",
         ages=(15, None), area=CHINA),
    Fact("smoking.quit", 20.10, "%", 3.0, False, "published", SMOKING, 2018, "people who ever smoked",
         ages=(15, None), area=CHINA),
    Fact("smoking.cigarettes_per_day", 16.0, "per day", 1.5, False, "published", SMOKING, 2018,
         "current smokers", ages=(15, None), area=CHINA),
    Fact("smoking.age_at_start", 20.95, "years", 2.0, False, "published", SMOKING, 2018, "daily smokers",
         ages=(15, None), area=CHINA),
    Fact("copd.prevalence.40", 13.7, "%", 1.5, False, "published", COPD_CPH, 2015, "adults",
         "After a bronchodilator; 95 % interval 12.1 to 15.5.", ages=(40, None), area=CHINA,
         standard="china2010"),
    Fact("copd.prevalence.20_39", 2.1, "%", 1.0, False, "published", COPD_CPH, 2015, "adults", ages=(20, 40),
         area=CHINA, standard="china2010"),
    Fact("copd.prevalence.20", 8.6, "%", 1.4, False, "published", COPD_CPH, 2015, "adults", ages=(20, None),
         area=CHINA, standard="china2010"),
    Fact("copd.prevalence.20.male", 11.9, "%", 2.0, False, "published", COPD_CPH, 2015, "men", "", "male",
         (20, None), CHINA, "china2010"),
    Fact("copd.prevalence.20.female", 5.4, "%", 1.5, False, "published", COPD_CPH, 2015, "women", "",
         "female", (20, None), CHINA, "china2010"),
    Fact("copd.prevalence.40.male", 19.0, "%", 2.5, False, "published", COPD_FANG, 2015, "men", "", "male",
         (40, None), CHINA, "china2010"),
    Fact("copd.prevalence.40.female", 8.1, "%", 2.0, False, "published", COPD_FANG, 2015, "women", "",
         "female", (40, None), CHINA, "china2010"),
    Fact("copd.lung_function_test_ever", 12.0, "%", 5.0, False, "published", COPD_CPH, 2015,
         "adults with COPD", "Upper bound of awareness; awareness itself was not in the abstract.",
         ages=(20, None), area=CHINA),
    Fact("alcohol.weekly.male", 33.8, "%", 5.0, False, "published", KADOORIE, 2008, "men without diabetes",
         "", "male", (30, 80), CHINA),
    Fact("alcohol.weekly.female", 2.1, "%", 1.0, False, "published", KADOORIE, 2008, "women without diabetes",
         "", "female", (30, 80), CHINA),
)  # fmt: skip
