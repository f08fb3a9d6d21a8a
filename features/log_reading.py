"""Features of any residents at any moments, out of the record log and what has arrived since it was written."""

from __future__ import annotations

from collections.abc import Container, Iterator

import numpy as np
from numpy.typing import NDArray

from features.area_log import areas_with, open_areas
from features.arrivals import Arrivals, arrivals
from features.feature import Array
from features.log_merging import merged, stacked
from features.plan import Plan, evaluate, plan
from features.record_log import Records, open_bucket


def features_at(
    source: str,
    persons: NDArray[np.int64],
    moments: NDArray[np.int64],
    steps: Plan | None = None,
    new: Arrivals | None = None,
) -> Array:
    """Return features of residents as they were known at moments.

    Parameters
    ----------
    persons
        int64 (n,); the same person may stand there several times.
    moments
        int64 (n,): index dates in microseconds since 1970, UTC.
    steps
        Which features; None: every one, in the order of `features.views.all_features`.
    new
        What has arrived about these residents since a log was written; None: what the journal holds.

    Returns
    -------
    numpy.ndarray
        float64 (features, n), NaN where missing.
    """
    steps = steps or plan()
    new = arrivals(source) if new is None else new
    buckets = new.log.buckets
    areas = areas_with(open_areas(new.log), new.areas)
    out = np.empty((len(steps.features), len(persons)))
    bucket = persons % buckets
    # Residents of a bucket together and in its order, so that the log is read once and forwards.
    order = np.lexsort((persons, bucket))
    bounds = np.searchsorted(bucket[order], np.arange(buckets + 1))
    concerned = np.isin(persons, new.persons)
    changed: list[Records] = []
    place = np.full(len(persons), -1)  # among the changed
    for number in np.flatnonzero(np.diff(bounds)):
        rows = order[bounds[number] : bounds[number + 1]]
        base = open_bucket(new.log, int(number))
        same, late = rows[~concerned[rows]], rows[concerned[rows]]
        if len(same):
            out[:, same] = evaluate(base, areas, base.rows_of(persons[same]), moments[same], steps)
        if len(late):
            known = merged(base, np.unique(persons[late]), new)
            place[late] = known.rows_of(persons[late]) + sum(len(part.person) for part in changed)
            changed.append(known)
    if changed:
        # The few that changed in each bucket are worked out together.
        late = np.flatnonzero(concerned)
        answer = evaluate(stacked(changed), areas, place[late], moments[late], steps)
        if len(late) == len(persons):
            return answer
        out[:, late] = answer
    return out


def everybody_at(
    source: str, moment: int, steps: Plan | None = None, done: Container[int] = ()
) -> Iterator[tuple[int, NDArray[np.int64], Array]]:
    """Yield the features of everybody who is registered by `moment`, one bucket at a time.

    Parameters
    ----------
    steps
        Which features; None: every one.
    done
        Buckets to leave out.

    Yields
    ------
    bucket : int
    persons : numpy.ndarray
        int64 (n,), ascending.
    features : numpy.ndarray
        float64 (features, n).
    """
    new = arrivals(source)
    areas = areas_with(open_areas(new.log), new.areas)
    buckets = new.log.buckets
    for bucket in range(buckets):
        if bucket in done:
            continue
        base = open_bucket(new.log, bucket)
        concerned = new.persons[new.persons % buckets == bucket]
        if len(concerned):
            base = stacked([merged(base, np.union1d(base.person, concerned), new)])
        rows = np.flatnonzero(base.registered_by(moment))
        yield bucket, base.person[rows], evaluate(base, areas, rows, np.full(len(rows), moment), steps or plan())
