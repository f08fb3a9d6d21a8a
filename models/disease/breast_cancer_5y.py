"""Breast cancer diagnosed within five years."""

from models.disease._everybody import CANCER
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="breast_cancer_5y",
    title="Breast cancer within 5 years",
    title_zh="5年乳腺癌风险",
    cohort=CohortRule(free_of=("breast_cancer",), age=(30, 90), sex="women"),
    outcome="breast_cancer",
    horizon_years=5,
    features=(*(name for name in CANCER if name != "female"), "birads", "mammography_days"),
    directions={"birads": "rises", "family_history_cancer": "rises"},
    thresholds=(0.003, 0.006, 0.012),
    blackout_days=90,
    screening_tests=("mammography",),
)
