"""The cells in which a column's values are counted, so that two samples are compared without keeping either.

The cells come from the reference. With k edges there are k + 2 of them, by the bin rule of `models.tables`: cell i
holds edge[i-1] < x <= edge[i], the last but one what exceeds every edge, the last one what is missing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

POINTS = 1_000
"""Reference quantiles that become edges: what lies strictly between two of them is a thousandth of the reference."""


def edges_of(reference: ArrayLike) -> Floats:
    """Return the edges of a column's cells.

    Each of up to `POINTS` reference quantiles (every distinct value, where there are fewer) gets an edge on itself and
    one on the largest number below it. So a value that many people share is counted by itself, and a value that the
    reference never had falls between.

    Parameters
    ----------
    reference
        Numbers (n,), NaN where missing, in any order and unit.

    Returns
    -------
    numpy.ndarray
        float64 (k,), finite and strictly increasing, k <= 2 * `POINTS`; empty where nothing was measured.

    >>> edges_of([1.0, 0.0, float("nan"), 0.0]).round(3).tolist()
    [-0.0, 0.0, 1.0, 1.0]
    """
    values = np.asarray(reference, dtype=np.float64)
    values = np.sort(values[np.isfinite(values)])
    if not len(values):
        return values
    points = values[np.flatnonzero(np.append(True, values[1:] != values[:-1]))]  # np.unique would sort again
    if len(points) > POINTS:
        ranks = -(-np.arange(1, POINTS + 1) * len(values) // POINTS) - 1  # rounded up, in whole numbers
        points = np.unique(values[ranks])
    return np.unique(np.concatenate([np.nextafter(points, -np.inf), points]))


def count(edges: Floats, values: ArrayLike) -> Counts:
    """Return how many values fall into each cell, int64 (k + 2,); counts of parts add up to those of the whole.

    >>> count(np.array([1.0, 2.0]), [0.5, 1.0, 1.5, 9.0, float("nan")]).tolist()
    [2, 1, 1, 1]
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))  # missing values come last
    measured = len(ordered) - int(np.isnan(ordered).sum())
    upto = np.searchsorted(ordered[:measured], edges, side="right")
    return np.diff(np.concatenate([[0], upto, [measured, len(ordered)]])).astype(np.int64)
