"""The journal: records that arrived one by one, kept durably from the moment they are acknowledged.

<state>/<source>/journal.db, SQLite in WAL mode, safe with several processes:

- `batch`: the rows of one table that came in together, as Arrow; `seq` counts up.
- `arrived_key`: the key and content of every row, so that a record that is sent again is told from one that differs.
- `stream_record`: what the batch adds to the record log, household records included.

The lake shows a journal's rows beside its own, and whoever reads the record log reads `stream_record` beside it. Both
say up to which `seq` they hold the journal already.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.settings import settings
from features.staging import unwritable

SCHEMA = """
    CREATE TABLE IF NOT EXISTS batch (seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, rows BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS arrived_key (
        name TEXT, key TEXT, content BLOB NOT NULL, PRIMARY KEY (name, key)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS stream_record (seq INTEGER NOT NULL, rows BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS stream_record_by_seq ON stream_record (seq);
"""
# What a stream record is kept as; fixed, so that batches are read by joining their bytes.
STREAM_RECORD = np.dtype(
    [("person", "<i8"), ("day", "<i4"), ("known", "<i8"), ("record", "<i8"), ("code", "u1"), ("value", "<f8")]
)


def journal_path(source: str) -> Path:
    """Return the file of a source's journal."""
    return settings().source_state(source) / "journal.db"


@contextmanager
def open_journal(source: str) -> Iterator[sqlite3.Connection]:
    """Yield a connection in autocommit mode; what is committed is on disk."""
    path = journal_path(source)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    except (OSError, sqlite3.OperationalError) as error:
        raise unwritable(path, error if isinstance(error, OSError) else OSError(str(error))) from error
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(SCHEMA)
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
    parts: dict[str, list[pa.Table]] = {}
    with open_journal(source) as journal:
        query = "SELECT name, rows FROM batch WHERE seq > ? AND seq <= ? ORDER BY seq"
        for name, rows in journal.execute(query, (after, 2**62 if until is None else until)):
            parts.setdefault(name, []).append(pa.ipc.open_stream(rows).read_all())
    return {name: pa.concat_tables(tables) for name, tables in parts.items()}


def stream_records(source: str, after: int, until: int) -> NDArray[np.void]:
    """Return what arrived in the batches `after` < seq <= `until`: (m,) of `STREAM_RECORD`, ordered as the log is."""
    if not journal_path(source).exists():
        return np.empty(0, dtype=STREAM_RECORD)
    with open_journal(source) as journal:
        query = "SELECT rows FROM stream_record WHERE seq > ? AND seq <= ? ORDER BY seq"
        found = journal.execute(query, (after, until)).fetchall()
    records = np.frombuffer(b"".join(rows for (rows,) in found), dtype=STREAM_RECORD)
    order = np.lexsort((records["code"], records["record"], records["known"], records["day"], records["person"]))
    return records[order]


def as_bytes(table: pa.Table) -> bytes:
    """Return a table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    rows: bytes = sink.getvalue().to_pybytes()
    return rows
