"""What happened to whom and when: the outcomes behind every statistic here, in order of time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.errors import InvalidInputError

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

CENSORED, EVENT, COMPETING_DEATH = 0, 1, 2


def had_event(time: Floats, status: NDArray[Any], horizon: float) -> NDArray[np.bool_]:
    """Return which rows (n,) are known to have had the event at or before the horizon."""
    happened: NDArray[np.bool_] = (status == EVENT) & (time <= horizon)
    return happened


@dataclass(frozen=True)
class FollowUp:
    """The follow-up of n rows, sorted by time once, so that every later pass is a linear one.

    All arrays are shaped (n,) and stand in ascending order of `time`.
    """

    time: Floats
    """Years from the index date to the first of event, competing death and censoring."""
    status: NDArray[np.int8]
    """0 censored, 1 event, 2 competing death."""
    weights: Floats
    """Sampling weights, 1 for everyone unless others were given; at least one is positive."""
    horizon: float
    """Years from the index date to the moment that the prediction speaks of."""
    order: Integers
    """For each sorted row its place in the input."""

    @classmethod
    def of(cls, time: ArrayLike, status: ArrayLike, horizon: float, weights: ArrayLike | None = None) -> FollowUp:
        """Check the outcomes of n rows, given in any order, and sort them.

        Raises
        ------
        InvalidInputError
            If there are no rows, lengths differ, a time is negative or not finite, a status is not 0, 1 or 2,
            the horizon is not a positive number, or weights are negative, not finite or all zero.
        """
        years = numbers("time", time)
        codes = numbers("status", status, rows=len(years))
        given = np.ones(len(years)) if weights is None else numbers("weights", weights, rows=len(years))
        if years.min() < 0:
            raise InvalidInputError(f"time must not be negative, but one row has {years.min():g} years.")
        if not np.isin(codes, (CENSORED, EVENT, COMPETING_DEATH)).all():
            raise InvalidInputError("status must be 0 (censored), 1 (event) or 2 (competing death) in every row.")
        if not (np.isfinite(horizon) and horizon > 0):
            raise InvalidInputError(f"horizon must be a positive number of years, not {horizon:g}.")
        if given.min() < 0 or given.sum() <= 0:
            raise InvalidInputError("weights must not be negative, and at least one must be positive.")
        order = np.argsort(years, kind="stable").astype(np.int64)
        return cls(years[order], codes[order].astype(np.int8), given[order], float(horizon), order)

    @property
    def rows(self) -> int:
        """The number of rows, n."""
        return len(self.time)

    @property
    def outcome(self) -> Floats:
        """1 for rows with the event at or before the horizon, else 0; float64 (n,)."""
        return had_event(self.time, self.status, self.horizon).astype(np.float64)

    def restore(self, values: Floats) -> Floats:
        """Bring values (n,) that stand in the order of time back into the order of the input."""
        result: Floats = np.empty_like(values)
        result[self.order] = values
        return result

    def weighing(self, weights: Floats) -> FollowUp:
        """Return the same rows under other weights (n,), given in the order of time."""
        return replace(self, weights=weights)


def numbers(name: str, values: ArrayLike, rows: int | None = None) -> Floats:
    """Return `values` as float64 (n,), or say what is wrong with them, calling them `name`."""
    try:
        array = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"{name} must hold numbers only.") from error
    if array.ndim != 1:
        raise InvalidInputError(f"{name} must be a flat list of numbers, not {array.ndim}-dimensional.")
    if len(array) == 0:
        raise InvalidInputError(f"{name} is empty: there is nothing to evaluate.")
    if rows is not None and len(array) != rows:
        raise InvalidInputError(f"{name} has {len(array)} rows, but time has {rows}.")
    if not np.isfinite(array).all():
        raise InvalidInputError(f"{name} has missing or infinite values in {int((~np.isfinite(array)).sum())} rows.")
    return array


def probabilities(name: str, values: ArrayLike, rows: int) -> Floats:
    """Return `values` as float64 (n,) if all are in 0..1; 0 and 1 themselves are allowed."""
    array = numbers(name, values, rows)
    if array.min() < 0 or array.max() > 1:
        raise InvalidInputError(
            f"{name} must lie between 0 and 1, but ranges from {array.min():g} to {array.max():g}; "
            "percentages must be divided by 100."
        )
    return array


def dense_ranks(values: Floats) -> Integers:
    """Return the rank 0..k-1 of each value among the k distinct ones, int64 (n,); equal values share a rank.

    >>> dense_ranks(np.array([0.3, 0.1, 0.3, 0.2])).tolist()
    [2, 0, 2, 1]
    """
    return np.unique(values, return_inverse=True)[1].astype(np.int64)
