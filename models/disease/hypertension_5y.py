"""Hypertension diagnosed within five years."""

from models.disease._everybody import BEFORE_HYPERTENSION, RISING_PRESSURE
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="hypertension_5y",
    title="Hypertension within 5 years",
    title_zh="5年高血压风险",
    cohort=CohortRule(free_of=("hypertension",), age=(20, 100)),
    outcome="hypertension",
    horizon_years=5,
    features=BEFORE_HYPERTENSION,
    directions=RISING_PRESSURE,
    published_score="framingham_2008_hypertension",
    thresholds=(0.05, 0.1, 0.2),
)
