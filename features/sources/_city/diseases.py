"""The diseases of the city: codes, how long they stay unseen, how they kill, and how often they should begin.

Rates of the cancers at the level of Zhejiang in 2021 follow from `facts`; shapes over age and the numbers in
`DISEASES` are assumptions of the model, chosen so that the published mortality and survival come out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Field = Literal["vascular", "metabolic", "respiratory", "cancer"]


@dataclass(frozen=True)
class Disease:
    """One disease.

    Attributes
    ----------
    codes
        ICD-10 codes that records carry, with the share of each.
    field
        Which frailty of households and townships it shares.
    sojourn
        Mean years between onset and diagnosis through symptoms, infinite if symptoms do not lead there.
    found_at_checkup, found_otherwise
        Chance a year of being diagnosed, with and without a health check-up in that year, beside the symptoms.
    acute_fatality
        Chance to die within four weeks of the event.
    excess, excess_years
        Extra deaths per person-year just after the diagnosis, and the years in which they fall to 1/e
        (infinite: never).
    early
        What the extra deaths are multiplied by if a test found it before symptoms did.
    trend
        Relative change a year of the rate of onset from 2004 on.
    """

    name: str
    codes: tuple[tuple[str, float], ...]
    field: Field
    sojourn: float = float("inf")
    found_at_checkup: float = 0.0
    found_otherwise: float = 0.0
    acute_fatality: float = 0.0
    excess: float = 0.0
    excess_years: float = float("inf")
    early: float = 1.0
    trend: float = 0.0
    sex: int | None = None

    @property
    def is_event(self) -> bool:
        """Whether it is an event that is seen at once."""
        return self.sojourn == 0.0

    @property
    def is_cancer(self) -> bool:
        """Whether it is a cancer."""
        return self.field == "cancer"


DISEASES: tuple[Disease, ...] = (
    Disease("hypertension", (("I10", 1.0),), "vascular", found_at_checkup=0.115, found_otherwise=0.033),
    Disease("diabetes", (("E11.9", 0.8), ("E11.2", 0.07), ("E11.4", 0.08), ("E11.3", 0.05)), "metabolic",
            found_at_checkup=0.092, found_otherwise=0.0200, trend=0.02),
    Disease("copd", (("J44.9", 0.7), ("J44.1", 0.3)), "respiratory", found_at_checkup=0.012, found_otherwise=0.012),
    Disease("chronic_kidney_disease", (("N18.9", 0.6), ("N18.3", 0.4)), "metabolic", found_at_checkup=0.05,
            found_otherwise=0.006),
    Disease("coronary_heart_disease", (("I21.9", 0.42), ("I20.0", 0.33), ("I25.1", 0.25)), "vascular", sojourn=0.0,
            acute_fatality=0.08, excess=0.02),
    Disease("stroke", (("I63.9", 0.718), ("I61.9", 0.238), ("I60.9", 0.044)), "vascular", sojourn=0.0,
            acute_fatality=0.20, excess=0.235),
    Disease("lung_cancer", (("C34.9", 1.0),), "cancer", 2.0, excess=0.395, excess_years=4, early=0.25, trend=0.05),
    Disease("colorectal_cancer", (("C18.9", 0.52), ("C20", 0.48)), "cancer", 2.2, excess=0.265, excess_years=4,
            early=0.25, trend=0.03),
    Disease("stomach_cancer", (("C16.9", 1.0),), "cancer", 4.5, excess=0.66, excess_years=4, early=0.25, trend=-0.015),
    Disease("liver_cancer", (("C22.0", 0.9), ("C22.1", 0.1)), "cancer", 2.0, excess=1.33, excess_years=4, early=0.4,
            trend=-0.02),
    Disease("oesophageal_cancer", (("C15.9", 1.0),), "cancer", 3.0, excess=0.67, excess_years=4, early=0.3,
            trend=-0.03),
    Disease("breast_cancer", (("C50.9", 1.0),), "cancer", 3.0, excess=0.05, excess_years=6, early=0.4, trend=0.03,
            sex=1),
    Disease("cervical_cancer", (("C53.9", 1.0),), "cancer", 5.0, excess=0.12, excess_years=4, early=0.2, trend=0.01,
            sex=1),
    Disease("thyroid_cancer", (("C73", 1.0),), "cancer", 8.0, found_at_checkup=0.10, excess=0.003, excess_years=8,
            trend=0.075),
    Disease("other_cancer", (("C67.9", 0.16), ("C85.9", 0.2), ("C25.9", 0.24), ("C64", 0.14), ("C71.9", 0.12),
            ("C91.0", 0.14)), "cancer", 3.0, excess=0.33, excess_years=4, early=0.5, trend=0.035),
)  # fmt: skip
NAMES: tuple[str, ...] = tuple(disease.name for disease in DISEASES)
INDEX: dict[str, int] = {name: row for row, name in enumerate(NAMES)}
D = len(DISEASES)
(HYPERTENSION, DIABETES, COPD, CKD, CORONARY, STROKE, LUNG, COLORECTUM, STOMACH, LIVER, OESOPHAGUS, BREAST, CERVIX,
 THYROID, OTHER) = range(D)  # fmt: skip
CANCERS = tuple(row for row, disease in enumerate(DISEASES) if disease.is_cancer)
EVENTS = tuple(row for row, disease in enumerate(DISEASES) if disease.is_event)
# Survival with cancer gets better: extra deaths by calendar year against those of 2016.
CANCER_SURVIVAL_TREND, CANCER_SURVIVAL_REFERENCE = -0.085, 2016
# Of the later deaths after a stroke or coronary event, the share that is put down to it; the rest count as others.
LATER_DEATHS_COUNTED = 0.45
TREND_FROM, TREND_REFERENCE = 2004, 2021
# Extra deaths of women against men with the same cancer: theirs are found earlier, of the lung most of all.
WOMEN_SURVIVE: dict[int, float] = dict.fromkeys(CANCERS, 0.79) | {LUNG: 0.42, BREAST: 0.9, CERVIX: 0.9, OTHER: 0.56}
