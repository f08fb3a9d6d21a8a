"""The statistics that facts are compared with: shares at a survey, rates over years, life expectancy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from features.sources._city.clock import CENSUS_DAY, DAYS_PER_YEAR, SURVEY_YEARS, day_of
from features.sources._city.evidence import COUNTY_CODES, Evidence, Mask, Values, has, standard
from features.sources._city.facts import Fact
from features.sources._city.standards import DEATH_AGES, life_expectancy

Statistic = Callable[[Evidence, Fact], float]
Column = Callable[[dict[str, Values]], Values]


def at_survey(value: Column, among: Callable[[dict[str, Values]], Mask] | None = None) -> Statistic:
    """Return the statistic "mean of `value` among whom `among` picks" at the survey nearest to the fact's year."""

    def compute(evidence: Evidence, fact: Fact) -> float:
        year = min(SURVEY_YEARS, key=lambda y: abs(y - fact.year))
        survey = evidence.survey[year]
        inside = (survey["age"] >= fact.ages[0]) & (survey["age"] < (fact.ages[1] or 200))
        if fact.sex != "all":
            inside &= survey["sex"] == (fact.sex == "female")
        if fact.area in COUNTY_CODES:
            inside &= survey["county"] == COUNTY_CODES.index(fact.area)
        for word, urban in (("urban", 1), ("rural", 0)):
            if fact.population.startswith(word):
                inside &= survey["urban"] == urban
        weight = age_weights(survey["age"], inside, standard(fact))
        if among is not None:
            inside &= among(survey)
        return _weighted(value(survey), inside, weight)

    return compute


def age_weights(age: Values, inside: Mask, population: Values | None) -> Values:
    """Return weights that give those `inside` the ages of `population` (5-year groups); ones without it."""
    if population is None:
        return np.ones(len(age))
    group = np.clip(age // 5, 0, 18).astype(np.int64)
    have = np.bincount(group[inside], minlength=19)
    want = np.add.reduceat(population, np.arange(0, 95, 5))
    return np.asarray((want / np.maximum(have, 1))[group])


def _weighted(value: Values, inside: Mask, weight: Values) -> float:
    return float((value[inside] * weight[inside]).sum() / weight[inside].sum())


def share(column: Column, among: Callable[[dict[str, Values]], Mask] | None = None) -> Statistic:
    """Return `at_survey` in per cent."""
    inner = at_survey(column, among)
    return lambda evidence, fact: 100 * inner(evidence, fact)


def ill_with(disease: int) -> Column:
    """Return the column "has `disease`"."""
    return lambda survey: has(survey["has"], disease).astype(float)


def at_census(column: Callable[[Evidence], Values], among: Callable[[Evidence], Mask] | None = None) -> Statistic:
    """Return the share in per cent among those present at the census and of the fact's sex and area."""

    def compute(evidence: Evidence, fact: Fact) -> float:
        inside = evidence.present(CENSUS_DAY) & evidence.group(fact)
        if among is not None:
            inside &= among(evidence)
        return 100 * float(column(evidence)[inside].mean())

    return compute


def of_age(evidence: Evidence, fact: Fact) -> float:
    """Return the share of residents at the census in the fact's ages, in per cent."""
    inside = evidence.present(CENSUS_DAY) & evidence.group(fact)
    age = evidence.age(CENSUS_DAY)[inside]
    return 100 * float(((age >= fact.ages[0]) & (age < (fact.ages[1] or 200))).mean())


def rate(events: Callable[[Evidence], tuple[Values, Values]], first: int, last: int) -> Statistic:
    """Return the statistic "events per 100,000 person-years" over the years `first` to `last`.

    `events` returns the position of the person and the day of each; person-years are counted at mid-year.
    """

    def compute(evidence: Evidence, fact: Fact) -> float:
        who, day = events(evidence)
        who = who.astype(np.int64)
        group = evidence.group(fact)
        seen = (day >= day_of(first)) & (day < day_of(last + 1)) & group[who]
        seen &= (day >= evidence.person["arrival_date"][who]) & (day <= evidence.person["leaving_date"][who])
        who, day = who[seen], day[seen]
        count = _by_age((day - evidence.person["birth_date"][who]) / DAYS_PER_YEAR)
        years = np.zeros(111)
        for year in range(first, last + 1):
            middle = day_of(year, 7, 1)
            years += _by_age(evidence.age(middle)[evidence.present(middle) & group])
        inside = (np.arange(111) >= fact.ages[0]) & (np.arange(111) < (fact.ages[1] or 200))
        population = standard(fact)
        if population is None:
            return 1e5 * float(count[inside].sum() / years[inside].sum())
        five = np.arange(0, 110, 5)
        rates = np.add.reduceat(count * inside, five) / np.maximum(np.add.reduceat(years * inside, five), 1e-9)
        want = np.add.reduceat(population * inside, five)
        return 1e5 * float((rates * want).sum() / want.sum())

    return compute


def _by_age(age: Values) -> Values:
    return np.bincount(np.clip(age, 0, 110).astype(np.int64), minlength=111).astype(float)


def diagnoses(*diseases: int) -> Callable[[Evidence], tuple[Values, Values]]:
    """Return the diagnoses of the diseases."""

    def events(evidence: Evidence) -> tuple[Values, Values]:
        rows = np.isin(evidence.latent["disease"], diseases)
        return evidence.latent["person"][rows], evidence.latent["diagnosis"][rows]

    return events


def deaths(*causes: int) -> Callable[[Evidence], tuple[Values, Values]]:
    """Return deaths by the causes; all deaths without any."""

    def events(evidence: Evidence) -> tuple[Values, Values]:
        died = evidence.person["death_date"] < day_of(2024)
        if causes:
            died &= np.isin(evidence.person["cause"], causes)
        return np.flatnonzero(died).astype(float), evidence.person["death_date"][died]

    return events


def births(evidence: Evidence) -> tuple[Values, Values]:
    """Return births here."""
    here = evidence.person["birth_date"] >= day_of(2009)
    return np.flatnonzero(here).astype(float), evidence.person["birth_date"][here]


def expectancy(evidence: Evidence, fact: Fact) -> float:
    """Return the life expectancy at birth over all years of records."""
    who, day = deaths()(evidence)
    who = who.astype(np.int64)
    group = evidence.group(fact)
    seen = group[who] & (day >= evidence.person["arrival_date"][who]) & (day <= evidence.person["leaving_date"][who])
    count = _by_age((day[seen] - evidence.person["birth_date"][who[seen]]) / DAYS_PER_YEAR)
    years = np.zeros(111)
    for year in range(2009, 2024):
        middle = day_of(year, 7, 1)
        years += _by_age(evidence.age(middle)[evidence.present(middle) & group])
    groups = np.array(DEATH_AGES)
    rates = np.add.reduceat(count, groups) / np.maximum(np.add.reduceat(years, groups), 1e-9)
    return life_expectancy(np.maximum(rates, 1e-5))
