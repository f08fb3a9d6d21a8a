"""Rates of small areas, drawn together by how little each can say for itself: towards all areas, or the neighbours.

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
from numpy.typing import ArrayLike
from scipy.special import gammaincc, gammaincinv

from features.errors import InvalidInputError
from models.area.neighbours import Neighbours
from models.area.rates import LEVEL, Floats


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
    shape, rate
        Of the gamma distribution that is left of each risk; infinite where the variance is zero.
    """

    raw: Floats
    risk: Floats
    low: Floats
    high: Floats
    above: Floats
    mean: float
    variance: float
    shape: Floats
    rate: Floats

    def exceedance(self, threshold: float) -> Floats:
        """Return the probability that each risk is above `threshold`, 0..1."""
        return _exceedance(self.shape, self.rate, self.risk, threshold)


@dataclass(frozen=True)
class LocalRisks:
    """Relative risks drawn towards those of the neighbourhood; arrays (areas,).

    There is no interval: the variance of a handful of areas is itself mostly chance. `models.area.bym2` has one.

    Attributes
    ----------
    raw
        Observed over expected cases.
    risk
        Drawn towards the mean of the neighbourhood.
    mean, variance
        Of the true risks in the neighbourhood, estimated.
    """

    raw: Floats
    risk: Floats
    mean: Floats
    variance: Floats


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
    y, e = _checked(cases, expected)
    raw = y / e
    mean = float(y.sum() / e.sum())
    variance = max(float((e * (raw - mean) ** 2).sum() / e.sum() - mean / e.mean()), 0.0)
    shape, rate, risk, low, high = _posterior(y, e, np.full(len(y), mean), np.full(len(y), variance), level)
    return ShrunkRisks(raw, risk, low, high, _exceedance(shape, rate, risk, mean), mean, variance, shape, rate)


def shrink_to_neighbours(cases: ArrayLike, expected: ArrayLike, neighbours: Neighbours) -> LocalRisks:
    """Return relative risks by empirical Bayes in which each area is drawn to the mean of itself and its neighbours.

    Marshall's local estimator as R's spdep computes it: the moments are those of the neighbourhood, in which each area
    is measured from the mean of its own neighbourhood.

    Parameters
    ----------
    cases, expected : array (areas,)
    """
    y, e = _checked(cases, expected)
    near = neighbours.with_self()
    events, weight = near @ y, near @ e
    raw, mean = y / e, events / weight
    spread = near @ (e * (raw - mean) ** 2) / weight
    by_chance = mean / (weight / near.sum(axis=1))
    variance = np.maximum(spread - by_chance, 0.0)
    with np.errstate(invalid="ignore"):
        weight_of_own = np.where(variance > 0, variance / (variance + mean / e), 0.0)
    return LocalRisks(raw, mean + weight_of_own * (raw - mean), mean, variance)


def _checked(cases: ArrayLike, expected: ArrayLike) -> tuple[Floats, Floats]:
    y, e = np.asarray(cases, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if y.shape != e.shape or y.ndim != 1:
        raise InvalidInputError(f"{y.shape} counts and {e.shape} expected: give one each an area.")
    if not np.all(e > 0) or y.sum() <= 0:
        raise InvalidInputError("Each area must expect some cases, and there must be at least one. Use larger areas.")
    return y, e


def _posterior(y: Floats, e: Floats, mean: Floats, variance: Floats, level: float) -> tuple[Floats, ...]:
    """Return shape and rate of the gamma distribution of each risk, its mean and its limits."""
    differs = variance > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = np.where(differs, mean**2 / variance + y, np.inf)
        rate = np.where(differs, mean / variance + e, np.inf)
        risk = np.where(differs, shape / rate, mean)
    tail = (1 - level) / 2
    limits = (
        np.where(differs, gammaincinv(np.where(differs, shape, 1.0), q) / np.where(differs, rate, 1.0), risk)
        for q in (tail, 1 - tail)
    )
    return shape, rate, risk, *limits


def _exceedance(shape: Floats, rate: Floats, risk: Floats, threshold: float) -> Floats:
    known = np.isfinite(shape)
    certain = np.where(risk == threshold, 0.5, risk > threshold)
    finite_shape, finite_rate = np.where(known, shape, 1.0), np.where(known, rate, 1.0)
    return np.where(known, gammaincc(finite_shape, finite_rate * threshold), certain)
