"""Stomach cancer that is there now and nobody knows of: it shows within two years, by a test or by symptoms."""

from models.disease._everybody import CANCER, SMOKE
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="undetected_stomach_cancer",
    title="Undetected stomach cancer now",
    title_zh="未检出胃癌",
    kind="screening",
    cohort=CohortRule(free_of=("stomach_cancer",), age=(30, 90)),
    outcome="stomach_cancer",
    horizon_years=2,
    features=(*CANCER, "helicobacter", "gastroscopy_days"),
    directions=SMOKE | {"helicobacter": "rises"},
    thresholds=(0.001, 0.002, 0.004),
    screening_tests=("gastroscopy",),
)
