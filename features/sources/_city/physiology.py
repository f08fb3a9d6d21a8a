"""Habits and bodies: smoking, alcohol, infections, genes, and the course of weight, pressure, lipids, sugar, organs.

Every quantity is a smooth mean over age and sex plus the person's own standing z, which moves slowly (AR(1) by the
year), with z of different quantities correlated through shared factors. Means and spreads are assumptions of the
model except where facts has a figure that `check_facts` holds them to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.sources._city.clock import DAYS_PER_YEAR, NEVER, normal, stream, uniform
from features.sources._city.population import Population
from features.sources._city.social import Social

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

QUANTITIES = ("bmi", "pressure", "ldl", "hdl", "tg", "glucose", "kidney", "lung", "liver", "blood")
BMI, PRESSURE, LDL, HDL, TG, GLUCOSE, KIDNEY, LUNG, LIVER, BLOOD = range(10)
# Loading of each quantity on the factors "metabolic" and "inflammation"; the rest is its own.
METABOLIC = (0.6, 0.35, 0.25, -0.35, 0.5, 0.4, 0.0, 0.0, 0.3, 0.0)
INFLAMMATION = (0.0, 0.15, 0.0, 0.0, 0.1, 0.15, -0.2, -0.3, 0.1, 0.2)
PERSISTENCE = 0.97  # of z from one year to the next
HOUSEHOLD_SHARE = 0.3  # correlation of z between members of a household (table and genes shared)

# Ever smokers by year of birth; women rarely. Leaving off: a constant rate after the start.
SMOKER_COHORTS, EVER_MEN = (1930, 1950, 1965, 1980, 1995, 2003), (0.72, 0.76, 0.745, 0.675, 0.59, 0.51)
EVER_WOMEN_OLD, EVER_WOMEN_YOUNG = 0.045, 0.020
QUIT_A_YEAR = 0.0064
START_MEAN, START_SD = 20.95, 4.0
CIGARETTES_MEAN, CIGARETTES_SHAPE = 16.0, 3.0
RURAL_SMOKING = 0.16  # more on the log odds of ever smoking
ALCOHOL_MEN, ALCOHOL_WOMEN = 0.36, 0.021
ALDH2_SLOW = 0.36  # share with a slow aldehyde dehydrogenase; of them few drink
HBV_OLD, HBV_VACCINATED, VACCINATED_FROM = 0.078, 0.009, 1992
HELICOBACTER, HPV_PERSISTENT = 0.44, 0.14


@dataclass
class Body:
    """Fixed traits and the present state of n people; `z` is (10, n) float32, by `QUANTITIES`."""

    z: Floats
    smoke_start: NDArray[np.int32]
    smoke_quit: NDArray[np.int32]
    cigarettes: Floats
    alcohol: Bools
    slow_aldehyde: Bools
    hepatitis_b: Bools
    helicobacter: Bools
    hpv: Bools
    family_cancer: Bools
    treatment_effect: Floats
    excess_pressure: Floats


def draw(people: Population, social: Social, seed: int, bucket: int) -> Body:
    """Draw the traits of the people of one bucket."""
    rng = stream(seed, "physiology", bucket)
    n, homes = people.n, int(people.household.max(initial=0)) + 1
    shared = normal(rng, len(QUANTITIES) * homes).reshape(len(QUANTITIES), homes)[:, people.household]
    own = normal(rng, len(QUANTITIES) * n).reshape(len(QUANTITIES), n)
    z = np.sqrt(np.float32(HOUSEHOLD_SHARE)) * shared + np.sqrt(np.float32(1 - HOUSEHOLD_SHARE)) * own
    z = correlate(z, normal(rng, n), normal(rng, n))
    born = (1970 + people.birth / DAYS_PER_YEAR).astype(np.float32)
    start, quit_day, cigarettes = _smoking(rng, people, born)
    slow = uniform(rng, n) < ALDH2_SLOW
    alcohol = uniform(rng, n) < np.where(people.sex == 0, ALCOHOL_MEN, ALCOHOL_WOMEN) * np.where(slow, 0.25, 1.42)
    carrier = uniform(rng, n) < np.where(born >= VACCINATED_FROM, HBV_VACCINATED, HBV_OLD)
    infected = uniform(rng, n) < HELICOBACTER * np.clip(0.3 + (2020 - born) / 60, 0.2, 1.3)
    family = uniform(rng, homes)[people.household] < 0.22
    return Body(
        z=z,
        smoke_start=start,
        smoke_quit=quit_day,
        cigarettes=cigarettes,
        alcohol=alcohol & (born < 2005),
        slow_aldehyde=slow,
        hepatitis_b=carrier,
        helicobacter=infected,
        hpv=(uniform(rng, n) < HPV_PERSISTENT) & (people.sex == 1),
        family_cancer=family & (uniform(rng, n) < 0.8),
        treatment_effect=(7.0 + 8.0 * normal(rng, n)).astype(np.float32),
        excess_pressure=rng.standard_exponential(n, dtype=np.float32),
    )


def correlate(z: Floats, metabolic: Floats, inflammation: Floats) -> Floats:
    """Mix two shared factors into the quantities, keeping each at variance one; works in place."""
    for row, (a, b) in enumerate(zip(METABOLIC, INFLAMMATION, strict=True)):
        z[row] *= np.float32(np.sqrt(1 - a * a - b * b))
        z[row] += np.float32(a) * metabolic + np.float32(b) * inflammation
    return z


def _smoking(
    rng: np.random.Generator, people: Population, born: Floats
) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
    """Return the days of starting and of leaving off (NEVER if not), and cigarettes a day."""
    n = people.n
    men = np.interp(born, SMOKER_COHORTS, EVER_MEN)
    men = 1 / (1 + np.exp(-(np.log(men / (1 - men)) + RURAL_SMOKING * np.where(people.urban, -0.4, 0.6))))
    women = np.where(born < 1960, EVER_WOMEN_OLD, EVER_WOMEN_YOUNG)
    ever = uniform(rng, n) < np.where(people.sex == 0, men, women)
    start_age = np.clip(START_MEAN + START_SD * normal(rng, n), 13, 45)
    lasting = rng.standard_exponential(n, dtype=np.float32) / QUIT_A_YEAR
    start = np.where(ever, people.birth + start_age * DAYS_PER_YEAR, NEVER)
    quit_day = np.where(ever, np.minimum(people.birth + (start_age + lasting) * DAYS_PER_YEAR, NEVER), NEVER)
    amount = rng.standard_gamma(CIGARETTES_SHAPE, n, dtype=np.float32) * (CIGARETTES_MEAN / CIGARETTES_SHAPE)
    return start.astype(np.int32), quit_day.astype(np.int32), np.clip(amount, 1, 60)


def move(body: Body, rng: np.random.Generator, years: float) -> None:
    """Let every z move by `years`, in place."""
    keep = np.float32(PERSISTENCE**years)
    body.z *= keep
    body.z += np.sqrt(1 - keep * keep) * normal(rng, body.z.size).reshape(body.z.shape)


def soft_below(value: Floats, limit: float, width: float) -> Floats:
    """Return `value` bent so that it stays below `limit`."""
    return np.asarray(limit - width * np.logaddexp(0, (limit - value) / np.float32(width)), dtype=np.float32)


def soft_above(value: Floats, limit: float, width: float) -> Floats:
    """Return `value` bent so that it stays above `limit`."""
    return np.asarray(limit + width * np.logaddexp(0, (value - limit) / np.float32(width)), dtype=np.float32)


def _curve(
    age: Floats, sex: NDArray[np.int8], ages: tuple[int, ...], men: tuple[float, ...], women: tuple[float, ...]
) -> Floats:
    table = np.stack([np.interp(np.arange(121), ages, men), np.interp(np.arange(121), ages, women)]).astype(np.float32)
    return table.ravel().take(sex.astype(np.int32) * 121 + np.clip(age, 0, 120).astype(np.int32))


def bmi(age: Floats, sex: NDArray[np.int8], z: Floats, year: Floats) -> Floats:
    """Body mass index in kg/m², skewed to the right; `year` is one float32 for all or one each."""
    ages = (0, 2, 6, 12, 18, 30, 45, 60, 75, 95)
    mean = _curve(age, sex, ages, (16, 16.3, 15.8, 18.6, 21.6, 24.3, 24.8, 24.2, 23.2, 21.8),
                  (16, 16.1, 15.5, 18.3, 20.7, 22.5, 24.0, 24.6, 23.9, 22.2))  # fmt: skip
    trend = np.float32(0.045) * (year - np.float32(2017)) * (age > 15)
    return np.asarray(
        np.clip((mean + trend) * np.exp(np.float32(0.152) * z), 11.5, 60).astype(np.float32), dtype=np.float32
    )


def pressure(age: Floats, sex: NDArray[np.int8], z: Floats, mass: Floats) -> Floats:
    """Systolic pressure in mmHg as it would be if nothing bounded it: the propensity to hypertension."""
    ages = (0, 10, 18, 30, 45, 60, 75, 95)
    mean = _curve(age, sex, ages, (85, 103, 118, 121, 125, 132, 139, 143), (84, 102, 110, 112, 122, 133, 142, 147))
    return np.asarray(mean + np.float32(0.8) * (mass - 23.5) * (age > 15) + np.float32(9.5) * z, dtype=np.float32)


def fasting_glucose(age: Floats, z: Floats, mass: Floats) -> Floats:
    """Fasting glucose in mmol/L of those without diabetes, below 7."""
    mean = 5.21 + 0.011 * np.clip(age - 35, -15, 50) + 0.035 * (mass - 23.5) + 0.42 * z
    return soft_below(np.maximum(mean, 3.5).astype(np.float32), 6.95, 0.25)


def kidney_function(age: Floats, z: Floats) -> Floats:
    """Glomerular filtration (eGFR) in mL/min/1.73 m² before any disease of the kidney."""
    mean = 117 - 0.45 * np.maximum(age - 20, 0) - 0.0064 * np.maximum(age - 50, 0) ** 2
    return np.asarray(mean + 12.5 * z, dtype=np.float32)
