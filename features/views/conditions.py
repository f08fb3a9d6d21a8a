"""Conditions: what has been diagnosed so far, and how long ago."""

from features.feature import View
from features.taking import diagnosed, time_since

VIEW = View(
    name="conditions",
    description="Diagnoses known by the index date.",
    features=(
        diagnosed("hypertension"),
        diagnosed("diabetes"),
        diagnosed("coronary_heart_disease"),
        diagnosed("stroke"),
        diagnosed("copd"),
        diagnosed("chronic_kidney_disease"),
        diagnosed("hepatitis_b"),
        diagnosed("any_cancer"),
        diagnosed("lung_cancer"),
        diagnosed("colorectal_cancer"),
        diagnosed("stomach_cancer"),
        diagnosed("liver_cancer"),
        diagnosed("oesophageal_cancer"),
        diagnosed("breast_cancer"),
        diagnosed("cervical_cancer"),
        diagnosed("thyroid_cancer"),
        time_since(
            "hypertension_days", "the first diagnosis of hypertension", "首次高血压诊断", "diagnosed.hypertension",
            first=True, step=90,
        ),
        time_since(
            "diabetes_days", "the first diagnosis of diabetes", "首次糖尿病诊断", "diagnosed.diabetes",
            first=True, step=90,
        ),
    ),
)  # fmt: skip
