"""Rates of events in person-time, with intervals: counts, crude rates, directly standardised rates, proportions.

References
----------
Garwood F. Fiducial limits for the Poisson distribution. Biometrika 1936;28:437-442: the exact interval.

Breslow NE, Day NE. Statistical Methods in Cancer Research, vol. II. IARC 1987, section 2.3: Byar's approximation.
Eayres D. Commonly used public health statistics and their confidence intervals. APHO Technical Briefing 3, 2008: it
is used from ten events on, the exact interval below.

Fay MP, Feuer EJ. Confidence intervals for directly standardized rates: a method based on the gamma distribution.
Statistics in Medicine 1997;16:791-801.

Wilson EB. Probable inference, the law of succession, and statistical inference. JASA 1927;22:209-212.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv, ndtri

from features.errors import InvalidInputError

PER = 100_000.0
LEVEL = 0.95
EXACT_BELOW = 10  # events
NOTHING = 1e-6  # events; the lower limit of so few is zero to more digits than are kept
# Morris JK, Tan J, Fryers P, Bestwick J. Evaluation of stability of directly standardized rates for sparse data using
# simulation methods. Population Health Metrics 2018;16:19: with fewer events a standardised rate should not be given.
STANDARDISED_FROM = 10


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval; NaN where there is nothing to tell it from."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Estimate:
        """Return the figure in another unit."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor)


UNKNOWN = Estimate(float("nan"), float("nan"), float("nan"))


def poisson_interval(events: float, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of an expected count of which `events` were seen: exact below ten, Byar's from ten on.

    Counts that are not whole (sums of shares of events) are allowed.

    Raises
    ------
    InvalidInputError
        If the count is negative.

    >>> tuple(round(limit, 2) for limit in poisson_interval(0))
    (0.0, 3.69)
    >>> tuple(round(limit, 1) for limit in poisson_interval(65))
    (50.2, 82.8)
    """
    if not events >= 0:
        raise InvalidInputError(f"A count cannot be {events}: give zero or more events.")
    tail = (1 - level) / 2
    if events < EXACT_BELOW:
        low = float(gammaincinv(events, tail)) if events > NOTHING else 0.0
        return low, float(gammaincinv(events + 1, 1 - tail))
    z = float(ndtri(1 - tail))
    low = events * (1 - 1 / (9 * events) - z / (3 * np.sqrt(events))) ** 3
    above = events + 1
    return float(low), float(above * (1 - 1 / (9 * above) + z / (3 * np.sqrt(above))) ** 3)


def crude_rate(events: float, person_years: float, per: float = PER, level: float = LEVEL) -> Estimate:
    """Return events per `per` person-years."""
    if not person_years > 0:
        return UNKNOWN
    low, high = poisson_interval(events, level)
    return Estimate(float(events), low, high).times(per / float(person_years))


def standardised_rate(
    events: ArrayLike, person_years: ArrayLike, weights: ArrayLike, per: float = PER, level: float = LEVEL
) -> Estimate:
    """Return the directly standardised rate per `per` person-years, with the interval of Fay and Feuer.

    Parameters
    ----------
    events, person_years, weights : array (k,)
        By age group; weights are people of the standard population, in any unit. Groups in which nobody was
        observed are left out, and the weights of the others are raised to make up for them.

    Raises
    ------
    InvalidInputError
        If the three differ in length, or events happened where nobody was observed.
    """
    x, n, w = (np.asarray(array, dtype=np.float64) for array in (events, person_years, weights))
    if not x.shape == n.shape == w.shape:
        raise InvalidInputError(f"{x.shape} events, {n.shape} person-years, {w.shape} weights: give one each a group.")
    seen = n > 0
    if np.any(x[~seen] > 0):
        raise InvalidInputError("There are events in a group without person-years. Check how both were counted.")
    if not seen.any():
        return UNKNOWN
    share = w[seen] / w[seen].sum() / n[seen]
    rate, variance, largest = float(share @ x[seen]), float(share**2 @ x[seen]), float(share.max())
    tail = (1 - level) / 2
    low = float(gammaincinv(rate**2 / variance, tail)) * variance / rate if rate > 0 else 0.0
    above, spread = rate + largest, variance + largest**2
    high = float(gammaincinv(above**2 / spread, 1 - tail)) * spread / above
    return Estimate(rate, low, high).times(per)


def proportion(count: float, people: float, level: float = LEVEL) -> Estimate:
    """Return a share of people (0..1) with Wilson's interval.

    >>> half = proportion(5, 10)
    >>> round(half.low, 4), round(half.high, 4)
    (0.2366, 0.7634)
    """
    if not people > 0:
        return UNKNOWN
    z2 = float(ndtri(0.5 + level / 2)) ** 2
    share = float(count) / float(people)
    middle = (share + z2 / (2 * people)) / (1 + z2 / people)
    half = np.sqrt(z2) / (1 + z2 / people) * np.sqrt(share * (1 - share) / people + z2 / (4 * people**2))
    return Estimate(share, max(float(middle - half), 0.0), min(float(middle + half), 1.0))


def expected_events(events: NDArray[np.float64], person_years: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the events that each period would have had at the rates of all periods together (indirect standard).

    Parameters
    ----------
    events, person_years : array (periods, groups)

    Returns
    -------
    array (periods,)
    """
    people = person_years.sum(axis=0)
    rates = np.divide(events.sum(axis=0), people, out=np.zeros_like(people), where=people > 0)
    return np.asarray(person_years @ rates)
