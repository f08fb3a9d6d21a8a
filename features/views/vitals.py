"""Vitals: blood pressure, heart rate, body mass index."""

from features.feature import View, measured

VIEW = View(
    name="vitals",
    description="What is measured at any contact.",
    features=(
        measured("systolic_bp", 1, "latest systolic blood pressure within five years"),
        measured("diastolic_bp", 1, "latest diastolic blood pressure within five years"),
        measured("heart_rate", 1, "latest heart rate within five years"),
        measured("bmi", 0.1, "latest body mass index within five years"),
    ),
)
