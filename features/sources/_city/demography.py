"""How many people of which county, sex, age and way of coming: the census facts, turned into one distribution.

The city is drawn as it stood at the census of November 2020, plus everybody who lived in it at some time between
2009 and 2023 but not then. Who was there in 2009 and should be 80 at the census counts 1/S times, S being the chance
to survive until then; deaths then thin the city down to the census. So its growth, births, deaths and ages agree
with one another by construction, and nobody's death has to be decided before the person has lived.

Assumptions, where no figure could be traced: the county's age bands outside Linhai and Tiantai (the city's less
theirs), the sex ratio's shape over age, the ages at which people move, 3 % of the city leaving before the census
and 0.5 % a year arriving after it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from features.sources._city.facts import FACTS
from features.sources._city.geography import COUNTIES
from features.sources._city.standards import (
    CHINA_2020,
    DEATH_AGES,
    DEATH_RATES_FEMALE,
    DEATH_RATES_MALE,
)

Array = NDArray[np.float64]

AGES = 110  # single years of age at the census, 0 to 109
YEARS_TO_CENSUS = 11.833  # 1 January 2009 to 1 November 2020
YEARS_AFTER_CENSUS = 3.167
# What the two national life tables are multiplied by to meet Zhejiang's life expectancies (see facts).
MORTALITY_LEVEL = (0.76, 0.82)

SETTLED, ARRIVED, BORN_LATER, ARRIVED_LATER, LEFT = range(5)
KINDS = 5
LEFT_SHARE, LATE_ARRIVALS_A_YEAR = 0.03, 0.005
BIRTHS_A_YEAR = FACTS["birth.rate_2022"].value / 100_000
# Propensity to move, by age at the census.
MOVING_AGES, MOVING = (0, 15, 20, 30, 40, 50, 60, 75, 109), (0.6, 0.8, 1.8, 2.0, 1.4, 0.8, 0.35, 0.15, 0.1)
# Men per woman by age, before it is scaled to the published ratio of the county.
RATIO_AGES, RATIO = (0, 15, 30, 60, 75, 85, 109), (1.16, 1.14, 1.09, 1.04, 0.92, 0.70, 0.45)


@cache
def death_rates() -> Array:
    """Return the target central death rate by sex (0 men, 1 women) and single year of age, (2, 111)."""
    ages = np.arange(AGES + 1)
    group = np.searchsorted(np.array(DEATH_AGES), ages, side="right") - 1
    out = np.stack([np.array(DEATH_RATES_MALE)[group], np.array(DEATH_RATES_FEMALE)[group]])
    # Within groups of five years the rate rises smoothly from middle to middle.
    middle = np.array([0.5, 3.0, *(np.array(DEATH_AGES[2:]) + 2.5)])
    for sex, rates in enumerate((DEATH_RATES_MALE, DEATH_RATES_FEMALE)):
        smooth = np.exp(np.interp(ages + 0.5, middle, np.log(rates)))
        out[sex, 30:] = smooth[30:]
    return np.asarray(out * np.array(MORTALITY_LEVEL)[:, None])


@cache
def survivors() -> Array:
    """Return the share of the newborn alive at each exact age, (2, 111)."""
    alive = np.exp(-np.cumsum(death_rates(), axis=1))
    return np.concatenate([np.ones((2, 1)), alive[:, :-1]], axis=1)


@cache
def census() -> Array:
    """Return the people at the census by county, sex and single year of age, (9, 2, 110)."""
    people = np.array([float(FACTS[f"population.{county.code}"].value) for county in COUNTIES])
    people *= FACTS["population"].value / people.sum()
    by_age = people[:, None] * _age_shares(people)
    return _split_by_sex(by_age)


def _age_shares(people: Array) -> Array:
    """Return the share of each single year of age by county, (9, 110), from the published bands."""
    codes = [county.code for county in COUNTIES]
    city = [FACTS[f"age.share.{band}"].value / 100 for band in ("0_14", "60", "65")]
    known = {
        "331023": [FACTS[f"age.share.{band}.331023"].value / 100 for band in ("0_14", "60", "65")],
        "331082": [city[0], FACTS["age.share.60.331082"].value / 100, 0.0],
    }
    known["331082"][2] = known["331082"][1] * city[2] / city[1]
    bands = np.tile(np.array(city), (len(codes), 1))
    fixed = np.zeros(len(codes), dtype=bool)
    for code, shares in known.items():
        bands[codes.index(code)] = shares
        fixed[codes.index(code)] = True
    rest = (np.array(city) * people.sum() - (bands[fixed] * people[fixed, None]).sum(0)) / people[~fixed].sum()
    bands[~fixed] = rest
    single = _china_by_year()
    ages = np.arange(AGES)
    out = np.empty((len(codes), AGES))
    for row, (young, old60, old65) in enumerate(bands):
        for low, high, share in (
            (0, 15, young),
            (15, 60, 1 - young - old60),
            (60, 65, old60 - old65),
            (65, 120, old65),
        ):
            band = (ages >= low) & (ages < high)
            out[row, band] = single[band] / single[band].sum() * share
    return out


def _china_by_year() -> Array:
    """Return China's people of 2020 by single year, (110,); those of 85 and over follow the life table."""
    out = np.repeat(np.array(CHINA_2020[:-1], dtype=np.float64) / 5, 5)
    tail = survivors()[:, 85:AGES].sum(0)
    return np.concatenate([out, CHINA_2020[-1] * tail / tail.sum()])


