"""Which statistic each fact is compared with, and which facts are compared with none, and why."""

from __future__ import annotations

from features.sources._city import diseases as ill
from features.sources._city import statistics as stat
from features.sources._city.clock import CENSUS_DAY, day_of
from features.sources._city.evidence import has
from features.sources._city.statistics import Statistic, at_census, at_survey, ill_with, rate, share
from features.sources._city.statistics_city import (
    area_mean,
    came,
    code_share,
    found_per_test,
    high_risk,
    household_size,
    living_alone,
    people_now,
    positive_first,
    requests_on_time,
    requests_rate,
    sex_ratio,
    start_of_smoking,
)

# Reason a fact is not compared with, by pattern of its name; the first pattern that matches counts.
UNCHECKED: tuple[tuple[str, str], ...] = (
    (r"registered\.|(birth|death)\.rate_\d+\.33",
     "the register counts its people wherever they live; the simulator holds residents, and not who of the registered "
     "lives elsewhere"),
    (r"urban\.share_2010", "nobody's address moves in the model: what was built up in 2010 is what was in 2022"),
    (r"education\.primary",
     "the lowest level of the model also holds people without any schooling; with the other three levels compared, "
     "what is left is compared too"),
    (r"education\..*zhejiang", "the province's; Tiantai's own figures and the city's assumption are compared"),
    (r"cancer\..*\.china(\.|$)|cancer\.(?!all)[a-z]+\.(incidence|mortality)\.(male|female)$",
     "the level of China, which Zhejiang's own published level of all sites excludes; used for the mix of sites only"),
    (r"screening\.colorectum\.(colonoscopy_compliance\.shangcheng|.*guangzhou)",
     "another city's; the figure given for Wenling is compared, and one city cannot have both"),
    (r"screening\.colorectum\.precancer", "adenoma is not simulated"),
    (r"screening\.lung\.stage_one", "stage is not simulated"),
    (r"screening\.stomach\.sens", "the questionnaire's answers are not simulated"),
    (r"pm25\.(zhejiang|wenzhou)|hotline\..*\.(taizhou_jiangsu|putian|quzhou)", "another place"),
    (r"pm25\.2019_jan", "of eight months; the model has means of whole years"),
    (r"income\.(urban|rural)", "a township has one income, for town and land together"),
)  # fmt: skip


def _aware(disease: int) -> Statistic:
    return share(lambda s: has(s["known"], disease).astype(float), lambda s: has(s["has"], disease))


def _mean(name: str, disease: int | None = None) -> Statistic:
    return at_survey(lambda s: s[name], None if disease is None else lambda s: ~has(s["has"], disease))


def _schooled(level: int, above: int = 17) -> Statistic:
    # At the census children count with the school they have finished; those of 15 and over with what they reach.
    return at_census(lambda e: ((e.person["education"] == level) & (e.age(CENSUS_DAY) > above)).astype(float))


HYPERTENSIVE, DIABETIC = ill_with(ill.HYPERTENSION), ill_with(ill.DIABETES)
CANCER_DEATHS = stat.deaths(*ill.CANCERS)
NEW_CANCER = stat.diagnoses(*ill.CANCERS)
TOP_FIVE = (ill.LUNG, ill.COLORECTUM, ill.STOMACH, ill.LIVER, ill.THYROID)
ACUTE = dict(ill.DISEASES[ill.CORONARY].codes)["I21.9"]

