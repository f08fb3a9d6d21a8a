"""Schooling, work, income, benefits, insurance, and the way to the clinic.

The shares are assumptions where facts has no figure for the city; they are set so that the published shares of
university and high school, and the assumed ones of insurance and 低保, come out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.sources._city import areas
from features.sources._city.clock import CENSUS_DAY, DAYS_PER_YEAR, day_of, normal, stream
from features.sources._city.households import shared
from features.sources._city.population import OTHER_PROVINCE, Population
from features.sources._city.townships import TOWNSHIPS

Floats = NDArray[np.float32]

PRIMARY, MIDDLE, HIGH, COLLEGE = 1, 2, 3, 4
# Share with at least middle school, high school, college by year of birth.
COHORTS = (1930, 1945, 1955, 1965, 1975, 1985, 1995, 2002)
AT_LEAST_MIDDLE = (0.10, 0.26, 0.53, 0.77, 0.93, 1.05, 1.05, 1.05)
AT_LEAST_HIGH = (0.02, 0.06, 0.14, 0.19, 0.28, 0.44, 0.66, 0.78)
AT_LEAST_COLLEGE = (0.005, 0.012, 0.025, 0.042, 0.10, 0.21, 0.36, 0.40)
URBAN_SCHOOLING, RURAL_SCHOOLING = 1.12, 0.80  # on the shares above

OCCUPATIONS = ("child", "student", "farmer", "worker", "service", "office", "self_employed", "home", "retired")
CHILD, STUDENT, FARMER, WORKER, SERVICE, OFFICE, SELF_EMPLOYED, HOME, RETIRED = range(9)
INSURANCES = ("employee", "resident", "none")
EMPLOYEE, RESIDENT, UNINSURED = range(3)
INCOME_SD = 0.45
MINIMUM_ALLOWANCE_SHARE_OF_POOREST = 0.13


@dataclass
class Social:
    """Circumstances of n people as of the census, int8 unless said otherwise.

    Attributes
    ----------
    education
        1 primary or less to 4 college and above, the highest ever reached.
    income : float32
        Household income per head against the city's mean.
    clinic_km : float32
        Way to the nearest clinic.
    """

    education: NDArray[np.int8]
    occupation: NDArray[np.int8]
    income: Floats
    income_band: NDArray[np.int8]
    minimum_allowance: NDArray[np.int8]
    insurance: NDArray[np.int8]
    clinic_km: Floats


def draw(people: Population, seed: int, bucket: int) -> Social:
    """Draw the circumstances of the people of one bucket."""
    rng = stream(seed, "social", bucket)
    n = people.n
    born = 1970 + people.birth / DAYS_PER_YEAR
    age = (CENSUS_DAY - people.birth) / DAYS_PER_YEAR
    factor = np.where(people.urban, URBAN_SCHOOLING, RURAL_SCHOOLING) * np.where(people.sex == 1, 0.93, 1.07)
    luck = rng.random(n) / factor
    education = 1 + sum(
        (luck < np.interp(born, COHORTS, shares)).astype(np.int8)
        for shares in (AT_LEAST_MIDDLE, AT_LEAST_HIGH, AT_LEAST_COLLEGE)
    )
    occupation = _occupation(rng, age, education, people)
    town_income = areas.income(seed)[:, -4]
    town_income = town_income / (town_income * areas.people()).sum() * areas.people().sum()
    from_work = np.select([occupation == OFFICE, occupation == SELF_EMPLOYED, occupation == FARMER], [0.25, 0.3, -0.35])
    log_income = np.log(town_income)[people.township] + from_work + 0.12 * (education - 2)
    log_income += INCOME_SD * _household_normal(rng, people.household)
    household_income = np.exp(_household_mean(log_income, people.household)).astype(np.float32)
    cuts = np.array([0.62, 0.84, 1.10, 1.50])  # fifths of the city
    poorest = household_income < cuts[0]
    allowance = (
        (shared(rng, people.household) < MINIMUM_ALLOWANCE_SHARE_OF_POOREST * 0.7) & poorest & (people.hukou == 0)
    )
    return Social(
        education=education.astype(np.int8),
        occupation=occupation,
        income=household_income,
        income_band=(1 + np.searchsorted(cuts, household_income)).astype(np.int8),
        minimum_allowance=allowance.astype(np.int8),
        insurance=_insurance(rng, age, occupation, people),
        clinic_km=_clinic_km(rng, people),
    )


def _occupation(
    rng: np.random.Generator, age: NDArray[np.float64], education: NDArray[np.int8], people: Population
) -> NDArray[np.int8]:
    """Draw the main activity at the census: by age, schooling and whether the land is built up."""
    n = len(age)
    luck = rng.random(n)
    farming = (
        np.where(people.urban, 0.06, 0.34) * np.clip((age - 20) / 30, 0.05, 1.4) * (people.hukou != OTHER_PROVINCE)
    )
    office = np.where(education == COLLEGE, 0.60, np.where(education == HIGH, 0.15, 0.03))
    home = np.where(people.sex == 1, 0.16, 0.04)
    edges = np.cumsum([farming, office, home, np.full(n, 0.14), np.full(n, 0.13)], axis=0)
    working = np.select(
        [luck < edges[0], luck < edges[1], luck < edges[2], luck < edges[3], luck < edges[4]],
        [FARMER, OFFICE, HOME, SELF_EMPLOYED, SERVICE],
        WORKER,
    )
    retired_at = np.where(people.sex == 1, 55, 60)
    keeps_farming = (working == FARMER) & (age < 75)
    study = (age < 18) | ((age < 23) & (education == COLLEGE))
    return np.select([age < 6, study, (age >= retired_at) & ~keeps_farming], [CHILD, STUDENT, RETIRED], working).astype(
        np.int8
    )


def _insurance(
    rng: np.random.Generator, age: NDArray[np.float64], occupation: NDArray[np.int8], people: Population
) -> NDArray[np.int8]:
    """Draw the kind of insurance: employees and the retired of them, all other residents, a few without."""
    chance = np.select(
        [
            np.isin(occupation, (WORKER, OFFICE)),
            np.isin(occupation, (SERVICE, SELF_EMPLOYED)),
            occupation == RETIRED,
            np.isin(occupation, (CHILD, STUDENT)),
        ],
        [0.84, 0.50, np.where(people.urban, 0.55, 0.22), 0.0],
        0.06,
    )
    without = np.where(people.hukou == OTHER_PROVINCE, 0.06, 0.012)
    return np.where(
        rng.random(len(age)) < without, UNINSURED, np.where(rng.random(len(age)) < chance, EMPLOYEE, RESIDENT)
    ).astype(np.int8)


def _clinic_km(rng: np.random.Generator, people: Population) -> Floats:
    """Draw the way to the clinic: with one clinic in each part of the township, half its width on average."""
    area = np.array([t.area_km2 or 20.0 for t in TOWNSHIPS])
    clinics = np.maximum(1.0, areas.people() / areas.PEOPLE_A_CLINIC)
    typical = 0.5 * np.sqrt(area / clinics)
    spread = np.exp(0.5 * _household_normal(rng, people.household))
    return np.asarray(
        np.clip(typical[people.township] * np.where(people.urban, 0.7, 1.3) * spread, 0.05, 60).astype(np.float32),
        dtype=np.float32,
    )


def _household_normal(rng: np.random.Generator, household: NDArray[np.int32]) -> Floats:
    return normal(rng, int(household.max(initial=0)) + 1)[household]


def _household_mean(values: NDArray[np.float64], household: NDArray[np.int32]) -> NDArray[np.float64]:
    total = np.bincount(household, weights=values)
    return np.asarray((total / np.maximum(np.bincount(household), 1))[household])


def education_at(reached: NDArray[np.int8], age: NDArray[np.floating]) -> NDArray[np.int8]:
    """Return the schooling finished at `age` by people who will in the end have `reached` a level."""
    cap = np.select([age < 15, age < 18, age < 21], [PRIMARY, MIDDLE, HIGH], COLLEGE)
    return np.asarray(np.minimum(reached, cap), dtype=np.int8)


def insurance_at(insurance: NDArray[np.int8], occupation: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return the insurance that goes with what people do at the time: nobody is an employee before working."""
    young = np.isin(occupation, (CHILD, STUDENT)) & (insurance == EMPLOYEE)
    return np.where(young, RESIDENT, insurance).astype(np.int8)


def activity_at(people: Population, social: Social, day: int) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return education and occupation of everybody on `day`: children learn, students start, workers retire."""
    age = (day - people.birth) / DAYS_PER_YEAR
    education = education_at(social.education, age)
    study = (age < 18) | ((age < 22) & (social.education == COLLEGE))
    retired_at = np.where(people.sex == 1, 55, 60)
    before = np.where(np.isin(social.occupation, (RETIRED, CHILD, STUDENT)), WORKER, social.occupation)
    occupation = np.select([age < 6, study, (age < retired_at)], [CHILD, STUDENT, before], social.occupation)
    grown = (age >= retired_at) & np.isin(occupation, (WORKER, OFFICE, SERVICE, HOME, STUDENT, CHILD))
    return education, np.where(grown, RETIRED, occupation).astype(np.int8)


SOCIAL_DAYS = (day_of(2009), day_of(2014), day_of(2019))  # when the registers are brought up to date
