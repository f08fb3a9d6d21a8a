"""Decision curves: whether acting on the model is better than treating everybody, or nobody.

References
----------
Vickers AJ, Elkin EB. Decision curve analysis: a novel method for evaluating prediction models. Medical
Decision Making 2006;26:565-574.

Vickers AJ, Cronin AM, Elkin EB, Gonen M. Extensions to decision curve analysis, a novel method for evaluating
diagnostic tests, prediction models and molecular markers. BMC Medical Informatics and Decision Making
2008;8:53: censoring and competing risks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.errors import InvalidInputError
from training.metrics.censoring import known_weights, require_reached
from training.metrics.followup import Floats, FollowUp, probabilities
from training.metrics.incidence import observed_risk

THRESHOLDS = (0.01, 0.025, 0.05, 0.1, 0.2)
"""Risks from which on one would act, unless others are given."""


@dataclass(frozen=True)
class NetBenefit:
    """Net benefit at one threshold, in true positives a person; treating nobody has 0."""

    threshold: float
    """Risk (0..1) from which on one would act: acting on 1 / threshold people is worth it for one event."""
    model: float
    """Acting on those whose predicted risk reaches the threshold."""
    treat_all: float
    """Acting on everybody."""
    treat_none: float = 0.0


def decision_curve(
    time: ArrayLike,
    status: ArrayLike,
    risk: ArrayLike,
    horizon: float,
    thresholds: Sequence[float] = THRESHOLDS,
    weights: ArrayLike | None = None,
) -> list[NetBenefit]:
    """Net benefit = share of true positives - share of false positives x threshold / (1 - threshold).

    Among those at or above the threshold, the share with the event is the Aalen-Johansen cumulative incidence
    *of that group* (Vickers 2008), so that censoring may differ between people of high and low risk.
    Competing deaths are false positives.

    Parameters
    ----------
    time, status
        Follow-up in years, and 0 censored, 1 event, 2 competing death; both (n,).
    risk
        Predicted cumulative incidence at the horizon (n,), 0..1.
    horizon
        Years from the index date.
    thresholds
        Each above 0 and below 1.
    weights
        Sampling weights (n,).

    Returns
    -------
    list of NetBenefit
        In the order of `thresholds`. The model's is 0 if nobody reaches the threshold, and NaN if nobody of
        those who do was followed to the horizon.

    Raises
    ------
    InvalidInputError
        If nobody is followed to the horizon and the last to leave were censored, a risk is not in 0..1, or a
        threshold is not between 0 and 1.

    Examples
    --------
    >>> decision_curve([1.0, 9.0, 9.0, 9.0], [1, 0, 0, 0], [0.6, 0.6, 0.1, 0.1], 5.0, [0.5])
    [NetBenefit(threshold=0.5, model=0.0, treat_all=-0.5, treat_none=0.0)]
    """
    followup = FollowUp.of(time, status, horizon, weights)
    predicted = probabilities("risk", risk, followup.rows)[followup.order]
    require_reached(followup, known_weights(followup))
    return benefits(followup, predicted, thresholds)


def benefits(followup: FollowUp, predicted: Floats, thresholds: Sequence[float]) -> list[NetBenefit]:
    """:func:`decision_curve` for risks (n,) that stand in the order of time."""
    for threshold in thresholds:
        if not 0.0 < threshold < 1.0:
            raise InvalidInputError(f"A threshold must lie between 0 and 1, but one is {threshold:g}.")
    overall = observed_risk(followup)
    return [
        NetBenefit(
            threshold=float(threshold),
            model=_benefit_among(followup, predicted >= threshold, threshold),
            treat_all=overall - (1.0 - overall) * threshold / (1.0 - threshold),
        )
        for threshold in thresholds
    ]


def _benefit_among(followup: FollowUp, treated: NDArray[np.bool_], threshold: float) -> float:
    """Net benefit of treating the rows marked in `treated`."""
    weights = np.where(treated, followup.weights, 0.0)
    share = float(weights.sum() / followup.weights.sum())
    if share == 0.0:
        return 0.0
    events = observed_risk(followup.weighing(weights))
    return share * (events - (1.0 - events) * threshold / (1.0 - threshold))
