"""Colorectal cancer that is there now and nobody knows of: it shows within a year, by a test or by symptoms."""

from models.disease._everybody import CANCER
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="undetected_colorectal_cancer",
    title="Undetected colorectal cancer now",
    title_zh="未检出结直肠癌",
    kind="screening",
    cohort=CohortRule(free_of=("colorectal_cancer",), age=(30, 90)),
    outcome="colorectal_cancer",
    horizon_years=1,
    features=(*CANCER, "fit_positive", "fit_days", "colonoscopy_days", "glucose"),
    directions={"fit_positive": "rises", "family_history_cancer": "rises"},
    thresholds=(0.001, 0.002, 0.004),
    screening_tests=("fit", "colonoscopy"),
)
