"""Lifestyle, education, means and family history, as the resident states them."""

from features.feature import Feature, Over, View
from features.taking import latest

VIEW = View(
    name="lifestyle",
    description="Smoking, drinking, exercise, education, means and family history.",
    features=(
        latest("current_smoker", 1, kind="binary", direction="rises"),
        latest("cigarettes_per_day", 1, direction="rises"),
        latest("education_level", 1, kind="ordinal"),
        latest("alcohol_weekly", 1, kind="binary"),
        latest("family_history_cancer", 1, kind="binary", window=36_525, direction="rises"),
        latest("physically_active", 1, kind="binary", direction="falls"),
        latest("self_rated_health", 1, kind="ordinal", direction="rises"),
        latest("income_poverty_ratio", 0.1),
        Feature(
            name="ever_smoker",
            label="ever smoked",
            label_zh="曾吸烟",
            unit="1",
            low=0,
            high=1,
            step=1,
            kind="binary",
            taken=Over("highest", "measured.current_smoker"),
            description="smoked by any answer so far",
            direction="rises",
        ),
    ),
)
