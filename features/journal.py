"""The journal: records that arrived one by one, kept durably from the moment they are acknowledged.

<state>/<source>/journal.db, SQLite in WAL mode, safe with several processes:

- `batch`: the rows of one table that came in together, as Arrow; `seq` counts up.
- `arrived_key`: the key and content of every row, so that a record that is sent again is told from one that differs.
- `stream_record`: what the batch adds to the record log, household records included; a record of the code `REPLACED`
  says that the household records which its resident had before no longer count.
- `moment`: when the newest row of the batch became known, microseconds since 1970.

The lake shows a journal's rows beside its own, and whoever reads the record log reads `stream_record` beside it. Both
say up to which `seq` they hold the journal already.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.settings import settings
from features.staging import unwritable
from features.streams import HOUSEHOLD_STREAMS, codes

SCHEMA = """
    CREATE TABLE IF NOT EXISTS batch (seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, rows BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS arrived_key (
        name TEXT, key TEXT, content BLOB NOT NULL, PRIMARY KEY (name, key)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS stream_record (seq INTEGER NOT NULL, rows BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS stream_record_by_seq ON stream_record (seq);
    CREATE TABLE IF NOT EXISTS moment (seq INTEGER PRIMARY KEY, known INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS moment_by_known ON moment (known);
"""
# What a stream record is kept as; fixed, so that batches are read by joining their bytes.
STREAM_RECORD = np.dtype(
    [("person", "<i8"), ("day", "<i4"), ("known", "<i8"), ("record", "<i8"), ("code", "u1"), ("value", "<f8")]
)
REPLACED = 255


def journal_path(source: str) -> Path:
    """Return the file of a source's journal."""
    return settings().source_state(source) / "journal.db"


def connect_journal(source: str) -> sqlite3.Connection:
    """Return a connection in autocommit mode, for any one thread at a time; what is committed is on disk."""
    path = journal_path(source)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.OperationalError) as error:
        raise unwritable(path, error if isinstance(error, OSError) else OSError(str(error))) from error
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(SCHEMA)
    return connection


@contextmanager
def open_journal(source: str) -> Iterator[sqlite3.Connection]:
    """Yield a connection as `connect_journal` gives it, and close it afterwards."""
    connection = connect_journal(source)
    try:
        yield connection
    finally:
        connection.close()


def journal_identity(source: str) -> tuple[str, int]:
    """Return what tells this journal from another one, such as one that was begun anew in its place."""
    path = journal_path(source)
    return str(path), path.stat().st_ino if path.exists() else 0


def newest(source: str) -> int:
    """Return the `seq` of the newest batch, 0 where nothing has arrived."""
    if not journal_path(source).exists():
        return 0
    with open_journal(source) as journal:
        return int(journal.execute("SELECT coalesce(max(seq), 0) FROM batch").fetchone()[0])


def arrived(source: str, until: int | None = None, after: int = 0) -> dict[str, pa.Table]:
    """Return the rows that arrived after batch `after` and up to batch `until`, by table."""
    if not journal_path(source).exists():
        return {}
    with open_journal(source) as journal:
        return read_batches(journal, after, until)[0]


def read_batches(journal: sqlite3.Connection, after: int, until: int | None = None) -> tuple[dict[str, pa.Table], int]:
    """Return the rows of the batches after `after` and up to `until`, by table, and the newest batch among them."""
    parts: dict[str, list[pa.Table]] = {}
    query = "SELECT seq, name, rows FROM batch WHERE seq > ? AND seq <= ? ORDER BY seq"
    for seq, name, rows in journal.execute(query, (after, 2**62 if until is None else until)):
        parts.setdefault(name, []).append(pa.ipc.open_stream(rows).read_all())
        after = seq
    # Rows from before a table had all of its columns lack the newer ones.
    return {name: pa.concat_tables(tables, promote_options="default") for name, tables in parts.items()}, after


def newest_moment(source: str) -> int | None:
    """Return the moment at which the newest arrival became known, microseconds since 1970; None: there is none."""
    if not journal_path(source).exists():
        return None
    with open_journal(source) as journal:
        found: int | None = journal.execute("SELECT max(known) FROM moment").fetchone()[0]
    return found


@dataclass(frozen=True)
class StreamRecords:
    """Records that arrived.

    Attributes
    ----------
    records
        (m,) of `STREAM_RECORD`, ordered by batch; without those of the code `REPLACED` and those that they cancel.
    replaced
        int64, ascending: residents whose household records from before these batches no longer count.
    """

    records: NDArray[np.void]
    replaced: NDArray[np.int64]


def stream_records(source: str, after: int, until: int) -> StreamRecords:
    """Return what arrived in the batches `after` < seq <= `until`."""
    if not journal_path(source).exists():
        return standing(np.empty(0, dtype=STREAM_RECORD), np.empty(0, dtype=np.int64))
    with open_journal(source) as journal:
        return standing(*read_records(journal, after, until))


def read_records(journal: sqlite3.Connection, after: int, until: int) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return all records of the batches `after` < seq <= `until`, and the batch of each, int64 (m,)."""
    query = "SELECT seq, rows FROM stream_record WHERE seq > ? AND seq <= ? ORDER BY seq"
    found = journal.execute(query, (after, until)).fetchall()
    records = np.frombuffer(b"".join(rows for _, rows in found), dtype=STREAM_RECORD)
    counts = [len(rows) // STREAM_RECORD.itemsize for _, rows in found]
    return records, np.repeat(np.array([seq for seq, _ in found], dtype=np.int64), counts)


def standing(records: NDArray[np.void], batch: NDArray[np.int64]) -> StreamRecords:
    """Return those of `records`, which came with the batches `batch`, that were not replaced later."""
    marks = np.flatnonzero(records["code"] == REPLACED)
    if not len(marks):
        return StreamRecords(records, np.empty(0, dtype=np.int64))
    marks = marks[np.lexsort((batch[marks], records["person"][marks]))]
    owner = records["person"][marks]
    last = np.append(owner[1:] != owner[:-1], True)
    replaced, since = owner[last].astype(np.int64), batch[marks][last]
    place = np.minimum(np.searchsorted(replaced, records["person"]), len(replaced) - 1)
    gone = (replaced[place] == records["person"]) & (batch < since[place]) & is_household(records["code"])
    return StreamRecords(records[~gone & (records["code"] != REPLACED)], replaced)


def is_household(code: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which codes are those of household records, (m,)."""
    numbers = [codes()[name] for name in HOUSEHOLD_STREAMS]
    found: NDArray[np.bool_] = (code >= min(numbers)) & (code <= max(numbers))
    return found


def log_order(records: NDArray[np.void]) -> NDArray[np.void]:
    """Return records in the order of the log."""
    order = np.lexsort((records["code"], records["record"], records["known"], records["day"], records["person"]))
    return records[order]


def as_bytes(table: pa.Table) -> bytes:
    """Return a table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    rows: bytes = sink.getvalue().to_pybytes()
    return rows
