"""Missing values: nothing, or a spelling of nothing, where the column is nearly always filled.

How often a column is empty tells how much an empty cell means: where one in a hundred is empty it was forgotten, where
half are, it says that there was nothing to write. What an empty cell should hold the other detectors may know.
"""

from __future__ import annotations

import numpy as np

from features.contracts import TableContract
from models.quality._detector import Detector, Evidence, Reason, silent
from models.quality._table import CellTable

# Own choices: at this share of empty cells an empty one is as likely right as wrong; and who writes "unknown" says
# that there is nothing to write, where one who leaves the cell blank may have forgotten it.
HALF, SPELT_OUT = 0.05, 0.3


def find(table: CellTable, _: TableContract | None = None) -> Evidence | None:
    """Return for each empty cell how likely something should stand there."""
    score = silent(table)
    for position, column in enumerate(table.columns):
        empty = column.missing[column.codes]
        share = float(empty.mean())
        if 0 < share < 1:
            chance = 1 / (1 + (share / HALF) ** 2)
            blank = np.array([not value.strip() for value in column.values.tolist()])[column.codes]
            score[empty, position] = np.where(blank, chance, chance * SPELT_OUT)[empty]
    if np.isnan(score).all():
        return None

    def reason(row: int, position: int) -> Reason:
        column = table.columns[position]
        filled = column.filled / table.rows
        return Reason(
            f"{column.name} is empty here, but filled in {filled:.0%} of the rows",
            f"{column.name} 此处为空，而 {filled:.0%} 的行都有值",
        )

    return Evidence(score, None, reason)


DETECTOR = Detector("missing value", "缺失值", find)
