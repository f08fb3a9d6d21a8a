"""Worklists: who is eligible for a programme and due, in which order, and what the list can be expected to find."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InvalidInputError
from features.last_days import diagnosed_since, last_days, townships_of
from models.applicable import applicable
from models.risk_model import get_model
from models.screening_programme import OVERDUE_FROM_DAYS, Programme, Status
from serving.champions import Champion
from serving.population import Population, Ranking
from serving.selection import Chosen, choose
from serving.service import Service
from serving.uptake import expected_uptake

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CONTACTS = {"visit": ("visit.any",), "invitation": ("invited.any",)}
EPOCH = date(1970, 1, 1)


class Circumstances:
    """What lists need to know of everybody beside the features: where they live, and their last tests and contacts.

    Read once from the lake for a population, and shared by all programmes.
    """

    def __init__(self, population: Population) -> None:
        self.population = population
        self._days: dict[str, Floats] = {}

    @cached_property
    def people(self) -> Integers:
        """Resident numbers (n,), ascending."""
        return self.population.residents.index.to_numpy(dtype=np.int64)

    @cached_property
    def today(self) -> float:
        """The population's day, in days since 1970."""
        return float((self.population.now.date() - EPOCH).days)

    @cached_property
    def township(self) -> NDArray[np.object_]:
        """Code of the township of each resident (n,), empty where unknown."""
        return townships_of(self.population.source.name, self.people, self.population.now)

    @cached_property
    def contact(self) -> dict[str, Floats]:
        """Days of the last visit and the last invitation, (n,) each."""
        return last_days(self.population.source.name, CONTACTS, self.people, self.population.now)

    def last_test(self, programme: Programme) -> dict[str, Floats]:
        """Return the day of the last test of each kind that the programme offers, (n,) each."""
        wanted = {test.name: test.streams for test in programme.tests if test.name not in self._days}
        if wanted:
            self._days |= last_days(self.population.source.name, wanted, self.people, self.population.now)
        return {test.name: self._days[test.name] for test in programme.tests}


@dataclass(frozen=True)
class Candidates:
    """Everybody whom a programme would invite now, one entry a person, (n,) each.

    Attributes
    ----------
    rows
        Row numbers in the population, ascending.
    overdue
        Days since the offer became due; infinite for those who were never tested.
    second
        Whether the follow-up test is offered.
    """

    programme: Programme
    champion: Champion
    population: Population
    circumstances: Circumstances
    uptake_source: str
    rows: Integers
    risk: Floats
    uptake: Floats
    benefit: Floats
    township: NDArray[np.object_]
    overdue: Floats
    second: NDArray[np.bool_]

    @property
    def person(self) -> Integers:
        """Resident numbers."""
        return self.circumstances.people[self.rows]

    def within(self, area: str | None, without: Collection[int] = ()) -> Candidates:
        """Return those who live in an area (the beginning of a township's code), without the people named."""
        keep = np.ones(len(self.rows), dtype=bool)
        if area:
            keep &= np.char.startswith(self.township.astype(str), area) if len(self.rows) else keep
        if without:
            keep &= ~np.isin(self.person, np.fromiter(without, dtype=np.int64))
        return self._at(np.flatnonzero(keep))

    def kept(self, mask: NDArray[np.bool_]) -> Candidates:
        """Return some of them, by a mask (n,)."""
        return self._at(np.flatnonzero(mask))

    def choose(self, capacity: int, week: str, area: str | None) -> tuple[Candidates, Chosen]:
        """Return who gets the places of a week, highest expected benefit first."""
        key = f"{self.population.source.name}/{self.programme.name}/{week}/{area or ''}"
        numbers = np.unique(self.township.astype(str), return_inverse=True)[1].astype(np.int64)
        chosen = choose(self.benefit, self.person, numbers.reshape(-1), capacity, key)
        return self._at(chosen.positions), chosen

    def status(self) -> list[Status]:
        """Return for each whether the offer is due, overdue, or was never taken."""
        named = np.where(np.isinf(self.overdue), 0, np.where(self.overdue < OVERDUE_FROM_DAYS, 1, 2))
        kinds: tuple[Status, Status, Status] = ("never_tested", "due", "overdue")
        return [kinds[kind] for kind in named]

    def expected(self) -> Yield:
        """Return what inviting all of these can be expected to bring."""
        in_round = self.programme.risk_in_round(self.risk)
        found = float(np.sum(in_round * self.uptake) * self.programme.sensitivity.value)
        return Yield(len(self.rows), float(self.uptake.sum()), found, float(self.benefit.sum()))

    def _at(self, positions: Integers) -> Candidates:
        taken = {
            name: getattr(self, name)[positions]
            for name in ("rows", "risk", "uptake", "benefit", "township", "overdue", "second")
        }
        return Candidates(
            self.programme, self.champion, self.population, self.circumstances, self.uptake_source, **taken
        )


