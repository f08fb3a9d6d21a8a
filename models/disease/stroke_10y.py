"""Stroke within ten years, ischaemic or haemorrhagic."""

from models.disease._cardiometabolic import DIRECTIONS, FEATURES
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="stroke_10y",
    title="Stroke within 10 years",
    title_zh="10年脑卒中风险",
    cohort=CohortRule(free_of=("stroke",), age=(30, 85)),
    outcome="stroke",
    horizon_years=10,
    features=FEATURES,
    directions=DIRECTIONS,
    published_score="framingham_2008_stroke",
    thresholds=(0.02, 0.05, 0.10),
)
