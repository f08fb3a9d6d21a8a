"""Ratios of observed to expected cases where some counts are known to lie between two numbers only.

Disclosure control leaves of a count that it was 1 to 7, or between 8 and 12. Taking the first for nothing makes every
area of small cells look healthy; instead the likelihood of what *is* known is maximised. The cells of an area are
Poisson counts of mean ratio times expected, with one ratio for all of them. Nothing enters but bounds and what was
expected, so the answer tells no more than they do.

Dempster AP, Laird NM, Rubin DB. Maximum likelihood from incomplete data via the EM algorithm. JRSS B 1977;39:1-38: at
the maximum the cases expected given the bounds add up to the ratio times those expected without them. Sundberg R.
Maximum likelihood theory for incomplete data from an exponential family. Scandinavian Journal of Statistics
1974;1:49-58, and Louis TA. Finding the observed information matrix when using the EM algorithm. JRSS B 1982;44:226-233:
the information on the logarithm of the ratio is that of complete counts, their number, less the variance that the
bounds leave to them. It is called the effective cases here: so many cases counted exactly would say as much, and
intervals, smoothing and scans that are made for counts take them in place of counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from features.errors import InvalidInputError
from models.area.rates import Floats

STEPS, CLOSE = 100, 1e-10  # of the logarithm of a ratio


@dataclass(frozen=True)
class BoundedRatios:
    """Arrays (areas,); NaN where an area has no cell.

    Attributes
    ----------
    ratio
        Of highest likelihood.
    expected
        Cases expected in the cells; times `ratio` it is the number of cases that is expected given the bounds.
    least, most
        Cases that the bounds allow.
    cases, weight
        Effective cases, and their number divided by the ratio: what they would have to be expected to be.
    """

    ratio: Floats
    expected: Floats
    least: Floats
    most: Floats
    cases: Floats
    weight: Floats


def bounded_ratios(low: ArrayLike, high: ArrayLike, expected: ArrayLike, area: ArrayLike, areas: int) -> BoundedRatios:
    """Return the ratio of each area to what was expected in its cells.

    Parameters
    ----------
    low, high : array (cells,)
        Whole numbers between which each count lies, both included; the same number twice if it is known.
    expected : array (cells,)
        Cases, above zero.
    area : array (cells,)
        Position of each cell's area, 0 to `areas` - 1.

    Raises
    ------
    InvalidInputError
        If bounds are negative or crossed, or a cell expects nothing.

    >>> known = bounded_ratios([12], [12], [10.0], [0], 1)
    >>> known.ratio.round(3).tolist(), known.cases.tolist(), known.weight.tolist()
    ([1.2], [12.0], [10.0])
    >>> rounded = bounded_ratios([8], [12], [10.0], [0], 1)
    >>> rounded.ratio.round(2).tolist(), rounded.cases.round(1).tolist()
    ([0.99], [8.0])
    """
    least, most, mean = (np.asarray(array, dtype=np.float64) for array in (low, high, expected))
    place = np.asarray(area, dtype=np.int64)
    if np.any(least < 0) or np.any(most < least):
        raise InvalidInputError("A count lies between a lower and a higher number of zero or more: check the bounds.")
    if not np.all((mean > 0) & np.isfinite(mean)):
        raise InvalidInputError("Each cell must expect some cases. Leave the others out.")

    def by_area(cells: Floats) -> Floats:
        return np.bincount(place, cells, areas).astype(np.float64)

    whole, bottom, top = by_area(mean), by_area(least), by_area(most)
    some = whole > 0
    ratio = np.where(some, 0.0, np.nan)
    information = np.zeros(areas)
    # A ratio can be found where a case is certain; where the bounds allow none, it is zero.
    open_ = some & (top > 0)
    if open_.any():
        counts, values = _possible(least, most)
        ratio, information = _maximum(counts, values, mean, place, (whole, bottom, top), open_)
    weight = np.divide(information, ratio, out=whole.copy(), where=open_ & (ratio > 0))
    unknown = np.where(some, 0.0, np.nan)
    return BoundedRatios(ratio, whole + unknown, bottom, top, information + unknown, weight + unknown)


def _possible(least: Floats, most: Floats) -> tuple[Floats, Floats]:
    """Return the numbers that each count may be, (cells, widest), and minus the logarithm of their factorials."""
    counts = least[:, None] + np.arange(int((most - least).max()) + 1)
    return counts, np.where(counts <= most[:, None], -gammaln(counts + 1), -np.inf)


def _maximum(
    counts: Floats,
    values: Floats,
    mean: Floats,
    place: NDArray[np.int64],
    sums: tuple[Floats, Floats, Floats],
    open_: NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """Return ratio and information of each area, by Newton's steps on the logarithm, halved back into the bracket.

    The cases expected given the bounds lie within them, so the ratio lies between the least and the most cases over
    those expected; the score falls throughout, because a count within bounds varies less than a free one.
    """
    whole, bottom, top = sums
    areas = len(whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        # where no case is certain the bracket begins far below one case
        left = np.where(open_, np.log(np.maximum(bottom, 1e-6) / whole), 0.0)
        right = np.where(open_, np.log(top / whole), 0.0)
    at = (left + right) / 2
    information = np.zeros(areas)
    for _ in range(STEPS):
        given, spread = _moments(counts, values, mean * np.exp(at)[place])
        fitted = np.exp(at) * whole
        score = np.bincount(place, given, areas) - fitted
        information = np.maximum(fitted - np.bincount(place, spread, areas), 0.0)
        left, right = np.where(score > 0, at, left), np.where(score > 0, right, at)
        step = at + score / np.maximum(information, 1e-12)
        following = np.where((step > left) & (step < right), step, (left + right) / 2)
        moved = np.abs(following - at)[open_].max()
        at = following
        if moved < CLOSE:
            break
    some = whole > 0
    return np.where(open_, np.exp(at), np.where(some, 0.0, np.nan)), np.where(open_, information, 0.0)


def _moments(counts: Floats, values: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of Poisson counts given their bounds, (cells,) each."""
    logs = counts * np.log(mean)[:, None] + values
    weight = np.exp(logs - logs.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    first = (weight * counts).sum(axis=1)
    return first, (weight * (counts - first[:, None]) ** 2).sum(axis=1)
