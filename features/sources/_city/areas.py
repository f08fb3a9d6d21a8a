"""What belongs to townships: air, income, age, clinics, and how much their frailties resemble their neighbours'."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.sources._city import demography
from features.sources._city.clock import YEARS, day_of, stream
from features.sources._city.facts import FACTS
from features.sources._city.geography import seats, to_km
from features.sources._city.population import UNKNOWN_TOWNSHIP_SIZE, URBAN, county_of_township, township_shares
from features.sources._city.townships import TOWNSHIPS

Array = NDArray[np.float64]

# Assumptions. Frailties: standard deviation of the log hazard between townships, and the distance over which the
# correlation of two townships falls to 1/e.
FIELDS = ("vascular", "metabolic", "respiratory", "cancer")
FRAILTY_SD, FRAILTY_RANGE_KM = 0.22, 15.0
# PM2.5 of a township against the city's mean: denser ones have more, the coastal east less.
PM25_URBAN, PM25_PER_KM_EAST, PM25_NOISE = 3.0, -0.03, 1.0
PEOPLE_A_CLINIC = 2_500
INCOME_TOWNSHIP_SD = 0.12
INCOME_GROWTH_BEFORE_2019 = 1.085


@cache
def _distances() -> Array:
    where = to_km(np.array([(seats()[t.code].lon, seats()[t.code].lat) for t in TOWNSHIPS]))
    return np.asarray(np.hypot(*(where[:, None] - where[None]).transpose(2, 0, 1)))


def frailties(seed: int) -> Array:
    """Return the log frailty of every township in every field, (4, 130): correlated in space, mean one over people."""
    covariance = np.exp(-_distances() / FRAILTY_RANGE_KM) + 1e-6 * np.eye(len(TOWNSHIPS))
    root = np.linalg.cholesky(covariance)
    draws = stream(seed, "township frailty").standard_normal((len(FIELDS), len(TOWNSHIPS)))
    field = FRAILTY_SD * draws @ root.T
    mean = (np.exp(field) * people()).sum(axis=1, keepdims=True) / people().sum()
    return np.asarray(field - np.log(mean))


def pm25(seed: int) -> Array:
    """Return the yearly mean PM2.5 in µg/m³ by township and year, (130, 15), around the city's published path."""
    known = [(int(year), FACTS[f"pm25.{year}"].value) for year in (2013, 2018, 2022)]
    city = np.interp(YEARS, [y for y, _ in known], [v for _, v in known])
    urban = np.array([URBAN[t.type_zh] for t in TOWNSHIPS])
    east = to_km(np.array([(seats()[t.code].lon, seats()[t.code].lat) for t in TOWNSHIPS]))[:, 0]
    rng = stream(seed, "air")
    fixed = PM25_URBAN * (urban - urban.mean()) + PM25_PER_KM_EAST * (east - east.mean())
    noise = PM25_NOISE * rng.standard_normal((len(TOWNSHIPS), len(YEARS)))
    return np.asarray(np.maximum((city[None, :] + fixed[:, None] + noise) * 1.0, 8.0))


def income(seed: int) -> Array:
    """Return the disposable income per head in yuan by township and year, (130, 15)."""
    printed = {year: FACTS[f"income.{year}"].value for year in range(2019, 2024)}
    city = np.array([printed.get(y, printed[2019] / INCOME_GROWTH_BEFORE_2019 ** (2019 - y)) for y in YEARS])
    urban = np.array([URBAN[t.type_zh] for t in TOWNSHIPS])
    level = np.exp(INCOME_TOWNSHIP_SD * stream(seed, "income").standard_normal(len(TOWNSHIPS)))
    level *= urban * FACTS["income.urban.2023"].value + (1 - urban) * FACTS["income.rural.2023"].value
    level /= (level * people()).sum() / people().sum()
    # One county has a figure of its own; the others share what is left.
    wenling = np.array([t.county == "331081" for t in TOWNSHIPS])
    own = FACTS["income.2022.331081"].value / FACTS["income.2022"].value
    size = people()
    level[wenling] *= own * size[wenling].sum() / (level * size)[wenling].sum()
    level[~wenling] *= (size.sum() - (level * size)[wenling].sum()) / (level * size)[~wenling].sum()
    return np.asarray(level[:, None] * city[None, :])


@cache
def people() -> Array:
    """Return the expected residents of every township at the census, (130,)."""
    share, _ = township_shares()
    return np.asarray(share * demography.census().sum((1, 2))[county_of_township()])


def share_60(seed: int) -> Array:
    """Return the share of residents aged 60 and over by township and year, (130, 15).

    The county's share at the census, a little higher where the land is rural, and half a point a year earlier or
    later than that: an assumption.
    """
    census = demography.census()
    old = census[:, :, 60:].sum((1, 2)) / census.sum((1, 2))
    rural = 1 - np.array([URBAN[t.type_zh] for t in TOWNSHIPS])
    there = old[county_of_township()] + 0.06 * (rural - np.average(rural, weights=people()))
    return np.asarray(np.clip(there[:, None] + 0.005 * (np.array(YEARS) - 2020)[None, :], 0.02, 0.6))


def area_year(seed: int) -> pa.Table:
    """Return the table area_year: every township in every year, known from March of the next."""
    towns, years = len(TOWNSHIPS), len(YEARS)
    size = np.array([(t.registered_2017 or UNKNOWN_TOWNSHIP_SIZE) for t in TOWNSHIPS])
    clinics = np.maximum(1, np.round(size / PEOPLE_A_CLINIC)).astype(np.int64)
    known = np.array([day_of(year + 1, 3, 1) for year in YEARS], dtype=np.int64) * 86_400_000_000
    return pa.table(
        {
            "township": pa.array(np.repeat([t.code for t in TOWNSHIPS], years)),
            "year": np.tile(np.array(YEARS, dtype=np.int64), towns),
            "pm25": np.round(pm25(seed), 1).ravel(),
            "income": np.round(income(seed), 0).ravel(),
            "share_60": np.round(share_60(seed), 4).ravel(),
            "clinics": np.repeat(clinics, years),
            "known_at": pa.array(np.tile(known, towns)).cast(pa.timestamp("us", tz="UTC")),
        }
    )
