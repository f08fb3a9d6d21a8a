"""Medication."""

from features.concepts import DRUGS
from features.feature import Feature, OnDrug, View

VIEW = View(
    name="medication",
    description="Drugs taken.",
    features=(
        Feature(
            name="bp_medication",
            label=DRUGS["bp_medication"].label,
            label_zh=DRUGS["bp_medication"].label_zh,
            unit="1",
            low=0,
            high=1,
            step=1,
            kind="binary",
            taken=OnDrug("bp_medication"),
            description="an antihypertensive (ATC C02-C03, C07-C09) begun or confirmed within five years",
        ),
    ),
)
