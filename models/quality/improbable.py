"""Values that do not go with the rest of their row, by a small model of each column given the others.

The model tells rows as they are from rows in which this one column was shuffled. It sees, for every other column, how
much more often the two values occur together than by chance (pointwise mutual information; Church and Hanks, Comput
Linguist 1990;16:22), each row being left out of its own counts, and weighs these by logistic regression, so that
columns that say the same are not counted twice. What tells true from shuffled rows with the odds r is the ratio of
P(value | row) to P(value) (density-ratio estimation; Sugiyama, Suzuki and Kanamori, 2012). So where a wrong value is
one that might stand in any row, and a share e is wrong, P(wrong) = e / (e + (1 - e) r).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.contracts import TableContract
from models.quality._detector import Detector, Evidence, Reason, silent
from models.quality._table import CellTable, Codes, TableColumn

Array = NDArray[np.float64]

# Own choices.
EXPECTED = 0.03  # share of wrong cells that is expected before looking
MOST_LEVELS, GRADES = 60, 12  # a column of more values is taken by quantiles, or left out where it holds no numbers
LEAST_ROWS = 100
SMOOTHING, RIDGE, STEPS = 2.0, 1.0, 8


def levels(column: TableColumn) -> Codes | None:
    """Return the level of each row (n,) in a column of few values or of numbers, or None for another one."""
    if column.identifies or column.distinct < 2:
        return None
    if len(column.values) <= MOST_LEVELS:
        return column.codes
    if not column.numeric:
        return None
    numbers = column.numbers[column.codes]
    edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, GRADES + 1)[1:-1]))
    return np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="left"))


def find(table: CellTable, _: TableContract | None = None) -> Evidence | None:
    """Return for each cell how improbable it is given its row."""
    if table.rows < LEAST_ROWS:
        return None
    graded = {p: found for p, column in enumerate(table.columns) if (found := levels(column)) is not None}
    score = silent(table)
    if len(graded) < 3:
        return None
    order = _canonical(graded)
    against: dict[int, tuple[Array, list[int]]] = {}
    for position, codes in graded.items():
        others = [other for other in graded if other != position]
        with_own, with_shuffled = [], []
        shuffled = _shuffled(codes, order)
        for other in others:
            own, strange = _association(graded[other], codes, shuffled)
            with_own.append(own)
            with_shuffled.append(strange)
        true, false = np.column_stack(with_own), np.column_stack(with_shuffled)
        weights, intercept = _fit(true, false)
        ratio = np.clip(intercept + true @ weights, -20, 20)
        score[:, position] = 1 / (1 + (1 - EXPECTED) / EXPECTED * np.exp(ratio))
        against[position] = (true * weights, others)

    def reason(row: int, position: int) -> Reason:
        shares, others = against[position]
        column, other = table.columns[position], table.columns[others[int(np.argmin(shares[row]))]]
        value, beside = column.values[column.codes[row]], other.values[other.codes[row]]
        return Reason(
            f"{column.name} {value} hardly goes with the rest of the row, least of all with {other.name} {beside}",
            f"{column.name} 为 {value} 与本行其他值很不相符，尤其是 {other.name} 为 {beside}",
        )

    return Evidence(score, None, reason)


def _canonical(graded: dict[int, Codes]) -> Codes:
    """Return an order of the rows that depends on what they hold, not on how rows or columns are arranged."""
    mixed = np.zeros(len(next(iter(graded.values()))), dtype=np.uint64)
    for codes in graded.values():
        counts = np.bincount(codes).astype(np.uint64)
        with np.errstate(over="ignore"):
            word = (codes.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) ^ counts[codes]
            word = (word ^ (word >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed += word ^ (word >> np.uint64(32))
    return np.argsort(mixed, kind="stable")


def _shuffled(codes: Codes, order: Codes) -> Codes:
    """Return the codes moved to other rows, the same way however the rows are arranged."""
    moved = np.empty_like(codes)
    places = np.random.default_rng(0).permutation(len(codes))
    moved[order] = codes[order][places]
    return moved


def _association(first: Codes, second: Codes, shuffled: Codes) -> tuple[Array, Array]:
    """Return the pointwise mutual information of each row's values, and with the second one shuffled, (n,) each."""
    width = int(second.max()) + 1
    span = (int(first.max()) + 1) * width
    counts = np.bincount(first * width + second, minlength=span).astype(np.float64)
    alone, share = np.bincount(first), np.bincount(second) / len(second)

    def told(of: Codes, left_out: int) -> Array:
        together = np.maximum(counts[first * width + of] - left_out, 0)
        told: Array = np.log(
            (together + SMOOTHING * share[of]) / (np.maximum(alone[first] - left_out, 0) + SMOOTHING) / share[of]
        )
        return told

    return told(second, 1), told(shuffled, 0)


def _fit(true: Array, false: Array) -> tuple[Array, float]:
    """Return weights and intercept of the logistic regression of true against shuffled rows, by Newton's method."""
    matrix = np.column_stack([np.concatenate([true, false]), np.ones(2 * len(true))])
    outcome = np.repeat([1.0, 0.0], len(true))
    weights = np.zeros(matrix.shape[1])
    penalty = np.diag(np.append(np.full(true.shape[1], RIDGE), 1e-6))
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(matrix @ weights, -30, 30)))
        slope = matrix.T @ (outcome - chance) - penalty @ weights
        curvature = (matrix * (chance * (1 - chance))[:, None]).T @ matrix + penalty
        weights = weights + np.linalg.solve(curvature, slope)
    # A column that speaks against its own association would be an artefact of the others.
    return np.maximum(weights[:-1], 0.0), float(weights[-1])


DETECTOR = Detector("improbable given the row", "与同行数据不符", find)
