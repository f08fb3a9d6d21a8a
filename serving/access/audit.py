"""The audit log: who saw whom, in the state database, append-only, each row sealed together with the one before it.

A row's seal is a keyed hash (HMAC-SHA256) over its content and the seal before, and the key lies outside the database:
who can write to the database but has not the key can neither change a row nor add one unseen. Rows cut off at the end
are noticed by the head, a file outside the database that holds the newest row's number and seal, sealed itself. The
head follows the database and may be behind it by what a killed process had just committed, never before it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from sqlalchemy import Connection, Table, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from features.errors import NotReadyError
from features.settings import settings
from serving.access.keys import keyed
from serving.access.tables import AuditRow
from serving.database import connect, transaction

log = logging.getLogger(__name__)

TABLE = cast("Table", AuditRow.__table__)
NEWEST = select(TABLE.c.seq, TABLE.c.seal).order_by(TABLE.c.seq.desc()).limit(1)
ADD = insert(TABLE)
NOTHING_BEFORE = "0" * 64
# So many persons are named in a row; of more, their number and a digest of the sorted numbers, which `what` explains.
MOST_NAMED = 10_000
READ_AT_ONCE = 5_000
HEAD, HEAD_BYTES = "audit.head", 256


@dataclass(frozen=True)
class Entry:
    """What is written down: who did what to whom."""

    who: str
    role: str
    what: str
    outcome: str = "shown"
    persons: Sequence[int] = ()
    origin: str = ""
    request_id: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Head(NamedTuple):
    """The newest row: its number and seal."""

    seq: int
    seal: str


class BrokenHeadError(Exception):
    """The head cannot be read, or its own seal does not fit."""


class AuditLog:
    """Appends to the log of one source. Entries that wait while one is written go into the next commit together."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._waiting: list[_Ticket] = []
        self._queue = threading.Lock()
        self._writing = threading.Lock()

    def append(self, entry: Entry) -> None:
        """Write an entry; it is on disk when this returns.

        Raises
        ------
        NotReadyError
            If it could not be written: then what it is about must not be shown.
        """
        ticket = _Ticket(entry)
        with self._queue:
            self._waiting.append(ticket)
        with self._writing:
            if not ticket.settled:  # else whoever wrote before us took ours along
                with self._queue:
                    batch, self._waiting = self._waiting, []
                try:
                    _write(self.source, [waiting.entry for waiting in batch])
                except (SQLAlchemyError, OSError) as error:
                    for waiting in batch:
                        waiting.error = error
                for waiting in batch:
                    waiting.settled = True
        if ticket.error is not None:
            log.error("the audit log cannot be written", exc_info=ticket.error)
            raise NotReadyError(
                "The audit log cannot be written now, so nobody's data are shown. Try again; the operator finds the "
                "reason in the server's log."
            )


@dataclass
class _Ticket:
    entry: Entry
    settled: bool = False
    error: Exception | None = None


def _write(source: str, entries: Sequence[Entry]) -> None:
    with _hold_head(source) as held:
        # Without a session: what one does besides costs more than the rows, and this stands in the way of every answer.
        with connect(source).begin() as connection:
            if connection.dialect.name == "postgresql":
                # One writer at a time, of whatever machine; readers are not held up.
                connection.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
            last = connection.execute(NEWEST).first()
            seq, seal = (0, NOTHING_BEFORE) if last is None else (last.seq, last.seal)
            follows = _follows(connection, held.head, Head(seq, seal))
            rows = []
            for entry in entries:
                seq += 1
                row = _row(seq, entry, seal)
                seal = row["seal"]
                rows.append(row)
            connection.execute(ADD, rows)
        if follows:
            held.move(Head(seq, seal))
        else:
            log.critical("the audit log does not hold the row that its head names: run `sanzao report audit --verify`")


def _follows(connection: Connection, head: Head | None, last: Head) -> bool:
    """Return whether the log holds what the head says; if not, the head stays where it is, for `verify` to find."""
    if head is None:
        return last.seq == 0
    if head.seq == last.seq:
        return head.seal == last.seal
    return connection.execute(select(TABLE.c.seal).where(TABLE.c.seq == head.seq)).scalar() == head.seal


def _row(seq: int, entry: Entry, previous: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "seq": seq, "at": entry.at, "who": entry.who[:200], "role": entry.role, "what": entry.what[:200],
        "outcome": entry.outcome, "persons": len(entry.persons), "which": _which(entry.persons),
        "origin": entry.origin[:64], "request_id": entry.request_id[:64], "previous": previous,
    }  # fmt: skip
    return row | {"seal": seal_of(row)}


def _which(persons: Sequence[int]) -> str:
    if len(persons) <= MOST_NAMED:
        return json.dumps([int(person) for person in persons])
    numbers = np.sort(np.asarray(persons, dtype=np.int64))
    return json.dumps({"sha256_of_sorted_int64": hashlib.sha256(numbers.tobytes()).hexdigest()})


