"""Diabetes diagnosed within five years; at these ages nearly all of it is type 2."""

from models.disease._everybody import BEFORE_DIABETES
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="type2_diabetes_5y",
    title="Type 2 diabetes within 5 years",
    title_zh="5年2型糖尿病风险",
    cohort=CohortRule(free_of=("diabetes",), age=(20, 100)),
    outcome="diabetes",
    horizon_years=5,
    features=(*BEFORE_DIABETES, "hba1c", "household_diabetes"),
    directions={"glucose_mean": "rises", "glucose_highest": "rises", "hba1c": "rises"},
    thresholds=(0.03, 0.05, 0.1),
)
