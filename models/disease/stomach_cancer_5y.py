"""Stomach cancer diagnosed within five years."""

from models.disease._everybody import CANCER, SMOKE
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="stomach_cancer_5y",
    title="Stomach cancer within 5 years",
    title_zh="5年胃癌风险",
    cohort=CohortRule(free_of=("stomach_cancer",), age=(30, 90)),
    outcome="stomach_cancer",
    horizon_years=5,
    features=(*CANCER, "helicobacter", "gastroscopy_days"),
    directions=SMOKE | {"helicobacter": "rises"},
    thresholds=(0.003, 0.006, 0.012),
    blackout_days=90,
    screening_tests=("gastroscopy",),
)
