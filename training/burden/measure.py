"""From counts to the burden of each disease in the city and its counties; exact figures, for those who may see them.

What leaves the house goes through `release`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.sources import Source
from features.standard_populations import GROUPS, StandardPopulation, standard_population
from models.area.rates import (
    PER,
    STANDARDISED_FROM,
    UNKNOWN,
    Estimate,
    crude_rate,
    expected_events,
    poisson_interval,
    proportion,
    standardised_rate,
)
from models.area.trend import percent_change
from training.burden.attribution import Attribution, attribute
from training.burden.diseases import DISEASES, Disease
from training.burden.person_time import CONTACTS, NOWHERE, Counts, Period, count, period_of
from training.burden.screening import Programme, programmes

Floats = NDArray[np.float64]

CITY = ""
YEARS, TREND_YEARS, STANDARD = 5, 15, "china2000"
SHARED = ("deaths", *CONTACTS)
PER_PATIENTS = 1_000.0


@dataclass(frozen=True)
class DiseaseBurden:
    """One disease in one area over the reported years.

    Attributes
    ----------
    cases, incidence, incidence_standardised
        First diagnoses, and per 100,000 person-years free of the known disease.
    living, prevalence, prevalence_standardised
        People who live with the known disease on the last day, and their share (0..1).
    person_years
        Lived with the known disease.
    deaths, mortality, lethality
        Deaths put down to it; per 100,000 person-years of everybody; per 1,000 person-years lived with it.
    years_lost, years_lost_rate, years_lost_standardised
        Years of life lost to these deaths; per 100,000 person-years of everybody, crude and standardised.
    contacts, contact_rates
        Hospital stays, visits and drug records put down to it; per 100,000 person-years of everybody.
    seen
        The same contacts of everybody who has it, per person-year.
    poor, poor_expected, uninsured
        Share of those who live with it who are poor (lowest fifth of incomes, or minimum living allowance), what it
        would be at the ages and sexes of those who have it, and the share without health insurance.
    trend
        Change of the incidence a year, in percent.
    yearly
        Cases and crude incidence by calendar year of the trend.
    programme, avertable
        What screening found, and the years lost per 100,000 person-years that it could avert at most.
    """

    disease: Disease
    cases: float
    incidence: Estimate
    incidence_standardised: Estimate
    living: float
    prevalence: Estimate
    prevalence_standardised: Estimate
    person_years: float
    deaths: Estimate
    mortality: Estimate
    lethality: Estimate
    years_lost: Estimate
    years_lost_rate: Estimate
    years_lost_standardised: float
    contacts: dict[str, Estimate]
    contact_rates: dict[str, Estimate]
    seen: dict[str, float]
    poor: Estimate
    poor_living: float
    poor_expected: float
    uninsured: Estimate
    uninsured_living: float
    trend: Estimate
    yearly: dict[int, tuple[float, float]]
    programme: Programme | None = None
    avertable: Estimate = UNKNOWN


@dataclass(frozen=True)
class AreaBurden:
    """All diseases in the city (code "") or one county."""

    code: str
    people: float
    person_years: float
    deaths: float
    unattributed: float
    diseases: tuple[DiseaseBurden, ...]


@dataclass(frozen=True)
class Burden:
    """The burden of diseases in a source's city and counties."""

    source: Source
    period: Period
    standard: StandardPopulation
    city: AreaBurden
    counties: tuple[AreaBurden, ...] = field(default=())


def measure_burden(
    source: Source,
    years: int = YEARS,
    standard: str = STANDARD,
    progress: Callable[[str], None] = lambda _: None,
    period: Period | None = None,
) -> Burden:
    """Measure the burden of every disease from the records of a source.

    Parameters
    ----------
    years
        Whole calendar years before the source's now; the trend looks at up to fifteen.
    standard
        Name of the standard population.
    period
        Other calendar years than those before the source's now; `years` is not looked at then.

    Raises
    ------
    NotReadyError
        If the lake has not been built.
    InvalidInputError
        If so many years are not under observation.
    UnknownNameError
        If there is no such standard population.
    """
    weights = standard_population(standard)
    period = period or period_of(source, years, TREND_YEARS)
    counts = count(source, period, progress)
    progress("person-time")
    screened = programmes(source, period)
    progress("screening")
    city = _Area(CITY, counts, weights, None)
    burdens = city.burdens(screened)
    codes = sorted(set(counts.cells["area"]) - {NOWHERE})
    counties = [_Area(code, _within(counts, code), weights, city) for code in codes]
    return Burden(source, period, weights, burdens, tuple(area.burdens(screened) for area in counties))


