"""Diabetes that is there now and nobody knows of: what the next glucose or HbA1c within a year shows."""

from models.disease._everybody import BEFORE_DIABETES
from models.risk_model import CohortRule, PositiveTest, RiskModel

MODEL = RiskModel(
    name="undetected_diabetes",
    title="Undetected diabetes now",
    title_zh="未检出糖尿病",
    kind="screening",
    cohort=CohortRule(free_of=("diabetes",), age=(20, 100)),
    outcome="diabetes",
    horizon_years=1,
    features=(*BEFORE_DIABETES, "household_diabetes"),
    directions={"glucose_mean": "rises", "glucose_highest": "rises"},
    thresholds=(0.05, 0.1, 0.2),
    # Fasting glucose and HbA1c at which diabetes is diagnosed (WHO 2006 and 2011; ADA Standards of Care, section 2).
    found_by=(PositiveTest("glucose", 7.0), PositiveTest("hba1c", 6.5)),
)
