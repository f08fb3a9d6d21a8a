"""Splitting a cohort into folds: all index dates of a person fall into the same one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.settings import settings
from training.cohort import EVENT, Cohort

# Folds average out the luck of a split. Of very many rows or events there is little luck left, and each fold costs as
# much. Where events are few, inner fits on half of them would be so much noisier than the final one that they promise
# too low a calibration slope.
MANY_ROWS, OUTER_OF_MANY = 8_000, 3
MANY_EVENTS, INNER_OF_MANY = 500, 2

Rows = NDArray[np.int64]


def outer_folds(cohort: Cohort, seed: int) -> list[tuple[Rows, Rows]]:
    """Return the folds of the loop that judges, as (rows to learn from, rows to predict)."""
    rows = np.arange(len(cohort.time))
    wanted = settings().outer_folds
    return folds(cohort, rows, wanted if len(rows) <= MANY_ROWS else min(wanted, OUTER_OF_MANY), seed)


def inner_folds(cohort: Cohort, rows: Rows, seed: int) -> list[tuple[Rows, Rows]]:
    """Return the folds of the loop that chooses, within `rows`."""
    wanted = settings().inner_folds
    events = int((cohort.status[rows] == EVENT).sum())
    if len(rows) > MANY_ROWS and events >= MANY_EVENTS:
        wanted = min(wanted, INNER_OF_MANY)
    return folds(cohort, rows, wanted, seed)


def folds(cohort: Cohort, rows: Rows, count: int, seed: int) -> list[tuple[Rows, Rows]]:
    """Split `rows` of the cohort into `count` folds of whole persons, each with its share of the events."""
    from sklearn.model_selection import StratifiedKFold

    persons, of_row = np.unique(cohort.person[rows], return_inverse=True)
    has_event = np.zeros(len(persons), dtype=bool)
    np.logical_or.at(has_event, of_row, cohort.status[rows] == EVENT)
    splitter = StratifiedKFold(n_splits=count, shuffle=True, random_state=seed)
    fold_of_person = np.zeros(len(persons), dtype=np.int64)
    for number, (_, test) in enumerate(splitter.split(persons, has_event)):
        fold_of_person[test] = number
    fold = fold_of_person[of_row]
    return [(rows[fold != number], rows[fold == number]) for number in range(count)]
