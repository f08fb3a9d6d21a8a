"""Medication."""

from features.feature import View
from features.taking import YEAR, days_with, on_drug

VIEW = View(
    name="medication",
    description="Drugs taken.",
    features=(
        on_drug("bp_medication"),
        on_drug("diabetes_medication"),
        on_drug("statin"),
        on_drug("antiplatelet"),
        on_drug("inhaler"),
        on_drug("antiviral_hepatitis_b"),
        days_with("bp_dispensings", "blood pressure medication", "降压药配药次数", "drug.bp_medication", window=YEAR),
        days_with(
            "diabetes_dispensings", "diabetes medication", "降糖药配药次数", "drug.diabetes_medication", window=YEAR
        ),
    ),
)
