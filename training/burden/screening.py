"""What screening programmes have found, and what finding every case early could avert.

Counted: tests, cancers found by them, invited people who did not come, and the deaths of those found by a test against
those expected if they had died like the others with the same cancer, at the same sex, broad age and time since
diagnosis. The ratio (observed / expected) is not a proof of benefit:

- *lead time*: who is found earlier is followed from an earlier day, and lives longer after diagnosis even if the day
  of death is the same;
- *length*: a test finds the slow cancers more often than the fast ones;
- *who comes*: those who come to a test are healthier and better cared for.

All three make screening look better than it is, so what is called avertable here is an upper bound. Stage at diagnosis
would say more; the records hold none.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import pandas as pd

from features.concepts import FEMALE
from features.feature import DAYS_PER_YEAR
from features.lake import lake_buckets, open_lake
from features.sources import Source
from models.area.rates import UNKNOWN, Estimate, crude_rate, poisson_interval
from training.burden.diseases import DISEASES, Disease
from training.burden.person_time import Period

FOUND_WITHIN = 90  # days from a programme's test to the diagnosis, further examination in between
FOLLOWED = (0, 1, 3, 5)  # years since diagnosis at which a new band of follow-up begins
BROAD_AGES = (60, 75)
AGE_QUANTILES = [0.005, 0.995]
PER_TESTS = 1_000.0
OWN_RATIO_FROM = 10  # expected deaths


@dataclass(frozen=True)
class Programme:
    """One programme and what is known of its tests.

    Attributes
    ----------
    ages
        Youngest and oldest age invited (half a percent at either end left out, as birthdays may be wrong).
    found, others
        New cases of the reported years: found by a test, and at programme age but not so.
    cases
        All new cases of the reported years.
    found_yield
        Found per 1,000 tests.
    absent
        People invited in the reported years who never had a test in them.
    undetected
        Cases that tests of these absent people would find at the same yield.
    deaths, expected
        Deaths of those found by a test since the programme began, and those expected if they had died like the others.
    all_deaths, all_expected
        The same over all programmes together, which stand in where one alone expects fewer than ten deaths.
    """

    name: str
    first_year: int
    ages: tuple[int, int]
    tests: float
    found: float
    others: float
    cases: float
    absent: float
    deaths: float
    expected: float
    all_deaths: float = 0.0
    all_expected: float = 0.0

    @property
    def found_yield(self) -> Estimate:
        """Cases found per 1,000 tests."""
        return crude_rate(self.found, self.tests, PER_TESTS)

    @property
    def undetected(self) -> Estimate:
        """Cases that tests of the absent would find, if these have them as often as those who came."""
        return self.found_yield.times(self.absent / PER_TESTS)

    @property
    def pooled(self) -> bool:
        """Whether the mortality ratio is that of all programmes together."""
        return self.expected < OWN_RATIO_FROM

    @property
    def ratio_deaths(self) -> float:
        """Deaths that the mortality ratio hangs on."""
        return self.all_deaths if self.pooled else self.deaths

    @property
    def mortality_ratio(self) -> Estimate:
        """Observed over expected deaths of those found by a test; expected is taken as known."""
        expected = self.all_expected if self.pooled else self.expected
        if expected <= 0:
            return UNKNOWN
        low, high = poisson_interval(self.ratio_deaths)
        return Estimate(self.ratio_deaths, low, high).times(1 / expected)

    @property
    def avertable(self) -> Estimate:
        """Share of the years lost that early detection could avert at most: cases within reach × lower mortality."""
        ratio = self.mortality_ratio
        if not ratio.value >= 0 or self.cases == 0:
            return UNKNOWN
        reach = self.others / self.cases
        return Estimate(*(reach * max(1 - value, 0.0) for value in (ratio.value, ratio.high, ratio.low)))


@dataclass(frozen=True)
class Offer:
    """A programme as the invitations show it."""

    disease: Disease
    since: date
    tests: tuple[str, ...]
    youngest: int
    oldest: int


def programmes(source: Source, period: Period) -> dict[str, Programme]:
    """Return what the records say of each programme, by the disease that it looks for; nothing without invitations."""
    known = f"known_at <= TIMESTAMPTZ '{source.as_of.isoformat()}'"
    offers = offers_of(source, period, known)
    if not offers:
        return {}
    offered = offered_tests(offers)
    totals, followed = [], []
    for bucket in range(lake_buckets(source.name)):
        with open_lake(source.name, bucket) as lake:
            lake.register("offered", offered)
            lake.execute(found_cases(source, offers, known))
            totals.append(lake.execute(_totals(period, known)).df())
            followed.append(lake.execute(_follow_up()).df())
    sums = pd.concat(totals).groupby("programme").sum().to_dict("index")
    years = pd.concat(followed)
    found = {
        offer.disease.name: _programme(offer, sums[name], years[years["programme"] == name])
        for offer in offers
        if (name := offer.disease.programme or "")
    }
    deaths, expected = (sum(getattr(one, name) for one in found.values()) for name in ("deaths", "expected"))
    return {name: replace(one, all_deaths=deaths, all_expected=expected) for name, one in found.items()}


def offers_of(source: Source, period: Period, known: str) -> list[Offer]:
    """Return the programmes that invited anybody up to the last year of a period."""
    with open_lake(source.name) as lake:
        rows = lake.execute(f"""
            SELECT programme, min(day), list(DISTINCT test ORDER BY test),
                quantile_disc(datesub('year', CAST(birth_date AS DATE), day), {AGE_QUANTILES})
            FROM (
                SELECT person_id, programme, procedure_source_value AS test, CAST(invitation_date AS DATE) AS day
                FROM screening_invitation WHERE {known}
            ) JOIN person USING (person_id) GROUP BY programme ORDER BY programme
        """).fetchall()
    looks_for = {disease.programme: disease for disease in DISEASES if disease.programme}
    return [
        Offer(looks_for[name], since, tuple(tests), youngest, oldest)
        for name, since, tests, (youngest, oldest) in rows
        if name in looks_for and since.year <= period.last
    ]


def offered_tests(offers: list[Offer]) -> pd.DataFrame:
    """Return a row a programme and test."""
    return pd.DataFrame(
        [
            {
                "programme": offer.disease.programme,
                "test": test,
                "since": offer.since,
                "youngest": offer.youngest,
                "oldest": offer.oldest,
            }
            for offer in offers
            for test in offer.tests
        ]
    )


def found_cases(source: Source, offers: list[Offer], known: str) -> str:
    """Return SQL for the cases since the programme began: day, age, found by a test or not, and until when followed."""
    which = " ".join(f"WHEN {offer.disease.codes} THEN '{offer.disease.programme}'" for offer in offers)
    return f"""
        CREATE TEMP TABLE found_case AS
        WITH first AS (
            SELECT person_id, CASE {which} END AS programme, CAST(min(condition_start_date) AS DATE) AS day
            FROM condition_occurrence WHERE {known} GROUP BY ALL HAVING programme IS NOT NULL
        ), tested AS (
            SELECT person_id, programme, CAST(procedure_date AS DATE) AS test_day
            FROM procedure_occurrence JOIN offered ON procedure_source_value = test WHERE {known}
        )
        SELECT person_id, programme, day, gender_concept_id = {FEMALE} AS female,
            datesub('year', CAST(birth_date AS DATE), day) AS age, age BETWEEN youngest AND oldest AS at_age,
            least(CAST(observation_period_end_date AS DATE) + 1, DATE '{source.as_of.date().isoformat()}') AS stop,
            CAST(death_date AS DATE) AS died,
            EXISTS (
                FROM tested WHERE tested.person_id = first.person_id AND tested.programme = first.programme
                AND test_day BETWEEN day - {FOUND_WITHIN} AND day
            ) AS found
        FROM first JOIN person USING (person_id) JOIN observation_period USING (person_id)
        JOIN (SELECT DISTINCT programme, since, youngest, oldest FROM offered) USING (programme)
        LEFT JOIN (SELECT person_id, death_date FROM death WHERE {known}) USING (person_id)
        WHERE day >= CAST(since AS DATE) AND day < stop AND day > CAST(observation_period_start_date AS DATE)
    """


def _totals(period: Period, known: str) -> str:
    """Return SQL for tests, absent people and cases of the reported years, a row a programme."""
    inside = f"BETWEEN DATE '{period.first}-01-01' AND DATE '{period.last}-12-31'"
    return f"""
        WITH tested AS (
            SELECT DISTINCT programme, person_id, year(procedure_date) AS year
            FROM procedure_occurrence JOIN offered ON procedure_source_value = test
            WHERE {known} AND CAST(procedure_date AS DATE) {inside}
        ), absent AS (
            SELECT DISTINCT programme, person_id FROM screening_invitation
            WHERE {known} AND CAST(invitation_date AS DATE) {inside}
        )
        SELECT programme, coalesce(tests, 0) AS tests, coalesce(away, 0) AS absent, coalesce(cases, 0) AS cases,
            coalesce(found, 0) AS found, coalesce(others, 0) AS others
        FROM (SELECT DISTINCT programme FROM offered)
        LEFT JOIN (SELECT programme, count(*) AS tests FROM tested GROUP BY programme) USING (programme)
        LEFT JOIN (
            SELECT programme, count(*) AS away FROM absent ANTI JOIN tested USING (programme, person_id)
            GROUP BY programme
        ) USING (programme)
        LEFT JOIN (
            SELECT programme, count(*) AS cases, count(*) FILTER (found) AS found,
                count(*) FILTER (NOT found AND at_age) AS others
            FROM found_case WHERE day {inside} GROUP BY programme
        ) USING (programme)
    """


def _follow_up() -> str:
    """Return SQL for years and deaths by sex, broad age, time since diagnosis and how the case was found."""
    bands = ", ".join(f"({start}, {end})" for start, end in pairwise((*FOLLOWED, 1000)))
    since, died = (f"({day} - day) / {DAYS_PER_YEAR}" for day in ("stop", "died"))
    broad = " + ".join(f"(age >= {age})::INTEGER" for age in BROAD_AGES)
    return f"""
        SELECT programme, female, {broad} AS broad, first AS band, found, sum(least({since}, last) - first) AS years,
            count(*) FILTER (died < stop AND {died} >= first AND {died} < last) AS deaths
        FROM found_case, (VALUES {bands}) AS follow(first, last)
        WHERE {since} > first AND at_age GROUP BY ALL
    """


def _programme(offer: Offer, totals: Mapping[Hashable, float], followed: pd.DataFrame) -> Programme:
    deaths, expected = _compared(followed) if len(followed) else (0.0, 0.0)
    return Programme(
        name=offer.disease.programme or "",
        first_year=offer.since.year,
        ages=(offer.youngest, offer.oldest),
        **{name: float(totals[name]) for name in ("tests", "found", "others", "cases", "absent")},
        deaths=deaths,
        expected=expected,
    )


def _compared(followed: pd.DataFrame) -> tuple[float, float]:
    """Return the deaths of those found by a test, and those expected at the rates of the others."""
    by = ["female", "broad", "band"]
    strata = followed.pivot_table(index=by, columns="found", values=["years", "deaths"], aggfunc="sum")
    strata = strata.reindex(columns=pd.MultiIndex.from_product([["years", "deaths"], [False, True]])).fillna(0.0)
    years, deaths = strata["years"], strata["deaths"]
    compared = years[False] > 0
    expected = years[True] * deaths[False] / years[False]
    return float(deaths[True][compared].sum()), float(expected[compared].sum())
