"""Percent change of a rate from one period to the next, and how sure it is.

Log-linear Poisson regression of the counts of periods (years, months) on their position, the logarithm of the expected
events being the offset, so that an ageing population is no rise (Fay MP, Tiwari RC, Feuer EJ, Zou Z. Estimating average
annual percent change for disease rates without assuming constant change. Biometrics 2006;62:847-854, the Poisson model
with one segment). Where counts vary more than Poisson's, the error is widened by Pearson's dispersion (McCullagh P,
Nelder JA, Generalized Linear Models, 2nd ed., 1989, section 6.2.3). One slope assumes a constant change; breaks are not
sought.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from features.errors import InvalidInputError
from models.area.rates import LEVEL, Estimate, Estimates, Floats

LEAST_PERIODS, LEAST_EVENTS = 5, 10
STEPS = 100
LONGEST_STEP = 5.0  # of the slope times half the time; keeps the first steps of sparse series from overshooting


def percent_changes(periods: ArrayLike, events: ArrayLike, expected: ArrayLike, level: float = LEVEL) -> Estimates:
    """Return the change of each series in percent a unit of `periods`.

    Parameters
    ----------
    periods : array (k,)
        When each period was, for instance the year.
    events, expected : array (..., k)
        By period along the last axis; `expected` is what constant rates would have given (or simply the person-years).

    Returns
    -------
    Estimates
        Arrays (...,): NaN with fewer than five periods in which something was expected, or fewer than ten events.

    Raises
    ------
    InvalidInputError
        If the shapes do not fit, or events happened in a period in which none could.
    """
    y, e = np.asarray(events, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    x = np.asarray(list(periods) if isinstance(periods, range) else periods, dtype=np.float64)
    if y.shape != e.shape or x.shape != y.shape[-1:]:
        raise InvalidInputError(f"{x.shape} periods, {y.shape} counts, {e.shape} expected: give one each a period.")
    if np.any(y[~(e > 0)] > 0):
        raise InvalidInputError(
            "There are events in a period in which none were expected. Check how both were counted."
        )
    seen = e > 0
    number, count = seen.sum(axis=-1), y.sum(axis=-1)
    told = (number >= LEAST_PERIODS) & (count >= LEAST_EVENTS)
    slope, reach = (np.full(told.shape, np.nan) for _ in range(2))
    if told.any():
        slope[told], reach[told] = _fit(x, y[told], e[told], seen[told], level)
    return Estimates(*(100 * np.expm1(s) for s in (slope, slope - reach, slope + reach)))


def percent_change(periods: ArrayLike, events: ArrayLike, expected: ArrayLike, level: float = LEVEL) -> Estimate:
    """Return the change of one series, as `percent_changes` does of many.

    >>> round(percent_change(range(6), [100, 110, 121, 133.1, 146.41, 161.051], [1] * 6).value, 6)
    10.0
    """
    found = percent_changes(periods, events, expected, level)
    return Estimate(float(found.value), float(found.low), float(found.high))


def _fit(x: Floats, y: Floats, e: Floats, seen: NDArray[np.bool_], level: float) -> tuple[Floats, Floats]:
    """Return slope and half the width of its interval on the log scale, both (series,), of series (series, k)."""
    number = seen.sum(axis=1)
    middle = np.where(seen, x, 0.0).sum(axis=1) / number
    t = np.where(seen, x - middle[:, None], 0.0)
    longest = LONGEST_STEP / np.abs(t).max(axis=1)
    level_, slope = np.log(y.sum(axis=1) / e.sum(axis=1)), np.zeros(len(y))
    for _ in range(STEPS):  # Newton's method: the likelihood is concave
        mean = e * np.exp(level_[:, None] + slope[:, None] * t)
        rest = y - mean
        s0, s1, s2 = mean.sum(axis=1), (mean * t).sum(axis=1), (mean * t * t).sum(axis=1)
        g0, g1 = rest.sum(axis=1), (rest * t).sum(axis=1)
        determinant = s0 * s2 - s1 * s1
        step = np.clip((s0 * g1 - s1 * g0) / determinant, -longest, longest)
        slope = slope + step
        # Given the slope the level is known: what is expected in all adds up to what was seen.
        level_ = np.log(y.sum(axis=1) / (e * np.exp(slope[:, None] * t)).sum(axis=1))
        if np.abs(step / longest).max() < 1e-12:
            break
    mean = e * np.exp(level_[:, None] + slope[:, None] * t)
    s0, s1, s2 = mean.sum(axis=1), (mean * t).sum(axis=1), (mean * t * t).sum(axis=1)
    squares = np.divide((y - mean) ** 2, mean, out=np.zeros_like(mean), where=mean > 0)
    dispersion = np.maximum(squares.sum(axis=1) / (number - 2), 1.0)
    error = np.sqrt(dispersion * s0 / (s0 * s2 - s1 * s1))
    return slope, stdtrit(number - 2, 0.5 + level / 2) * error
