"""The Brier score: the mean squared distance between the predicted risk and what happened.

References
----------
Graf E, Schmoor C, Sauerbrei W, Schumacher M. Assessment and comparison of prognostic classification schemes
for survival data. Statistics in Medicine 1999;18:2529-2545.

Kattan MW, Gerds TA. The index of prediction accuracy: an intuitive measure useful for evaluating risk
prediction models. Diagnostic and Prognostic Research 2018;2:7: the scaled score with competing risks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from training.metrics.censoring import known_weights, require_reached
from training.metrics.followup import Floats, FollowUp, probabilities
from training.metrics.incidence import observed_risk

ROUNDING = 1e-15
"""A null model's score up to this is taken as zero."""


def brier_score(
    time: ArrayLike, status: ArrayLike, risk: ArrayLike, horizon: float, weights: ArrayLike | None = None
) -> float:
    """Brier score at the horizon, weighted for censoring: 0 is perfect, lower is better.

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

    Raises
    ------
    InvalidInputError
        If nobody is followed to the horizon and the last to leave were censored, or a risk is not in 0..1.

    Examples
    --------
    >>> round(brier_score([1.0, 9.0], [1, 0], [0.8, 0.4], horizon=5.0), 12)
    0.1
    """
    followup = FollowUp.of(time, status, horizon, weights)
    predicted = probabilities("risk", risk, followup.rows)[followup.order]
    known = require_reached(followup, known_weights(followup))
    return weighted_brier(followup, known, predicted)


def scaled_brier_score(
    time: ArrayLike, status: ArrayLike, risk: ArrayLike, horizon: float, weights: ArrayLike | None = None
) -> float:
    """1 - Brier score / Brier score of giving everybody the observed (Aalen-Johansen) risk.

    1 is perfect, 0 no better than knowing nothing of the person, negative worse than that. NaN if nobody, or
    everybody, has the event: then nothing is left to predict. Parameters and errors as in
    :func:`brier_score`.
    """
    followup = FollowUp.of(time, status, horizon, weights)
    predicted = probabilities("risk", risk, followup.rows)[followup.order]
    known = require_reached(followup, known_weights(followup))
    return scaled(weighted_brier(followup, known, predicted), null_brier(followup, known))


def weighted_brier(followup: FollowUp, known: Floats, predicted: Floats) -> float:
    """Return the score from weights for censoring and risks (n,) that stand in the order of time."""
    errors = np.square(followup.outcome - predicted)
    return float((followup.weights * known) @ errors / followup.weights.sum())


def null_brier(followup: FollowUp, known: Floats) -> float:
    """Return the score of the model that gives everybody the observed risk."""
    return weighted_brier(followup, known, np.full(followup.rows, observed_risk(followup)))


def scaled(brier: float, null: float) -> float:
    """Return the share of the error of the null model that the model removes."""
    return 1.0 - brier / null if null > ROUNDING else np.nan
