"""Chronic obstructive pulmonary disease diagnosed within five years."""

from models.disease._everybody import BEFORE_COPD, SMOKE
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="copd_5y",
    title="COPD within 5 years",
    title_zh="5年慢阻肺风险",
    cohort=CohortRule(free_of=("copd",), age=(30, 90)),
    outcome="copd",
    horizon_years=5,
    features=(*BEFORE_COPD, "systolic_bp", "diabetes"),
    directions=SMOKE,
    thresholds=(0.01, 0.02, 0.05),
)
