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

from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from features.concepts import FEMALE
from features.contracts._casting import literal
from features.feature import DAYS_PER_YEAR
from features.lake import lake_buckets, open_lake
from features.sources import Source
from models.rates import UNKNOWN, Estimate, crude_rate, poisson_interval
from training.burden.diseases import DISEASES, Disease
from training.burden.person_time import Period

FOUND_WITHIN = 90  # days from a programme's test to the diagnosis, further examination in between
FOLLOWED = (0, 1, 3, 5)  # years since diagnosis at which a new band of follow-up begins
BROAD_AGES = (60, 75)
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
class _Offer:
    """A programme as the invitations show it."""

    disease: Disease
    since: date
    tests: str
    youngest: int
    oldest: int


def programmes(source: Source, period: Period) -> dict[str, Programme]:
    """Return what the records say of each programme, by the disease that it looks for; nothing without invitations."""
    known = f"known_at <= TIMESTAMPTZ '{source.as_of.isoformat()}'"
    offers = _offers(source, period, known)
    totals: dict[str, list[pd.DataFrame]] = {offer.disease.name: [] for offer in offers}
    followed: dict[str, list[pd.DataFrame]] = {offer.disease.name: [] for offer in offers}
    for bucket in range(lake_buckets(source.name) if offers else 0):
        with open_lake(source.name, bucket) as lake:
            for offer in offers:
                lake.execute(_cases(source, offer, known))
                totals[offer.disease.name].append(lake.execute(_totals(period, offer, known)).df())
                followed[offer.disease.name].append(lake.execute(_follow_up()).df())
    found = {
        offer.disease.name: _programme(
            offer, pd.concat(totals[offer.disease.name]), pd.concat(followed[offer.disease.name])
        )
        for offer in offers
    }
    deaths, expected = (sum(getattr(one, name) for one in found.values()) for name in ("deaths", "expected"))
    return {name: replace(one, all_deaths=deaths, all_expected=expected) for name, one in found.items()}


def _offers(source: Source, period: Period, known: str) -> list[_Offer]:
    age = "datesub('year', birth_date, invitation_date)"
    with open_lake(source.name) as lake:
        rows = lake.execute(f"""
            SELECT programme, CAST(min(invitation_date) AS DATE), list(DISTINCT procedure_source_value),
                CAST(quantile_cont({age}, 0.005) AS INTEGER), CAST(quantile_cont({age}, 0.995) AS INTEGER)
            FROM screening_invitation JOIN person USING (person_id)
            WHERE screening_invitation.{known} GROUP BY programme ORDER BY programme
        """).fetchall()
    looks_for = {disease.programme: disease for disease in DISEASES if disease.programme}
    return [
        _Offer(looks_for[name], since, ", ".join(literal(test) for test in sorted(tests)), youngest, oldest)
        for name, since, tests, youngest, oldest in rows
        if name in looks_for and since.year <= period.last
    ]


def _cases(source: Source, offer: _Offer, known: str) -> str:
    """Return SQL for the cases since the programme began: day, age, found by a test or not, and until when followed."""
    return f"""
        CREATE OR REPLACE TEMP TABLE found_case AS
        WITH first AS (
            SELECT person_id, CAST(min(condition_start_date) AS DATE) AS day FROM condition_occurrence
            WHERE {offer.disease.codes} AND {known} GROUP BY person_id
        )
        SELECT first.person_id, day, gender_concept_id = {FEMALE} AS female,
            datesub('year', CAST(birth_date AS DATE), day) AS age,
            least(CAST(observation_period_end_date AS DATE) + 1, DATE '{source.as_of.date().isoformat()}') AS stop,
            EXISTS (
                FROM procedure_occurrence AS test WHERE test.person_id = first.person_id AND test.{known}
                AND procedure_source_value IN ({offer.tests})
                AND CAST(procedure_date AS DATE) BETWEEN day - {FOUND_WITHIN} AND day
            ) AS found,
            CAST(death_date AS DATE) AS died
        FROM first JOIN person USING (person_id) JOIN observation_period USING (person_id)
        LEFT JOIN (SELECT person_id, death_date FROM death WHERE {known}) USING (person_id)
        WHERE day >= DATE '{offer.since.isoformat()}' AND day < stop
            AND day >= CAST(observation_period_start_date AS DATE)
            AND (age BETWEEN {offer.youngest} AND {offer.oldest} OR NOT found)
    """


def _totals(period: Period, offer: _Offer, known: str) -> str:
    inside = f"BETWEEN {period.first} AND {period.last}"
    tested = f"FROM procedure_occurrence WHERE procedure_source_value IN ({offer.tests}) AND {known}"
    at_age = f"age BETWEEN {offer.youngest} AND {offer.oldest}"
    return f"""
        SELECT (SELECT count(DISTINCT (person_id, year(procedure_date))) {tested}
                AND year(procedure_date) {inside}) AS tests,
            (SELECT count(DISTINCT person_id) FROM screening_invitation
                WHERE programme = {literal(offer.disease.programme or "")} AND {known}
                AND year(invitation_date) {inside}
                AND person_id NOT IN (SELECT person_id {tested} AND year(procedure_date) {inside})) AS absent,
            count(*) FILTER (year(day) {inside}) AS cases,
            count(*) FILTER (year(day) {inside} AND found) AS found,
            count(*) FILTER (year(day) {inside} AND NOT found AND {at_age}) AS others
        FROM found_case
    """


def _follow_up() -> str:
    """Return SQL for years and deaths by sex, broad age, time since diagnosis and how the case was found."""
    bands = ", ".join(f"({start}, {end})" for start, end in zip(FOLLOWED, (*FOLLOWED[1:], 1000), strict=True))
    days = f"least((stop - day) / {DAYS_PER_YEAR}, last) - first"
    broad = " + ".join(f"(age >= {age})::INTEGER" for age in BROAD_AGES)
    return f"""
        SELECT female, {broad} AS broad, first AS band, found, sum({days}) AS years,
            count(*) FILTER (died < stop AND (died - day) / {DAYS_PER_YEAR} >= first
                AND (died - day) / {DAYS_PER_YEAR} < last) AS deaths
        FROM found_case, (VALUES {bands}) AS follow(first, last)
        WHERE (stop - day) / {DAYS_PER_YEAR} > first GROUP BY ALL
    """


def _programme(offer: _Offer, totals: pd.DataFrame, followed: pd.DataFrame) -> Programme:
    sums = totals.sum()
    by = ["female", "broad", "band"]
    strata = followed.pivot_table(index=by, columns="found", values=["years", "deaths"], aggfunc="sum")
    strata = strata.reindex(columns=pd.MultiIndex.from_product([["years", "deaths"], [False, True]])).fillna(0.0)
    years, deaths = strata["years"], strata["deaths"]
    compared = years[False] > 0
    return Programme(
        name=offer.disease.programme or "",
        first_year=offer.since.year,
        ages=(offer.youngest, offer.oldest),
        **{name: float(sums[name]) for name in ("tests", "found", "others", "cases", "absent")},
        deaths=float(deaths[True][compared].sum()),
        expected=float((years[True] * deaths[False] / years[False])[compared].sum()),
    )
