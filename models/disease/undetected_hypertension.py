"""Hypertension that is there now and nobody knows of: what the next blood pressure within a year shows."""

from models.disease._everybody import BODY, CARE, FATS, HABITS, KIDNEY, PERSON, SUGAR
from models.risk_model import CohortRule, PositiveTest, RiskModel

MODEL = RiskModel(
    name="undetected_hypertension",
    title="Undetected hypertension now",
    title_zh="未检出高血压",
    kind="screening",
    cohort=CohortRule(free_of=("hypertension",), age=(20, 100)),
    outcome="hypertension",
    horizon_years=1,
    features=(
        *PERSON,
        *CARE,
        *HABITS,
        *BODY,
        *SUGAR,
        *FATS,
        *KIDNEY,
        "systolic_bp",
        "systolic_bp_mean",
        "systolic_bp_highest",
        "systolic_bp_slope",
        "systolic_bp_days",
        "diastolic_bp",
        "diastolic_bp_mean",
        "heart_rate",
        "coronary_heart_disease",
        "stroke",
        "chronic_kidney_disease",
    ),
    directions={"systolic_bp": "rises", "systolic_bp_mean": "rises", "systolic_bp_highest": "rises"},
    thresholds=(0.1, 0.2, 0.4),
    # 2018 Chinese guidelines for the management of hypertension: 140/90 mmHg in the clinic.
    found_by=(PositiveTest("systolic_bp", 140), PositiveTest("diastolic_bp", 90)),
)
