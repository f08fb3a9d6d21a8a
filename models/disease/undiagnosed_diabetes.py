"""Diabetes nobody was told of, with blood tests: what HbA1c shows, from one full examination without it.

Glucose is left out: it is nearly the diagnosis itself. HbA1c of 6.5 % and more is diabetes (ADA Standards of Care,
section 2; WHO 2011).
"""

from models.disease._examined import BLOOD, DIABETES, FATS_AND_KIDNEY, WITHOUT_LABS
from models.risk_model import CohortRule, PositiveTest, RiskModel

MODEL = RiskModel(
    name="undiagnosed_diabetes",
    title="Undiagnosed diabetes, from an examination with blood tests",
    title_zh="未诊断糖尿病（体检含血液检测）",
    kind="screening",
    cohort=CohortRule(free_of=("diabetes",), age=(20, 100)),
    outcome="diabetes",
    horizon_years=1,
    features=(*WITHOUT_LABS, *FATS_AND_KIDNEY, *BLOOD),
    directions=DIABETES | {"triglycerides": "rises", "hdl_cholesterol": "falls"},
    thresholds=(0.05, 0.10, 0.20),
    found_by=(PositiveTest("hba1c", 6.5),),
)
