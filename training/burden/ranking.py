"""The order of diseases: high incidence, great harm, heavy burden, each by one figure, and none hidden in a sum.

========== ================================================= ============================================
rank       figure                                            the words that it stands for
========== ================================================= ============================================
incidence  new cases per 100,000 person-years                high incidence (发病率高)
harm       years of life lost per 100,000 person-years       great harm (危害大)
burden     hospital stays put down to it per 100,000         heavy burden (负担重)
avertable  years of life lost that screening could avert     what a programme could do about it (可避免)
========== ================================================= ============================================

The list is printed in the order of harm. There are no weights between the four: whoever wants one number has to say
how much a year of life is worth in hospital stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from training.burden.measure import AreaBurden, DiseaseBurden

FIGURES: dict[str, Callable[[DiseaseBurden], float]] = {
    "incidence": lambda one: one.incidence.value,
    "harm": lambda one: one.years_lost_rate.value,
    "burden": lambda one: one.contact_rates["stays"].value,
    "avertable": lambda one: one.avertable.value,
}
ORDER = "harm"


def ranks(area: AreaBurden, shown: Callable[[DiseaseBurden, str], bool]) -> dict[str, dict[str, int]]:
    """Return rank by disease and figure, 1 the highest; what is not shown, unknown or zero has none."""
    result: dict[str, dict[str, int]] = {one.disease.name: {} for one in area.diseases}
    for name, figure in FIGURES.items():
        there = [
            one
            for one in area.diseases
            if one.disease.ranked and shown(one, name) and math.isfinite(figure(one)) and figure(one) > 0
        ]
        for rank, one in enumerate(sorted(there, key=figure, reverse=True), start=1):
            result[one.disease.name][name] = rank
    return result
