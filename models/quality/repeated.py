"""Rows written twice: all the same but for their number, where no two rows are usually the same.

Some rows agree by chance: as many pairs as agree in all other columns, times the chance that two rows agree in the last
one, taken for the column where this is most. The number of the copy is the wrong cell, because no such record exists;
the row with the lowest number counts as the original. Under a contract its key is the number, and when a record became
known is not compared: a copy comes later.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.contracts import TableContract
from models.quality._detector import Detector, Evidence, Reason, silent
from models.quality._table import CellTable

# Own choices.
LEAST_COMPARED = 3  # columns of more than one value
MOST_REPEATED = 0.05  # share of the rows from which on repeating is what this table does
SURE = 0.9


def find(table: CellTable, contract: TableContract | None = None) -> Evidence | None:
    """Return the numbers of rows that repeat another one."""
    if contract is None:
        numbers = [p for p, column in enumerate(table.columns) if column.distinct == table.rows > 1]
        ignored = set(numbers)
    else:
        moments = {column.name for column in contract.columns if column.dtype == "timestamp"}
        numbers = [p for p, column in enumerate(table.columns) if column.name in contract.key]
        ignored = {*numbers, *(p for p, column in enumerate(table.columns) if column.name in moments)}
    compared = [p for p, column in enumerate(table.columns) if p not in ignored and column.distinct > 1]
    if len(numbers) != 1 or len(compared) < LEAST_COMPARED:
        return None
    number = table.columns[numbers[0]]
    rank = np.lexsort((number.codes, number.numbers[number.codes]))
    frame = pd.DataFrame({str(p): table.columns[p].codes for p in compared}).iloc[rank]
    groups = frame.groupby(list(frame.columns), sort=False)
    copy = np.zeros(table.rows, dtype=np.bool_)
    copy[rank] = (groups.cumcount() > 0).to_numpy()
    if not 0 < copy.mean() <= MOST_REPEATED:
        return None
    group = np.zeros(table.rows, dtype=np.int64)
    group[rank] = groups.ngroup().to_numpy()
    original = pd.Series(rank).groupby(group[rank], sort=True).first().to_numpy()
    by_chance = max(
        _pairs(frame.drop(columns=name)) * float(((np.bincount(frame[name]) / table.rows) ** 2).sum())
        for name in frame.columns
    )
    score = silent(table)
    score[copy, numbers[0]] = SURE * max(0.0, 1 - by_chance / _pairs(frame))

    def reason(row: int, _: int) -> Reason:
        first = number.values[number.codes[original[group[row]]]]
        return Reason(
            f"this row repeats that of {number.name} {first} in {len(compared)} columns",
            f"本行与 {number.name} 为 {first} 的行在 {len(compared)} 列上完全相同",
        )

    return Evidence(score, None, reason)


def _pairs(frame: pd.DataFrame) -> float:
    """Return how many pairs of rows are the same."""
    size = frame.groupby(list(frame.columns), sort=False).size().to_numpy(dtype=np.float64)
    return float((size * (size - 1)).sum() / 2)


DETECTOR = Detector("repeated row", "重复行", find)
