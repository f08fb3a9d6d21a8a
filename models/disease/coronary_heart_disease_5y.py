"""Coronary heart disease within five years: infarction, unstable or stable angina."""

from models.disease._everybody import BODY, CARE, FATS, HABITS, HEART, KIDNEY, PERSON, PRESSURE, SUGAR
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="coronary_heart_disease_5y",
    title="Coronary heart disease within 5 years",
    title_zh="5年冠心病风险",
    cohort=CohortRule(free_of=("coronary_heart_disease",), age=(20, 100)),
    outcome="coronary_heart_disease",
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
        "antiplatelet",
        "hypertension",
        "hypertension_days",
        "stroke",
        "copd",
        "chronic_kidney_disease",
        "any_cancer",
    ),
    directions=HEART,
    published_score="framingham_2008_chd",
    thresholds=(0.02, 0.05, 0.1),
)
