"""Weighted logistic regression with a few columns, by Newton's method.

Written for many rows, many repeats and no penalty: a fit starts where the last one ended, and rows without
weight cost nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from training.metrics.followup import Floats

ITERATIONS = 50
TOLERANCE = 1e-12
"""A step that would raise the log-likelihood by less than this a unit of weight is the last one."""


def fit_logistic(
    design: Floats,
    outcome: Floats,
    weights: Floats,
    *,
    offset: Floats | None = None,
    start: Floats | None = None,
) -> Floats:
    """Return the coefficients (k,) that maximise the weighted log-likelihood.

    Parameters
    ----------
    design
        float64 (n, k), C order; the caller adds the column of ones.
    outcome
        0 or 1, float64 (n,).
    weights
        Not negative, float64 (n,).
    offset
        Added to the linear predictor, (n,).
    start
        Coefficients (k,) to start from; zeros unless given.

    Returns
    -------
    float64 (k,)
        All NaN if the weights of either class sum to zero, the columns are collinear, the classes are
        perfectly separated, or Newton's method does not settle.
    """
    columns = design.shape[1]
    undefined = np.full(columns, np.nan)
    total = float(weights.sum())
    cases = float(weights @ outcome)
    if not 0.0 < cases < total:
        return undefined
    shift = np.zeros(len(outcome)) if offset is None else offset
    beta = np.zeros(columns) if start is None or np.isnan(start).any() else start.copy()
    likelihood, gradient, information = _derivatives(design, shift, outcome, weights, beta)
    for _ in range(ITERATIONS):
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            return undefined
        gain = float(gradient @ step)
        if not np.isfinite(gain):
            return undefined
        previous = likelihood
        for halving in range(20):  # the full step nearly always; a shorter one where it would overshoot
            candidate = beta + step * 0.5**halving
            likelihood, gradient, information = _derivatives(design, shift, outcome, weights, candidate)
            if likelihood >= previous - 1e-9 * abs(previous):
                break
        beta = candidate
        if -likelihood < 1e-8 * total:
            return undefined
        if gain <= TOLERANCE * total:
            return beta
    return undefined


@compiled
def _derivatives(
    design: NDArray[np.float64],
    offset: NDArray[np.float64],
    outcome: NDArray[np.float64],
    weight: NDArray[np.float64],
    beta: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Log-likelihood, its gradient (k,) and the information (k, k), in one pass without temporary arrays."""
    rows, columns = design.shape
    likelihood = 0.0
    gradient = np.zeros(columns)
    information = np.zeros((columns, columns))
    for row in range(rows):
        w = weight[row]
        if w == 0.0:
            continue
        linear = offset[row]
        for j in range(columns):
            linear += design[row, j] * beta[j]
        small = np.exp(-abs(linear))
        share = 1.0 / (1.0 + small)
        p = share if linear >= 0.0 else small * share
        likelihood += w * (outcome[row] * linear - max(linear, 0.0) - np.log1p(small))
        residual = w * (outcome[row] - p)
        spread = w * small * share * share
        for j in range(columns):
            gradient[j] += residual * design[row, j]
            for k in range(j + 1):
                information[j, k] += spread * design[row, j] * design[row, k]
    for j in range(columns):
        for k in range(j):
            information[k, j] = information[j, k]
    return likelihood, gradient, information


@compiled
def predict_logistic(design: NDArray[np.float64], beta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the fitted probability of each row, float64 (n,)."""
    rows, columns = design.shape
    result = np.empty(rows)
    for row in range(rows):
        linear = 0.0
        for j in range(columns):
            linear += design[row, j] * beta[j]
        result[row] = 1.0 / (1.0 + np.exp(-linear))
    return result
