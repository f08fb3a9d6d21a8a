"""Conditions: what has been diagnosed so far."""

from features.feature import View, diagnosed

VIEW = View(
    name="conditions",
    description="Diagnoses known by the index date.",
    features=tuple(diagnosed(name) for name in ("hypertension", "diabetes", "coronary_heart_disease", "stroke")),
)
