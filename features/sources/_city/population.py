"""The residents of one bucket: who they are, where and from when to when they live, and with whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from features.sources._city import demography, households
from features.sources._city.clock import CENSUS_DAY, DAYS_PER_YEAR, END_DAY, NEVER, START_DAY, stream, uniform
from features.sources._city.geography import COUNTIES
from features.sources._city.townships import TOWNSHIPS

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]

MALE, FEMALE = 0, 1
LOCAL, OTHER_COUNTY, OTHER_PROVINCE = 0, 1, 2

# Residents per registered person, by type of township: people live where the work is. Assumptions.
CROWDING = {"街道": 1.3, "镇": 1.0, "乡": 0.55}
UNKNOWN_TOWNSHIP_SIZE = 30_000  # registered people assumed for the one township founded after 2017
# Share of people who live in the built-up part, by type of township: assumptions that give the city's urban share.
URBAN = {"街道": 0.86, "镇": 0.44, "乡": 0.06}
# Share of residents registered elsewhere, by county: residents less registered people, where facts has both.
REGISTERED_ELSEWHERE = {
    "331002": 0.36, "331003": 0.24, "331004": 0.32, "331022": 0.11, "331023": 0.07,
    "331024": 0.07, "331081": 0.22, "331082": 0.12, "331083": 0.38,
}  # fmt: skip
# Linhai is less built up than its types of township say, Yuhuan more: published shares of town dwellers.
URBAN_COUNTY = {"331082": 0.92, "331083": 1.07}
LEAVING_A_YEAR = 0.01  # of those registered elsewhere, after the census


@dataclass
class Population:
    """The people of one bucket, n of them, in the order of `person_id`.

    Attributes
    ----------
    person_id : int64
        Leaves the bucket's number when divided by the number of buckets.
    sex : int8
        0 men, 1 women.
    birth, arrive, leave : int32
        Days; `leave` is `NEVER` for those who stay. Nobody is seen before `arrive` or after `leave`.
    township : int16
        Position in `TOWNSHIPS`.
    urban : bool
    hukou : int8
        0 registered here, 1 in another county of the province, 2 in another province.
    household : int32
        Number within the bucket.
    role : int8
        Position in `households.ROLES`.
    """

    person_id: NDArray[np.int64]
    sex: NDArray[np.int8]
    birth: Ints
    arrive: Ints
    leave: Ints
    township: NDArray[np.int16]
    urban: NDArray[np.bool_]
    hukou: NDArray[np.int8]
    household: Ints
    role: NDArray[np.int8]

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.person_id)


def county_of_township() -> NDArray[np.int16]:
    """Return the position in `COUNTIES` of every township, (130,)."""
    codes = [county.code for county in COUNTIES]
    return np.array([codes.index(t.county) for t in TOWNSHIPS], dtype=np.int16)


@cache
def township_shares() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each township's share of its county, and their running sum plus the county's position, (130,) each."""
    county = county_of_township()
    size = np.array([(t.registered_2017 or UNKNOWN_TOWNSHIP_SIZE) * CROWDING[t.type_zh] for t in TOWNSHIPS])
    share = size / np.bincount(county, weights=size)[county]
    running = np.concatenate([county[county == c] + np.cumsum(share[county == c]) for c in range(len(COUNTIES))])
    return share, running


@cache
def _cumulative() -> NDArray[np.float64]:
    flat = demography.cells().ravel()
    running = np.cumsum(flat)
    return np.asarray(running / running[-1])


def people_ever(residents: int) -> int:
    """Return how many people live in the city at some time if `residents` live there at the census."""
    return int(np.rint(residents * demography.cells().sum() / demography.census().sum()))


def draw(residents: int, seed: int, bucket: int, buckets: int) -> Population:
    """Draw the people of one bucket.

    The whole city is one systematic sample of `demography.cells`: person k of all N stands at (k + U)/N of the
    distribution. Bucket b takes every k that leaves b. So counts by county, sex and age are right to within one.
    """
    rng = stream(seed, "population", bucket)
    everyone = people_ever(residents)
    ordinal = np.arange(bucket, everyone, buckets)
    ordinal = ordinal[rng.permutation(len(ordinal))]
    n = len(ordinal)
    offset = stream(seed, "census offset").random()
    cell = np.searchsorted(_cumulative(), (ordinal + offset) / everyone, side="right")
    county, kind, sex, age = np.unravel_index(np.minimum(cell, _cumulative().size - 1), demography.cells().shape)

    years = age - 4 + rng.random(n)
    years = np.where(kind == demography.BORN_LATER, np.maximum(years, -demography.YEARS_AFTER_CENSUS + 0.01), years)
    birth = (CENSUS_DAY - years * DAYS_PER_YEAR).astype(np.int32)
    _, running = township_shares()
    township = np.searchsorted(running, county + rng.random(n) * 0.999999)
    hukou = _hukou(rng, county, kind, years)
    arrive, leave = _stay(rng, kind, birth, hukou)
    grouped = households.form(rng, township.astype(np.int32), sex.astype(np.int8), years.astype(np.float32), hukou > 0)
    urban_share = np.array([URBAN[t.type_zh] * URBAN_COUNTY.get(t.county, 1.0) for t in TOWNSHIPS])[grouped.township]
    urban = households.shared(rng, grouped.household) < urban_share
    return Population(
        person_id=(np.arange(1, n + 1, dtype=np.int64) * buckets + bucket),
        sex=sex.astype(np.int8),
        birth=birth,
        arrive=arrive,
        leave=leave,
        township=grouped.township.astype(np.int16),
        urban=urban,
        hukou=hukou,
        household=grouped.household,
        role=grouped.role,
    )


def _hukou(
    rng: np.random.Generator, county: NDArray[np.int64], kind: NDArray[np.int64], years: NDArray[np.float64]
) -> NDArray[np.int8]:
    """Draw where people are registered: movers mostly elsewhere, the rest by the county's share and their age."""
    share = np.array([REGISTERED_ELSEWHERE[c.code] for c in COUNTIES])[county]
    moving = np.interp(years, demography.MOVING_AGES, demography.MOVING)
    mover = np.isin(kind, (demography.ARRIVED, demography.ARRIVED_LATER, demography.LEFT))
    elsewhere = rng.random(len(years)) < np.where(mover, 0.5 + 0.8 * share, np.minimum(share * moving * 0.62, 0.9))
    return np.where(elsewhere, np.where(rng.random(len(years)) < 0.7, OTHER_PROVINCE, OTHER_COUNTY), LOCAL).astype(
        np.int8
    )


def _stay(rng: np.random.Generator, kind: NDArray[np.int64], birth: Ints, hukou: NDArray[np.int8]) -> tuple[Ints, Ints]:
    """Return the day of arrival (2009 or birth for the settled) and of leaving."""
    n = len(kind)
    until_census = START_DAY + uniform(rng, n) * (CENSUS_DAY - START_DAY)
    after_census = CENSUS_DAY + 1 + uniform(rng, n) * (END_DAY - CENSUS_DAY - 32)
    arrive = np.select([kind == demography.ARRIVED, kind == demography.ARRIVED_LATER], [until_census, after_census], 0)
    arrive = np.maximum(np.maximum(arrive, birth), START_DAY)
    gone = rng.exponential(DAYS_PER_YEAR / LEAVING_A_YEAR, n) + np.maximum(CENSUS_DAY + 1, arrive + 30)
    leave = np.where(kind == demography.LEFT, np.maximum(until_census, arrive + 30), np.where(hukou > 0, gone, NEVER))
    return arrive.astype(np.int32), np.where(leave >= END_DAY, NEVER, leave).astype(np.int32)
