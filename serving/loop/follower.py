"""The loop follows what arrives, in one thread a process: tasks close, invitations are recorded, labels are written.

A record is in the journal before its sender hears of it, and closes tasks a moment later. Whatever process is killed in
between, the next one that starts looks at the records of everybody with a task that is not over, and what a record has
closed it does not close twice (`records_arrived`). So no cursor is kept of what was looked at.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import func, select

from features.arriving.arrived import News
from features.clock import now_us
from features.lake import open_lake
from serving.database import transaction
from serving.loop.invitations import TABLE, record_invitations
from serving.loop.labels import export_new_labels
from serving.loop.records import COLUMNS, DAY, LOOKED_AT, records_arrived, settle
from serving.loop.tables import Task
from serving.loop.transitions import ENDED
from serving.service import Service

log = logging.getLogger(__name__)

TRY_AGAIN_SECONDS = 1.0
LOOK_SECONDS = 0.5  # how often it is looked whether to end
TIDY_SECONDS = 10.0  # how often it is looked for what a killed process left undone
LABELS_SECONDS = 600.0  # labels are for training, which does not wait for the last one


class Follower:
    """Follows what arrives for the tasks of one service's source."""

    def __init__(self, service: Service) -> None:
        self._source = service.source
        self._take = service.recorder.submit
        self._arrived = service.live.arrived
        self._moment: int | None = None  # now, when all open tasks were last looked at
        self._labelled = -1  # the newest step that the labels hold
        self._waiting: queue.Queue[News] = queue.Queue()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        service.live.read(self._waiting.put)

    def start(self) -> None:
        """Look at every open task, then follow what arrives, in a thread."""
        self._thread = threading.Thread(target=self._follow, name="loop", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what waits is looked at by whoever starts next."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def catch_up(self) -> None:
        """Do all that is to be done by now."""
        self._look_at_all(self._arrived.newest)
        while not self._waiting.empty():
            self._look_at(self._waiting.get())
        self._tidy()
        self._write_labels()

    def _follow(self) -> None:
        news: News | None = None
        tidied = labelled = -math.inf
        while not self._stopping.is_set():
            try:
                self._look_at_all(self._arrived.newest)
                if news is not None:
                    self._look_at(news)
                if time.monotonic() - tidied > TIDY_SECONDS:
                    self._tidy()
                    tidied = time.monotonic()
                if time.monotonic() - labelled > LABELS_SECONDS:
                    self._write_labels()
                    labelled = time.monotonic()
                news = self._next()
            except Exception:
                # What is in the journal stays there, and is looked at until it has been.
                log.exception("the loop could not follow what has arrived")
                self._stopping.wait(TRY_AGAIN_SECONDS)

    def _next(self) -> News | None:
        try:
            return self._waiting.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            return None

    def _look_at_all(self, newest: int | None) -> None:
        """Look at what is known of everybody with an open task, unless that was done at this now.

        With a new day, records become known that had been there, and a long silence says something.
        """
        moment = now_us(self._source.as_of, newest)
        if moment == self._moment:
            return
        now = datetime.fromtimestamp(moment / 1e6, UTC)
        records_arrived(self._source.name, known_of(self._source.name, open_tasks(self._source.name), now))
        settle(self._source.name, now.date())
        self._moment = moment

    def _look_at(self, news: News) -> None:
        self._look_at_all(news.newest)
        tables = {name: table for name, table in news.tables.items() if name in LOOKED_AT}
        invited = news.tables.get(TABLE)
        if not tables and invited is None:
            return
        people = open_tasks(self._source.name)
        records_arrived(self._source.name, {name: _rows_of(table, people, name) for name, table in tables.items()})
        if invited is not None and self._moment is not None:
            # Between the choice of a list and its opening, something may have arrived about those who were chosen.
            chosen = people[people.index.isin(invited["person_id"].to_numpy())]
            now = datetime.fromtimestamp(self._moment / 1e6, UTC)
            records_arrived(self._source.name, known_of(self._source.name, chosen, now))

    def _tidy(self) -> None:
        record_invitations(self._source.name, self._take)

    def _write_labels(self) -> None:
        self._labelled = export_new_labels(self._source.name, self._labelled)


def open_tasks(source: str) -> pd.Series[pd.Timestamp]:
    """Return who has a task that a record could move, by person_id, and from which day on records concern it."""
    query = (
        select(Task.person_id, func.min(Task.as_of))
        .where(Task.source == source, Task.state.not_in(ENDED))
        .group_by(Task.person_id)
    )
    with transaction(source, reads=True) as session:
        found: list[tuple[int, date]] = [(person, day) for person, day in session.execute(query)]
    persons = pd.Index(np.array([person for person, _ in found], dtype=np.int64), name="person_id")
    return pd.Series(pd.to_datetime([day for _, day in found]), index=persons, dtype="datetime64[ns]")


def known_of(source: str, people: pd.Series[pd.Timestamp], now: datetime) -> Mapping[str, pd.DataFrame]:
    """Return the records of `people` (a day by person_id) from that day on, as far as they are known by `now`."""
    if people.empty:
        return {}
    asked = pa.table({"person_id": people.index.to_numpy(), "since": pa.array(people.to_numpy())})
    with open_lake(source) as lake:
        lake.register("asked", asked)
        return {
            name: lake.execute(
                f"""
                SELECT {", ".join(["person_id", DAY[name], *columns])} FROM {name} JOIN asked USING (person_id)
                WHERE {DAY[name]}::DATE >= since::DATE AND greatest({DAY[name]}, known_at) <= $now
                """,
                {"now": now},
            ).df()
            for name, columns in COLUMNS.items()
        }


def _rows_of(table: pa.Table, people: pd.Series[pd.Timestamp], name: str) -> pd.DataFrame:
    mine: NDArray[np.bool_] = np.isin(table["person_id"].to_numpy(), people.index.to_numpy())
    rows: pd.DataFrame = table.filter(pa.array(mine)).select(["person_id", DAY[name], *COLUMNS[name]]).to_pandas()
    return rows
