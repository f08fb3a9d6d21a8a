"""COPD that is there now and nobody knows of; lungs are tested so seldom that it shows within two years."""

from models.disease._everybody import BEFORE_COPD, SMOKE
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="undetected_copd",
    title="Undetected COPD now",
    title_zh="未检出慢阻肺",
    kind="screening",
    cohort=CohortRule(free_of=("copd",), age=(30, 90)),
    outcome="copd",
    horizon_years=2,
    features=(*BEFORE_COPD, "diabetes"),
    directions=SMOKE,
    thresholds=(0.005, 0.01, 0.02),
)
