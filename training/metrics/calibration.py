"""Do predicted risks mean what they say? Observed against expected, slope, intercept, and by groups of risk.

References
----------
Cox DR. Two further applications of a model for binary regression. Biometrika 1958;45:562-565: recalibration
by logistic regression on logit(risk).

Van Calster B, McLernon DJ, van Smeden M, Wynants L, Steyerberg EW. Calibration: the Achilles heel of
predictive analytics. BMC Medicine 2019;17:230: slope, intercept and how to read them.

van Geloven N, Giardiello D, Bonneville EF, et al. Validation of prediction models in the presence of
competing risks: a guide through modern methods. BMJ 2022;377:e069249: observed risk by Aalen-Johansen,
weighted regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from features.errors import InvalidInputError
from training.metrics.censoring import known_weights, require_reached
from training.metrics.followup import Floats, FollowUp, Integers, probabilities
from training.metrics.incidence import LEVEL, incidence_interval
from training.metrics.logistic import fit_logistic
from training.metrics.smoothing import logit, separated, weighted_quantiles


@dataclass(frozen=True)
class ObservedExpected:
    """Observed against expected risk of a whole group."""

    observed: float
    """Aalen-Johansen cumulative incidence at the horizon, 0..1."""
    expected: float
    """Mean predicted risk, 0..1."""
    ratio: float
    """Observed / expected: above 1 the model promises too little, below 1 too much."""
    low: float
    high: float


@dataclass(frozen=True)
class Recalibration:
    """What would have to be done to logit(risk) to make the risks right."""

    slope: float
    """1 is right; below 1, high risks are too high and low ones too low (overfitting)."""
    intercept: float
    """Calibration in the large: 0 is right; log odds to add to every risk, the slope being kept at 1."""


@dataclass(frozen=True)
class CalibrationCurve:
    """Observed and expected risk by groups of predicted risk, lowest group first; all (g,)."""

    count: Integers
    """Rows in the group."""
    expected: Floats
    """Mean predicted risk, 0..1."""
    observed: Floats
    """Aalen-Johansen cumulative incidence, 0..1; NaN if nobody of the group was followed to the horizon."""
    low: Floats
    high: Floats


def observed_expected(
    time: ArrayLike,
    status: ArrayLike,
    risk: ArrayLike,
    horizon: float,
    weights: ArrayLike | None = None,
    level: float = LEVEL,
) -> ObservedExpected:
    """Observed over expected risk, with the interval of the observed risk divided by the expected one.

    Parameters
    ----------
    time, status
        Follow-up in years, and 0 censored, 1 event, 2 competing death; both (n,).
    risk
        Predicted cumulative incidence at the horizon (n,), 0..1.
    horizon
        Years from the index date.
    weights
        Sampling weights (n,).
    level
        Coverage of the interval, in which rows are taken as independent.

    Returns
    -------
    ObservedExpected
        Ratio and interval are NaN if the expected risk is 0.

    Raises
    ------
    InvalidInputError
        If nobody is followed to the horizon and the last to leave were censored, or a risk is not in 0..1.
    """
    followup = FollowUp.of(time, status, horizon, weights)
    predicted = probabilities("risk", risk, followup.rows)[followup.order]
    seen = incidence_interval(followup, level)
    require_reached(followup, np.array([seen.estimate]))
    expected = mean_risk(followup, predicted)
    scale = 1.0 / expected if expected > 0.0 else np.nan
    return ObservedExpected(seen.estimate, expected, seen.estimate * scale, seen.low * scale, seen.high * scale)


def recalibration(
    time: ArrayLike, status: ArrayLike, risk: ArrayLike, horizon: float, weights: ArrayLike | None = None
) -> Recalibration:
    """Calibration slope, and intercept at slope 1, by logistic regression weighted for censoring.

    Parameters and errors are those of :func:`observed_expected`. Risks are kept one in a million away from 0
    and 1, where a logit is not finite.

    Returns
    -------
    Recalibration
        Both NaN if nobody, or everybody, has the event; the slope also if all risks are the same, or separate
        those with and without the event perfectly.
    """
    followup = FollowUp.of(time, status, horizon, weights)
    line = logit(probabilities("risk", risk, followup.rows)[followup.order])
    known = require_reached(followup, known_weights(followup)) * followup.weights
    return Recalibration(
        slope=float(fit_slope(intercept_and_line(line), followup.outcome, known)[1]),
        intercept=float(fit_intercept(line, followup.outcome, known)[0]),
    )


def calibration_curve(
    time: ArrayLike,
    status: ArrayLike,
    risk: ArrayLike,
    horizon: float,
    weights: ArrayLike | None = None,
    *,
    groups: int = 10,
    level: float = LEVEL,
) -> CalibrationCurve:
    """Observed (Aalen-Johansen) against mean predicted risk, by groups of equal size (deciles unless told).

    Parameters and errors are those of :func:`observed_expected`. Rows of the same risk always share a group,
    so there are fewer groups where many risks are equal.
    """
    if groups < 1:
        raise InvalidInputError(f"groups must be at least 1, not {groups}.")
    followup = FollowUp.of(time, status, horizon, weights)
    predicted = probabilities("risk", risk, followup.rows)[followup.order]
    require_reached(followup, known_weights(followup))
    edges = weighted_quantiles(predicted, followup.weights, np.arange(1, groups) / groups)
    members = np.searchsorted(np.unique(edges), predicted, side="left")
    parts = []
    for group in np.unique(members[followup.weights > 0]):
        rows = members == group
        part = FollowUp(
            followup.time[rows],
            followup.status[rows],
            followup.weights[rows],
            followup.horizon,
            np.arange(int(rows.sum())),
        )
        seen = incidence_interval(part, level)
        parts.append((part.rows, mean_risk(part, predicted[rows]), seen.estimate, seen.low, seen.high))
    count, expected, observed, low, high = np.array(parts).T
    return CalibrationCurve(count.astype(np.int64), expected, observed, low, high)


def mean_risk(followup: FollowUp, predicted: Floats) -> float:
    """Weighted mean of predicted risks (n,)."""
    return float(followup.weights @ predicted / followup.weights.sum())


def intercept_and_line(line: Floats) -> Floats:
    """Columns (n, 2): one and logit(risk)."""
    return np.ascontiguousarray(np.stack([np.ones_like(line), line], axis=1))


def fit_slope(design: Floats, outcome: Floats, weights: Floats, start: Floats | None = None) -> Floats:
    """Intercept and slope (2,) on logit(risk); NaN where :func:`recalibration` says so."""
    line = design[:, 1]
    if line.min() == line.max() or separated(line, outcome, weights):
        return np.full(2, np.nan)
    return fit_logistic(design, outcome, weights, start=start)


def fit_intercept(line: Floats, outcome: Floats, weights: Floats, start: Floats | None = None) -> Floats:
    """Intercept (1,) with logit(risk) as offset."""
    return fit_logistic(np.ones((len(line), 1)), outcome, weights, offset=line, start=start)
