"""What lists need to know of everybody beside features and risks: home, last tests and contacts, who is likely to come.

Worked out when first asked for, for all programmes at once, and after that for whoever has changed.
"""

from __future__ import annotations

import threading
from datetime import date, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.arriving.arrived import News
from features.homes import NO_HOME
from features.last_days import diagnosed_since, last_days
from models.screening_programme import Contraindication, Programme, programmes
from serving.live import Change, Live
from serving.population import Population
from serving.schemas_people import ContactKind
from serving.uptake import Uptake, expected_uptake

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CONTACTS: dict[ContactKind, tuple[str, ...]] = {"visit": ("visit.any",), "invitation": ("invited.any",)}
EPOCH = date(1970, 1, 1)


class Circumstances:
    """The circumstances of a population's residents, one entry a row of it, kept up with what arrives.

    `refresh` brings them up to date and is for one thread at a time; arrays that were handed out stay as long as they
    are.
    """

    def __init__(self, live: Live) -> None:
        self._live = live
        self._lock = threading.Lock()  # of what arrives, until it is looked at
        self._changed: list[Integers] = []
        self._days: dict[str, Floats] = {}
        self._obstacles: dict[Contraindication, NDArray[np.bool_]] = {}
        self._uptake: dict[str, Uptake] = {}
        self._at: datetime | None = None
        live.listen(self._note)
        live.read(self._look)

    @property
    def population(self) -> Population:
        """Whose circumstances they are."""
        return self._live.population

    @property
    def today(self) -> float:
        """The population's day, in days since 1970."""
        return float((self.population.now.date() - EPOCH).days)

    @property
    def people(self) -> Integers:
        """Resident numbers, (residents,)."""
        return self.population.residents.index.to_numpy(dtype=np.int64)

    @property
    def contact(self) -> dict[ContactKind, Floats]:
        """Days of the last visit and the last invitation, (residents,) each, NaN where there was none."""
        return {name: self._days[name] for name in CONTACTS}

    def last_test(self, programme: Programme) -> dict[str, Floats]:
        """Return the day of the last test of each kind that the programme offers, (residents,) each."""
        return {test.name: self._days[test.name] for test in programme.tests}

    def township(self, rows: Integers) -> NDArray[np.object_]:
        """Return the code of the township of some residents (k,), empty where unknown."""
        codes, place = np.unique(self.population.townships.of(self.people[rows]), return_inverse=True)
        names = np.array(["" if code == NO_HOME else str(code) for code in codes.tolist()], dtype=object)
        return names[place]

    @property
    def townships(self) -> list[str]:
        """Codes of all townships in which somebody lives, ascending."""
        return [str(code) for code in self.population.townships.codes.tolist() if code != NO_HOME]

    def obstacle(self, contraindication: Contraindication) -> NDArray[np.bool_]:
        """Return whom a contraindication keeps from being invited now, (residents,)."""
        with self._lock:
            found = self._obstacles.get(contraindication)
        people = self.people
        if found is None or len(found) < len(people):
            found = diagnosed_since(
                self.population.source.name, contraindication.codes, contraindication.within_days.value, people,
                self.population.now,
            )  # fmt: skip
            with self._lock:
                self._obstacles[contraindication] = found
        return found[: len(people)]

    def uptake(self, programme: Programme) -> Uptake:
        """Return how likely people are to come, by group; estimated once a day."""
        with self._lock:
            found = self._uptake.get(programme.name)
        if found is None:
            found = expected_uptake(programme, self.population)
            with self._lock:
                self._uptake[programme.name] = found
        return found

    def refresh(self) -> None:
        """Work out anew what has changed since the last call."""
        people, now = self.people, self.population.now
        with self._lock:
            changed, self._changed = self._changed, []
            if now != self._at:
                self._obstacles, self._uptake = {}, {}
        if now != self._at:  # with a new day, records become known that had been there
            self._days = last_days(self.population.source.name, _things(), people, now)
            self._at = now
            return
        before = len(next(iter(self._days.values())))
        persons = np.unique(np.concatenate([np.empty(0, np.int64), *changed]))
        rows = self.population.residents.index.get_indexer(pd.Index(persons))
        rows = np.union1d(rows[rows >= 0], np.arange(before, len(people)))
        if not len(rows):
            return
        some = np.sort(people[rows])
        found = last_days(self.population.source.name, _things(), some, now, self._live.arrived.of(some))
        place = np.searchsorted(some, people[rows])
        for name, days in found.items():
            grown = np.concatenate([self._days[name], np.full(len(people) - before, np.nan)])
            grown[rows] = days[place]
            self._days[name] = grown

    def _note(self, change: Change) -> None:
        with self._lock:
            self._changed.append(change.persons)

    def _look(self, news: News) -> None:
        if "condition_occurrence" in news.tables:
            with self._lock:
                self._obstacles = {}


def _things() -> dict[str, tuple[str, ...]]:
    tests = {test.name: test.streams for programme in programmes().values() for test in programme.tests}
    return dict[str, tuple[str, ...]](CONTACTS.items()) | tests
