"""Observed risk where people may die of something else first: the Aalen-Johansen cumulative incidence.

References
----------
Aalen OO, Johansen S. An empirical transition matrix for non-homogeneous Markov chains based on censored
observations. Scandinavian Journal of Statistics 1978;5:141-150.

Dinse GE, Larson MG. A note on semi-Markov models for partially censored data. Biometrika 1986;73:379-386: the
variance by the delta method. Collett D. Modelling Survival Data in Medical Research, 3rd ed., CRC 2015,
chapter on competing risks: the same, and the interval by the log(-log) transformation.

Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case of the binomial.
Biometrika 1934;26:404-413: the interval where no event, or nothing but events, was seen.

Kish L. Survey Sampling. Wiley 1965: the effective sample size (sum of weights)^2 / (sum of squared weights).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from features.compiled import compiled
from training.metrics.censoring import require_reached, tail_sums
from training.metrics.followup import CENSORED, EVENT, Floats, FollowUp

LEVEL = 0.95
"""Coverage of every interval in this package unless another is asked for."""


@dataclass(frozen=True)
class Incidence:
    """A cumulative incidence at one moment, as a share (0..1), with its interval."""

    estimate: float
    variance: float
    """Of `estimate`."""
    low: float
    high: float


@dataclass(frozen=True)
class IncidenceCurve:
    """A cumulative incidence as a right-continuous step function; all float64 (k,)."""

    times: Floats
    """Distinct observed times in years, ascending."""
    at_risk: Floats
    """Rows (sum of weights) still under observation just before each time."""
    incidence: Floats
    """P(event by that time), 0..1."""
    survival: Floats
    """P(neither event nor competing death by that time), 0..1."""
    variance: Floats
    """Of `incidence`."""
    low: Floats
    high: Floats


def cumulative_incidence(
    time: ArrayLike, status: ArrayLike, horizon: float, weights: ArrayLike | None = None, level: float = LEVEL
) -> Incidence:
    """Aalen-Johansen estimate of P(event by `horizon`), competing deaths being no events.

    Parameters
    ----------
    time, status
        Follow-up in years, and 0 censored, 1 event, 2 competing death; both (n,).
    horizon
        Years from the index date.
    weights
        Sampling weights (n,). The interval then takes Kish's effective sample size for the number of rows.
    level
        Coverage of the interval, by log(-log); rows are taken as independent (for several index dates a
        person, use :func:`training.metrics.bootstrap.bootstrap_interval`). With no event at all it is Clopper
        and Pearson's interval for none among those still at risk at the horizon.

    Raises
    ------
    InvalidInputError
        If nobody is followed to the horizon and the last to leave were censored.

    Examples
    --------
    >>> cumulative_incidence([1, 2, 3, 4, 5], [1, 2, 0, 1, 0], horizon=4.5).estimate
    0.5
    """
    followup = FollowUp.of(time, status, horizon, weights)
    result = incidence_interval(followup, level)
    require_reached(followup, np.array([result.estimate]))
    return result


def incidence_curve(
    time: ArrayLike, status: ArrayLike, weights: ArrayLike | None = None, level: float = LEVEL
) -> IncidenceCurve:
    """Aalen-Johansen estimate of P(event by t) at every observed time; see :func:`cumulative_incidence`."""
    followup = effective(FollowUp.of(time, status, 1.0, weights))
    times, at_risk, incidence, survival, variance, left = _aalen_johansen(
        followup.time, followup.status, followup.weights, np.inf
    )
    low, high = log_log_interval(incidence, variance, left, float(followup.weights.sum()), level)
    scale = _mean_weight(weights)
    return IncidenceCurve(times, at_risk * scale, incidence, survival, variance, low, high)


def observed_risk(followup: FollowUp) -> float:
    """Return the estimate of :func:`cumulative_incidence` alone; NaN if the horizon is out of reach."""
    _, _, incidence, survival, _, left = _aalen_johansen(
        followup.time, followup.status, followup.weights, followup.horizon
    )
    return _at_horizon(followup, incidence, survival, left)[0]


def incidence_interval(followup: FollowUp, level: float = LEVEL) -> Incidence:
    """Return the result of :func:`cumulative_incidence`; NaN throughout if the horizon is out of reach."""
    followup = effective(followup)
    _, _, incidence, survival, variances, left = _aalen_johansen(
        followup.time, followup.status, followup.weights, followup.horizon
    )
    estimate, remaining = _at_horizon(followup, incidence, survival, left)
    variance = float(variances[-1]) if len(variances) else 0.0
    if np.isnan(estimate):
        return Incidence(np.nan, np.nan, np.nan, np.nan)
    low, high = log_log_interval(
        np.array([estimate]),
        np.array([variance]),
        np.array([remaining]),
        float(followup.weights.sum()),
        level,
    )
    return Incidence(estimate, variance, float(low[0]), float(high[0]))


def effective(followup: FollowUp) -> FollowUp:
    """Scale the weights so that they sum to Kish's effective sample size; equal weights become 1."""
    weights = followup.weights
    return followup.weighing(weights * (weights.sum() / np.square(weights).sum()))


