"""Lifestyle and education, as the resident states them."""

from features.feature import View, measured

VIEW = View(
    name="lifestyle",
    description="Smoking and education.",
    features=(
        measured("current_smoker", 1, "smokes now, latest answer within five years", kind="binary"),
        measured("cigarettes_per_day", 1, "cigarettes a day, latest answer within five years"),
        measured("education_level", 1, "education, latest answer within five years", kind="ordinal"),
    ),
)
