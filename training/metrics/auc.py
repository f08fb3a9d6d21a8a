"""Time-dependent area under the ROC curve: cases by the horizon against everybody else.

References
----------
Blanche P, Dartigues JF, Jacqmin-Gadda H. Estimating and comparing time-dependent areas under receiver
operating characteristic curves for censored event times with competing risks. Statistics in Medicine
2013;32:5381-5397.

Uno H, Cai T, Tian L, Wei LJ. Evaluating prediction rules for t-year survivors with censored regression
models. Journal of the American Statistical Association 2007;102:527-537.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from training.metrics.censoring import known_weights, require_reached
from training.metrics.followup import Floats, FollowUp, Integers, dense_ranks, numbers


def dynamic_auc(
    time: ArrayLike, status: ArrayLike, risk: ArrayLike, horizon: float, weights: ArrayLike | None = None
) -> float:
    """Cumulative/dynamic AUC at the horizon, 0..1, weighted for censoring.

    Cases are those with the event by the horizon. Controls are all others: alive and free of it at the
    horizon, or dead of something else before it (Blanche 2013, definition 2: both were rightly given a low
    risk *of the event*). Equal risks count one half.

    Parameters
    ----------
    time, status
        Follow-up in years, and 0 censored, 1 event, 2 competing death; both (n,).
    risk
        Predicted risk (n,), or any finite score that rises with it.
    horizon
        Years from the index date.
    weights
        Sampling weights (n,).

    Returns
    -------
    float
        NaN if there is no case or no control.

    Raises
    ------
    InvalidInputError
        If nobody is followed to the horizon and the last to leave were censored.
    """
    followup = FollowUp.of(time, status, horizon, weights)
    ranks = dense_ranks(numbers("risk", risk, followup.rows))[followup.order]
    known = require_reached(followup, known_weights(followup))
    return ranked_auc(ranks, followup.outcome, known * followup.weights)


def ranked_auc(ranks: Integers, outcome: Floats, weights: Floats) -> float:
    """Weighted share of pairs of a case (`outcome` 1) and a control (0) where the case ranks higher.

    All (n,); rows of weight 0 do not count. NaN if there is no case or no control.
    """
    cases = np.bincount(ranks, weights * outcome)
    controls = np.bincount(ranks, weights * (1.0 - outcome))
    pairs = cases.sum() * controls.sum()
    if not pairs > 0.0:
        return np.nan
    return min(float(cases @ (np.cumsum(controls) - 0.5 * controls) / pairs), 1.0)  # rounding may pass 1