@dataclass(frozen=True)
class Yield:
    """What a list can be expected to bring.

    Attributes
    ----------
    tests
        People who come.
    found
        Cases that their tests show: risk in this round × uptake × sensitivity.
    benefit
        The sum of expected benefits.
    """

    invited: int
    tests: float
    found: float
    benefit: float

    @property
    def needed_to_screen(self) -> float | None:
        """Tests for one case found; None where none is expected."""
        return self.tests / self.found if self.found > 0 else None


def candidates(programme: Programme, ranking: Ranking, circumstances: Circumstances) -> Candidates:
    """Return everybody who is eligible and due.

    Raises
    ------
    UnknownNameError, ModelUnavailableError
        If the model that ranks is not declared, or cannot serve.
    """
    population, snapshot = ranking.population, ranking.snapshot
    champion = snapshot.champion(programme.model)
    features = population.features
    who = population.living & programme.aimed_at(features) & applicable(get_model(programme.model), features)
    for obstacle in programme.contraindications:
        who &= ~diagnosed_since(
            population.source.name, obstacle.codes, obstacle.within_days.value, circumstances.people, population.now
        )
    since = {name: circumstances.today - day for name, day in circumstances.last_test(programme).items()}
    overdue, second = programme.due(since, _positive(programme, features))
    rows = np.flatnonzero(who & (overdue >= 0))
    risk = ranking.risks[rows, list(snapshot.champions).index(programme.model)]
    uptake, source = expected_uptake(programme, population)
    return Candidates(
        programme=programme,
        champion=champion,
        population=population,
        circumstances=circumstances,
        uptake_source=source,
        rows=rows,
        risk=risk,
        uptake=uptake[rows],
        benefit=programme.benefit(risk, uptake[rows]),
        township=circumstances.township[rows],
        overdue=overdue[rows],
        second=second[rows],
    )


class Lists:
    """The candidates of every programme, worked out when first asked for and again when the ranking has changed."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._ranking: Ranking | None = None
        self._circumstances: Circumstances | None = None
        self._candidates: dict[str, Candidates] = {}

    def candidates(self, programme: Programme) -> Candidates:
        """Return the candidates of a programme now; the errors are those of `candidates`."""
        with self._lock:
            ranking = self._service.ranking
            if ranking is not self._ranking:
                self._ranking, self._candidates = ranking, {}
                if self._circumstances is None or self._circumstances.population is not ranking.population:
                    self._circumstances = Circumstances(ranking.population)
            if programme.name not in self._candidates and self._circumstances is not None:
                self._candidates[programme.name] = candidates(programme, ranking, self._circumstances)
            return self._candidates[programme.name]

    def forget(self) -> None:
        """Look at the records anew when next asked: some have arrived."""
        with self._lock:
            self._ranking = self._circumstances = None


def capacity_of(programme: Programme, eligible: Candidates, asked: int | None) -> int:
    """Return how many people to invite: as many as asked, else the slots of every clinic with eligible people."""
    if asked is not None:
        return asked
    return round(programme.slots_per_week.value) * len(np.unique(eligible.township.astype(str)))


def area_of(clinic: str | None, area: str | None, known: NDArray[np.object_]) -> str | None:
    """Return the code that limits a list, or None for everybody.

    Parameters
    ----------
    clinic
        The township whose clinic works the list.
    area
        A county or township: the beginning of township codes.
    known
        Codes of the townships that there are.

    Raises
    ------
    InvalidInputError
        If both are given, or nobody lives there.
    """
    if clinic is not None and area is not None:
        raise InvalidInputError(
            "Name either a clinic or an area, not both.",
            [{"field": "clinic, area", "value": None, "allowed": "one of them", "fix": "leave one out"}],
        )
    code = clinic if clinic is not None else area
    if code is None:
        return None
    codes = {str(entry) for entry in pd.unique(known)} - {""}
    fits = code in codes if clinic is not None else any(entry.startswith(code) for entry in codes)
    if not code or not fits:
        field = "clinic" if clinic is not None else "area"
        raise InvalidInputError(
            f"There is no {field} '{code[:30]}' in this data source.",
            [
                {
                    "field": field,
                    "value": code[:30],
                    "allowed": "a township code" + ("" if clinic is not None else ", or its beginning (a county)")
                    + (f", for instance {min(codes)}" if codes else "; this data source names no townships"),
                    "fix": "leave it out for everybody",
                }
            ],
        )  # fmt: skip
    return code


def week_of(moment: date) -> str:
    """Return the ISO week of a day.

    >>> week_of(date(2024, 1, 1))
    '2024-W01'
    """
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02}"


def as_date(day: float) -> date | None:
    """Return days since 1970 as a date; None for NaN."""
    return None if np.isnan(day) else EPOCH + timedelta(days=int(day))


def _positive(programme: Programme, features: pd.DataFrame) -> NDArray[np.bool_]:
    if programme.follow_up is None:
        return np.zeros(len(features), dtype=bool)
    after = programme.follow_up.after
    return np.asarray(features[after.feature].to_numpy() >= after.at_least)
