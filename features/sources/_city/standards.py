"""Age tables: the censuses of 2010 and 2020, death rates by age and sex, and the city's people by age.

Every table says where it comes from. `CHINA_2010` and `CHINA_2020`, and what is built on them, are
assumptions: they were recalled, because the census tables could not be read. Their sums agree with published
ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
