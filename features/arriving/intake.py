"""Taking records in: one transaction of the journal for all who wait, so that they share what forcing it to disk costs.

1. References are held against the people known, keys against those known. What is there already is counted and left
   out, so a sender may repeat itself; the same key with other content is a finding.
2. What is new goes into the journal together with what it adds to the record log, in one transaction. From then on it
   is kept, whatever process is killed.

Several processes may do so at once: each takes the journal's lock first, and then looks at what the others did.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.arriving.arrived import Arrived, News, joined
from features.arriving.homes import shared_events
from features.arriving.lake_index import home_rows
from features.arriving.rows import Read, joined_findings, no_findings, outside_findings, schema_of
from features.contracts import TableContract, contracts
from features.contracts._casting import quoted
from features.journal import REPLACED, STREAM_RECORD, as_bytes
from features.lake.reading import connect, lake_path, parquet_sql, part_files
from features.record_log import DAY_US
from features.streams import RECORD_TABLES, codes, streams, table_sql

# Days are local and moments are UTC, so a day may be one ahead; clocks of senders differ.
AHEAD = timedelta(minutes=10)


@dataclass(frozen=True)
class Submission:
    """What one sender hands over at once.

    Attributes
    ----------
    tables
        Rows by table, as `features.arriving.rows` read them.
    whole
        Keep all of it or, if anything is wrong, nothing; else what is right is kept.
    """

    tables: Mapping[str, Read]
    whole: bool = True


@dataclass
class Outcome:
    """What became of a submission: numbers of rows, and what was wrong."""

    kept: int = 0
    already_there: int = 0
    findings: pd.DataFrame = field(default_factory=no_findings)


class Intake:
    """Takes records of one source in; for one thread at a time.

    Parameters
    ----------
    arrived
        What has arrived so far; it is kept up with the journal.
    """

    def __init__(self, arrived: Arrived, journal: sqlite3.Connection) -> None:
        self.arrived = arrived
        self._journal = journal

    def take(self, submissions: Sequence[Submission]) -> tuple[list[Outcome], News]:
        """Keep what is new and right; return what became of each submission, and all news up to now.

        When this returns, everything that it counts as kept is on disk.
        """
        self.arrived.check_lake()
        # The lock is taken first: two senders of one record must not both find it new.
        self._journal.execute("BEGIN IMMEDIATE")
        try:
            before = self.arrived.catch_up(self._journal)
            fresh: dict[str, list[pa.Table]] = {}
            newcomers: set[int] = set()
            outcomes = [self._sift(submission, fresh, newcomers) for submission in submissions]
            tables = {name: pa.concat_tables(parts) for name, parts in fresh.items()}
            if tables:
                self._write(tables)
            self._journal.execute("COMMIT")
        except BaseException:
            if self._journal.in_transaction:  # a full disk makes SQLite roll back by itself
                self._journal.execute("ROLLBACK")
            raise
        after = self.arrived.catch_up(self._journal)
        return outcomes, joined([before, after], after.seq, after.newest)

    def _sift(self, submission: Submission, fresh: dict[str, list[pa.Table]], newcomers: set[int]) -> Outcome:
        """Add what is new and right to `fresh`, its keys to the journal and its people to `newcomers`."""
        findings = [read.findings for read in submission.tables.values() if len(read.findings)]
        new: dict[str, pa.Table] = {}
        keys: list[tuple[str, str, bytes]] = []
        people, repeated = set(newcomers), 0
        # People come first, because everything else refers to them.
        for name in sorted(submission.tables, key=lambda name: name != "person"):
            contract, read = contracts()[name], submission.tables[name]
            wrong = [self._future(contract, read), self._nobody(contract, read, people)]
            bad = {row for part in wrong for row in part["row"].tolist()}
            good = np.array([place not in bad for place in read.places.tolist()], dtype=np.bool_)
            right = Read(read.rows.filter(pa.array(good)), read.places[good], no_findings())
            rows, added, again, differing = self._new_ones(contract, right)
            findings += [part for part in [*wrong, differing] if len(part)]
            repeated += again
            if rows.num_rows:
                new[name] = rows
                keys += added
                if name == "person":
                    people.update(rows["person_id"].to_pylist())
        found = joined_findings(findings)
        if submission.whole and len(found):
            return Outcome(0, 0, found)
        self._journal.executemany("INSERT INTO arrived_key VALUES (?, ?, ?)", keys)
        newcomers |= people
        for name, rows in new.items():
            fresh.setdefault(name, []).append(rows)
        return Outcome(sum(rows.num_rows for rows in new.values()), repeated, found)

    def _future(self, contract: TableContract, read: Read) -> pd.DataFrame:
        """Return findings for rows that tell of what has not happened yet."""
        wall = datetime.now(UTC) + AHEAD
        wrong = [no_findings()]
        for column in dict.fromkeys([contract.day, "known_at"]):
            if column not in contract.column_names:
                continue
            kind = next(entry.dtype for entry in contract.columns if entry.name == column)
            last = wall + timedelta(days=1) if kind == "date" else wall
            late = read.rows[column].cast(pa.int64()).to_numpy() > round(last.timestamp() * 1e6)
            allowed = f"at most {last.date().isoformat() if kind == 'date' else last.isoformat(timespec='seconds')}"
            wrong.append(outside_findings(contract, read, late, column, "is not in the future", allowed))
        return joined_findings(wrong)

    def _nobody(self, contract: TableContract, read: Read, newcomers: set[int]) -> pd.DataFrame:
        """Return findings for rows about residents whom nobody knows."""
        if not contract.about_residents or contract.name == "person":
            return no_findings()
        persons = read.rows["person_id"].to_numpy()
        known = self.arrived.registered(persons) | np.array([p in newcomers for p in persons.tolist()], dtype=np.bool_)
        allowed = "a person.person_id of the lake, or of a person sent along"
        return outside_findings(contract, read, ~known, "person_id", "exists as person.person_id", allowed)

    def _new_ones(
        self, contract: TableContract, read: Read
    ) -> tuple[pa.Table, list[tuple[str, str, bytes]], int, pd.DataFrame]:
        """Return rows whose key is new, these keys, how many were there, and findings for keys of other content."""
        named = list(named_rows(contract, read.rows))
        seen = self._in_lake(contract, read.rows) | self._in_journal(contract, [key for key, _ in named])
        fresh, added, repeated = [], [], 0
        differing = np.zeros(len(named), dtype=np.bool_)
        for place, (key, content) in enumerate(named):
            before = seen.get(key)
            if before is None:
                fresh.append(place)
                seen[key] = content
                added.append((contract.name, key, content))
            elif before == content:
                repeated += 1
            else:
                differing[place] = True
        rule, allowed = "a record's number stands for one content", "the same content, or a new number"
        found = outside_findings(contract, read, differing, contract.key[0], rule, allowed)
        return read.rows.take(pa.array(fresh, pa.int64())), added, repeated, found

    def _in_journal(self, contract: TableContract, keys: list[str]) -> dict[str, bytes]:
        query = "SELECT key, content FROM arrived_key WHERE name = ? AND key IN (SELECT value FROM json_each(?))"
        return dict(self._journal.execute(query, (contract.name, json.dumps(keys))).fetchall())

    def _in_lake(self, contract: TableContract, rows: pa.Table) -> dict[str, bytes]:
        """Return key and content of those rows of the lake that have the key of one of `rows`."""
        hit = self.arrived.index.has(contract, rows)
        if not hit.any():
            return {}
        files = part_files(lake_path(self.arrived.source) / contract.name, None)
        keys = ", ".join(map(quoted, contract.key))
        with connect() as connection:
            connection.register("candidates", rows.filter(pa.array(hit)).select(list(contract.key)))
            query = f"SELECT * FROM {parquet_sql(files)} WHERE ({keys}) IN (SELECT ({keys}) FROM candidates)"
            there = connection.execute(query).to_arrow_table()
        return dict(named_rows(contract, there.select(contract.column_names).cast(schema_of(contract))))

    def _write(self, tables: Mapping[str, pa.Table]) -> None:
        """Write new rows, and what they add to the record log, into the journal."""
        seq = 0
        for name, rows in tables.items():
            cursor = self._journal.execute("INSERT INTO batch (name, rows) VALUES (?, ?)", (name, as_bytes(rows)))
            seq = int(cursor.lastrowid or 0)
        records = [stream_records_of(name, rows) for name, rows in tables.items()]
        own = np.concatenate([np.empty(0, STREAM_RECORD), *records])
        both = np.concatenate([own, self._household_records(tables, own)])
        self._journal.execute("INSERT INTO stream_record VALUES (?, ?)", (seq, both.tobytes()))
        dated = [rows["known_at"] for rows in tables.values() if "known_at" in rows.column_names]
        known = [column.cast(pa.int64()).to_numpy().max() for column in dated]
        if known:
            self._journal.execute("INSERT INTO moment VALUES (?, ?)", (seq, int(max(known))))

    def _household_records(self, tables: Mapping[str, pa.Table], own: NDArray[np.void]) -> NDArray[np.void]:
        """Return what new rows add to the household records of those of the same home."""
        homes, moved = self.arrived.homes, set[int]()
        told = shared_events(own)
        if "household_member" in tables:
            rows = home_rows(tables["household_member"])
            with homes.with_rows(rows):
                # All who live in these homes get all of their household records anew: a home that has become an
                # institution takes some away.
                grown = {int(home) for home in rows["household"]}
                moved = {person for home in grown for person in homes.everybody(home)}
                others = {other for person in moved for other in homes.others(person)}
                about = np.array(sorted(others | moved), dtype=np.int64)
                events = np.concatenate([self.arrived.events(about), told])
                events = events[np.argsort(events["person"], kind="stable")]
                anew = homes.records(sorted(moved), events)
                more = homes.passed_on(told)
        else:
            anew, more = np.empty(0, STREAM_RECORD), homes.passed_on(told)
        marks = np.zeros(len(moved), STREAM_RECORD)
        marks["person"], marks["code"] = sorted(moved), REPLACED
        left = more[~np.isin(more["person"], np.array(sorted(moved), dtype=np.int64))]
        return np.concatenate([marks, anew, left])


def named_rows(contract: TableContract, rows: pa.Table) -> Iterable[tuple[str, bytes]]:
    """Yield key and digest of the content of every row."""
    place = [rows.column_names.index(name) for name in contract.key]
    columns = [_comparable(column) for column in rows.columns]
    for row in zip(*columns, strict=True):
        key = "|".join(str(row[at]) for at in place)
        yield key, hashlib.blake2b(repr(row).encode(), digest_size=16).digest()


def _comparable(column: pa.ChunkedArray) -> list[object]:
    moments = pa.types.is_timestamp(column.type)
    values: list[object] = (column.cast(pa.int64()) if moments else column).to_pylist()
    return values


_codes_of: dict[str, dict[object, list[int]]] = {}


def stream_records_of(name: str, rows: pa.Table) -> NDArray[np.void]:
    """Return the records that rows of a table add about the residents whom they name."""
    if name not in RECORD_TABLES:
        return np.empty(0, STREAM_RECORD)
    table = RECORD_TABLES[name]
    if not table.key:
        return _by_sql(name, rows)
    # Which streams a key belongs to is asked of the declarations' own SQL, once a key.
    memory = _codes_of.setdefault(name, {})
    keys = rows[table.key].to_pylist()
    unknown = sorted({key for key in keys if key not in memory})
    if unknown:
        memory |= _ask_codes(name, unknown, rows.schema.field(table.key).type)
    counts = np.array([len(memory[key]) for key in keys], dtype=np.int64)
    at = np.repeat(np.arange(len(keys)), counts)
    records = np.empty(len(at), STREAM_RECORD)
    records["person"] = rows["person_id"].to_numpy()[at]
    records["day"] = rows[table.day].cast(pa.int64()).to_numpy()[at] // DAY_US
    records["known"] = rows["known_at"].cast(pa.int64()).to_numpy()[at]
    records["record"] = rows[table.record].to_numpy()[at]
    records["code"] = [code for key in keys for code in memory[key]]
    (value,) = {entry.value for entry in streams().values() if entry.table == name}
    records["value"] = rows[value].to_numpy()[at] if value in rows.column_names else float(value)
    finite: NDArray[np.void] = records[np.isfinite(records["value"])]
    return finite


def _ask_codes(name: str, keys: Sequence[object], kind: pa.DataType) -> dict[object, list[int]]:
    own = {stream: entry for stream, entry in streams().items() if entry.table == name}
    found: dict[object, list[int]] = {key: [] for key in keys}
    with connect() as connection:
        connection.register("keys", pa.table({"key": pa.array(keys, kind)}))
        parts = [f"SELECT key, {codes()[stream]} AS code FROM keys WHERE {entry.test}" for stream, entry in own.items()]
        for key, code in connection.execute(" UNION ALL ".join(parts)).fetchall():
            found[key].append(code)
    return found


def _by_sql(name: str, rows: pa.Table) -> NDArray[np.void]:
    with connect() as connection:
        connection.register(name, rows)
        found = connection.execute(f"""
            SELECT person_id AS person, (day::DATE - DATE '1970-01-01')::INTEGER AS day, epoch_us(known_at) AS known,
                record::BIGINT AS record, code::UTINYINT AS code, value
            FROM ({table_sql(name)}) WHERE isfinite(value)
        """).fetchnumpy()
    records = np.empty(len(found["person"]), STREAM_RECORD)
    for column in STREAM_RECORD.names or ():
        records[column] = found[column]
    return records
