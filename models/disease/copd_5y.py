"""Chronic obstructive pulmonary disease diagnosed within five years."""

from models.disease._everybody import BODY, CARE, HABITS, PERSON, SMOKE
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="copd_5y",
    title="COPD within 5 years",
    title_zh="5年慢阻肺风险",
    cohort=CohortRule(free_of=("copd",), age=(30, 90)),
    outcome="copd",
    horizon_years=5,
    features=(
        *PERSON,
        *CARE,
        *HABITS,
        *BODY,
        "hypertension",
        "coronary_heart_disease",
        "stroke",
        "chronic_kidney_disease",
        "any_cancer",
        "inhaler",
        "fev1_fvc",
        "fev1_fvc_lowest",
        "systolic_bp",
        "diabetes",
    ),
    directions=SMOKE,
    thresholds=(0.01, 0.02, 0.05),
)
