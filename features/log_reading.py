"""Features of any residents at any moments, out of a record log, bucket by bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.feature import Array
from features.plan import evaluate, plan
from features.record_log import open_areas, open_bucket, read_manifest_of


def features_at(log: Path, persons: NDArray[np.int64], moments: NDArray[np.int64]) -> Array:
    """Return every feature of residents as it was known at moments.

    Parameters
    ----------
    persons
        int64 (n,); the same person may stand there several times.
    moments
        int64 (n,): index dates in microseconds since 1970, UTC.

    Returns
    -------
    numpy.ndarray
        float64 (features, n), in the order of `features.views.all_features`, NaN where missing.
    """
    buckets = int(read_manifest_of(log)["buckets"])
    areas = open_areas(log)
    out = np.empty((len(plan().features), len(persons)))
    bucket = persons % buckets
    # Residents of a bucket together and in its order, so that the log is read once and forwards.
    order = np.lexsort((persons, bucket))
    bounds = np.searchsorted(bucket[order], np.arange(buckets + 1))
    for number in np.flatnonzero(np.diff(bounds)):
        rows = order[bounds[number] : bounds[number + 1]]
        records = open_bucket(log, int(number))
        out[:, rows] = evaluate(records, areas, records.rows_of(persons[rows]), moments[rows])
    return out


def everybody_at(log: Path, moment: int) -> Iterator[tuple[int, NDArray[np.int64], Array]]:
    """Yield the features of everybody who is registered by `moment`, one bucket at a time.

    Yields
    ------
    bucket : int
    persons : numpy.ndarray
        int64 (n,), ascending.
    features : numpy.ndarray
        float64 (features, n).
    """
    areas = open_areas(log)
    for bucket in range(int(read_manifest_of(log)["buckets"])):
        records = open_bucket(log, bucket)
        rows = np.flatnonzero(records.registered <= moment)
        yield bucket, records.person[rows], evaluate(records, areas, rows, np.full(len(rows), moment))
