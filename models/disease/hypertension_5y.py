"""Hypertension diagnosed within five years."""

from models.disease._everybody import BODY, CARE, FATS, HABITS, KIDNEY, PERSON, SUGAR
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="hypertension_5y",
    title="Hypertension within 5 years",
    title_zh="5年高血压风险",
    cohort=CohortRule(free_of=("hypertension",), age=(20, 100)),
    outcome="hypertension",
    horizon_years=5,
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
    published_score="framingham_2008_hypertension",
    thresholds=(0.05, 0.1, 0.2),
)
