"""Vitals: blood pressure, heart rate, body size."""

from features.feature import Derived, Feature, View
from features.taking import YEAR, latest, summary, time_since

VIEW = View(
    name="vitals",
    description="What is measured at any contact.",
    features=(
        latest("systolic_bp", 1, direction="rises"),
        latest("diastolic_bp", 1),
        latest("heart_rate", 1),
        latest("bmi", 0.1),
        latest("height", 1),
        latest("weight", 0.5),
        latest("waist_circumference", 0.5, direction="rises"),
        Feature(
            name="waist_height_ratio",
            label="waist/height ratio",
            label_zh="腰高比",
            unit="1",
            low=0.1,
            high=6,
            step=0.005,
            kind="continuous",
            taken=Derived(("waist_circumference", "height"), lambda waist, height: waist / height),
            description="latest waist circumference divided by latest height",
            direction="rises",
        ),
        Feature(
            name="pulse_pressure",
            label="pulse pressure",
            label_zh="脉压",
            unit="mm[Hg]",
            low=0,
            high=250,
            step=1,
            kind="continuous",
            taken=Derived(("systolic_bp", "diastolic_bp"), lambda systolic, diastolic: systolic - diastolic),
            description="latest systolic minus latest diastolic blood pressure",
        ),
        summary("mean", "systolic_bp", 1, window=3 * YEAR, direction="rises"),
        summary("sd", "systolic_bp", 0.5),
        summary("slope", "systolic_bp", 0.5),
        summary("highest", "systolic_bp", 1),
        summary("mean", "diastolic_bp", 1, window=3 * YEAR),
        summary("slope", "bmi", 0.05),
        summary("slope", "weight", 0.1),
        time_since("systolic_bp_days", "the last blood pressure reading", "最近一次血压测量", "measured.systolic_bp"),
    ),
)
