"""Hypertension that is there now and nobody knows of: what the next blood pressure within a year shows."""

from models.disease._everybody import BEFORE_HYPERTENSION, RISING_PRESSURE
from models.risk_model import CohortRule, PositiveTest, RiskModel

MODEL = RiskModel(
    name="undetected_hypertension",
    title="Undetected hypertension now",
    title_zh="未检出高血压",
    kind="screening",
    cohort=CohortRule(free_of=("hypertension",), age=(20, 100)),
    outcome="hypertension",
    horizon_years=1,
    features=BEFORE_HYPERTENSION,
    directions=RISING_PRESSURE,
    thresholds=(0.1, 0.2, 0.4),
    # 2018 Chinese guidelines for the management of hypertension: 140/90 mmHg in the clinic.
    found_by=(PositiveTest("systolic_bp", 140), PositiveTest("diastolic_bp", 90)),
)
