"""Colorectal cancer diagnosed within five years."""

from models.disease._everybody import CANCER
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="colorectal_cancer_5y",
    title="Colorectal cancer within 5 years",
    title_zh="5年结直肠癌风险",
    cohort=CohortRule(free_of=("colorectal_cancer",), age=(30, 90)),
    outcome="colorectal_cancer",
    horizon_years=5,
    features=(*CANCER, "fit_positive", "fit_days", "colonoscopy_days", "glucose"),
    directions={"fit_positive": "rises", "family_history_cancer": "rises"},
    thresholds=(0.003, 0.006, 0.012),
    blackout_days=90,
    screening_tests=("fit", "colonoscopy"),
)
