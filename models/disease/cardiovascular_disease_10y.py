"""Cardiovascular disease within ten years: myocardial infarction, coronary death or stroke."""

from models.disease._cardiometabolic import DIRECTIONS, FEATURES
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="cardiovascular_disease_10y",
    title="Cardiovascular disease within 10 years",
    title_zh="10年心血管病风险",
    cohort=CohortRule(free_of=("coronary_heart_disease", "stroke"), age=(30, 85)),
    outcome="cardiovascular_disease",
    horizon_years=10,
    features=FEATURES,
    directions=DIRECTIONS,
    published_score="framingham_2008_cvd",
    thresholds=(0.06, 0.10, 0.20),
)
