"""The statistics that only one or two facts need: people, households, screening, townships, requests."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from features.sources._city import areas, screening
from features.sources._city.city import DEFAULT_SEED
from features.sources._city.clock import CENSUS_DAY, DAYS_PER_YEAR, YEARS, day_of
from features.sources._city.evidence import Evidence, Values, census_scale
from features.sources._city.facts import Fact
from features.sources._city.statistics import Statistic


def people_now(day: int) -> Statistic:
    """Return the statistic "residents on `day`", scaled to the real city."""
    return lambda evidence, fact: float((evidence.present(day) & evidence.group(fact)).sum()) * census_scale(evidence)


def sex_ratio(evidence: Evidence, fact: Fact) -> float:
    """Return men per 100 women at the census."""
    inside = evidence.present(CENSUS_DAY) & evidence.group(fact)
    women = evidence.person["sex"][inside].mean()
    return float(100 * (1 - women) / women)


def household_size(evidence: Evidence, fact: Fact) -> float:
    """Return the mean number of people in family households at the census."""
    inside = evidence.present(CENSUS_DAY) & evidence.group(fact) & (evidence.person["collective"] == 0)
    # Households are numbered within a bucket; a bucket's people follow each other and its number starts anew.
    return float(inside.sum() / len(np.unique(evidence.person["home"][inside])))


def living_alone(evidence: Evidence) -> Values:
    """Return 1 for those who are alone in their family household at the census."""
    here = evidence.present(CENSUS_DAY)
    home = evidence.person["home"].astype(np.int64)
    size = np.bincount(home, weights=here)[home]
    return np.asarray(((size == 1) & (evidence.person["collective"] == 0)).astype(float))


def came(test: str) -> Statistic:
    """Return the share of invitations to `test` that were followed, in per cent, in the fact's area and ages."""

    def compute(evidence: Evidence, fact: Fact) -> float:
        group = evidence.group(fact)
        smokers = {"smokers": True, "nonsmokers": False}.get(fact.population.split()[0])
        counts = []
        for who, day in (evidence.invited[test], evidence.tested[test]):
            at = who.astype(np.int64)
            chosen = group[at]
            if smokers is not None:
                chosen &= _smokes(evidence, day, at) == smokers
            counts.append(int(chosen.sum()))
        return 100 * counts[1] / counts[0]

    return compute


def positive_first(evidence: Evidence, fact: Fact) -> float:
    """Return the share of FITs that led to an invitation to colonoscopy, in per cent: the test or the questions."""
    group = evidence.group(fact)
    sent, tested = (
        group[x[0].astype(np.int64)].sum() for x in (evidence.invited["colonoscopy"], evidence.tested["fit"])
    )
    return 100 * float(sent / tested)


def high_risk(programme: str) -> Statistic:
    """Return the share at high risk, in per cent, read off the invitations: all of them over whom the lot may fall on.

    A programme invites a fixed share of those at high risk each year, so invitations by that share and by the
    residents of its ages, summed over the years, give the share at high risk.
    """
    one = next(p for p in screening.PROGRAMMES if p.name == programme)

    def compute(evidence: Evidence, fact: Fact) -> float:
        smoking = {"smokers": True, "nonsmokers": False}.get(fact.population.split()[0])
        who, day = evidence.invited[one.test]
        chosen = np.ones(len(who), dtype=bool)
        if smoking is not None:
            chosen = _smokes(evidence, day, who.astype(np.int64)) == smoking
        eligible = 0
        for year in range(one.first_year, YEARS[-1] + 1):
            first = day_of(year)
            age = evidence.age(first)
            inside = evidence.present(first) & (age >= one.ages[0]) & (age < one.ages[1])
            if smoking is not None:
                inside &= _smokes(evidence, first, slice(None)) == smoking
            eligible += int(inside.sum())
        return 100 * float(chosen.sum()) / (one.share * eligible)

    return compute


def _smokes(evidence: Evidence, day: int | Values, who: NDArray[np.int64] | slice) -> NDArray[np.bool_]:
    return np.asarray((evidence.person["smoke_start"][who] <= day) & (evidence.person["smoke_quit"][who] > day))


def start_of_smoking(evidence: Evidence, fact: Fact) -> float:
    """Return the mean age at which those began who smoke in the middle of the fact's year."""
    day = day_of(fact.year, 7, 1)
    smokers = evidence.present(day) & _smokes(evidence, day, slice(None)) & (evidence.age(day) >= fact.ages[0])
    return float((evidence.person["smoke_start"] - evidence.person["birth_date"])[smokers].mean() / DAYS_PER_YEAR)


def found_per_test(test: str, disease: int) -> Statistic:
    """Return the cancers found early per test done, in per cent."""

    def compute(evidence: Evidence, fact: Fact) -> float:
        early = (evidence.latent["disease"] == disease) & (evidence.latent["early"] == 1)
        return 100 * float(early.sum()) / len(evidence.tested[test][0])

    return compute


def code_share(code: str, prefix: str) -> Statistic:
    """Return the share of `code` among recorded diagnoses whose code starts with one of `prefix`, in per cent."""

    def compute(evidence: Evidence, fact: Fact) -> float:
        among = sum(n for c, n in evidence.codes.items() if re.match(prefix, c))
        return 100 * evidence.codes[code] / among

    return compute


def area_mean(column: str) -> Statistic:
    """Return the mean of a column of area_year over people in the fact's year, and its county if it has one."""

    def compute(evidence: Evidence, fact: Fact) -> float:
        table = areas.area_year(DEFAULT_SEED)
        weight = np.repeat(areas.people(), len(YEARS)) * (table["year"].to_numpy() == fact.year)
        if fact.area != "331000":
            codes = table["township"].to_numpy(zero_copy_only=False)
            weight = weight * np.array([code.startswith(fact.area) for code in codes])
        return float((table[column].to_numpy() * weight).sum() / weight.sum())

    return compute


def requests_rate(evidence: Evidence, fact: Fact) -> float:
    """Return service requests per 1,000 people and year."""
    people = evidence.present(day_of(2022, 7, 1)).sum()
    return float(1000 * evidence.requests.shape[1] / people / 3)


def requests_on_time(evidence: Evidence, fact: Fact) -> float:
    """Return the share of requests due before the end of the records that were closed by then, in per cent."""
    _, due, closed = evidence.requests
    ended = due < day_of(2024) * 86_400
    return float(100 * (closed <= due)[ended].mean())
