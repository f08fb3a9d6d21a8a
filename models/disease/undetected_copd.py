"""COPD that is there now and nobody knows of; lungs are tested so seldom that it shows within two years."""

from models.disease._everybody import BODY, CARE, HABITS, PERSON, SMOKE
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="undetected_copd",
    title="Undetected COPD now",
    title_zh="未检出慢阻肺",
    kind="screening",
    cohort=CohortRule(free_of=("copd",), age=(30, 90)),
    outcome="copd",
    horizon_years=2,
    features=(
        *PERSON,
        *CARE,
        *HABITS,
        *BODY,
        "hypertension",
        "coronary_heart_disease",
        "stroke",
        "chronic_kidney_disease",
        "any_cancer",
        "inhaler",
        "fev1_fvc",
        "fev1_fvc_lowest",
        "diabetes",
    ),
    directions=SMOKE,
    thresholds=(0.005, 0.01, 0.02),
)
