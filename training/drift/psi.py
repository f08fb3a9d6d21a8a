"""The population stability index: how far two distributions lie apart, in one number.

PSI = sum over the groups of (q - p) * ln(q / p), p and q being the shares of the reference and of the people of now.
It is the symmetric divergence of Jeffreys (Proc R Soc A 1946;186:453). How it is read goes back to credit scoring:
below 0.1 no change to speak of, up to 0.25 some, above a large one (Siddiqi, Credit Risk Scorecards, Wiley 2006).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.errors import InvalidInputError
from training.drift.grid import Counts

MODERATE, LARGE = 0.1, 0.25
"""From here on a shift is moderate or large (Siddiqi 2006)."""

GROUPS = 10
"""Groups of about equal reference counts (Siddiqi 2006 takes tenths)."""

FEW = 20
"""A column with no more reference values than these is compared value by value (our choice: Evidently's, too)."""

EMPTY = 0.0001
"""Share that stands for an empty group, whose logarithm would be infinite (our choice: Evidently's, too)."""

CHANCE = 0.999
"""A PSI that chance alone stays below so often is nothing to act on (our choice: dozens of columns a week)."""


def psi(reference: ArrayLike, current: ArrayLike) -> float:
    """Return the PSI of counts by group.

    Parameters
    ----------
    reference, current
        Counts (g,), those of the same group at the same place; a group that is empty in both is passed over.

    Returns
    -------
    float
        0 for equal shares; never negative; the same if both change places; NaN if one of them counts nobody.

    Raises
    ------
    InvalidInputError
        If they differ in length.

    >>> round(psi([50, 30, 20], [40, 30, 30]), 4)  # 0.1 * ln(5/4) + 0 + 0.1 * ln(3/2)
    0.0629
    """
    then, now = _shares(reference, current)
    if not len(then):
        return float("nan")
    return float(np.sum((now - then) * np.log(now / then)))


def psi_by_chance(groups: int, reference: int, current: int, level: float = CHANCE) -> float:
    """Return the PSI that two samples of the same people stay below with probability `level`.

    Then PSI / (1/n + 1/m) follows a chi-squared distribution with one degree of freedom less than there are groups
    (Yurdakul and Naranjo, Journal of Risk Model Validation 2020;14(4)), n and m being the numbers of people.

    >>> round(psi_by_chance(10, 100_000, 500), 3)
    0.056
    """
    from scipy.stats import chi2

    if groups < 2 or not reference or not current:
        return 0.0
    return float(chi2.ppf(level, groups - 1)) * (1 / reference + 1 / current)


def grouped(reference: Counts, current: Counts) -> tuple[Counts, Counts]:
    """Join the cells of a grid (see `training.drift.grid`) into groups for the PSI.

    Parameters
    ----------
    reference, current
        Counts (k + 2,), the last one of what is missing.

    Returns
    -------
    tuple of numpy.ndarray
        Counts (g,) each. Few-valued columns keep their cells; others get tenths of the measured reference, fewer where
        many people share a value. What is missing is a group of its own, the last.
    """
    if len(reference) <= 2 * FEW + 2:
        return reference, current
    measured = np.cumsum(reference[:-1])
    wanted = measured[-1] * np.arange(1, GROUPS) / GROUPS
    ends = np.unique(np.append(np.searchsorted(measured, wanted), len(measured) - 1))
    starts = np.concatenate([[0], ends + 1])  # the last of them is the cell of what is missing
    return np.add.reduceat(reference, starts), np.add.reduceat(current, starts)


def _shares(reference: ArrayLike, current: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    then, now = np.asarray(reference, dtype=np.float64), np.asarray(current, dtype=np.float64)
    if then.shape != now.shape or then.ndim != 1:
        raise InvalidInputError(
            f"Counts must belong to the same groups, not be of shapes {then.shape} and {now.shape}."
        )
    if not then.sum() or not now.sum():
        return np.empty(0), np.empty(0)
    there = (then > 0) | (now > 0)
    shares = [np.maximum(counts[there] / counts.sum(), EMPTY) for counts in (then, now)]
    return shares[0], shares[1]
