"""Worklists: who is eligible for a programme and due, in which order, and what the list can be expected to find."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InvalidInputError
from models.applicable import applicable
from models.risk_model import get_model
from models.screening_programme import Programme
from serving.champions import Champion
from serving.circumstances import EPOCH, Circumstances
from serving.population import Population, Ranking
from serving.selection import Chosen, choose
from serving.service import Service

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Candidates:
    """Everybody whom a programme would invite now, one entry a person, (n,) each.

    Attributes
    ----------
    rows
        Row numbers in the population, ascending.
    person
        Resident numbers.
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
    person: Integers
    risk: Floats
    uptake: Floats
    benefit: Floats
    township: NDArray[np.object_]
    overdue: Floats
    second: NDArray[np.bool_]

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

    def expected(self) -> Yield:
        """Return what inviting all of these can be expected to bring."""
        return Yield(
            len(self.rows), float(self.uptake.sum()), float(self.chance_found.sum()), float(self.benefit.sum())
        )

    @property
    def chance_found(self) -> Floats:
        """The chance of each that inviting them finds a case, (n,): risk in this round × uptake × sensitivity."""
        return self.programme.risk_in_round(self.risk) * self.uptake * self.programme.sensitivity.value

    def _at(self, positions: Integers) -> Candidates:
        taken = {
            name: getattr(self, name)[positions]
            for name in ("rows", "person", "risk", "uptake", "benefit", "township", "overdue", "second")
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
    circumstances.refresh()
    # People may join meanwhile: those who are there now are looked at, and the others next time.
    n = min(len(days) for days in circumstances.last_test(programme).values())
    with population.lock:
        features, risks = population.features.iloc[:n], ranking.risks
        alive, people = population.living[:n].copy(), population.residents.index.to_numpy(dtype=np.int64)
    who = alive & programme.aimed_at(features) & applicable(get_model(programme.model), features)
    for obstacle in programme.contraindications:
        who &= ~circumstances.obstacle(obstacle)[:n]
    rows = np.flatnonzero(who)
    overdue, second = due(programme, circumstances, rows, features)
    now = overdue >= 0
    rows, overdue, second = rows[now], overdue[now], second[now]
    risk = risks[rows, list(snapshot.champions).index(programme.model)]
    expected = circumstances.uptake(programme)
    uptake = expected.of(features.iloc[rows])
    return Candidates(
        programme=programme,
        champion=champion,
        population=population,
        circumstances=circumstances,
        uptake_source=expected.source,
        rows=rows,
        person=people[rows],
        risk=risk,
        uptake=uptake,
        benefit=programme.benefit(risk, uptake),
        township=circumstances.township(rows),
        overdue=overdue,
        second=second,
    )


def due(
    programme: Programme, circumstances: Circumstances, rows: Integers, features: pd.DataFrame
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return by how many days the offer to some rows (k,) is overdue, and to whom the follow-up test is offered.

    See `models.screening_programme.Programme.due`; `features` are those of the population.
    """
    since = {name: circumstances.today - day[rows] for name, day in circumstances.last_test(programme).items()}
    positive = np.zeros(len(rows), dtype=bool)
    if programme.follow_up is not None:
        after = programme.follow_up.after
        positive = features[after.feature].to_numpy()[rows] >= after.at_least
    return programme.due(since, positive)


class Lists:
    """The candidates of every programme, worked out when first asked for and again when people have moved.

    Attributes
    ----------
    circumstances
        Shared by all programmes.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._upto: tuple[Ranking, int] | None = None
        self._candidates: dict[str, Candidates] = {}
        self.circumstances = Circumstances(service.live)

    def candidates(self, programme: Programme) -> Candidates:
        """Return the candidates of a programme now; the errors are those of `candidates`."""
        with self._lock:
            ranking = self._service.ranking
            upto = ranking, ranking.version  # read first: whoever moves from now on is seen next time
            if self._upto != upto:
                self._upto, self._candidates = upto, {}
            if programme.name not in self._candidates:
                self._candidates[programme.name] = candidates(programme, ranking, self.circumstances)
            return self._candidates[programme.name]

    def refreshed(self) -> Circumstances:
        """Return the circumstances as they are now."""
        with self._lock:
            self.circumstances.refresh()
            return self.circumstances


def capacity_of(programme: Programme, eligible: Candidates, asked: int | None) -> int:
    """Return how many people to invite: as many as asked, else the slots of every clinic with eligible people."""
    if asked is not None:
        return asked
    return round(programme.slots_per_week.value) * len(np.unique(eligible.township.astype(str)))


def area_of(clinic: str | None, area: str | None, known: Collection[str]) -> str | None:
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
    fits = code in known if clinic is not None else any(entry.startswith(code) for entry in known)
    if not code or not fits:
        field = "clinic" if clinic is not None else "area"
        raise InvalidInputError(
            f"There is no {field} '{code[:30]}' in this data source.",
            [
                {
                    "field": field,
                    "value": code[:30],
                    "allowed": "a township code" + ("" if clinic is not None else ", or its beginning (a county)")
                    + (f", for instance {min(known)}" if known else "; this data source names no townships"),
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
