"""Stroke within five years, ischaemic or haemorrhagic."""

from models.disease._everybody import BODY, CARE, FATS, HABITS, HEART, KIDNEY, PERSON, PRESSURE, SUGAR
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="stroke_5y",
    title="Stroke within 5 years",
    title_zh="5年脑卒中风险",
    cohort=CohortRule(free_of=("stroke",), age=(20, 100)),
    outcome="stroke",
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
        "coronary_heart_disease",
        "copd",
        "chronic_kidney_disease",
        "any_cancer",
    ),
    directions=HEART,
    published_score="framingham_2008_stroke",
    thresholds=(0.02, 0.05, 0.1),
)
