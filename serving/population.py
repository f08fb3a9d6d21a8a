"""Everybody now: features of the whole population and their risks under one snapshot of champions, kept up to date."""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.clock import now_of
from features.errors import InvalidInputError
from features.feature import Array
from features.history import history
from features.homes import homes
from features.residents import residents
from features.sources import Source
from features.views import all_features
from models.applicable import applicable
from serving.champions import Snapshot
from serving.core import score_matrix
from serving.listing import Listed

ROOM = 1024  # rows for residents who are yet to come


class Population:
    """The residents of a source with their features, worked out as of `now` and kept up as records arrive.

    Whoever has come once keeps the row number. Rows are changed in place, under `lock`, which is held for moments only.

    Attributes
    ----------
    now
        The moment that everybody's features hold at, or are being brought to.
    features
        float64 features by person_id, in the order of the rows.
    residents
        died_on by person_id, in the same order.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.now: datetime = now_of(source)
        self.lock = threading.Lock()
        self.residents = residents(source, self.now)
        index = pd.DataFrame({"person_id": self.residents.index.to_numpy(), "index_date": self.now})
        known = history(source.name, index).to_numpy()
        self._matrix = np.empty((known.shape[1], len(known) + ROOM))
        self._matrix[:, : len(known)] = known.T
        self.features = self._frame()
        self.living = self.residents["died_on"].isna().to_numpy()

    def homes(self) -> NDArray[np.int64]:
        """Return the code of each resident's township, (residents,), `features.homes.NO_HOME` where none is known."""
        return homes(self.source.name, self.residents.index.to_numpy(dtype=np.int64), self.now)

    def rows_of(self, persons: Sequence[int]) -> NDArray[np.int64]:
        """Return the row of each resident (k,), -1 where there is no such number."""
        index = self.residents.index
        if len(persons) == 1:  # for one, the index of the question costs more than the answer
            return np.array([index.get_loc(persons[0]) if persons[0] in index else -1], dtype=np.int64)
        return np.asarray(index.get_indexer(pd.Index(persons)), dtype=np.int64)

    def died_among(self, rows: NDArray[np.int64]) -> dict[int, date]:
        """Return the days of death that are known of residents by their rows (k,), by place among them."""
        dead = np.flatnonzero(~self.living[rows])
        if not len(dead):
            return {}
        days = self.residents["died_on"].array[rows[dead]]
        return {int(place): day.date() for place, day in zip(dead, days, strict=True) if not pd.isna(day)}

    def add(self, persons: NDArray[np.int64]) -> None:
        """Append residents, nothing of whom is known yet; the caller holds the lock."""
        if not len(persons):
            return
        before = len(self.residents)
        if before + len(persons) > self._matrix.shape[1]:
            larger = np.empty((len(self._matrix), before + len(persons) + max(ROOM, before // 8)))
            larger[:, :before] = self._matrix[:, :before]
            self._matrix = larger
        self._matrix[:, before : before + len(persons)] = np.nan
        index = pd.Index(np.append(self.residents.index.to_numpy(), persons), name="person_id")
        self.residents = self.residents.reindex(index)
        self.living = np.append(self.living, np.ones(len(persons), dtype=np.bool_))
        self.features = self._frame()

    def put(self, rows: NDArray[np.int64], features: Array) -> None:
        """Set the features (features, k) of rows; the caller holds the lock."""
        self._matrix[:, rows] = features

    def bury(self, died: Mapping[int, pd.Timestamp]) -> None:
        """Note deaths, by person_id; the caller holds the lock."""
        rows = self.residents.index.get_indexer(pd.Index(list(died)))
        days = self.residents["died_on"].array.copy()
        days[rows] = list(died.values())
        self.residents = pd.DataFrame({"died_on": days}, index=self.residents.index)
        self.living[rows] = False

    def _frame(self) -> pd.DataFrame:
        matrix = self._matrix[:, : len(self.residents)].T
        return pd.DataFrame(matrix, index=self.residents.index, columns=list(all_features()), copy=False)


class Ranking:
    """Who is at risk under each model, highest risk first, for one snapshot of champions.

    Attributes
    ----------
    risks
        float64 (residents, models): risks of everybody under every champion.
    lists
        By model, those at risk; equal risks by resident number.
    arrived
        The newest batch of records that the lists hold.
    made
        When this snapshot was taken over, by the monotonic clock.
    """

    def __init__(self, population: Population, snapshot: Snapshot, arrived: int = 0) -> None:
        self.population, self.snapshot, self.arrived = population, snapshot, arrived
        self.made = time.monotonic()
        self.risks = score_matrix(snapshot, population.features)[1]
        self.lists: dict[str, Listed] = {}
        persons = population.residents.index.to_numpy()
        for column, (name, champion) in enumerate(snapshot.champions.items()):
            rows = np.flatnonzero(population.living & applicable(champion.declaration, population.features))
            self.lists[name] = Listed.of(self.risks[rows, column], persons[rows], rows)

    @property
    def order(self) -> dict[str, NDArray[np.int64]]:
        """Row numbers of those at risk, by model, highest risk first."""
        return {name: listed.stretch(0, len(listed)).row for name, listed in self.lists.items()}

    def at_risk(self, model: str) -> int:
        """Return how many are on a model's list."""
        return len(self.lists[model])

    def move(
        self, rows: NDArray[np.int64], persons: NDArray[np.int64], features: Array, arrived: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Score rows (k,) whose features (features, k) changed and move them in the lists; the caller holds the lock.

        Returns
        -------
        before, after : numpy.ndarray
            float64 (rows, models): risks with which they were and are on the lists, NaN where they were or are not.
        """
        columns = dict(zip(all_features(), features, strict=True))
        risks = score_matrix(self.snapshot, columns)[1]
        if len(self.population.residents) > len(self.risks):
            larger = np.full((len(self.population.residents) + ROOM, self.risks.shape[1]), np.nan)
            larger[: len(self.risks)] = self.risks
            self.risks = larger
        before, after = self.risks[rows].copy(), risks.copy()
        for column, (name, champion) in enumerate(self.snapshot.champions.items()):
            stays = self.population.living[rows] & applicable(champion.declaration, columns)
            after[~stays, column] = np.nan
            self.lists[name], was = self.lists[name].moved(rows, persons, before[:, column], after[:, column])
            before[~was, column] = np.nan
        self.risks[rows] = risks
        self.arrived = arrived
        return before, after

    def page(self, listed: Listed, limit: int, cursor: str | None) -> tuple[pd.DataFrame, int, str | None]:
        """Return one page of a list.

        The cursor names the last person shown by risk and number, so a page continues where it stopped even if
        the champion, and with it the list, has changed in between.

        Parameters
        ----------
        listed
            A model's list, or the part of it that somebody may see.

        Returns
        -------
        features : pandas.DataFrame
            Features of those shown, by person_id, as the list knows them, (k,), k <= limit.
        first : int
            Position of the first of them in the list, from 0.
        cursor : str or None
            Where the next page starts; None at the end.
        """
        with self.population.lock:
            start = listed.after(*read_cursor(cursor)) if cursor else 0
            shown = listed.stretch(start, start + limit)
            features = self.population.features.iloc[shown.row].copy()
        following = None
        if start + limit < len(listed):
            following = write_cursor(float(-shown.fall[-1]), int(shown.person[-1]))
        return features, start, following


def write_cursor(risk: float, person: int) -> str:
    """Return an opaque cursor for the place after this person."""
    return base64.urlsafe_b64encode(json.dumps([risk.hex(), person]).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[float, int]:
    """Return risk and resident number from a cursor.

    Raises
    ------
    InvalidInputError
        If it is not one of ours.
    """
    try:
        risk, person = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return float.fromhex(risk), int(person)
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidInputError(
            f"The cursor '{cursor[:60]}' is not valid.",
            [
                {
                    "field": "cursor",
                    "value": cursor[:60],
                    "allowed": "`next_cursor` of an earlier answer",
                    "fix": "leave it out to start from the top",
                }
            ],
        ) from error
