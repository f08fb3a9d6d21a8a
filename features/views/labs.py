"""Laboratory results."""

from features.feature import View, measured

VIEW = View(
    name="labs",
    description="Blood tests.",
    features=(
        measured("total_cholesterol", 0.05, "latest total cholesterol within five years"),
        measured("hdl_cholesterol", 0.02, "latest HDL cholesterol within five years"),
        measured("ldl_cholesterol", 0.05, "latest LDL cholesterol within five years"),
        measured("glucose", 0.1, "latest blood glucose within five years"),
    ),
)
