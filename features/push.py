"""A record arrives: checked, journalled, and in the online row before the call returns.

For whoever has rows in a frame and no server at hand; a server does the same for many at once, with everything that a
check must know already in memory (`features.arriving`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.arriving.arrived import Arrived
from features.arriving.intake import Intake, Submission
from features.arriving.online_rows import refresh_online
from features.arriving.rows import read_frame
from features.clock import now_us
from features.contracts import contracts
from features.errors import InvalidInputError, UnknownNameError
from features.journal import open_journal


@dataclass(frozen=True)
class Pushed:
    """What became of records that arrived.

    Attributes
    ----------
    kept, already_there
        Number of rows.
    findings
        One row a broken cell, see `features.lake.inspection`; the rows they stand in were not kept.
    persons
        int64 (n,): residents whose features may have changed, those of the same household included.
    """

    kept: int
    already_there: int
    findings: pd.DataFrame
    persons: NDArray[np.int64]


def push(source: str, tables: Mapping[str, pd.DataFrame]) -> Pushed:
    """Take records in and bring the online rows up to date.

    Parameters
    ----------
    tables
        New rows by contract name, with the contract's columns.

    Raises
    ------
    UnknownNameError
        If there is no such table.
    InvalidInputError
        If a column that the contract needs is missing altogether.
    """
    from features.sources import get_source

    for name, frame in tables.items():
        if name not in contracts():
            raise UnknownNameError("table", name, contracts())
        needed = [column.name for column in contracts()[name].columns if not column.nullable]
        absent = [column for column in needed if column not in frame]
        if absent:
            raise InvalidInputError(f"Rows of {name} lack {', '.join(absent)}; they need {', '.join(needed)}.")
    pushed, arrived = _take(source, tables)
    refresh_online(arrived, now_us(get_source(source).as_of, arrived.newest))
    return pushed


def journal_rows(source: str, tables: Mapping[str, pd.DataFrame]) -> Pushed:
    """Check rows and keep them in the journal; the online rows are left as they are."""
    return _take(source, tables)[0]


def _take(source: str, tables: Mapping[str, pd.DataFrame]) -> tuple[Pushed, Arrived]:
    read = {name: read_frame(contracts()[name], frame) for name, frame in tables.items() if len(frame)}
    arrived = Arrived(source)
    with open_journal(source) as journal:
        arrived.catch_up(journal)
        intake = Intake(arrived, journal)
        (outcome,), news = intake.take([Submission(read, whole=False)])
    return Pushed(outcome.kept, outcome.already_there, outcome.findings, news.persons), arrived
