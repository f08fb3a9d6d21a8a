"""Everything that came since the record log was written, in memory, and kept up with the journal batch by batch.

One object a process, shared by the check of what arrives and by whoever works features out of it. It holds records by
resident in a few sorted stretches, each at least twice as long as the next, so that adding a batch costs little
whatever has arrived before (as in O'Neil et al., The log-structured merge-tree, Acta Informatica 1996;33:351).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arrivals import Arrivals, Entry, arrivals_of, registry_of
from features.arriving.homes import Homes, shared_events
from features.arriving.lake_index import LakeIndex, home_rows
from features.contracts import contracts
from features.errors import NotReadyError
from features.feature import Array
from features.journal import (
    STREAM_RECORD,
    is_household,
    one_moment,
    read_batches,
    read_records,
    read_superseded,
    removed_up_to,
    standing,
)
from features.lake.reading import lake_manifest
from features.log_merging import merged
from features.log_reading import features_at
from features.plan import Plan
from features.record_log import NEVER, NEVER_REGISTERED, Records, current_log, open_bucket
from features.versions import counting

Moved = tuple[NDArray[np.void], NDArray[np.int64]]


@dataclass(frozen=True)
class News:
    """What some batches brought.

    Attributes
    ----------
    persons
        int64, ascending: residents whose features they may have changed.
    tables
        The rows, by table, but for those that are known to be superseded.
    seq
        The newest batch.
    newest
        When the newest row known so far became known, microseconds since 1970; None where nothing has arrived.
    """

    persons: NDArray[np.int64]
    tables: dict[str, pa.Table]
    seq: int
    newest: int | None


class Arrived:
    """What has arrived for a source, up to batch `seq` of its journal: `rows` in all."""

    def __init__(self, source: str) -> None:
        log = current_log(source)
        self._lake = log.lake
        if self._lake != lake_manifest(source)["fingerprint"]:
            raise NotReadyError(
                f"The record log of '{source}' was made from another lake. "
                f"Run `sanzao features build --source {source}`."
            )
        self.source = source
        self.buckets = log.buckets
        self.seq = 0
        self.rows = 0
        self.newest: int | None = None
        self.index = LakeIndex(source)
        self.homes = Homes(self.index.homes)
        self.lock = threading.RLock()
        self._logged = log.arrived
        self._registry: dict[int, list[Entry]] = {}
        self._registered: list[tuple[int, NDArray[np.int64]]] = []
        self._areas: pa.Table | None = None
        self._stretches: list[Moved] = []
        self._untold: list[News] = []

    def catch_up(self, journal: sqlite3.Connection) -> News:
        """Take in the batches of the journal that are not known yet; return what they brought."""
        with self.lock, one_moment(journal):
            removed = removed_up_to(journal)
            if 0 < self.seq < removed:
                raise NotReadyError(
                    f"Two folds of '{self.source}' have passed since this process last looked for records: start it "
                    "anew. Nothing is lost."
                )
            tables, seq = read_batches(journal, self.seq)
            seq = max(seq, removed)
            if seq == self.seq:
                return News(np.empty(0, dtype=np.int64), {}, seq, self.newest)
            ended = read_superseded(journal, self.seq, seq)
            current = {name: counting(contracts()[name], rows, ended.get(name)) for name, rows in tables.items()}
            if "household_member" in current:
                self.homes.add(home_rows(current["household_member"]))
            new_people = registry_of(tables.get("person"))
            for person, entries in new_people.items():
                self._registry[person] = sorted([*self._registry.get(person, []), *entries], key=lambda entry: entry[2])
            newcomers = np.array(list(new_people), dtype=np.int64)
            self._registered.append((seq, newcomers))
            if "area_year" in tables:
                known = [self._areas] if self._areas is not None else []
                self._areas = pa.concat_tables([*known, tables["area_year"]])
            records, batch = read_records(journal, self.seq, seq)
            # What lies in the log already is not kept again; a household that it names is.
            late = batch > self._logged
            self._add(records[late], batch[late])
            persons = np.union1d(records["person"], newcomers).astype(np.int64)
            query = "SELECT max(known) FROM moment WHERE seq > ? AND seq <= ?"
            (moment,) = journal.execute(query, (self.seq, seq)).fetchone()
            self.newest = max((known for known in (self.newest, moment) if known is not None), default=None)
            self.seq = seq
            self.rows += sum(table.num_rows for table in tables.values())
            news = News(persons, current, seq, self.newest)
            self._untold.append(news)
            return news

    def check_lake(self, journal: sqlite3.Connection) -> None:
        """Look whether the keys in memory are those of the lake; to be called with the journal's lock held.

        Raises
        ------
        NotReadyError
            If the lake has been built anew.
        """
        if lake_manifest(self.source)["fingerprint"] != self._lake:
            raise NotReadyError(
                f"The lake of '{self.source}' has been built anew. Run `sanzao features build --source {self.source}` "
                "and start the server again; nothing of this request was kept."
            )
        if self.index.folded < removed_up_to(journal):
            self.index = LakeIndex(self.source)  # a fold has taken keys out of the journal

    def news(self) -> News:
        """Return all that came since this was last asked, whoever took it in."""
        with self.lock:
            told, self._untold = self._untold, []
            return joined(told, self.seq, self.newest)

    def registered(self, persons: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of `persons` have a row in `person`, (n,)."""
        current = current_log(self.source)
        found = np.array([person in self._registry for person in persons.tolist()], dtype=np.bool_)
        for bucket in np.unique(persons % self.buckets):
            mine = np.flatnonzero(persons % self.buckets == bucket)
            log = open_bucket(current, int(bucket))
            rows = log.rows_of(persons[mine])
            there = rows >= 0
            there[there] = log.registered[rows[there]] != NEVER_REGISTERED
            found[mine] |= there
        return found

    def registered_since(self, seq: int) -> NDArray[np.int64]:
        """Return who was registered with batches after `seq`, and maybe a few from before."""
        return np.concatenate([np.empty(0, np.int64), *(who for batch, who in self._registered if batch > seq)])

    def of(self, persons: NDArray[np.int64]) -> Arrivals:
        """Return what has arrived about `persons` (ascending), and about the areas of everybody."""
        with self.lock:
            # The log may have been written anew since, with some of it in it.
            log = current_log(self.source)
            self._forget(log.arrived)
            parts = [
                (records[rows], batch[rows])
                for records, batch in self._stretches
                for found in [_rows_of(records["person"], persons)]
                for rows in [found[batch[found] > log.arrived]]
            ]
            registry = {p: self._registry[p] for p in persons.tolist() if p in self._registry}
            areas = self._areas
        records = np.concatenate([np.empty(0, STREAM_RECORD), *(part for part, _ in parts)])
        batch = np.concatenate([np.empty(0, np.int64), *(part for _, part in parts)])
        # `standing` asks for the order of batches, as the journal has it.
        return arrivals_of(log, standing(records, batch), registry, areas)

    def features(self, persons: NDArray[np.int64], moment: int, steps: Plan | None = None) -> Array:
        """Return the features (features, n) of `persons` (n,) (ascending) as they are known at `moment`.

        `steps` says which; None: every one.
        """
        return features_at(self.source, persons, np.full(len(persons), moment), steps, new=self.of(persons))

    def events(self, persons: NDArray[np.int64]) -> NDArray[np.void]:
        """Return what those who live with `persons` (ascending) share of what is known of them, by resident."""
        found = shared_events(self._records(persons))
        return found[np.argsort(found["person"], kind="stable")]

    def own_records(self, persons: NDArray[np.int64]) -> NDArray[np.void]:
        """Return all that is known of `persons` (ascending) but for their household records."""
        records = self._records(persons)
        return records[~is_household(records["code"])]

    def _records(self, persons: NDArray[np.int64]) -> NDArray[np.void]:
        new = self.of(persons)
        parts = [np.empty(0, STREAM_RECORD)]
        for bucket in np.unique(persons % self.buckets):
            mine = persons[persons % self.buckets == bucket]
            parts.append(as_stream_records(merged(open_bucket(new.log, int(bucket)), mine, new)))
        return np.concatenate(parts)

    def _forget(self, logged: int) -> None:
        """Drop what a log that was written since holds."""
        if logged > self._logged:
            self._logged = logged
            kept = [(records[batch > logged], batch[batch > logged]) for records, batch in self._stretches]
            self._stretches = [(records, batch) for records, batch in kept if len(records)]

    def _add(self, records: NDArray[np.void], batch: NDArray[np.int64]) -> None:
        if not len(records):
            return
        self._stretches.append(_by_person(records, batch))
        while len(self._stretches) > 1 and len(self._stretches[-2][0]) < 2 * len(self._stretches[-1][0]):
            (one, one_batch), (other, other_batch) = self._stretches.pop(-2), self._stretches.pop()
            self._stretches.append(_by_person(np.concatenate([one, other]), np.concatenate([one_batch, other_batch])))


