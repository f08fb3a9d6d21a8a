"""Connections to the state database, and transactions in which writers wait for each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session

from features.settings import settings
from features.staging import unwritable

WAIT_SECONDS = 30


@cache
def connect(source: str) -> Engine:
    """Return the engine of a source's state database: the configured one, else a SQLite file beside the source."""
    if settings().database:
        return create_engine(settings().database, pool_pre_ping=True)
    folder = settings().source_state(source)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    engine = create_engine(f"sqlite:///{folder / 'state.db'}", connect_args={"timeout": WAIT_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say, see `_begin`
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # what is acknowledged survives the machine, not only the process
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Any) -> None:
    # A transaction that reads and then writes must not find the file locked in between: it takes the lock at once
    # unless it says that it only reads.
    reads = connection.get_execution_options().get("sanzao_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def transaction(source: str, *, reads: bool = False) -> Iterator[Session]:
    """Yield a session whose work is committed at the end, on disk before this returns, or undone by an exception.

    Parameters
    ----------
    reads
        The session only reads, so that it waits for no writer.
    """
    engine = connect(source)
    bound = engine.execution_options(sanzao_reads=True) if reads else engine
    with Session(bound, expire_on_commit=False) as session, session.begin():
        yield session
