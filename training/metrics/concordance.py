"""Harrell's C: how often the one who fell ill sooner had been given the higher risk.

References
----------
Harrell FE, Lee KL, Mark DB. Multivariable prognostic models. Statistics in Medicine 1996;15:361-387.

Fenwick PM. A new data structure for cumulative frequency tables. Software: Practice and Experience
1994;24:327-336: the tree that makes counting the pairs take n log n steps instead of n^2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.compiled import compiled
from training.metrics.followup import Floats, FollowUp, Integers, dense_ranks, numbers


def c_index(
    time: ArrayLike, status: ArrayLike, risk: ArrayLike, horizon: float, weights: ArrayLike | None = None
) -> float:
    """Harrell's C up to the horizon, 0..1, one half being no better than chance.

    A pair can be compared if the one had the event by the horizon and the other was then still under
    observation without it; at the same time, events precede censorings, and two events cannot be compared.
    Competing deaths count as censored at death, later events as censored at the horizon. Equal risks count
    one half.

    Parameters
    ----------
    time, status
        Follow-up in years, and 0 censored, 1 event, 2 competing death; both (n,).
    risk
        Predicted risk (n,), or any finite score that rises with it.
    horizon
        Years from the index date.
    weights
        Sampling weights (n,), or how often each row was drawn; a pair weighs the product of both. Whole
        numbers give exactly the C of the rows repeated as often.

    Returns
    -------
    float
        NaN if no pair can be compared, in particular if nobody had the event.

    Notes
    -----
    C depends on when people were censored; :func:`training.metrics.auc.dynamic_auc` does not. Both are
    reported.

    Examples
    --------
    >>> c_index([1.0, 2.0, 3.0], [1, 1, 0], [0.3, 0.1, 0.2], horizon=5.0)
    0.6666666666666666
    """
    followup = FollowUp.of(time, status, horizon, weights)
    ranks = dense_ranks(numbers("risk", risk, followup.rows))[followup.order]
    return ranked_concordance(followup, ranks, followup.weights)


def ranked_concordance(followup: FollowUp, ranks: Integers, weights: Floats) -> float:
    """:func:`c_index` from dense ranks and weights (n,) that stand in the order of time."""
    # Times beyond the horizon need no cutting back to it: none is an event any more, and all are later.
    return _concordance(followup.time, followup.outcome > 0, ranks, weights)


@compiled
def _prefix(tree: NDArray[np.float64], count: int) -> float:
    """Sum of the first `count` leaves."""
    total = 0.0
    while count > 0:
        total += tree[count]
        count -= count & -count
    return total


@compiled
def _add(tree: NDArray[np.float64], place: int, value: float) -> None:
    """Add `value` to the leaf `place`."""
    place += 1
    while place < len(tree):
        tree[place] += value
        place += place & -place


@compiled
def _concordance(
    time: NDArray[np.float64], event: NDArray[np.bool_], ranks: NDArray[np.int64], weight: NDArray[np.float64]
) -> float:
    """Walk from the latest time to the earliest; the tree holds, by rank, the weight of those after it."""
    tree = np.zeros(ranks.max() + 2)
    comparable, concordant, present = 0.0, 0.0, 0.0
    end = len(time)
    while end > 0:
        start = end - 1
        while start > 0 and time[start - 1] == time[start]:
            start -= 1
        for row in range(start, end):
            if not event[row] and weight[row] > 0.0:
                _add(tree, ranks[row], weight[row])
                present += weight[row]
        for row in range(start, end):
            if event[row] and weight[row] > 0.0:
                lower, not_higher = _prefix(tree, ranks[row]), _prefix(tree, ranks[row] + 1)
                concordant += weight[row] * 0.5 * (lower + not_higher)
                comparable += weight[row] * present
        for row in range(start, end):
            if event[row] and weight[row] > 0.0:
                _add(tree, ranks[row], weight[row])
                present += weight[row]
        end = start
    return min(concordant / comparable, 1.0) if comparable > 0.0 else np.nan  # rounding may pass 1
