"""Death from any cause within five years, from one full examination."""

from models.disease._examined import BLOOD, FATS_AND_KIDNEY, WITHOUT_LABS
from models.risk_model import CohortRule, RiskModel

MODEL = RiskModel(
    name="death_5y_examined",
    title="Death within 5 years, from an examination",
    title_zh="5年全因死亡风险（体检）",
    cohort=CohortRule(free_of=(), age=(20, 100)),
    outcome="death",
    horizon_years=5,
    features=(*WITHOUT_LABS, *FATS_AND_KIDNEY, "glucose", *BLOOD),
    directions={
        "age": "rises",
        "self_rated_health": "rises",
        "crp": "rises",
        "red_cell_width": "rises",
        "albumin": "falls",
        "income_poverty_ratio": "falls",
    },
    thresholds=(0.02, 0.05, 0.10),
)
