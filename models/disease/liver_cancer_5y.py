"""Liver cancer diagnosed within five years."""

from models.disease._everybody import CANCER
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="liver_cancer_5y",
    title="Liver cancer within 5 years",
    title_zh="5年肝癌风险",
    cohort=CohortRule(free_of=("liver_cancer",), age=(30, 90)),
    outcome="liver_cancer",
    horizon_years=5,
    features=(
        *CANCER,
        "hepatitis_b",
        "hbsag",
        "afp",
        "alt",
        "alt_highest",
        "platelets",
        "platelets_slope",
        "antiviral_hepatitis_b",
        "household_hepatitis_b",
    ),
    directions={"hepatitis_b": "rises", "hbsag": "rises", "afp": "rises"},
    thresholds=(0.003, 0.006, 0.012),
    blackout_days=90,
    screening_tests=("afp_ultrasound",),
)
