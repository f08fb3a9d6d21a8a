"""Lung cancer that is there now and nobody knows of: it shows within a year, by a test or by symptoms."""

from models.disease._everybody import CANCER, SMOKE
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="undetected_lung_cancer",
    title="Undetected lung cancer now",
    title_zh="未检出肺癌",
    kind="screening",
    cohort=CohortRule(free_of=("lung_cancer",), age=(30, 90)),
    outcome="lung_cancer",
    horizon_years=1,
    features=(*CANCER, "copd", "ldct_nodule", "ldct_days", "inhaler"),
    directions=SMOKE | {"ldct_nodule": "rises"},
    thresholds=(0.0017, 0.0033, 0.0067),
    screening_tests=("ldct",),
)
