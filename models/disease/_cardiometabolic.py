"""What the cardiometabolic models share: the classical risk factors, and where medicine knows their direction.

Directions are those that guidelines treat as causal and monotone within the plausible range: age, smoking, systolic
blood pressure, total and LDL cholesterol and diabetes raise the risk, HDL cholesterol lowers it (ESC Guidelines on
cardiovascular disease prevention, Visseren et al., Eur Heart J 2021;42:3227, section 3). Body mass index, heart rate,
diastolic pressure and glucose within the normal range are left free: their relation may turn.
"""

from models.risk_model import Direction

FEATURES = (
    "age",
    "female",
    "systolic_bp",
    "diastolic_bp",
    "bmi",
    "total_cholesterol",
    "hdl_cholesterol",
    "ldl_cholesterol",
    "glucose",
    "heart_rate",
    "current_smoker",
    "cigarettes_per_day",
    "diabetes",
    "hypertension",
    "bp_medication",
    "education_level",
)

DIRECTIONS: dict[str, Direction] = {
    "age": "rises",
    "systolic_bp": "rises",
    "total_cholesterol": "rises",
    "hdl_cholesterol": "falls",
    "ldl_cholesterol": "rises",
    "current_smoker": "rises",
    "cigarettes_per_day": "rises",
    "diabetes": "rises",
}
