"""Death from any cause within five years."""

from models.disease._everybody import BODY, CARE, FATS, HABITS, ILLNESSES, KIDNEY, LIVER, PERSON, PRESSURE, SUGAR
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="death_5y",
    title="Death within 5 years",
    title_zh="5年全因死亡风险",
    cohort=CohortRule(free_of=(), age=(20, 100)),
    outcome="death",
    horizon_years=5,
    features=(*PERSON, *CARE, *HABITS, *PRESSURE, *BODY, *SUGAR, *FATS, *KIDNEY, *LIVER, *ILLNESSES, "inhaler"),
    directions={"age": "rises"},
    thresholds=(0.02, 0.05, 0.1),
)