def as_stream_records(known: Records) -> NDArray[np.void]:
    """Return the records of residents as the journal keeps them."""
    records = np.empty(len(known.day), STREAM_RECORD)
    records["person"] = np.repeat(known.person, np.diff(known.start))
    for name in ("day", "known", "record", "code", "value"):
        records[name] = getattr(known, name)
    records["until"] = known.until if len(known.until) else NEVER
    return records


def joined(parts: Sequence[News], seq: int, newest: int | None) -> News:
    """Return several pieces of news as one."""
    names = dict.fromkeys(name for news in parts for name in news.tables)
    rows = {name: [news.tables[name] for news in parts if name in news.tables] for name in names}
    tables = {name: pa.concat_tables(found, promote_options="default") for name, found in rows.items()}
    persons = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *(news.persons for news in parts)]))
    return News(persons, tables, seq, newest)


def _by_person(records: NDArray[np.void], batch: NDArray[np.int64]) -> Moved:
    order = np.argsort(records["person"], kind="stable")
    return records[order], batch[order]


def _rows_of(owner: NDArray[np.int64], persons: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of `persons` (ascending) in `owner`, which is sorted."""
    first, last = np.searchsorted(owner, persons), np.searchsorted(owner, persons, side="right")
    length = last - first
    start = np.cumsum(length) - length
    rows: NDArray[np.int64] = np.arange(length.sum()) + np.repeat(first - start, length)
    return rows
