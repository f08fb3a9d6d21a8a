"""Rates of small areas, drawn together by how little each can say for itself.

References
----------
Clayton D, Kaldor J. Empirical Bayes estimates of age-standardized relative risks for use in disease mapping.
Biometrics 1987;43:671-681: relative risks follow a gamma distribution, cases a Poisson one.

Marshall RJ. Mapping disease and mortality rates using empirical Bayes estimators. Applied Statistics 1991;40:283-294:
the moments from which the gamma distribution is found here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc, gammaincinv

from features.errors import InvalidInputError
from models.rates import LEVEL

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ShrunkRisks:
    """Relative risks of areas against all of them together; arrays (areas,).

    Attributes
    ----------
    raw
        Observed over expected cases.
    risk, low, high
        Drawn towards the mean, with intervals.
    above
        Probability that the risk is above `mean`, 0..1.
    mean, variance
        Of the true risks between areas, estimated; with a variance of zero the areas differ by chance alone.
    """

    raw: Floats
    risk: Floats
    low: Floats
    high: Floats
    above: Floats
    mean: float
    variance: float


def shrink(cases: ArrayLike, expected: ArrayLike, level: float = LEVEL) -> ShrunkRisks:
    """Return relative risks by empirical Bayes: the fewer cases are expected, the nearer to the mean.

    Parameters
    ----------
    cases, expected : array (areas,)

    Raises
    ------
    InvalidInputError
        If the two differ in length, an area expects no case, or there is none at all.

    Notes
    -----
    Marshall's moments: mean m = sum(cases) / sum(expected); variance s2 = sum(E (raw - m)^2) / sum(E) less m / mean(E),
    never below zero. Given its cases an area's risk follows a gamma distribution of shape m^2 / s2 + cases and rate
    m / s2 + expected.
    """
    y, e = np.asarray(cases, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if y.shape != e.shape or y.ndim != 1:
        raise InvalidInputError(f"{y.shape} counts and {e.shape} expected: give one each an area.")
    if not np.all(e > 0) or y.sum() <= 0:
        raise InvalidInputError("Each area must expect some cases, and there must be at least one. Use larger areas.")
    raw = y / e
    mean = float(y.sum() / e.sum())
    variance = max(float((e * (raw - mean) ** 2).sum() / e.sum() - mean / e.mean()), 0.0)
    if variance == 0.0:
        same = np.full(len(y), mean)
        return ShrunkRisks(raw, same, same, same, np.full(len(y), 0.5), mean, 0.0)
    shape, rate = mean**2 / variance + y, mean / variance + e
    tail = (1 - level) / 2
    return ShrunkRisks(
        raw=raw,
        risk=shape / rate,
        low=np.asarray(gammaincinv(shape, tail) / rate),
        high=np.asarray(gammaincinv(shape, 1 - tail) / rate),
        above=np.asarray(1 - gammainc(shape, rate * mean)),
        mean=mean,
        variance=variance,
    )
