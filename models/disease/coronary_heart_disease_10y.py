"""Coronary heart disease within ten years: angina, infarction, insufficiency or coronary death."""

from models.disease._cardiometabolic import DIRECTIONS, FEATURES
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="coronary_heart_disease_10y",
    title="Coronary heart disease within 10 years",
    title_zh="10年冠心病风险",
    cohort=CohortRule(free_of=("coronary_heart_disease",), age=(30, 85)),
    outcome="coronary_heart_disease",
    horizon_years=10,
    features=FEATURES,
    directions=DIRECTIONS,
    published_score="framingham_2008_chd",
    thresholds=(0.06, 0.10, 0.20),
)
