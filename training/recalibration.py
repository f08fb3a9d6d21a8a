"""Logistic recalibration: the slope and intercept that make log-odds honest (Cox, Biometrika 1958;45:562)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.halves import halves
from training.metrics import ipcw, outcome_at
from training.metrics import recalibration as calibration_of
from training.metrics.smoothing import logit

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Recalibration:
    """logit P = intercept + slope * log_odds."""

    slope: float
    intercept: float

    def __call__(self, log_odds: Array) -> Array:
        """Return risks (n,) for log-odds (n,)."""
        risk: Array = 1.0 / (1.0 + np.exp(-(self.intercept + self.slope * log_odds)))
        return risk


def recalibrate(log_odds: Array, outcome: Array, weight: Array) -> Recalibration:
    """Fit slope and intercept by weighted maximum likelihood.

    Parameters
    ----------
    log_odds, outcome, weight
        (n,): predicted log-odds, event by the horizon (0 or 1), inverse probability of censoring weight.

    Returns
    -------
    Recalibration
        Slope 0 where all log-odds are the same.
    """
    from sklearn.linear_model import LogisticRegression

    spread = float(np.std(log_odds))
    if spread < 1e-12:
        mean = float(np.average(outcome, weights=weight))
        return Recalibration(0.0, float(np.log(mean / (1 - mean))))
    followed = weight > 0
    fit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
        log_odds[followed, None] / spread, outcome[followed] > 0.5, sample_weight=weight[followed]
    )
    return Recalibration(float(fit.coef_[0, 0]) / spread, float(fit.intercept_[0]))


# Before any event is seen, an out-of-fold slope is taken to be 1 give or take this much; some fifty events weigh as
# much as that. Without it the slopes of a handful of events jump from fold to fold. A number of ours.
SLOPE_SPREAD = 0.15


def recalibrate_cautiously(log_odds: Array, outcome: Array, weight: Array) -> Recalibration:
    """Fit slope and intercept by penalised maximum likelihood, the slope being drawn towards 1 where events are few.

    Parameters are those of `recalibrate`. Newton's method on the two of them, the slope as 1 + change with
    change ** 2 / (2 * SLOPE_SPREAD ** 2) taken from the log-likelihood.
    """
    known = weight > 0
    # Weights say whom a row stands for; how much is known is told by the number of rows.
    odds, happened, mass = log_odds[known], outcome[known], weight[known] / weight[known].mean()
    centre = float(np.average(odds, weights=mass))
    design = np.column_stack([np.ones(len(odds)), odds - centre])
    ridge = np.diag([0.0, SLOPE_SPREAD**-2])
    found = np.array([centre, 1.0])
    for _ in range(50):
        risk = 1.0 / (1.0 + np.exp(-(design @ found)))
        gradient = design.T @ (mass * (happened - risk)) - ridge @ (found - [0.0, 1.0])
        information = (design * (mass * risk * (1 - risk))[:, None]).T @ design + ridge
        step = np.linalg.solve(information, gradient)
        found = found + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:
            break
    return Recalibration(float(found[1]), float(found[0] - found[1] * centre))


Rule = Callable[[Array, NDArray[np.int8], Array, float, Array], Recalibration]


def in_the_large(time: Array, status: NDArray[np.int8], risk: Array, horizon: float, weight: Array) -> Recalibration:
    """Return the recalibration that only shifts all log-odds, so that on average they are right."""
    return Recalibration(1.0, calibration_of(time, status, risk, horizon, weight).intercept)


def in_both(time: Array, status: NDArray[np.int8], risk: Array, horizon: float, weight: Array) -> Recalibration:
    """Return the recalibration that also stretches them."""
    known = weight * ipcw(time, status, horizon, weight)
    return recalibrate(logit(risk), outcome_at(time, status, horizon), known)


def recalibrate_across(
    person: NDArray[np.int64],
    time: Array,
    status: NDArray[np.int8],
    risk: Array,
    horizon: float,
    weight: Array,
    rule: Rule,
) -> Array:
    """Return the risks (n,) of each half of the people, recalibrated by what happened to the other half.

    Parameters
    ----------
    person
        Who each row is about, integers (n,).
    rule
        `in_the_large` or `in_both`.
    """
    adjusted = np.empty(len(risk))
    for mine, others in halves(person):
        fitted = rule(time[others], status[others], risk[others], horizon, weight[others])
        adjusted[mine] = fitted(logit(risk[mine]))
    return adjusted
