"""Oesophageal cancer diagnosed within five years."""

from models.disease._everybody import CANCER, SMOKE
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="oesophageal_cancer_5y",
    title="Oesophageal cancer within 5 years",
    title_zh="5年食管癌风险",
    cohort=CohortRule(free_of=("oesophageal_cancer",), age=(30, 90)),
    outcome="oesophageal_cancer",
    horizon_years=5,
    features=(*CANCER, "gastroscopy_days"),
    directions=SMOKE,
    thresholds=(0.002, 0.004, 0.008),
    blackout_days=90,
    screening_tests=("gastroscopy",),
)
