"""Hypertension within ten years among those free of it."""

from models.disease._cardiometabolic import DIRECTIONS, FEATURES
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="hypertension_10y",
    title="Hypertension within 10 years",
    title_zh="10年高血压风险",
    cohort=CohortRule(free_of=("hypertension",), age=(30, 85)),
    outcome="hypertension",
    horizon_years=10,
    # Neither is ever 1 among people without hypertension.
    features=tuple(name for name in FEATURES if name not in {"hypertension", "bp_medication"}),
    directions=DIRECTIONS | {"diastolic_bp": "rises"},
    published_score="framingham_2008_hypertension",
    thresholds=(0.20, 0.40, 0.60),
)
