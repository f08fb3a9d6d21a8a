"""Inverse-probability-of-censoring weights: those still seen also speak for those lost from sight.

A row whose outcome at the horizon is known counts 1 / P(it was still under observation then). With the
Kaplan-Meier estimate of that probability and events preceding censorings at the same time, the weights of all
rows sum to n, and the weighted share of events is exactly the Aalen-Johansen cumulative incidence.

References
----------
Graf E, Schmoor C, Sauerbrei W, Schumacher M. Assessment and comparison of prognostic classification schemes
for survival data. Statistics in Medicine 1999;18:2529-2545.

Gerds TA, Schumacher M. Consistent estimation of the expected Brier score in general survival models with
right-censored event times. Biometrical Journal 2006;48:1029-1040.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.compiled import compiled
from features.errors import InvalidInputError
from training.metrics.followup import CENSORED, Floats, FollowUp

FLOOR = 0.01
"""The smallest probability of still being observed that is believed: no row ever speaks for more than 100.

Below it the weights would rest on a handful of people. The floor makes the estimates slightly too low where
it acts, and is one of our choices, not one of the papers'.
"""


def outcome_at(time: ArrayLike, status: ArrayLike, horizon: float) -> Floats:
    """Return float64 (n,): 1 for rows with the event at or before `horizon` years, else 0.

    A row censored before the horizon also has 0, which is not known to be true: use it with :func:`ipcw`
    only, which gives such rows no weight.
    """
    followup = FollowUp.of(time, status, horizon)
    return followup.restore(followup.outcome)


def ipcw(
    time: ArrayLike, status: ArrayLike, horizon: float, weights: ArrayLike | None = None, floor: float = FLOOR
) -> Floats:
    """Return the inverse-probability-of-censoring weight of each row, without its sampling weight.

    Parameters
    ----------
    time, status
        Follow-up in years, and 0 censored, 1 event, 2 competing death; both (n,).
    horizon
        Years from the index date.
    weights
        Sampling weights (n,), used for estimating the distribution of censoring.
    floor
        Probabilities of being observed are not taken to be smaller than this, see :data:`FLOOR`.

    Returns
    -------
    float64 (n,)
        1 / G(t-) for an event or competing death at t up to the horizon, 0 for those censored before it,
        1 / G(horizon-) for those followed to it. Someone censored exactly at the horizon was followed to it:
        this is why the weight takes G just before the horizon, or an administrative end of follow-up at the
        horizon would make G, and so the weights of everyone followed, collapse.

    Raises
    ------
    InvalidInputError
        If nobody is followed to the horizon and the last to leave were censored: nothing is known about it
        then.

    Examples
    --------
    Of four people one is lost after a year; the remaining two after it speak for the lost one as well.

    >>> ipcw([0.5, 1.0, 2.0, 9.0], [1, 0, 1, 0], horizon=5.0).tolist()
    [1.0, 0.0, 1.5, 1.5]
    """
    followup = FollowUp.of(time, status, horizon, weights)
    return followup.restore(require_reached(followup, known_weights(followup, floor)))


def censoring_survival(time: ArrayLike, status: ArrayLike) -> tuple[Floats, Floats]:
    """Kaplan-Meier estimate of G(t) = P(censored after t).

    At the same time, events and competing deaths precede censorings: those who had one are not at risk of
    being censored at that moment.

    Returns
    -------
    times, survival
        float64 (k,): the distinct times in ascending order, in years, and G just after each of them.
    """
    followup = FollowUp.of(time, status, 1.0)
    return _censoring_curve(followup.time, followup.status, followup.weights)


def known_weights(followup: FollowUp, floor: float = FLOOR) -> Floats:
    """Return the weights of :func:`ipcw` in the order of time; all NaN if the horizon is out of reach."""
    return _inverse_weights(followup.time, followup.status, followup.weights, followup.horizon, floor)


def require_reached(followup: FollowUp, values: Floats) -> Floats:
    """Return `values`, unless they are NaN because nobody was followed to the horizon."""
    if np.isnan(values).any():
        raise InvalidInputError(
            f"Nobody is followed to the horizon of {followup.horizon:g} years "
            f"(the longest follow-up is {followup.time[-1]:.3g} years). Choose a shorter horizon."
        )
    return values


@compiled
def tail_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n + 1,): the sum of all values from each place on. Adding from the end avoids cancellation."""
    sums = np.zeros(len(values) + 1)
    for row in range(len(values) - 1, -1, -1):
        sums[row] = sums[row + 1] + values[row]
    return sums


@compiled
def _inverse_weights(
    time: NDArray[np.float64],
    status: NDArray[np.int8],
    weight: NDArray[np.float64],
    horizon: float,
    floor: float,
) -> NDArray[np.float64]:
    """Walk once through rows in ascending time; see :func:`ipcw`."""
    rows = len(time)
    left = tail_sums(weight)
    result = np.zeros(rows)
    observed = 1.0  # G just before the time of the group
    start = 0
    while start < rows and time[start] < horizon:
        end = start
        censored = 0.0
        while end < rows and time[end] == time[start]:
            if status[end] == CENSORED:
                censored += weight[end]
            else:
                result[end] = 1.0 / max(observed, floor)
            end += 1
        if censored > 0.0:
            observed *= left[end] / (left[end] + censored)
        start = end
    if left[start] == 0.0 and observed == 0.0:
        result[:] = np.nan
    else:
        result[start:] = 1.0 / max(observed, floor)
    return result


@compiled
def _censoring_curve(
    time: NDArray[np.float64], status: NDArray[np.int8], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows = len(time)
    left = tail_sums(weight)
    times, survival = np.empty(rows), np.empty(rows)
    observed, groups, start = 1.0, 0, 0
    while start < rows:
        end = start
        censored = 0.0
        while end < rows and time[end] == time[start]:
            if status[end] == CENSORED:
                censored += weight[end]
            end += 1
        if censored > 0.0:
            observed *= left[end] / (left[end] + censored)
        times[groups], survival[groups] = time[start], observed
        groups += 1
        start = end
    return times[:groups], survival[:groups]
