"""Standard populations: the age structures to which rates are standardised so that places and years can be compared.

The tables stand as their sources print them; `five_year` brings each into the same eighteen groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import UnknownNameError

# Age groups of cancer registries: under one year, 1–4, then five years each, 85 and over.
REGISTRY_AGES: tuple[int, ...] = (0, 1, *range(5, 90, 5))

# 5th national census 2000, people by age group, as R package canregtools (gigu003/canregtools,
# data-raw/std_pop.R) carries it under the name cn2000. The sum is the census total of 1,242,612,226.
CHINA_2000: tuple[int, ...] = (
    13_793_799, 55_184_575, 90_152_587, 125_396_633, 103_031_165, 94_573_174, 117_602_265, 127_314_298,
    109_147_295, 81_242_945, 85_521_045, 63_304_200, 46_370_375, 41_703_848, 34_780_460, 25_574_149,
    15_928_330, 7_989_158, 4_001_925,
)  # fmt: skip

# Segi's world standard of 1960 as modified by Doll 1966, per 100; canregtools, same file, name wld85.
SEGI: tuple[float, ...] = (2.4, 9.6, 10, 9, 9, 8, 8, 6, 6, 6, 6, 5, 4, 4, 3, 2, 1, 0.5, 0.5)

# WHO world standard 2000–2025 by single year, 0 to 84, then 85 and over, per million; canregtools, same file.
WHO_2000: tuple[int, ...] = (
    17917, 17802, 17701, 17613, 17536, 17470, 17414, 17366, 17327, 17293, 17263, 17233, 17199, 17160, 17115,
    17069, 17018, 16952, 16866, 16765, 16656, 16546, 16434, 16323, 16212, 16094, 15971, 15851, 15735, 15621,
    15504, 15376, 15233, 15070, 14890, 14702, 14510, 14307, 14091, 13865, 13629, 13391, 13163, 12949, 12745,
    12538, 12320, 12091, 11845, 11585, 11320, 11048, 10757, 10443, 10113, 9774, 9435, 9095, 8757, 8423,
    8087, 7750, 7425, 7113, 6812, 6517, 6221, 5923, 5618, 5311, 5005, 4706, 4412, 4125, 3844, 3569, 3300,
    3035, 2773, 2518, 2271, 2033, 1807, 1594, 1392, 6348,
)  # fmt: skip

# The groups that all standards are brought into: 0–4 to 80–84, then 85 and over.
GROUP_YEARS, OLDEST = 5, 85
GROUPS = OLDEST // GROUP_YEARS + 1


@dataclass(frozen=True)
class StandardPopulation:
    """One standard.

    Attributes
    ----------
    weights
        Share of people in each of the eighteen age groups, summing to one.
    """

    name: str
    label: str
    label_zh: str
    weights: tuple[float, ...]

    def array(self) -> NDArray[np.float64]:
        """Return the weights, float64 (18,)."""
        return np.array(self.weights)


def _registry(people: tuple[float, ...]) -> tuple[float, ...]:
    """Return the shares of people given in `REGISTRY_AGES`, whose first two groups are 0 and 1–4."""
    whole = sum(people)
    return ((people[0] + people[1]) / whole, *(count / whole for count in people[2:]))


def _single_years(people: tuple[int, ...]) -> tuple[float, ...]:
    """Return the shares of people given by single year of age, the last being all from 85 on."""
    sums = [sum(people[age : age + GROUP_YEARS]) for age in range(0, OLDEST, GROUP_YEARS)]
    return tuple(count / sum(people) for count in (*sums, people[OLDEST]))


STANDARDS: dict[str, StandardPopulation] = {
    standard.name: standard
    for standard in (
        StandardPopulation("china2000", "China, census of 2000", "中国2000年人口普查", _registry(CHINA_2000)),
        StandardPopulation("segi", "Segi's world standard", "Segi世界标准人口", _registry(SEGI)),
        StandardPopulation(
            "who", "WHO world standard 2000–2025", "世界卫生组织2000–2025标准人口", _single_years(WHO_2000)
        ),
    )
}


def standard_population(name: str) -> StandardPopulation:
    """Return the standard population called `name`.

    Raises
    ------
    UnknownNameError
        If there is none; the message names the known ones.

    >>> round(standard_population("who").weights[-1], 6)
    0.006348
    """
    if name not in STANDARDS:
        raise UnknownNameError("standard population", name, STANDARDS)
    return STANDARDS[name]