def log_log_interval(
    incidence: Floats, variance: Floats, at_risk: Floats, people: float, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Interval of an incidence, symmetric on the log(-log) scale.

    Parameters
    ----------
    incidence, variance
        Estimates in 0..1 and their variances, (k,).
    at_risk
        Rows still at risk after each time, (k,): the denominator where no event was seen yet.
    people
        Rows at the start: the denominator where everyone had the event.
    level
        Coverage, 0..1.
    """
    tail = (1.0 - level) / 2.0
    inner = (incidence > 0.0) & (incidence < 1.0)
    share = np.where(inner, incidence, 0.5)
    width = -ndtri(tail) * np.sqrt(np.maximum(variance, 0.0)) / (share * -np.log(share))
    with np.errstate(divide="ignore"):
        none_seen = 1.0 - tail ** (1.0 / at_risk)
    low = np.where(inner, share ** np.exp(width), np.where(incidence <= 0.0, 0.0, tail ** (1.0 / people)))
    high = np.where(inner, share ** np.exp(-width), np.where(incidence <= 0.0, none_seen, 1.0))
    return low, high


def _mean_weight(weights: ArrayLike | None) -> float:
    """Return what one effective row stands for."""
    if weights is None:
        return 1.0
    given = np.asarray(weights, dtype=np.float64)
    return float(np.square(given).sum() / given.sum())


def _at_horizon(followup: FollowUp, incidence: Floats, survival: Floats, left: Floats) -> tuple[float, float]:
    """Return the incidence at the horizon and the weight still under observation after the last step."""
    if len(incidence) == 0:
        return 0.0, float(followup.weights.sum())
    reached = followup.weights[followup.time >= followup.horizon].sum() > 0.0 or survival[-1] == 0.0
    return (float(incidence[-1]) if reached else np.nan), float(left[-1])


@compiled
def _aalen_johansen(
    time: NDArray[np.float64], status: NDArray[np.int8], weight: NDArray[np.float64], until: float
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]:
    """Walk once through rows in ascending time, up to and including `until`.

    Returns the distinct times, and for each: weight at risk before it, incidence, event-free survival,
    variance of the incidence, weight left after it.

    The variance at t is a sum over earlier times u of terms in (F(t) - F(u))^2 and F(t) - F(u). Its powers of
    F(u) are accumulated, so that one walk gives it for every t.
    """
    rows = len(time)
    tail = tail_sums(weight)
    times, at_risk, incidence = np.empty(rows), np.empty(rows), np.empty(rows)
    survival, variance, left = np.empty(rows), np.empty(rows), np.empty(rows)
    event_free, risk = 1.0, 0.0
    greenwood, greenwood_1, greenwood_2 = 0.0, 0.0, 0.0  # sums of d / (Y (Y - d)) times F^0, F^1, F^2
    own, cross, cross_1 = 0.0, 0.0, 0.0
    groups, start = 0, 0
    while start < rows and time[start] <= until:
        end = start
        events, deaths, censored = 0.0, 0.0, 0.0
        while end < rows and time[end] == time[start]:
            if status[end] == CENSORED:
                censored += weight[end]
            elif status[end] == EVENT:
                events += weight[end]
            else:
                deaths += weight[end]
            end += 1
        leaving = events + deaths
        staying = tail[end] + censored
        present = staying + leaving
        if leaving > 0.0:
            risk += event_free * events / present
            own += event_free**2 * events * (present - events) / present**3
            term = event_free * events / present**2
            cross += term
            cross_1 += term * risk
            # If nobody stays, F never moves again, and the difference that this term multiplies is zero.
            if staying > 0.0:
                term = leaving / (present * staying)
                greenwood += term
                greenwood_1 += term * risk
                greenwood_2 += term * risk**2
            event_free *= staying / present
        times[groups], at_risk[groups], left[groups] = time[start], present, tail[end]
        incidence[groups], survival[groups] = risk, event_free
        squares = risk**2 * greenwood - 2.0 * risk * greenwood_1 + greenwood_2
        variance[groups] = max(squares + own - 2.0 * (risk * cross - cross_1), 0.0)
        groups += 1
        start = end
    return (
        times[:groups],
        at_risk[:groups],
        incidence[:groups],
        survival[:groups],
        variance[:groups],
        left[:groups],
    )