def _within(counts: Counts, code: str) -> Counts:
    def inside(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["area"] == code]

    return replace(counts, cells=inside(counts.cells), cases=inside(counts.cases), living=inside(counts.living))


class _Area:
    """The counts of one area as arrays; a county borrows the city's attribution: its own deaths are too few."""

    def __init__(self, code: str, counts: Counts, standard: StandardPopulation, city: _Area | None) -> None:
        self.code, self.counts, self.period, self.weights = code, counts, counts.period, standard.array()
        recent = counts.cells["year"] >= self.period.first
        columns = ["person_years", "years_lost", *SHARED]
        self.cells = counts.cells[recent].groupby(["female", "age", "known"], as_index=False)[columns].sum()
        self.age = self.cells["age"].to_numpy(dtype=np.int64)
        self.known = _bits(self.cells["known"])
        self.years = self.cells["person_years"].to_numpy(dtype=np.float64)
        self.own = city is None
        self.recorded: dict[str, bool] = (
            {kind: bool(self._events(kind).sum() > 0) for kind in SHARED} if city is None else city.recorded
        )
        self.shares = {kind: self._attribution(kind) for kind in SHARED} if city is None else city.borrowed(self.cells)

    def _attribution(self, kind: str) -> Attribution:
        stratum = 2 * self.age + self.cells["female"].to_numpy(dtype=np.int64)
        return attribute(self._events(kind), self.years, stratum, self.age, self.known)

    def borrowed(self, cells: pd.DataFrame) -> dict[str, Attribution]:
        """Return this area's shares for the cells of one of its counties."""
        keys = ["female", "age", "known"]
        rows = cells[keys].merge(self.cells[keys].reset_index(), on=keys, how="left", validate="one_to_one")["index"]
        return {kind: Attribution(one.shares[rows.to_numpy()], one.error * np.nan) for kind, one in self.shares.items()}

    def burdens(self, screened: dict[str, Programme]) -> AreaBurden:
        """Return the burden of every disease."""
        shared = {kind: self._shared(kind) for kind in SHARED}
        lost = self._events("years_lost")[:, None] * self.shares["deaths"].shares
        whole = float(self._events("deaths").sum())
        return AreaBurden(
            code=self.code,
            people=float(self.counts.living["people"].sum()),
            person_years=float(self.years.sum()),
            deaths=whole,
            unattributed=whole - sum(one.value for one in shared["deaths"]),
            diseases=tuple(
                self._burden(position, {kind: shared[kind][position] for kind in SHARED}, lost[:, position], screened)
                for position in range(len(DISEASES))
            ),
        )

    def _burden(
        self, position: int, shared: dict[str, Estimate], lost: Floats, screened: dict[str, Programme]
    ) -> DiseaseBurden:
        disease, whole, deaths = DISEASES[position], float(self.years.sum()), shared["deaths"]
        programme = screened.get(disease.name)
        has_it = self.known[:, position]
        with_it = float(self.years[has_it].sum())
        by_age = np.bincount(self.age, lost, GROUPS)
        rate = _like(float(lost.sum()) * PER / whole, deaths)
        return DiseaseBurden(
            disease=disease,
            **self._incidence(position),
            **self._living(position),
            person_years=with_it,
            deaths=deaths,
            mortality=deaths.times(PER / whole),
            lethality=deaths.times(PER_PATIENTS / with_it) if with_it else UNKNOWN,
            years_lost=_like(float(lost.sum()), deaths),
            years_lost_rate=rate,
            years_lost_standardised=standardised_rate(by_age, self._years_by_age(), self.weights).value,
            contacts={kind: shared[kind] for kind in CONTACTS},
            contact_rates={kind: shared[kind].times(PER / whole) for kind in CONTACTS},
            seen={kind: float(self._events(kind)[has_it].sum()) / with_it if with_it else np.nan for kind in CONTACTS},
            programme=programme if self.own else None,
            avertable=programme.avertable.times(rate.value) if programme else UNKNOWN,
        )

    def _incidence(self, position: int) -> dict[str, Any]:
        """Return cases, rates, trend and yearly figures of one disease."""
        years = np.arange(self.period.trend_from, self.period.last + 1)
        new = self.counts.cases[self.counts.cases["disease"] == position]
        free = self.counts.cells[~_bits(self.counts.cells["known"])[:, position]]
        cases, at_risk = self._by_year(new, "cases"), self._by_year(free, "person_years")
        recent = years >= self.period.first
        events, time = (table[recent].sum(axis=0).reshape(GROUPS, 2).sum(axis=1) for table in (cases, at_risk))
        # What somebody had on the very day that opens a piece of time may fall where nobody else was at risk.
        time = np.where((events > 0) & (time == 0), 1 / 365.25, time)
        total = float(events.sum())
        standardised = standardised_rate(events, time, self.weights) if total >= STANDARDISED_FROM else UNKNOWN
        expected = expected_events(cases, at_risk)
        known = expected > 0
        sums = cases.sum(axis=1)
        return {
            "cases": total,
            "incidence": crude_rate(total, float(time.sum())),
            "incidence_standardised": standardised,
            "trend": percent_change(years[known], sums[known], expected[known]),
            "yearly": {
                int(year): (float(n), float(n) * PER / float(free_years) if free_years > 0 else float("nan"))
                for year, n, free_years in zip(years, sums, at_risk.sum(axis=1), strict=True)
            },
        }

    def _living(self, position: int) -> dict[str, Any]:
        """Return how many live with one disease on the last day, and in which circumstances."""
        there = self.counts.living
        has_it = _bits(there["known"])[:, position]
        people = there["people"].to_numpy(dtype=np.float64)
        age = there["age"].to_numpy(dtype=np.int64)
        told = there["social"].to_numpy(dtype=bool)
        poor = told & there["poor"].to_numpy(dtype=bool)
        bare = told & there["uninsured"].to_numpy(dtype=bool)
        living = float(people[has_it].sum())
        by_age = np.bincount(age[has_it], people[has_it], GROUPS), np.bincount(age, people, GROUPS)
        asked = float(people[has_it & told].sum())
        stratum = 2 * age + there["female"].to_numpy(dtype=np.int64)
        everybody, poor_everybody, ill = (
            np.bincount(stratum[rows], people[rows], 2 * GROUPS).astype(np.float64)
            for rows in (told, poor, has_it & told)
        )
        share = np.divide(poor_everybody, everybody, out=np.zeros_like(everybody), where=everybody > 0)
        return {
            "living": living,
            "prevalence": proportion(living, float(people.sum())),
            "prevalence_standardised": (
                standardised_rate(*by_age, self.weights, per=1.0) if living >= STANDARDISED_FROM else UNKNOWN
            ),
            "poor": proportion(float(people[has_it & poor].sum()), asked),
            "poor_living": float(people[has_it & poor].sum()),
            "poor_expected": float(ill @ share) / asked if asked else float("nan"),
            "uninsured": proportion(float(people[has_it & bare].sum()), asked),
            "uninsured_living": float(people[has_it & bare].sum()),
        }

    def _shared(self, kind: str) -> list[Estimate]:
        """Return the events put down to each disease; a county's interval is that of a Poisson count."""
        events = self._events(kind)
        if not self.recorded[kind]:
            return [UNKNOWN] * len(DISEASES)
        if self.own:
            return self.shares[kind].interval(events)
        return [Estimate(float(n), *poisson_interval(max(float(n), 0.0))) for n in self.shares[kind].events(events)]

    def _events(self, kind: str) -> Floats:
        return self.cells[kind].to_numpy(dtype=np.float64)

    def _years_by_age(self) -> Floats:
        return np.bincount(self.age, self.years, GROUPS).astype(np.float64)

    def _by_year(self, rows: pd.DataFrame, column: str) -> Floats:
        """Return sums by year of the trend and group of age and sex, (years, 2 * GROUPS)."""
        years = self.period.last - self.period.trend_from + 1
        group = 2 * rows["age"].to_numpy(dtype=np.int64) + rows["female"].to_numpy(dtype=np.int64)
        place = (rows["year"].to_numpy(dtype=np.int64) - self.period.trend_from) * 2 * GROUPS + group
        sums = np.bincount(place, rows[column].to_numpy(dtype=np.float64), years * 2 * GROUPS)
        return np.asarray(sums.reshape(years, 2 * GROUPS))


def _bits(known: pd.Series) -> NDArray[np.bool_]:
    """Return which diseases are known, bool (rows, diseases)."""
    return np.asarray((known.to_numpy(dtype=np.int64)[:, None] >> np.arange(len(DISEASES))) & 1 == 1)


def _like(value: float, count: Estimate) -> Estimate:
    """Return a sum over events with an interval as wide, in proportion, as that of their number."""
    if not count.value > 0:
        return Estimate(value, value, float("nan"))
    return Estimate(value, value * count.low / count.value, value * count.high / count.value)
