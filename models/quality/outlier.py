"""Outliers among numbers, of the whole column or of the group that a row belongs to.

How far a number lies from the median, in robust standard deviations (1.4826 times the median absolute deviation;
Rousseeuw and Croux, JASA 1993;88:1273), on the logarithmic scale where the column is positive and skewed. Where a
column of groups, what was measured for instance, takes away most of the spread, a number is held against its group:
a blood glucose of 100 is odd among the mmol/L of blood glucose and not among everything a laboratory reports.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.contracts import TableContract
from models.quality._detector import Detector, Evidence, Reason, silent
from models.quality._table import CellTable

Array = NDArray[np.float64]

# Own choices; 3.5 is the cut of Iglewicz and Hoaglin (How to Detect and Handle Outliers, ASQC 1993).
CUT = 3.5
MOST_GROUPS, ROWS_A_GROUP = 500, 20
SPREAD_TAKEN_AWAY = 0.5
LEAST_DISTINCT = 15  # a column of fewer numbers is one of codes


def find(table: CellTable, contract: TableContract | None = None) -> Evidence | None:
    """Return how far each number lies outside of its column or group."""
    score = silent(table)
    centre = np.full(table.shape, np.nan, dtype=np.float64)
    grouped: dict[int, int] = {}
    codes = _codes(contract)
    for position, column in enumerate(table.columns):
        if column.name in codes or not column.numeric or column.identifies or column.distinct < LEAST_DISTINCT:
            continue
        values, logarithmic = _scaled(column.numbers[column.codes])
        middle, spread = _robust(values, np.zeros(table.rows, dtype=np.int64))
        varies = np.nanmedian(np.abs(values - middle)) > 0
        best = (float(np.nanmedian(spread)) * SPREAD_TAKEN_AWAY, -1)
        for other, group in enumerate(table.columns):
            if other != position and 2 <= group.distinct <= min(MOST_GROUPS, table.rows // ROWS_A_GROUP):
                usual, within = _robust(values, group.codes)
                if varies and np.nanmedian(np.abs(values - usual)) == 0:
                    continue  # the group says the value itself: that is a dependency and no spread
                best = max(best, (float(np.nanmedian(within)), other), key=lambda entry: -entry[0])
        if best[1] >= 0:
            grouped[position] = best[1]
            middle, spread = _robust(values, table.columns[best[1]].codes)
        distance = np.abs(values - middle) / spread
        score[:, position] = 1 / (1 + np.exp(-np.clip(distance - 2 * CUT, -30, 30)))
        centre[:, position] = np.exp(middle) if logarithmic else middle
    if np.isnan(score).all():
        return None

    def reason(row: int, position: int) -> Reason:
        column = table.columns[position]
        value, middle = column.values[column.codes[row]], centre[row, position]
        if position in grouped:
            group = table.columns[grouped[position]]
            which = group.values[group.codes[row]]
            return Reason(
                f"{value} is far from the usual {middle:.4g} of {column.name} where {group.name} is {which}",
                f"{value} 远离 {group.name} 为 {which} 时 {column.name} 的常见值 {middle:.4g}",
            )
        return Reason(
            f"{value} is far from the usual {middle:.4g} of {column.name}",
            f"{value} 远离 {column.name} 的常见值 {middle:.4g}",
        )

    return Evidence(score, None, reason)


def _codes(contract: TableContract | None) -> set[str]:
    """Return the columns whose numbers are names, as far as a contract tells."""
    if contract is None:
        return set()
    named = {column.name for column in contract.columns if column.code_system or column.references}
    return named | set(contract.key)


def _scaled(values: Array) -> tuple[Array, bool]:
    """Return the values, or their logarithms where all are positive and these lie more evenly around the median."""
    known = values[~np.isnan(values)]
    if not len(known) or known.min() <= 0:
        return values, False

    def skew(of: Array) -> float:
        low, middle, high = np.quantile(of, (0.1, 0.5, 0.9))
        return float(abs(high + low - 2 * middle) / max(high - low, 1e-12))

    return (np.log(values), True) if skew(np.log(known)) < skew(known) else (values, False)


def _robust(values: Array, group: NDArray[np.int64]) -> tuple[Array, Array]:
    """Return the median and the robust standard deviation of each row's group, (n,), NaN where it is too small."""
    frame = pd.DataFrame({"group": group, "value": values})
    middle = frame.groupby("group")["value"].transform("median")
    frame["away"] = (frame["value"] - middle).abs()
    by_group = frame.groupby("group")["away"]
    # Where most values are equal the median deviation is nothing; then the mean absolute deviation stands in
    # (1.2533 of it is the standard deviation of a normal distribution).
    spread = 1.4826 * by_group.transform("median")
    spread = spread.where(spread > 0, 1.2533 * by_group.transform("mean"))
    spread = spread.where((spread > 0) & (by_group.transform("count") >= ROWS_A_GROUP))
    return middle.to_numpy(dtype=np.float64), spread.to_numpy(dtype=np.float64)


DETECTOR = Detector("numeric outlier", "数值离群", find)
