"""What a detector is, and what it hands over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.contracts import TableContract
from models.quality._table import CellTable

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Reason:
    """Why a cell is suspected, in words."""

    text: str
    text_zh: str


@dataclass(frozen=True, eq=False)
class Evidence:
    """What one detector found in a table of n rows and k columns.

    Attributes
    ----------
    score
        float32 (n, k): the chance, as far as this detector can tell, that the cell is wrong; NaN where it has
        nothing to say.
    suggestion
        int64 (n, k), the code of the value that should stand there, -1 where it has none; None: it never has.
    reason
        Says for a row and a column why the cell is suspected.
    """

    score: Scores
    suggestion: NDArray[np.int64] | None
    reason: Callable[[int, int], Reason]


@dataclass(frozen=True)
class Detector:
    """One way to find wrong cells.

    Attributes
    ----------
    title
        What it looks for.
    find
        Returns the evidence for a table, given its contract where there is one; None where it has nothing to say of
        any cell.
    """

    title: str
    title_zh: str
    find: Callable[[CellTable, TableContract | None], Evidence | None]


def silent(table: CellTable) -> Scores:
    """Return scores that say nothing yet."""
    return np.full(table.shape, np.nan, dtype=np.float32)
