"""Chronic kidney disease diagnosed within five years."""

from models.disease._everybody import BODY, CARE, FATS, HABITS, KIDNEY, PERSON, PRESSURE, SUGAR
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="chronic_kidney_disease_5y",
    title="Chronic kidney disease within 5 years",
    title_zh="5年慢性肾脏病风险",
    cohort=CohortRule(free_of=("chronic_kidney_disease",), age=(20, 100)),
    outcome="chronic_kidney_disease",
    horizon_years=5,
    features=(
        *PERSON,
        *CARE,
        *HABITS,
        *PRESSURE,
        *BODY,
        *SUGAR,
        *FATS,
        *KIDNEY,
        "creatinine_slope",
        "creatinine_days",
        "hypertension",
        "hypertension_days",
        "coronary_heart_disease",
        "stroke",
        "copd",
        "any_cancer",
    ),
    directions={"diabetes": "rises", "urine_albumin_creatinine": "rises"},
    thresholds=(0.02, 0.05, 0.1),
)
