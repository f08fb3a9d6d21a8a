"""Lung cancer diagnosed within five years."""

from models.disease._everybody import CANCER, SMOKE
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="lung_cancer_5y",
    title="Lung cancer within 5 years",
    title_zh="5年肺癌风险",
    cohort=CohortRule(free_of=("lung_cancer",), age=(30, 90)),
    outcome="lung_cancer",
    horizon_years=5,
    features=(*CANCER, "copd", "ldct_nodule", "ldct_days", "inhaler"),
    directions=SMOKE | {"ldct_nodule": "rises"},
    thresholds=(0.005, 0.01, 0.02),
    blackout_days=90,
    screening_tests=("ldct",),
)
