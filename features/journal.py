"""The journal: records that arrived one by one, kept durably from the moment they are acknowledged.

<state>/<source>/journal.db, SQLite in WAL mode, safe with several processes:

- `batch`: the rows of one table that came in together, as Arrow; `seq` counts up.
- `version`: key, moment known and content of every row, so that a record that is sent again is told from one that
  corrects it and from one that contradicts it.
- `superseded`: which versions of a record count only until another became known (see `features.versions`).
- `log_record`: what the batch adds to the record log, household records included. A record of the code `REPLACED` says
  that the household records which its resident had before no longer count, one of `REWRITTEN` that all others do not.
- `moment`: when the newest row of the batch became known, microseconds since 1970.

The lake shows a journal's rows beside its own, and whoever reads the record log reads `log_record` beside it. Both say
up to which `seq` they hold the journal already; what both hold is taken out in the end (`features.folding`).
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

from features.errors import NotReadyError
from features.settings import settings
from features.staging import unwritable
from features.streams import HOUSEHOLD_STREAMS, codes

SCHEMA = """
    CREATE TABLE IF NOT EXISTS batch (seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, rows BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS version (
        name TEXT, key TEXT, known INTEGER, content BLOB NOT NULL, person INTEGER NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (name, key, known)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS version_by_seq ON version (seq);
    CREATE TABLE IF NOT EXISTS superseded (seq INTEGER NOT NULL, name TEXT NOT NULL, rows BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS superseded_by_seq ON superseded (seq);
    CREATE TABLE IF NOT EXISTS log_record (seq INTEGER NOT NULL, rows BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS log_record_by_seq ON log_record (seq);
    CREATE TABLE IF NOT EXISTS moment (seq INTEGER PRIMARY KEY, known INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS moment_by_known ON moment (known);
"""
# What a stream record is kept as; fixed, so that batches are read by joining their bytes. `until`: see
# `features.record_log.Records`.
STREAM_RECORD = np.dtype([
    ("person", "<i8"), ("day", "<i4"), ("known", "<i8"), ("record", "<i8"), ("code", "u1"), ("value", "<f8"),
    ("until", "<i8"),
])  # fmt: skip
REPLACED, REWRITTEN = 255, 254


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
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'arrived_key'").fetchone():
        connection.close()
        raise NotReadyError(
            f"The journal {path} was begun before records had versions, and cannot go on. Move it elsewhere and push "
            "its records again: its table `batch` holds them, one Arrow stream a row."
        )
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


@contextmanager
def one_moment(journal: sqlite3.Connection) -> Iterator[None]:
    """Let everything that is read within the block be of one moment of the journal."""
    if journal.in_transaction:
        yield
        return
    journal.execute("BEGIN")
    try:
        yield
    finally:
        journal.execute("COMMIT")


def journal_identity(source: str) -> tuple[str, int]:
    """Return what tells this journal from another one, such as one that was begun anew in its place."""
    path = journal_path(source)
    return str(path), path.stat().st_ino if path.exists() else 0


def newest(source: str) -> int:
    """Return the `seq` of the newest batch, 0 where nothing has arrived."""
    if not journal_path(source).exists():
        return 0
    with open_journal(source) as journal:
        # Also where every batch has been taken out since.
        found = journal.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batch'").fetchone()
    return 0 if found is None else int(found[0])


def removed_up_to(journal: sqlite3.Connection) -> int:
    """Return the newest batch that was taken out of the journal because lake and record log hold it, else 0."""
    oldest = journal.execute("SELECT min(seq) FROM batch").fetchone()[0]
    if oldest is not None:
        return int(oldest) - 1
    found = journal.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batch'").fetchone()
    return 0 if found is None else int(found[0])


def remove_up_to(journal: sqlite3.Connection, seq: int) -> int:
    """Take the batches up to `seq` out, in one transaction; return how many. The newest moment stays."""
    journal.execute("BEGIN IMMEDIATE")
    try:
        removed = journal.execute("DELETE FROM batch WHERE seq <= ?", (seq,)).rowcount
        for table in ("version", "superseded", "log_record"):
            journal.execute(f"DELETE FROM {table} WHERE seq <= ?", (seq,))
        journal.execute("DELETE FROM moment WHERE seq <= ? AND known < (SELECT max(known) FROM moment)", (seq,))
        journal.execute("COMMIT")
    except BaseException:
        if journal.in_transaction:
            journal.execute("ROLLBACK")
        raise
    return int(removed)


def arrived(source: str, until: int | None = None, after: int = 0) -> dict[str, pa.Table]:
    """Return the rows that arrived after batch `after` and up to batch `until`, by table, superseded ones included."""
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


def read_superseded(journal: sqlite3.Connection, after: int, until: int | None = None) -> dict[str, pa.Table]:
    """Return which versions were superseded by the batches `after` < seq <= `until`, by table; see `superseded`."""
    parts: dict[str, list[pa.Table]] = {}
    query = "SELECT name, rows FROM superseded WHERE seq > ? AND seq <= ?"
    for name, rows in journal.execute(query, (after, 2**62 if until is None else until)):
        parts.setdefault(name, []).append(pa.ipc.open_stream(rows).read_all())
    return {name: pa.concat_tables(tables) for name, tables in parts.items()}


def superseded(source: str, until: int | None = None, after: int = 0) -> dict[str, pa.Table]:
    """Return which versions of records were superseded by batches after `after` and up to `until`, by table.

    Returns
    -------
    dict
        Arrow tables with the columns of the table's key; person int64 (0 where the table is not about residents);
        known int64, when the version that is meant became known, and until int64, when the one that follows it did,
        both in microseconds since 1970. A version may be there twice: the earliest `until` holds.
    """
    if not journal_path(source).exists():
        return {}
    with open_journal(source) as journal:
        return read_superseded(journal, after, until)


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
        (m,) of `STREAM_RECORD`, ordered by batch; without marks (`REPLACED`, `REWRITTEN`) and what they cancel.
    replaced, rewritten
        int64, ascending: residents whose household records, or whose other ones, from before these batches no longer
        count.
    """

    records: NDArray[np.void]
    replaced: NDArray[np.int64]
    rewritten: NDArray[np.int64]


def stream_records(source: str, after: int, until: int) -> StreamRecords:
    """Return what arrived in the batches `after` < seq <= `until`."""
    if not journal_path(source).exists():
        return standing(np.empty(0, dtype=STREAM_RECORD), np.empty(0, dtype=np.int64))
    with open_journal(source) as journal:
        return standing(*read_records(journal, after, until))


def read_records(journal: sqlite3.Connection, after: int, until: int) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return all records of the batches `after` < seq <= `until`, and the batch of each, int64 (m,)."""
    query = "SELECT seq, rows FROM log_record WHERE seq > ? AND seq <= ? ORDER BY seq"
    found = journal.execute(query, (after, until)).fetchall()
    records = np.frombuffer(b"".join(rows for _, rows in found), dtype=STREAM_RECORD)
    counts = [len(rows) // STREAM_RECORD.itemsize for _, rows in found]
    return records, np.repeat(np.array([seq for seq, _ in found], dtype=np.int64), counts)


def standing(records: NDArray[np.void], batch: NDArray[np.int64]) -> StreamRecords:
    """Return those of `records`, which came with the batches `batch`, that were not replaced later."""
    gone = np.zeros(len(records), dtype=np.bool_)
    owners: dict[int, NDArray[np.int64]] = {}
    for mark in (REPLACED, REWRITTEN):
        marks = np.flatnonzero(records["code"] == mark)
        gone[marks] = True
        marks = marks[np.lexsort((batch[marks], records["person"][marks]))]
        owner = records["person"][marks]
        last = np.append(owner[1:] != owner[:-1], True)[: len(marks)]
        owners[mark], since = owner[last].astype(np.int64), batch[marks][last]
        if len(marks):
            place = np.minimum(np.searchsorted(owners[mark], records["person"]), len(since) - 1)
            before = (owners[mark][place] == records["person"]) & (batch < since[place])
            gone |= before & (is_household(records["code"]) == (mark == REPLACED))
    return StreamRecords(records[~gone], owners[REPLACED], owners[REWRITTEN])


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
