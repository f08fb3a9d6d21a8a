"""Intervals by resampling people, with all their index dates, as often as one likes.

A repeat is not a new table but a vector: how often each row was drawn. Every statistic here takes such
weights, so rows are sorted once and a repeat costs a few linear passes. The weights for censoring are
estimated anew in each repeat: in time order that is one pass, and the interval then also holds what is unsure
about the censoring.

References
----------
Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall 1993, chapter 13: percentile
intervals.

Davison AC, Hinkley DV. Bootstrap Methods and their Application. Cambridge 1997, section 3.8: resampling
clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.errors import InvalidInputError
from training.metrics.followup import Floats
from training.metrics.incidence import LEVEL

Statistic: TypeAlias = Callable[[Floats], Floats]
"""Takes how often each row was drawn, float64 (n,), and returns one or more numbers, float64 (k,)."""

UNDEFINED = 0.1
"""If a statistic is NaN in more than this share of the repeats, so is its interval."""


@dataclass(frozen=True)
class Interval:
    """Percentile intervals of k statistics."""

    low: Floats
    """(k,)"""
    high: Floats
    """(k,)"""
    samples: Floats
    """The statistics in each repeat, (repeats, k)."""


def bootstrap_interval(
    statistic: Statistic,
    rows: int,
    person: ArrayLike | None = None,
    *,
    repeats: int = 200,
    seed: int | np.random.Generator = 0,
    level: float = LEVEL,
) -> Interval:
    """Percentile interval of a statistic of weighted rows.

    Parameters
    ----------
    statistic
        Called once a repeat with the number of times each row was drawn, float64 (n,).
    rows
        The number of rows, n.
    person
        Who each row is about, integers (n,), in any order. People are drawn, and bring all their rows, so
        that the likeness of a person's rows widens the interval as it should. Without it every row is its own
        person.
    repeats
        How many times; 0 gives NaN intervals.
    seed
        A number for a repeatable result, or a NumPy generator.
    level
        Coverage, 0..1.

    Returns
    -------
    Interval
        Repeats in which a statistic is NaN are left out of its interval, unless there are more than 10 % of
        them: then the interval is NaN too.
    """
    drawn = [
        np.atleast_1d(np.asarray(statistic(counts), dtype=np.float64))
        for counts in resamples(rows, person, repeats=repeats, seed=seed)
    ]
    if not drawn:
        nothing = np.full(1, np.nan)
        return Interval(nothing, nothing, np.empty((0, 1)))
    samples = np.stack(drawn)
    low, high = percentile_interval(samples, level)
    return Interval(low, high, samples)


def paired_bootstrap_interval(
    first: Statistic,
    second: Statistic,
    rows: int,
    person: ArrayLike | None = None,
    *,
    repeats: int = 200,
    seed: int | np.random.Generator = 0,
    level: float = LEVEL,
) -> Interval:
    """Percentile interval of `first` - `second`, both computed on the same draws of the same rows.

    What the two predictions share (who happened to be drawn) cancels, so the interval is much narrower than
    two separate ones would suggest. Parameters are those of :func:`bootstrap_interval`.
    """
    return bootstrap_interval(
        lambda counts: np.atleast_1d(first(counts)) - np.atleast_1d(second(counts)),
        rows,
        person,
        repeats=repeats,
        seed=seed,
        level=level,
    )


def resamples(
    rows: int, person: ArrayLike | None = None, *, repeats: int = 200, seed: int | np.random.Generator = 0
) -> Iterator[Floats]:
    """Yield for each repeat how often each row is drawn, float64 (n,): as many people as there are."""
    if rows < 1:
        raise InvalidInputError("There are no rows to draw from.")
    if repeats < 0:
        raise InvalidInputError(f"repeats must not be negative, but is {repeats}.")
    generator = np.random.default_rng(seed)
    members, people = (None, rows) if person is None else _members(person, rows)
    for _ in range(repeats):
        counts = np.bincount(generator.integers(0, people, people), minlength=people).astype(np.float64)
        yield counts if members is None else counts[members]


def percentile_interval(samples: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the lower and upper ends, (k,), of the middle `level` of each column of samples (repeats, k)."""
    shares = ((1.0 - level) / 2.0, (1.0 + level) / 2.0)
    low, high = np.full((2, samples.shape[1]), np.nan)
    for column, values in enumerate(samples.T):
        defined = values[~np.isnan(values)]
        if len(values) > 0 and len(defined) >= (1.0 - UNDEFINED) * len(values):
            low[column], high[column] = np.quantile(defined, shares)
    return low, high


def _members(person: ArrayLike, rows: int) -> tuple[NDArray[np.intp], int]:
    """Return each row's person as a number 0, 1, 2, …, and how many people there are."""
    identities = np.asarray(person)
    if identities.shape != (rows,):
        raise InvalidInputError(f"person must name one person for each of the {rows} rows.")
    names, members = np.unique(identities, return_inverse=True)
    return members, len(names)
