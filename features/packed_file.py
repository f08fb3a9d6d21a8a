"""One SQLite file that many processes and threads read and write at once, none of which ever meets a lock error.

It is in WAL mode: readers see the last committed state and wait for nobody, writers take turns. A transaction asks
for all that it will need at its first statement, so only that statement can find the file busy, and it can be
repeated. Every commit is forced to disk (`synchronous=FULL`): in transactions of thousands of rows this costs nothing
measurable, and a single pushed row must survive a power cut once it was acknowledged.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from features.errors import NotReadyError
from features.staging import UnwritableFolderError

PATIENCE = 60.0  # seconds; other writers hold the file for a fraction of a second each
PAGE_BYTES = 8192  # rows are 0.5 to 2 kB: larger pages waste less space, smaller ones read less per row asked for
CHECKPOINT_PAGES = 4000  # 32 MB of log before it is folded into the file
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
UNWRITABLE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR}
REBUILD = "Run `sanzao features build --source NAME` for its data source to make it anew."

# SQLite forbids to touch, or even close, a connection on the other side of a fork, so the child keeps them for good.
_inherited: list[sqlite3.Connection] = []


class PackedFile:
    """The connections of this process to one file: one a thread, opened anew after a fork or a rebuild.

    Parameters
    ----------
    path
        The SQLite file; `-wal` and `-shm` lie beside it while it is open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mine = threading.local()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that sees one committed state of the file until the block ends.

        Raises
        ------
        NotReadyError
            If the file is missing or damaged, or was locked for longer than `PATIENCE`.
        """
        with self._explained(), _transaction(self._connection(), "BEGIN", "SELECT 1 FROM sqlite_schema") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that alone may write; what it wrote is on disk when the block has ended.

        Raises
        ------
        NotReadyError
            As `reading`.
        UnwritableFolderError
            If the disk is full or the file may not be written.
        """
        with self._explained(), _transaction(self._connection(), "BEGIN IMMEDIATE") as connection:
            yield connection

    def create(self) -> None:
        """Make the file, empty, unless it is there."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnwritableFolderError(f"Cannot make {self.path.parent}: {error.strerror}.") from error
        with self._explained():
            connection = _connect(self.path, "rwc")
            try:
                _patiently(connection, f"PRAGMA page_size = {PAGE_BYTES}", "PRAGMA journal_mode = WAL")
            finally:
                connection.close()

    def close(self) -> None:
        """Close this thread's connection; the last one to close folds the log into the file."""
        connection = self._mine.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def remove(self) -> None:
        """Delete the file and what lies beside it."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _connection(self) -> sqlite3.Connection:
        # Whoever rebuilds the store puts another file in its place; an old connection would go on reading the lost one.
        place = os.stat(self.path)  # noqa: PTH116 - half the price of Path.stat, at every read
        opened = (os.getpid(), place.st_dev, place.st_ino)
        mine = self._mine
        if getattr(mine, "opened", None) != opened or not hasattr(mine, "connection"):
            if hasattr(mine, "connection") and mine.opened[0] != opened[0]:
                _inherited.append(mine.connection)
            mine.connection = _connect(self.path, "rw")
            mine.opened = opened
        connection: sqlite3.Connection = mine.connection
        return connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn SQLite's errors into ours, which say what to do."""
        try:
            yield
        except FileNotFoundError as error:
            raise NotReadyError(f"There is no online store at {self.path}. {REBUILD}") from error
        except sqlite3.Error as error:
            code = _code(error)
            if code in BUSY:
                raise NotReadyError(
                    f"Another process has kept {self.path} locked for {PATIENCE:.0f} s. End the one that hangs, "
                    "then try again; nothing was written."
                ) from error
            if code in UNWRITABLE:
                raise UnwritableFolderError(
                    f"Cannot write to {self.path}: {error}. Make room on the disk and give this user write access to "
                    "the file and its folder, then try again."
                ) from error
            raise NotReadyError(f"The online store at {self.path} is damaged ({error}). {REBUILD}") from error


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.resolve()))}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection, *begin: str) -> Iterator[sqlite3.Connection]:
    _patiently(connection, *begin)
    try:
        yield connection
    except BaseException:
        if connection.in_transaction:  # a full disk makes SQLite roll back by itself
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


# SQLite itself waits for another writer, but not in a few short moments: while the last connection of another process
# closes, or while a killed one's log is being recovered.
def _patiently(connection: sqlite3.Connection, *statements: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            for statement in statements:
                connection.execute(statement).fetchall()
        except sqlite3.OperationalError as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if _code(error) not in BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; the extended ones carry it in their lowest byte."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