# Pattern of a fact's name to its statistic; the first that matches counts.
CHECKS: tuple[tuple[str, Statistic], ...] = (
    (r"population(\.|$)", people_now(CENSUS_DAY)),
    (r"hypertension\.prevalence_2000", share(HYPERTENSIVE)),
    (r"population_2010", people_now(day_of(2010, 11, 1))),
    (r"sex\.ratio", sex_ratio),
    (r"age\.share", stat.of_age),
    (r"household\.size", household_size),
    (r"household\.collective", at_census(lambda e: e.person["collective"])),
    (r"household\.living_alone", at_census(living_alone, lambda e: e.age(CENSUS_DAY) >= 60)),
    (r"urban\.share", at_census(lambda e: e.person["urban"])),
    (r"migrant\.share", at_census(lambda e: (e.person["hukou"] > 0).astype(float))),
    (r"education\.university", _schooled(4)),
    (r"education\.high_school", _schooled(3)),
    (r"education\.middle_school", _schooled(2, 14)),
    (r"birth\.rate", rate(stat.births, 2021, 2023)),
    (r"death\.rate", rate(stat.deaths(), 2020, 2023)),
    (r"life_expectancy", stat.expectancy),
    (r"minimum_living", at_census(lambda e: e.person["minimum_allowance"])),
    (r"insurance\.employee", at_census(lambda e: (e.person["insurance"] == 0).astype(float))),
    (r"insurance\.resident", at_census(lambda e: (e.person["insurance"] == 1).astype(float))),
    (r"income\.", area_mean("income")),
    (r"hypertension\.prevalence", share(HYPERTENSIVE)),
    (r"hypertension\.awareness", _aware(ill.HYPERTENSION)),
    (r"hypertension\.treatment", share(lambda s: s["bp_drug"], lambda s: has(s["has"], ill.HYPERTENSION))),
    (r"hypertension\.control", share(lambda s: s["bp_drug"] * (s["sbp"] < 140),
                                    lambda s: has(s["has"], ill.HYPERTENSION))),
    (r"hypertension\.prehyp", share(lambda s: (~has(s["has"], ill.HYPERTENSION) & (s["sbp"] >= 120)).astype(float))),
    (r"diabetes\.prevalence", share(DIABETIC)),
    (r"diabetes\.awareness", _aware(ill.DIABETES)),
    (r"diabetes\.newly_found",
     share(lambda s: (has(s["has"], ill.DIABETES) & ~has(s["known"], ill.DIABETES)).astype(float))),
    (r"diabetes\.self_reported", share(lambda s: has(s["known"], ill.DIABETES).astype(float))),
    (r"diabetes\.treatment", share(lambda s: s["sugar_drug"], lambda s: has(s["has"], ill.DIABETES))),
    (r"diabetes\.control", share(lambda s: (3.0 + 0.5 * s["glucose"] < 7).astype(float),
                                 lambda s: has(s["has"], ill.DIABETES) & (s["sugar_drug"] == 1))),
    (r"diabetes\.prediabetes", share(lambda s: (~has(s["has"], ill.DIABETES) & (s["glucose"] >= 5.4)).astype(float))),
    (r"smoking\.age_at_start", start_of_smoking),
    (r"smoking\.current", share(lambda s: s["smoker"])),
    (r"smoking\.quit", share(lambda s: 1 - s["smoker"], lambda s: s["pack_years"] > 0)),
    (r"smoking\.cigarettes", at_survey(lambda s: s["cigarettes"], lambda s: s["smoker"] == 1)),
    (r"copd\.lung_function_test_ever", _aware(ill.COPD)),  # tested are those who have been diagnosed
    (r"copd\.prevalence", share(ill_with(ill.COPD))),
    (r"ckd\.prevalence", share(ill_with(ill.CKD))),
    (r"ckd\.egfr", share(lambda s: (s["kidney"] < 60).astype(float))),
    (r"ckd\.albuminuria", share(lambda s: (has(s["has"], ill.CKD) & (s["kidney"] >= 60)).astype(float))),
    (r"bmi\.overweight", share(lambda s: ((s["bmi"] >= 24) & (s["bmi"] < 28)).astype(float))),
    (r"bmi\.obesity", share(lambda s: (s["bmi"] >= 28).astype(float))),
    (r"bmi\.mean", _mean("bmi", ill.DIABETES)),
    (r"systolic_bp\.mean", _mean("sbp", ill.DIABETES)),
    (r"alcohol\.weekly", share(lambda s: s["alcohol"])),
    (r"total_cholesterol", at_survey(lambda s: s["ldl"] + s["hdl"] + 0.45 * 1.42)),
    (r"ldl_cholesterol", _mean("ldl")),
    (r"stroke\.incidence", rate(stat.diagnoses(ill.STROKE), 2010, 2016)),
    (r"stroke\.prevalence", lambda e, f: 1e5 * at_survey(ill_with(ill.STROKE))(e, f)),
    (r"stroke\.mortality", rate(stat.deaths(ill.STROKE), 2010, 2016)),
    (r"stroke\.ischaemic", code_share("I63.9", "I6[0-4]")),
    (r"stroke\.haemorrhagic", code_share("I61.9", "I6[0-4]")),
    (r"stroke\.to_coronary", lambda e, f: rate(stat.diagnoses(ill.STROKE), 2010, 2018)(e, f)
     / rate(stat.diagnoses(ill.CORONARY), 2010, 2018)(e, f) / ACUTE),
    (r"coronary\.incidence", lambda e, f: ACUTE * rate(stat.diagnoses(ill.CORONARY), 2010, 2018)(e, f)),
    (r"cancer\.all\.incidence\.taizhou", rate(NEW_CANCER, 2013, 2017)),
    (r"cancer\.all\.mortality\.taizhou", rate(CANCER_DEATHS, 2013, 2017)),
    (r"cancer\.top_five", lambda e, f: 100 * rate(stat.diagnoses(*TOP_FIVE),
                                                  2013, 2017)(e, f) / rate(NEW_CANCER, 2013, 2017)(e, f)),
    (r"cancer\.all\.incidence\.zhejiang_2019", rate(NEW_CANCER, 2018, 2020)),
    (r"cancer\.all\.mortality\.zhejiang_2019", rate(CANCER_DEATHS, 2018, 2020)),
    (r"cancer\.all\.incidence\.zhejiang", rate(NEW_CANCER, 2020, 2022)),
    (r"cancer\.all\.mortality\.zhejiang", rate(CANCER_DEATHS, 2020, 2022)),
    (r"cancer\.lung\.incidence\.zhejiang", rate(stat.diagnoses(ill.LUNG), 2020, 2022)),
    (r"cancer\.lung\.mortality\.zhejiang", rate(stat.deaths(ill.LUNG), 2020, 2022)),
    (r"cancer\.colorectum\.incidence\.80_84_2005", rate(stat.diagnoses(ill.COLORECTUM), 2009, 2012)),
    (r"cancer\.all\.incidence\.\d", rate(NEW_CANCER, 2010, 2016)),
    (r"screening\.colorectum\.fit_compliance", came("fit")),
    (r"screening\.colorectum\.colonoscopy_compliance", came("colonoscopy")),
    (r"screening\.colorectum\.fit_positive", lambda e, _fact: 100 * len(e.positive) / len(e.tested["fit"][0])),
    (r"screening\.colorectum\.positive", positive_first),
    (r"screening\.colorectum\.cancer_per", found_per_test("colonoscopy", ill.COLORECTUM)),
    (r"screening\.lung\.high_risk", high_risk("lung")),
    (r"screening\.stomach\.high_risk", high_risk("stomach")),
    (r"screening\.lung\.uptake", came("ldct")),
    (r"screening\.lung\.cancer_per", found_per_test("ldct", ill.LUNG)),
    (r"screening\.lung\.positive", lambda e, _fact: 100 * e.nodules / len(e.tested["ldct"][0])),
    (r"screening\.stomach\.cancer_per", found_per_test("gastroscopy", ill.STOMACH)),
    (r"pm25\.", area_mean("pm25")),
    (r"hotline\.requests", requests_rate),
    (r"hotline\.on_time", requests_on_time),
)  # fmt: skip
