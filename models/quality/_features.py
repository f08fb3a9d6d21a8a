"""What a cell model is computed from: the detectors' scores, their joined log-odds, and how common the value is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.quality._combine import combine
from models.quality._detector import Evidence
from models.quality._table import CellTable

Array = NDArray[np.float64]

JOINED = "joined"
CONTEXT = ("value_share", "column_suspected")


def cell_features(table: CellTable, evidence: Mapping[str, Evidence], names: tuple[str, ...]) -> dict[str, Array]:
    """Return the features `names` of each cell, float64 (n * k,), row by row; NaN where a detector says nothing.

    `joined` is the log-odds of `combine`; `value_share` the share of the column's cells that hold the value, as a
    natural logarithm; `column_suspected` the mean joined chance of the column.
    """
    n, k = table.shape
    chance = np.clip(combine(evidence, table.shape), 1e-6, 1 - 1e-6)
    shares = [np.log(column.counts[column.codes] / n) for column in table.columns]
    made = {
        JOINED: np.log(chance / (1 - chance)),
        "value_share": np.column_stack(shares),
        "column_suspected": np.broadcast_to(chance.mean(axis=0), (n, k)),
    }
    nothing = np.full((n, k), np.nan)
    return {
        name: np.ascontiguousarray(
            made[name] if name in made else evidence[name].score if name in evidence else nothing, dtype=np.float64
        ).ravel()
        for name in names
    }
