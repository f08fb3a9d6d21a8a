"""Diabetes: blood glucose or HbA1c every three years."""

from models.programme._shared import DEFINES_IT, HEALTH_CHECK_UPTAKE, MANY_SLOTS, NEAR, NO_CAPACITY
from models.screening_programme import Figure, Positive, Programme, Test

USPSTF = "USPSTF, Screening for prediabetes and type 2 diabetes, JAMA 2021;326:736"

PROGRAMME = Programme(
    name="diabetes",
    title="Diabetes screening",
    title_zh="糖尿病筛查",
    disease="diabetes",
    model="undetected_diabetes",
    invited_as="diabetes",
    age=(35, 70),
    age_source=f"{USPSTF}: ages 35 to 70; of any weight here, because the model weighs it",
    free_of=("diabetes",),
    # Thresholds of diagnosis: WHO 2006 and 2011; ADA Standards of Care, section 2.
    test=Test(
        "glucose", "fasting blood glucose or HbA1c", "空腹血糖或糖化血红蛋白",
        ("measured.glucose", "measured.fasting_glucose", "measured.hba1c"),
        (Positive("glucose", 7.0), Positive("fasting_glucose", 7.0), Positive("hba1c", 6.5)),
    ),
    interval_years=Figure(3, f"{USPSTF}: every three years may be reasonable"),
    slots_per_week=MANY_SLOTS,
    reach_km=NEAR,
    uptake=HEALTH_CHECK_UPTAKE,
    sensitivity=Figure(1.0, DEFINES_IT),
    treated_by="diabetes_medication",
    averts=Figure(
        0.29,
        "29 % fewer cardiovascular events in five years than with a diagnosis three years later, by simulation of "
        "ADDITION-Europe (Herman WH et al., Diabetes Care 2015;38:1449)",
    ),
    averted="cardiovascular events within five years of diagnosis",
    averted_zh="诊断后五年内的心血管事件",
    missing=(NO_CAPACITY, "whether a glucose was taken fasting: most records do not say"),
)  # fmt: skip