def _split_by_sex(by_age: Array) -> Array:
    """Split people by county and age into men and women so that the published sex ratios come out."""
    shape = np.interp(np.arange(AGES), RATIO_AGES, RATIO)
    codes = [county.code for county in COUNTIES]
    tiantai = codes.index("331023")
    city_ratio, tiantai_ratio = FACTS["sex.ratio"].value / 100, FACTS["sex.ratio.331023"].value / 100
    total = by_age.sum()
    men_wanted = total * city_ratio / (1 + city_ratio)
    men_tiantai = by_age[tiantai].sum() * tiantai_ratio / (1 + tiantai_ratio)
    others = np.delete(np.arange(len(codes)), tiantai)
    out = np.empty((len(codes), 2, AGES))
    for rows, men in (([tiantai], men_tiantai), (list(others), men_wanted - men_tiantai)):
        part = by_age[rows]
        factor = 1.0
        for _ in range(30):  # a fixed point; the share of men grows with the factor, but less than in proportion
            share = shape * factor / (1 + shape * factor)
            factor *= (men / (part * share).sum()) ** 1.5
        share = shape * factor / (1 + shape * factor)
        out[rows, 0], out[rows, 1] = part * share, part * (1 - share)
    return out


@cache
def cells() -> Array:
    """Return how many people ever lived here, by county, kind, sex and age at the census, (9, 5, 2, 114).

    The last axis starts at age −4: those born after the census have a negative age at it.
    """
    present = census()
    ages = np.arange(AGES)
    alive = survivors()
    back = np.maximum(ages - YEARS_TO_CENSUS, 0)
    survive = np.stack([alive[s, :AGES] / np.interp(back, np.arange(AGES + 1), alive[s]) for s in range(2)])
    moving = np.interp(ages, MOVING_AGES, MOVING)
    moving_people = present * moving
    arrived = _arrived_share(present, survive, moving)
    out = np.zeros((len(COUNTIES), KINDS, 2, AGES + 4))
    size = present.sum((1, 2))
    norm = (size / moving_people.sum((1, 2)))[:, None, None]
    out[:, SETTLED, :, 4:] = present * (1 - np.minimum(arrived * norm * moving, 0.9)) / survive
    out[:, ARRIVED, :, 4:] = present * np.minimum(arrived * norm * moving, 0.9)
    out[:, ARRIVED_LATER, :, 4:] = moving_people * norm * LATE_ARRIVALS_A_YEAR * YEARS_AFTER_CENSUS
    out[:, LEFT, :, 4:] = moving_people * norm * LEFT_SHARE
    births = size[:, None] * BIRTHS_A_YEAR * np.array([RATIO[0], 1.0]) / (1 + RATIO[0])
    out[:, BORN_LATER, :, :4] = births[:, :, None] * np.array([YEARS_AFTER_CENSUS - 3, 1, 1, 1])
    return out


def _arrived_share(present: Array, survive: Array, moving: Array) -> Array:
    """Return which share of each county must have come since 2009 for its people of 2010 to come out, (9, 1, 1).

    Solves N(2010) = settled people of then + arrivals until then + those who left later, which is linear.
    """
    between = 1.833 / YEARS_TO_CENSUS  # of the time between 2009 and the census, what lay before the census of 2010
    ages = np.arange(AGES)
    born = np.clip(ages - 9, 0, 1)
    decade = 1 + (1 / survive - 1) * (1 - between)  # people of 2010 for one of 2020
    size = present.sum((1, 2))
    norm = (size / (present * moving).sum((1, 2)))[:, None, None]
    staying = (present * decade * born).sum((1, 2))
    lost = (present * norm * moving * (decade * born - between)).sum((1, 2))
    target = np.array([FACTS[f"population_2010.{county.code}"].value for county in COUNTIES])
    share = (staying + size * LEFT_SHARE * (1 - between) - target) / lost
    return np.asarray(np.clip(share, 0.005, 0.4))[:, None, None]
