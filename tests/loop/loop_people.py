"""Hand-made candidates, and the state database under a folder."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest

from features.settings import settings
from models.screening_programme import get_programme
from serving.worklists import Candidates

SOURCE = "city"
NOW = datetime(2024, 1, 1, tzinfo=UTC)
WEEK = "2024-W01"


@contextmanager
def use_state(folder, address=""):
    """Point this process at a state database: SQLite under `folder`, or the PostgreSQL at `address`."""
    from serving.database.connection import connect

    patch = pytest.MonkeyPatch()
    patch.setenv("SANZAO_STATE", str(folder))
    patch.setenv("SANZAO_DATABASE", address)
    for cache in (settings, connect):
        cache.cache_clear()
    try:
        yield
    finally:
        connect(SOURCE).dispose()
        patch.undo()
        for cache in (settings, connect):
            cache.cache_clear()


def people(n, programme="colorectal", townships=4, seed=0):
    """Return n hand-made candidates in some townships of two counties."""
    random = np.random.default_rng(seed)
    declared = get_programme(programme)
    risk, uptake = random.uniform(0.0005, 0.02, n), random.uniform(0.2, 0.8, n)
    codes = np.array([f"33100{t % 2}{t:03}" for t in random.integers(townships, size=n)], dtype=object)
    population = SimpleNamespace(now=NOW, source=SimpleNamespace(name=SOURCE))
    return Candidates(
        programme=declared,
        champion=SimpleNamespace(version=1),
        population=population,
        circumstances=None,
        uptake_source="hand-made",
        rows=np.arange(n),
        person=np.arange(101, 101 + n),
        risk=risk,
        uptake=uptake,
        benefit=declared.benefit(risk, uptake),
        township=codes,
        overdue=np.full(n, np.inf),
        second=np.zeros(n, dtype=bool),
    )


def opened(n=12, capacity=None, **more):
    """Open a list of hand-made people; return the numbers of its tasks."""
    from sqlalchemy import select

    from serving.database import transaction
    from serving.loop.opening import open_list
    from serving.loop.tables import Task

    open_list(SOURCE, people(n, **more), capacity or n, WEEK, None, "anna", None)
    with transaction(SOURCE, reads=True) as session:
        return list(session.scalars(select(Task.id).order_by(Task.id)))
