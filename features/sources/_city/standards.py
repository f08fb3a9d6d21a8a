"""Age tables: standard populations, death rates by age and sex, and the city's people by age.

Every table says where it comes from. `CHINA_2010` and `CHINA_2020`, and what is built on them, are
assumptions: they were recalled, because the census tables could not be read. Their sums agree with published
ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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

# Five-year groups from 0–4 to 80–84, then 85 and over.
FIVE_YEAR_AGES: tuple[int, ...] = tuple(range(0, 90, 5))

# ASSUMPTION. 6th national census 2010, mainland China without soldiers, by five-year group: recalled, not
# seen. The groups sum to the census total of 1,332,810,869, of them 16.6 % aged 0–14 and 8.9 % aged 65 and
# over.
CHINA_2010: tuple[int, ...] = (
    75_532_610, 70_881_549, 74_908_462, 99_889_114, 127_412_518, 101_013_852, 97_138_203, 118_025_959,
    124_753_964, 105_594_553, 78_753_171, 81_312_474, 58_667_282, 41_113_282, 32_972_397, 23_852_133,
    13_373_198, 7_616_148,
)  # fmt: skip

# ASSUMPTION. 7th national census 2020, mainland China without soldiers, thousands of people by five-year
# group: the table was recalled, not seen. Seen were its sums in the National Bureau of Statistics' press
# release of 11 May 2021 (copy at jxyuer.com/news/jiaodian/161619.html): 253.38 million aged 0–14, 264.02
# million aged 60 and over, of them 190.64 million aged 65 and over.
CHINA_2020: tuple[int, ...] = (
    77_884, 90_244, 85_256, 72_684, 74_942, 91_847, 124_145, 99_013, 92_955, 114_225, 121_164, 101_401,
    73_383, 74_006, 49_590, 31_239, 20_382, 15_419,
)  # fmt: skip

# Age groups of the death rates: under one year, 1–4, then five years each, 100 and over.
DEATH_AGES: tuple[int, ...] = (0, 1, *range(5, 105, 5))

# Central death rates (deaths per person-year) of China, 2015–2020. United Nations, Department of Economic and
# Social Affairs, Population Division, World Population Prospects 2022 (CC BY 3.0 IGO), read in the R package
# wpp2022 (PPgp/wpp2022, data-raw/mxM5.txt and mxF5.txt, country 156, column 2015-2020).
DEATH_RATES_MALE: tuple[float, ...] = (
    0.00824593, 0.00042512, 0.00034277, 0.00047115, 0.00056300, 0.00078525, 0.00096746, 0.00104096,
    0.00129536, 0.00224615, 0.00344755, 0.00572515, 0.00836930, 0.01487325, 0.02299309, 0.03751029,
    0.06117676, 0.10329808, 0.16936565, 0.28386164, 0.49002038, 0.87329670,
)  # fmt: skip
DEATH_RATES_FEMALE: tuple[float, ...] = (
    0.00727252, 0.00037667, 0.00029571, 0.00030207, 0.00034568, 0.00047759, 0.00056572, 0.00060533,
    0.00074696, 0.00118041, 0.00169439, 0.00273403, 0.00389703, 0.00695314, 0.01174569, 0.02130151,
    0.03791082, 0.07074349, 0.12103047, 0.20665268, 0.33835941, 0.51002037,
)  # fmt: skip

# Share of the city's people in each published band, 7th census 2020 (see `age.share` in `facts`).
CITY_BANDS: tuple[tuple[int, int, float], ...] = (
    (0, 15, 0.1469),
    (15, 60, 0.6574),
    (60, 65, 0.1957 - 0.1380),
    (65, 120, 0.1380),
)


def city_age_shares() -> NDArray[np.float64]:
    """Return the share of the city's people in each of `FIVE_YEAR_AGES`, float64 (18,), summing to one.

    The bands are the city's own, published; within a band the shape is China's (`CHINA_2020`), an assumption.
    """
    ages = np.array(FIVE_YEAR_AGES)
    people = np.array(CHINA_2020, dtype=np.float64)
    shares = np.empty(len(ages), dtype=np.float64)
    for low, high, share in CITY_BANDS:
        band = (ages >= low) & (ages < high)
        shares[band] = people[band] / people[band].sum() * share
    shares /= shares.sum()
    return shares


def life_expectancy(rates: NDArray[np.float64]) -> float:
    """Return the life expectancy at birth, in years, of abridged central death rates.

    Parameters
    ----------
    rates : array (22,)
        Deaths per person-year in the groups of `DEATH_AGES`.

    Notes
    -----
    ----- Chiang's abridged life table (Chiang CL, The Life Table and its Applications, 1984, chapter 5):
    those who die in a group lived half of it, in the first year of life 0.1 of it and at 1–4 years 0.4 of it.
    """
    width = np.diff(np.array(DEATH_AGES, dtype=np.float64))
    lived = np.full(len(width), 0.5)
    lived[:2] = 0.1, 0.4
    dying = width * rates[:-1] / (1 + (1 - lived) * width * rates[:-1])
    alive = np.concatenate([[1.0], np.cumprod(1 - dying)])
    years = width * (alive[1:] + lived * (alive[:-1] - alive[1:]))
    return float(years.sum() + alive[-1] / rates[-1])