SEALED = ("seq", "at", "who", "role", "what", "outcome", "persons", "which", "origin", "request_id", "previous")


def seal_of(row: dict[str, Any]) -> str:
    """Return the seal that a row must bear."""
    content = [row[name].astimezone(UTC).isoformat() if name == "at" else row[name] for name in SEALED]
    return keyed("audit", "row", json.dumps(content, ensure_ascii=True, separators=(",", ":"))).hex()


def head_path(source: str) -> Path:
    """Return the file that holds the head."""
    return settings().source_state(source) / HEAD


class _Held(NamedTuple):
    """The head while no other process of this machine can move it; `head` is None where nothing was written yet."""

    head: Head | None
    source: str
    file: int

    def move(self, head: Head) -> None:
        """Let it name another row."""
        # Written over in place, always of the same length and within one page: renaming a new file over it costs as
        # much as the commit itself.
        content = json.dumps({**head._asdict(), "signed": _signature(self.source, head)}).ljust(HEAD_BYTES).encode()
        os.pwrite(self.file, content, 0)


@contextmanager
def _hold_head(source: str) -> Iterator[_Held]:
    path_of_lock, path = _paths(settings().source_state(source))
    lock = os.open(path_of_lock, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                head = _parsed(source, os.pread(file, HEAD_BYTES, 0))
            except BrokenHeadError:
                head = Head(-1, "")  # follows nothing, so it is left as it is
            yield _Held(head, source, file)
        finally:
            os.close(file)
    finally:
        os.close(lock)


@lru_cache(maxsize=8)
def _paths(folder: Path) -> tuple[str, str]:
    """Return lock and head in a folder, which is there then."""
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / "audit.lock"), str(folder / HEAD)


def read_head(source: str) -> Head | None:
    """Return the head, or None where there is none.

    Raises
    ------
    BrokenHeadError
        If it cannot be read or was not sealed by us.
    """
    try:
        content = head_path(source).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BrokenHeadError("it cannot be read") from error
    return _parsed(source, content)


def _parsed(source: str, content: bytes) -> Head | None:
    if not content:  # made, but never written to
        return None
    try:
        found = json.loads(content)
        head, signed = Head(int(found["seq"]), str(found["seal"])), found["signed"]
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenHeadError("it cannot be read") from error
    if signed != _signature(source, head):
        raise BrokenHeadError("it was not signed with the key")
    return head


def _signature(source: str, head: Head) -> str:
    return keyed("audit", "head", f"{source} {head.seq} {head.seal}").hex()


def verify(source: str) -> dict[str, Any]:
    """Check every row's seal and place, and that nothing is cut off at the end.

    Returns
    -------
    dict
        ok, rows, first_broken (number of the row, or None) and because.
    """
    try:
        head, problem = read_head(source), None
    except BrokenHeadError as error:
        head, problem = None, f"the head {head_path(source)} is damaged: {error}"
    seq, seal, reached = 0, NOTHING_BEFORE, head is None
    while True:
        with transaction(source, reads=True) as session:
            query = select(AuditRow).where(AuditRow.seq > seq).order_by(AuditRow.seq).limit(READ_AT_ONCE)
            rows = session.scalars(query).all()
        for row in rows:
            why = _broken(row, seq + 1, seal)
            seq, seal = row.seq, row.seal
            if why is None and head is not None and seq == head.seq:
                reached = True
                why = None if seal == head.seal else "it is another row than the one that the head was made for"
            if why is not None:
                return {"ok": False, "rows": seq, "first_broken": seq, "because": why}
        if len(rows) < READ_AT_ONCE:
            break
    if problem is None and head is None and seq:
        problem = f"the head {head_path(source)} is missing: whether rows are cut off at the end cannot be said"
    if problem is None and not reached and head is not None:
        problem = f"the log ends at row {seq}, but the head was made for row {head.seq}: rows are cut off at the end"
    return {
        "ok": problem is None, "rows": seq, "first_broken": None if problem is None else seq + 1, "because": problem,
    }  # fmt: skip


def _broken(row: AuditRow, expected: int, previous: str) -> str | None:
    if row.seq != expected:
        return f"row {expected} before it is missing"
    if row.previous != previous:
        return "it does not follow the row before it"
    if row.seal != seal_of({name: getattr(row, name) for name in SEALED}):
        return "its content was changed"
    return None


def newest_rows(source: str, count: int) -> list[dict[str, Any]]:
    """Return the newest rows, the last one first."""
    with transaction(source, reads=True) as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.seq.desc()).limit(count))
        return [{name: getattr(row, name) for name in SEALED if name != "previous"} for row in rows]
