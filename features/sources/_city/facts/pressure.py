"""Blood pressure: prevalence, awareness, treatment and control of hypertension."""

from __future__ import annotations

from features.sources._city.facts.fact import CHINA, RECALLED, Fact, Source

HTN_SURVEY = Source(
    "Wang Z, Chen Z, Zhang L, et al.",
    "Status of hypertension in China: results from the China Hypertension Survey, 2012–2015",
    "Circulation 137:2344–2356",
    2018,
    "doi:10.1161/CIRCULATIONAHA.117.032380",
    "abstract, PubMed 29449338",
)
HTN_INTERASIA = Source(
    "Gu DF, Jiang H, Wu XG, et al.",
    "Prevalence, awareness, treatment and control of hypertension in Chinese adults (InterASIA)",
    "Chinese Journal of Preventive Medicine 37:84–89",
    2003,
    seen="abstract at wprim.whocc.org.cn",
)
KADOORIE = Source(
    "China Kadoorie Biobank",
    ("Characteristics of 510,136 adults by diabetes status, column no diabetes, adjusted for age, region and sex"),
    "Journal of Epidemiology and Community Health, table at jech.bmj.com/highwire/markup/171303",
    2017,
    seen="the table",
)

FACTS: tuple[Fact, ...] = (
    Fact("hypertension.prevalence", 23.2, "%", 1.5, False, "published", HTN_SURVEY, 2015, "adults",
         "SBP ≥ 140 or DBP ≥ 90 mmHg or drugs in the last two weeks; weighted to the 2010 census. "
         "Unweighted: 27.9 %.", ages=(18, None), area=CHINA, standard="china2010"),
    Fact("hypertension.awareness", 46.9, "%", 2.5, False, "published", HTN_SURVEY, 2015,
         "adults with hypertension", ages=(18, None), area=CHINA, standard="china2010"),
    Fact("hypertension.treatment", 40.7, "%", 2.5, False, "published", HTN_SURVEY, 2015,
         "adults with hypertension", ages=(18, None), area=CHINA, standard="china2010"),
    Fact("hypertension.control", 15.3, "%", 2.5, False, "published", HTN_SURVEY, 2015,
         "adults with hypertension", ages=(18, None), area=CHINA, standard="china2010"),
    Fact("hypertension.prehypertension", 41.3, "%", 4.0, False, "published", HTN_SURVEY, 2015, "adults",
         ages=(18, None), area=CHINA, standard="china2010"),
    Fact("hypertension.prevalence.urban", 23.4, "%", 2.0, False, "published", HTN_SURVEY, 2015,
         "urban adults", ages=(18, None), area=CHINA, standard="china2010"),
    Fact("hypertension.prevalence.rural", 23.1, "%", 2.0, False, "published", HTN_SURVEY, 2015,
         "rural adults", ages=(18, None), area=CHINA, standard="china2010"),
    Fact("hypertension.prevalence.18_24", 4.0, "%", 2.0, False, "assumption", HTN_SURVEY, 2015, "adults",
         RECALLED, ages=(18, 25), area=CHINA),
    Fact("hypertension.prevalence.25_34", 6.1, "%", 2.0, False, "assumption", HTN_SURVEY, 2015, "adults",
         RECALLED, ages=(25, 35), area=CHINA),
    Fact("hypertension.prevalence.35_44", 15.0, "%", 3.0, False, "assumption", HTN_SURVEY, 2015, "adults",
         RECALLED, ages=(35, 45), area=CHINA),
    Fact("hypertension.prevalence.45_54", 29.6, "%", 3.0, False, "assumption", HTN_SURVEY, 2015, "adults",
         RECALLED, ages=(45, 55), area=CHINA),
    Fact("hypertension.prevalence.55_64", 44.6, "%", 4.0, False, "assumption", HTN_SURVEY, 2015, "adults",
         RECALLED, ages=(55, 65), area=CHINA),
    Fact("hypertension.prevalence.65_74", 55.7, "%", 4.0, False, "assumption", HTN_SURVEY, 2015, "adults",
         RECALLED, ages=(65, 75), area=CHINA),
    Fact("hypertension.prevalence.75", 60.2, "%", 4.0, False, "assumption", HTN_SURVEY, 2015, "adults",
         RECALLED, ages=(75, None), area=CHINA),
    # Read in full, but of the year 2000: the shape by age and sex is what they are here for.
    Fact("hypertension.prevalence_2000.male.35_44", 17.4, "%", 5.0, False, "published", HTN_INTERASIA, 2000,
         "men", sex="male", ages=(35, 45), area=CHINA),
    Fact("hypertension.prevalence_2000.male.45_54", 28.2, "%", 6.0, False, "published", HTN_INTERASIA, 2000,
         "men", sex="male", ages=(45, 55), area=CHINA),
    Fact("hypertension.prevalence_2000.male.55_64", 40.7, "%", 8.0, False, "published", HTN_INTERASIA, 2000,
         "men", sex="male", ages=(55, 65), area=CHINA),
    Fact("hypertension.prevalence_2000.male.65_74", 47.3, "%", 10.0, False, "published", HTN_INTERASIA, 2000,
         "men", sex="male", ages=(65, 75), area=CHINA),
    Fact("hypertension.prevalence_2000.female.35_44", 10.7, "%", 5.0, False, "published", HTN_INTERASIA, 2000,
         "women", sex="female", ages=(35, 45), area=CHINA),
    Fact("hypertension.prevalence_2000.female.45_54", 26.8, "%", 6.0, False, "published", HTN_INTERASIA, 2000,
         "women", sex="female", ages=(45, 55), area=CHINA),
    Fact("hypertension.prevalence_2000.female.55_64", 38.9, "%", 8.0, False, "published", HTN_INTERASIA, 2000,
         "women", sex="female", ages=(55, 65), area=CHINA),
    Fact("hypertension.prevalence_2000.female.65_74", 50.2, "%", 10.0, False, "published", HTN_INTERASIA,
         2000, "women", sex="female", ages=(65, 75), area=CHINA),
    Fact("systolic_bp.mean", 130.7, "mm[Hg]", 4.0, False, "published", KADOORIE, 2008,
         "adults without diabetes", "Standard deviation 21.0.", ages=(30, 80), area=CHINA),
)  # fmt: skip
