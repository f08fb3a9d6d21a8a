"""The lists follow what arrives: whoever a record concerns is worked out anew and moved, within moments.

One thread a process. It hears of records that its own process took in, and looks into the journal for those that other
processes did; either way it is the journal that it follows, so every process comes to the same lists.

1. The features of all whom the news concern are worked out, at the moment that counts as now (`features.clock`).
2. They are scored and moved in the lists, and those who keep totals are told (`Change`).
3. Their online rows are written, unless another process was faster.

When a record of a new day moves now, the others are brought there as well, a few thousand at a time in between.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.arriving.arrived import Arrived, News
from features.arriving.online_rows import refresh_online, rewrite_online, write_online
from features.clock import now_us
from features.feature import Array
from features.homes import HOME, as_codes
from features.journal import open_journal
from features.plan import Plan, plan_of
from features.residents import residents
from features.views import all_features
from serving.champions import Snapshot
from serving.population import Population, Ranking

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.05  # how often the journal is looked into for what other processes took in
AT_ONCE = 2_048  # residents brought to a new day at a time; records that arrive wait for so long


@dataclass(frozen=True)
class Change:
    """Risks that changed in one step.

    Attributes
    ----------
    persons
        int64 (k,): resident numbers.
    models
        The models, in the order of the columns.
    before, after
        float64 (k, models): the risk with which each was and is on each list; NaN where not on it.
    arrived
        The newest batch of the journal that is in it.
    """

    persons: NDArray[np.int64]
    models: tuple[str, ...]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    arrived: int


class Live:
    """The population and its ranking, following the journal of their source.

    Attributes
    ----------
    ranking
        Swapped whole when a champion changes, moved in place when people do.
    """

    def __init__(self, arrived: Arrived, population: Population, snapshot: Snapshot) -> None:
        self.arrived = arrived
        self.population = population
        self.ranking = Ranking(population, snapshot, 0)
        self._moment = round(population.now.timestamp() * 1e6)
        self._listeners: list[Callable[[Change], None]] = []
        self._readers: list[Callable[[News], None]] = []
        self._applying = threading.RLock()
        self._heard = threading.Event()
        self._stopped = threading.Event()
        self._sweep: Iterator[None] | None = None
        self._thread: threading.Thread | None = None

    def rank(self, snapshot: Snapshot) -> None:
        """Take over another snapshot of champions."""
        with self._applying:
            self.ranking = Ranking(self.population, snapshot, self.ranking.arrived)

    def listen(self, told: Callable[[Change], None]) -> None:
        """Have every change told, in their order; each is told after it shows, in the thread that follows."""
        self._listeners.append(told)

    def read(self, told: Callable[[News], None]) -> None:
        """Have all that arrives told as it is, before lists follow it; `told` must return at once."""
        self._readers.append(told)

    def hear(self) -> None:
        """Look at what has arrived now and not only at the next look."""
        self._heard.set()

    def start(self) -> None:
        """Bring online rows that a killed process left behind up to date, and follow the journal."""
        self._thread = threading.Thread(target=self._follow, name="live", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread that follows."""
        self._stopped.set()
        self._heard.set()
        if self._thread is not None:
            self._thread.join()

    def catch_up(self) -> bool:
        """Take in all that has arrived, and one step towards a new day; return whether there is more to do."""
        with self._applying:
            news = self.arrived.news()
            if news.seq != self.ranking.arrived:
                for told in self._readers:
                    told(news)
                self._take(news)
            if self._sweep is not None and next(self._sweep, "done") == "done":
                self._sweep = None
            return self._sweep is not None

    def settle(self) -> None:
        """Take in all that has arrived until everybody is at now."""
        with open_journal(self.arrived.source) as journal:
            self.arrived.catch_up(journal)
        while self.catch_up():
            pass

    def _follow(self) -> None:
        try:
            refresh_online(self.arrived, self._moment)
        except Exception:
            log.exception("online rows could not be brought up to date")
        with open_journal(self.arrived.source) as journal:
            busy = False
            while not self._stopped.is_set():
                if not busy:
                    self._heard.wait(LOOK_SECONDS)
                self._heard.clear()
                try:
                    self.arrived.catch_up(journal)
                    busy = self.catch_up()
                except Exception:
                    # What is listed goes on being listed; the journal keeps what arrived.
                    log.exception("what has arrived could not be taken into the lists")
                    self._stopped.wait(1.0)

    def _take(self, news: News) -> None:
        now = now_us(self.population.source.as_of, news.newest)
        if now != self._moment or "observation_period" in news.tables:
            self._moment = now
            self._sweep = self._bring_everybody(news.seq)
        elif "area_year" in news.tables:
            self._sweep = self._bring_everybody(news.seq)
        concerned = np.union1d(news.persons, _people_of(news.tables, "person", "death")).astype(np.int64)
        died = _deaths(news.tables, now)
        # Whoever has left is not brought back by a record that comes later.
        joining = np.union1d(_people_of(news.tables, "person"), np.array(list(died), dtype=np.int64))
        features = self._work_out(concerned, news.seq, joining, died)
        write_online(self.arrived.source, concerned, features, self._moment, news.seq)

    def _work_out(
        self, persons: NDArray[np.int64], seq: int, joining: NDArray[np.int64], died: dict[int, pd.Timestamp]
    ) -> Array:
        """Work out `persons` (ascending) at now, move them in the lists, and return their features.

        Those of `joining` who are registered by now become residents; others who are none stay none.
        """
        values = self.arrived.features(persons, self._moment, _with_home())
        features, home = values[:-1], as_codes(values[-1])
        registered = ~np.isnan(features[list(all_features()).index("age")])
        index = pd.Index(persons, name="person_id")
        ranking, population = self.ranking, self.population
        population.townships.put(persons, home)  # first of all: it says who may see whom
        with population.lock:
            absent = population.residents.index.get_indexer(index) < 0
            population.add(persons[absent & registered & np.isin(persons, joining)])
            if buried := {person: day for person, day in died.items() if person in population.residents.index}:
                population.bury(buried)
            rows = population.residents.index.get_indexer(index)
            there = np.flatnonzero(rows >= 0)
            population.put(rows[there], features[:, there])
            before, after = ranking.move(rows[there], persons[there], features[:, there], seq)
        if self._listeners and len(there):
            change = Change(persons[there], tuple(ranking.snapshot.champions), before, after, seq)
            for told in self._listeners:
                told(change)
        return features

    def _bring_everybody(self, seq: int) -> Iterator[None]:
        """Bring everybody to now, some at a time; records that arrive in between find whoever they concern there."""
        moment = self._moment
        self.population.now = datetime.fromtimestamp(moment / 1e6, UTC)
        # Who has been registered, has died or has left by now, as far as is known.
        known = residents(self.population.source, self.population.now)
        died = dict(zip(known.index[known["died_on"].notna()].tolist(), known["died_on"].dropna(), strict=True))
        with self.population.lock:
            present = self.population.residents.index
            left = ~present.isin(known.index)
            self.population.living[left] = False
            self.population.living[~left] = True
            if died:
                self.population.bury({person: day for person, day in died.items() if person in present})
        everybody = np.union1d(known.index.to_numpy(), present.to_numpy())
        for start in range(0, len(everybody), AT_ONCE):
            persons = everybody[start : start + AT_ONCE]
            mine = {person: died[person] for person in persons.tolist() if person in died}
            upto = self.ranking.arrived
            features = self._work_out(persons, upto, known.index.to_numpy(), mine)
            rewrite_online(self.arrived.source, persons, features, moment, max(upto, seq))
            yield


@cache
def _with_home() -> Plan:
    """Return the plan of all features and, behind them, the home."""
    return plan_of((*all_features().values(), HOME))


def _people_of(tables: dict[str, pa.Table], *names: str) -> NDArray[np.int64]:
    """Return the residents whom the named tables are about."""
    found = [tables[name]["person_id"].to_numpy() for name in names if name in tables]
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


def _deaths(tables: dict[str, pa.Table], now: int) -> dict[int, pd.Timestamp]:
    """Return the days of deaths that are known by `now`, by person_id."""
    if "death" not in tables:
        return {}
    rows = tables["death"].to_pandas()
    moment = pd.Timestamp(now, unit="us", tz="UTC")
    known = rows[rows[["death_date", "known_at"]].max(axis=1) <= moment]
    return dict(zip(known["person_id"].tolist(), known["death_date"].tolist(), strict=True))
