"""Diabetes: prevalence, awareness, treatment and control."""

from __future__ import annotations

from features.sources._city.facts.fact import CHINA, RECALLED, Fact, Source

DIABETES_2018 = Source(
    "Wang L, Peng W, Zhao Z, et al.",
    "Prevalence and treatment of diabetes in China, 2013–2018",
    "JAMA 326:2498–2506",
    2021,
    "doi:10.1001/jama.2021.22208",
    "abstract and key points, PMC8715349",
)
DIABETES_2017 = Source(
    "Li Y, Teng D, Shi X, et al.",
    "Prevalence of diabetes recorded in mainland China using 2018 diagnostic criteria from the ADA",
    "BMJ 369:m997",
    2020,
    "doi:10.1136/bmj.m997",
    "abstract, PMC7186854",
)

FACTS: tuple[Fact, ...] = (
    Fact("diabetes.prevalence", 12.4, "%", 1.2, False, "published", DIABETES_2018, 2018, "adults",
         "ADA criteria: known, or fasting glucose, two-hour glucose or HbA1c. 95 % interval 11.8 to 13.0. "
         "Taken as standardised to the 2010 census, which the abstract does not say.", ages=(18, None),
         area=CHINA, standard="china2010"),
    Fact("diabetes.awareness", 36.7, "%", 2.5, False, "published", DIABETES_2018, 2018,
         "adults with diabetes", ages=(18, None), area=CHINA, standard="china2010"),
    Fact("diabetes.treatment", 32.9, "%", 2.5, False, "published", DIABETES_2018, 2018,
         "adults with diabetes", ages=(18, None), area=CHINA, standard="china2010"),
    Fact("diabetes.control_of_treated", 50.1, "%", 4.0, False, "published", DIABETES_2018, 2018,
         "adults treated for diabetes", "HbA1c below 7 %.", ages=(18, None), area=CHINA,
         standard="china2010"),
    Fact("diabetes.prediabetes", 38.1, "%", 5.0, False, "published", DIABETES_2018, 2018, "adults",
         ages=(18, None), area=CHINA, standard="china2010"),
    Fact("diabetes.prevalence_2013", 10.9, "%", 1.5, False, "published", DIABETES_2018, 2013, "adults",
         ages=(18, None), area=CHINA, standard="china2010"),
    Fact("diabetes.prevalence_2017", 12.8, "%", 1.5, False, "published", DIABETES_2017, 2017, "adults",
         "ADA criteria. The same survey by WHO criteria (11.2 %) was not read.", ages=(18, None), area=CHINA,
         standard="china2010"),
    Fact("diabetes.self_reported_2017", 6.0, "%", 1.2, False, "published", DIABETES_2017, 2017, "adults",
         ages=(18, None), area=CHINA, standard="china2010"),
    Fact("diabetes.newly_found_2017", 6.8, "%", 1.2, False, "published", DIABETES_2017, 2017, "adults",
         ages=(18, None), area=CHINA, standard="china2010"),
    Fact("diabetes.prevalence.18_29", 5.0, "%", 2.0, False, "assumption", DIABETES_2018, 2018, "adults",
         RECALLED, ages=(18, 30), area=CHINA),
    Fact("diabetes.prevalence.30_39", 7.4, "%", 2.0, False, "assumption", DIABETES_2018, 2018, "adults",
         RECALLED, ages=(30, 40), area=CHINA),
    Fact("diabetes.prevalence.40_49", 11.1, "%", 2.5, False, "assumption", DIABETES_2018, 2018, "adults",
         RECALLED, ages=(40, 50), area=CHINA),
    Fact("diabetes.prevalence.50_59", 17.3, "%", 3.0, False, "assumption", DIABETES_2018, 2018, "adults",
         RECALLED, ages=(50, 60), area=CHINA),
    Fact("diabetes.prevalence.60_69", 23.8, "%", 3.5, False, "assumption", DIABETES_2018, 2018, "adults",
         RECALLED, ages=(60, 70), area=CHINA),
    Fact("diabetes.prevalence.70", 27.3, "%", 4.0, False, "assumption", DIABETES_2018, 2018, "adults",
         RECALLED, ages=(70, None), area=CHINA),
    Fact("diabetes.prevalence.male", 13.3, "%", 2.0, False, "assumption", DIABETES_2018, 2018, "men",
         RECALLED, "male", (18, None), CHINA, "china2010"),
    Fact("diabetes.prevalence.female", 11.5, "%", 2.0, False, "assumption", DIABETES_2018, 2018, "women",
         RECALLED, "female", (18, None), CHINA, "china2010"),
)  # fmt: skip
