"""The calibration curve without groups: what was observed at each predicted risk, and how far off that is.

The smoother is a logistic regression of the outcome at the horizon on a natural cubic spline of logit(risk),
weighted for censoring. Unlike LOESS it takes one pass a step over a million rows, has no bandwidth, and
cannot wiggle more than its few columns allow, which is what 300 events can bear.

References
----------
Austin PC, Steyerberg EW. The Integrated Calibration Index (ICI) and related metrics for quantifying the
calibration of logistic regression models. Statistics in Medicine 2019;38:4051-4065: ICI, E50, E90.

Austin PC, Harrell FE, van Klaveren D. Graphical calibration curves and the integrated calibration index (ICI)
for survival models. Statistics in Medicine 2020;39:2714-2742: splines in the place of LOESS, for censored
outcomes.

Harrell FE. Regression Modeling Strategies, 2nd ed., Springer 2015, section 2.4.5: the spline; table 2.3: its
knots.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from training.metrics.censoring import known_weights, require_reached
from training.metrics.followup import Floats, FollowUp, probabilities
from training.metrics.logistic import fit_logistic, predict_logistic

EDGE = 1e-6
"""Risks closer than this to 0 or 1 are moved to it where a logit is taken; one in a million. Our choice."""

KNOTS = {2: (0.10, 0.50, 0.90), 3: (0.05, 0.35, 0.65, 0.95)}
"""Columns of the spline -> quantiles of the risks where its knots are (Harrell, table 2.3)."""

EVENTS_PER_COLUMN = 20
"""The rarer outcome must be this often there for each column of the spline, or it gets fewer. Our choice, at
the cautious end of the usual 10 to 20 events a variable (Harrell, section 4.4)."""


@dataclass(frozen=True)
class CalibrationError:
    """How far predicted and observed risk are apart, person by person; all as shares (0..1)."""

    ici: float
    """Integrated calibration index: the mean distance."""
    e50: float
    """The median distance."""
    e90: float
    """The distance that 90 % of the rows do not exceed."""


@dataclass(frozen=True)
class SmoothCalibration:
    """Observed risk as a smooth function of predicted risk."""

    knots: Floats
    """On the scale of logit(risk), ascending; empty if the curve is a straight line on that scale."""
    varied: bool
    """Whether the risks differed at all; if not, the curve is a constant."""
    coefficients: Floats
    """Of the columns of `design`; NaN if the curve could not be fitted."""

    def design(self, risk: Floats) -> Floats:
        """Columns (n, k) of the regression: one, logit(risk), and the curved ones between the knots."""
        line = logit(risk)
        ones = np.ones_like(line)
        if not self.varied:
            return np.ascontiguousarray(ones[:, None])
        columns = [ones, line, *natural_spline(line, self.knots)]
        return np.ascontiguousarray(np.stack(columns, axis=1))

    def observed(self, risk: ArrayLike) -> Floats:
        """Smoothed observed risk (m,), 0..1, at predicted risks (m,)."""
        predicted = np.atleast_1d(np.asarray(risk, dtype=np.float64))
        return predict_logistic(self.design(predicted), self.coefficients)


def smooth_calibration(
    time: ArrayLike, status: ArrayLike, risk: ArrayLike, horizon: float, weights: ArrayLike | None = None
) -> SmoothCalibration:
    """Fit the smooth calibration curve; for drawing, ask its `observed` at a grid of risks.

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

    Returns
    -------
    SmoothCalibration
        With three spline columns from 60 events (and non-events) on, two from 40 on, else a straight line on
        the logit scale; a constant if all risks are the same. Its coefficients are NaN if nobody, or
        everybody, has the event, or the risks separate the two groups perfectly.

    Raises
    ------
    InvalidInputError
        If nobody is followed to the horizon and the last to leave were censored, or a risk is not in 0..1.
    """
    followup = FollowUp.of(time, status, horizon, weights)
    predicted = probabilities("risk", risk, followup.rows)[followup.order]
    known = require_reached(followup, known_weights(followup)) * followup.weights
    return _fit(followup, known, predicted)[0]


def calibration_error(
    time: ArrayLike, status: ArrayLike, risk: ArrayLike, horizon: float, weights: ArrayLike | None = None
) -> CalibrationError:
    """ICI, E50 and E90: mean, median and 90th percentile of |observed - predicted| over the rows.

    Parameters, errors and what makes them NaN are those of :func:`smooth_calibration`. Chance alone makes
    them positive: a perfectly calibrated model has an ICI of about its sampling error, and so has its
    bootstrap.
    """
    followup = FollowUp.of(time, status, horizon, weights)
    predicted = probabilities("risk", risk, followup.rows)[followup.order]
    known = require_reached(followup, known_weights(followup)) * followup.weights
    curve, design = _fit(followup, known, predicted)
    return error_of(predict_logistic(design, curve.coefficients), predicted, followup.weights)


def error_of(observed: Floats, predicted: Floats, weights: Floats) -> CalibrationError:
    """Weighted summary of |observed - predicted|, all (n,)."""
    distance = np.abs(observed - predicted)
    if np.isnan(distance).any():
        return CalibrationError(np.nan, np.nan, np.nan)
    e50, e90 = weighted_quantiles(distance, weights, np.array([0.5, 0.9]))
    return CalibrationError(float(weights @ distance / weights.sum()), float(e50), float(e90))


def curve_form(followup: FollowUp, predicted: Floats) -> SmoothCalibration:
    """Choose how many columns the outcomes can bear and where the knots go; not fitted yet."""
    line = logit(predicted)
    if line.min() == line.max():
        return SmoothCalibration(np.empty(0), varied=False, coefficients=np.full(1, np.nan))
    known = (followup.outcome > 0) | (followup.status > 0) | (followup.time >= followup.horizon)
    counted = known & (followup.weights > 0)
    cases = int((followup.outcome[counted] > 0).sum())
    rarer = min(cases, int(counted.sum()) - cases)
    columns = min(max(rarer // EVENTS_PER_COLUMN, 1), max(KNOTS))
    knots = np.unique(np.quantile(line, KNOTS[columns])) if columns in KNOTS else np.empty(0)
    if len(knots) < min(KNOTS) + 1:
        knots = np.empty(0)
    width = 2 + max(len(knots) - 2, 0)
    return SmoothCalibration(knots, varied=True, coefficients=np.full(width, np.nan))


def natural_spline(values: Floats, knots: Floats) -> list[Floats]:
    """Return the k - 2 curved columns (n,) of a cubic spline with k knots, straight beyond the outer ones."""
    if len(knots) == 0:
        return []
    last, before = knots[-1], knots[-2]
    scale = (last - knots[0]) ** 2

    def cube(knot: float) -> Floats:
        above = np.maximum(values - knot, 0.0)
        return above * above * above

    return [
        (cube(knot) - cube(before) * (last - knot) / (last - before) + cube(last) * (before - knot) / (last - before))
        / scale
        for knot in knots[:-2]
    ]


def logit(risk: Floats) -> Floats:
    """log(p / (1 - p)) of risks (n,), kept :data:`EDGE` away from 0 and 1."""
    inside = np.clip(risk, EDGE, 1.0 - EDGE)
    return np.log(inside / (1.0 - inside))


def separated(line: Floats, outcome: Floats, weights: Floats) -> bool:
    """Whether all cases lie at or above all controls, or at or below: then no finite slope fits best."""
    cases = line[(outcome > 0) & (weights > 0)]
    controls = line[(outcome == 0) & (weights > 0)]
    if len(cases) == 0 or len(controls) == 0:
        return True
    return bool(cases.min() >= controls.max() or cases.max() <= controls.min())


def weighted_quantiles(values: Floats, weights: Floats, shares: Floats) -> Floats:
    """Return for each share (k,) the smallest value that this share of the weight, or more, stays within."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    places = np.searchsorted(reached, shares * reached[-1] * (1.0 - 1e-12))
    quantiles: Floats = values[order[np.minimum(places, len(values) - 1)]]
    return quantiles


def _fit(followup: FollowUp, known: Floats, predicted: Floats) -> tuple[SmoothCalibration, Floats]:
    form = curve_form(followup, predicted)
    design = form.design(predicted)
    fitted = fit_curve(form, design, followup.outcome, known)
    return SmoothCalibration(form.knots, form.varied, fitted), design


def fit_curve(
    form: SmoothCalibration, design: Floats, outcome: Floats, weights: Floats, start: Floats | None = None
) -> Floats:
    """Coefficients of the curve from its columns; NaN where :func:`smooth_calibration` says so."""
    if form.varied and separated(design[:, 1], outcome, weights):
        return np.full(design.shape[1], np.nan)
    return fit_logistic(design, outcome, weights, start=start)
