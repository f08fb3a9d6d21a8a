"""Hypertension: blood pressure every year."""

from models.programme._shared import DEFINES_IT, HEALTH_CHECK_UPTAKE, MANY_SLOTS, NEAR, NO_CAPACITY
from models.screening_programme import Figure, Positive, Programme, Test

USPSTF = "USPSTF, Screening for hypertension in adults, JAMA 2021;325:1650"

PROGRAMME = Programme(
    name="hypertension",
    title="Hypertension screening",
    title_zh="高血压筛查",
    disease="hypertension",
    model="undetected_hypertension",
    invited_as="hypertension",
    age=(40, 100),
    age_source=f"{USPSTF}: every year from 40 on",
    free_of=("hypertension",),
    # 2018 Chinese guidelines for the management of hypertension: 140/90 mmHg in the clinic.
    test=Test(
        "blood_pressure", "blood pressure measurement", "血压测量",
        ("measured.systolic_bp", "measured.diastolic_bp"),
        (Positive("systolic_bp", 140.0), Positive("diastolic_bp", 90.0)),
    ),
    interval_years=Figure(1, f"{USPSTF}: every year from 40 on"),
    slots_per_week=MANY_SLOTS,
    reach_km=NEAR,
    uptake=HEALTH_CHECK_UPTAKE,
    sensitivity=Figure(1.0, DEFINES_IT),
    treated_by="bp_medication",
    averts=Figure(
        0.20,
        "relative risk 0.80 (0.77 to 0.83) for each 10 mmHg lower (Ettehad D et al., Lancet 2016;387:957); that "
        "treatment lowers pressure by just that is our choice",
    ),
    averted="major cardiovascular events",
    averted_zh="主要心血管事件",
    missing=(NO_CAPACITY,),
)  # fmt: skip
