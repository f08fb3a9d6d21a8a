"""Rates of events in person-time, with intervals: counts, crude and standardised rates and ratios, proportions.

References
----------
Garwood F. Fiducial limits for the Poisson distribution. Biometrika 1936;28:437-442: the exact interval.

Breslow NE, Day NE. Statistical Methods in Cancer Research, vol. II. IARC 1987, section 2.3: Byar's approximation.
Eayres D. Commonly used public health statistics and their confidence intervals. APHO Technical Briefing 3, 2008: it
is used from ten events on, the exact interval below.

Fay MP, Feuer EJ. Confidence intervals for directly standardized rates: a method based on the gamma distribution.
Statistics in Medicine 1997;16:791-801.

Dobson AJ, Kuulasmaa K, Eberle E, Scherer J. Confidence intervals for weighted sums of Poisson parameters. Statistics in
Medicine 1991;10:457-462: the interval of a count, moved and stretched to the weighted sum.

Wilson EB. Probable inference, the law of succession, and statistical inference. JASA 1927;22:209-212.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv, ndtri

from features.errors import InvalidInputError

Floats = NDArray[np.float64]

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


@dataclass(frozen=True)
class Estimates:
    """Figures of many areas with their intervals, arrays of one shape; NaN where there is nothing to tell one from."""

    value: Floats
    low: Floats
    high: Floats


UNKNOWN = Estimate(float("nan"), float("nan"), float("nan"))


def poisson_limits(events: ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the limits of expected counts of which `events` were seen: exact below ten, Byar's from ten on.

    Counts that are not whole (sums of shares of events) are allowed.

    Parameters
    ----------
    events : array of any shape

    Returns
    -------
    low, high : array of that shape

    Raises
    ------
    InvalidInputError
        If a count is negative or missing.

    >>> low, high = poisson_limits([0, 65])
    >>> low.round(1).tolist(), high.round(1).tolist()
    ([0.0, 50.2], [3.7, 82.8])
    """
    seen = np.asarray(events, dtype=np.float64)
    if not np.all(seen >= 0):
        raise InvalidInputError(f"A count cannot be {seen[~(seen >= 0)][0]}: give zero or more events.")
    tail = (1 - level) / 2
    z = float(ndtri(1 - tail))
    few = seen < EXACT_BELOW
    little, many = np.where(few, seen, 0.0), np.where(few, EXACT_BELOW, seen)
    exact_low = np.where(little > NOTHING, gammaincinv(np.maximum(little, NOTHING), tail), 0.0)
    low = many * (1 - 1 / (9 * many) - z / (3 * np.sqrt(many))) ** 3
    above = many + 1
    high = above * (1 - 1 / (9 * above) + z / (3 * np.sqrt(above))) ** 3
    return np.where(few, exact_low, low), np.where(few, gammaincinv(little + 1, 1 - tail), high)


def poisson_interval(events: float, level: float = LEVEL) -> tuple[float, float]:
    """Return the limits of one count, as `poisson_limits` gives them.

    >>> tuple(round(limit, 1) for limit in poisson_interval(65))
    (50.2, 82.8)
    """
    low, high = poisson_limits(events, level)
    return float(low), float(high)


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


def standardised_rates(
    events: ArrayLike, person_years: ArrayLike, weights: ArrayLike, per: float = PER, level: float = LEVEL
) -> Estimates:
    """Return directly standardised rates of many areas at once, with the interval of Dobson.

    Public health offices print these; for one rate that hangs on few events `standardised_rate` is the safer choice,
    because Dobson's interval takes the weights of the events that did not happen for those of the events that did.

    Parameters
    ----------
    events, person_years : array (..., k)
        By age group along the last axis.
    weights : array (k,)
        People of the standard population, in any unit. Groups in which nobody was observed are left out, and the
        weights of the others are raised to make up for them.

    Returns
    -------
    Estimates
        Arrays (...,): NaN where nobody was observed. With no event at all the rate is 0 and the upper limit is that of
        the crude rate, because nothing says how to weigh what did not happen.

    Raises
    ------
    InvalidInputError
        If the shapes do not fit, or events happened where nobody was observed.
    """
    x, n, w = (np.asarray(array, dtype=np.float64) for array in (events, person_years, weights))
    if x.shape != n.shape or w.shape != x.shape[-1:]:
        raise InvalidInputError(f"{x.shape} events, {n.shape} person-years, {w.shape} weights: give one each a group.")
    seen = n > 0
    if np.any(x[~seen] > 0):
        raise InvalidInputError("There are events in a group without person-years. Check how both were counted.")
    weighed = np.where(seen, w, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(seen, weighed / weighed.sum(axis=-1, keepdims=True) / n, 0.0)
        count, whole = x.sum(axis=-1), n.sum(axis=-1)
        rate, variance = (share * x).sum(axis=-1), (share**2 * x).sum(axis=-1)
        stretch = np.where(count > 0, np.sqrt(variance / np.maximum(count, NOTHING)), 1 / whole)
    low, high = poisson_limits(count, level)
    known = seen.any(axis=-1)
    stretch = np.where(known, stretch, 0.0)
    figures = (rate, rate + stretch * (low - count), rate + stretch * (high - count))
    return Estimates(*(np.where(known, figure * per, np.nan) for figure in figures))


def crude_rates(events: ArrayLike, person_years: ArrayLike, per: float = PER, level: float = LEVEL) -> Estimates:
    """Return events per `per` person-years of many areas at once; NaN where there are none of these.

    Divided by expected events and with `per` of 1 it is the indirectly standardised ratio: see `standardised_ratios`.
    """
    years = np.asarray(person_years, dtype=np.float64)
    count = np.asarray(events, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(years > 0, per / years, np.nan)
        return Estimates(*(figure * factor for figure in (count, *poisson_limits(count, level))))


def standardised_ratios(events: ArrayLike, expected: ArrayLike, level: float = LEVEL) -> Estimates:
    """Return indirectly standardised ratios: events over those that the standard's rates would have given.

    The expected events are taken as known (Breslow and Day 1987, section 2.3); NaN where none were expected.

    Parameters
    ----------
    events, expected : array of one shape
        `expected` as `expected_events` gives it, or from rates of elsewhere.

    >>> ratio = standardised_ratios([20], [10.0])
    >>> ratio.value.tolist(), ratio.low.round(2).tolist(), ratio.high.round(2).tolist()
    ([2.0], [1.22], [3.09])
    """
    return crude_rates(events, expected, 1.0, level)


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


def proportions(counts: Floats, people: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the limits of shares of people of many areas, as `proportion` gives them; NaN where one is not known."""
    found = [
        proportion(min(count, whole), whole, level) if np.isfinite(count) else UNKNOWN
        for count, whole in zip(counts, people, strict=True)
    ]
    return np.array([one.low for one in found]), np.array([one.high for one in found])


def expected_events(events: Floats, person_years: Floats) -> Floats:
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
