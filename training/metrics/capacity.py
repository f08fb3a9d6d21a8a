"""What a list finds: of those who will fall ill, the share among the people who are called.

A programme has places, not thresholds. The share found is the sensitivity at the risk where the places run out; both
are told with censoring and competing death taken into account.

References
----------
Uno H, Cai T, Tian L, Wei LJ. Evaluating prediction rules for t-year survivors with censored regression models. JASA
2007;102:527-537: sensitivity and predictive value at a horizon under censoring. Here the incidence of those called and
of everybody are Aalen-Johansen estimates, each of its own group, as in the net benefit of Vickers et al. 2008.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.errors import InvalidInputError
from training.metrics.followup import Floats, FollowUp, numbers
from training.metrics.incidence import observed_risk


@dataclass(frozen=True)
class Capture:
    """Those called, and what was found among them."""

    called: int
    """Rows called."""
    found: float
    """Share of all events by the horizon that happen among those called, 0..1; NaN if there are none."""
    incidence: float
    """Cumulative incidence among those called, 0..1; NaN if nobody is called."""

    @property
    def calls_per_event(self) -> float:
        """How many have to be called for one event."""
        return 1 / self.incidence if self.incidence > 0 else float("nan")


def captured_at(time: ArrayLike, status: ArrayLike, risk: ArrayLike, horizon: float, threshold: float) -> Capture:
    """Return what is found by calling everybody at or above a risk.

    Parameters
    ----------
    time, status
        Follow-up in years, and 0 censored, 1 event, 2 competing death; both (n,).
    risk
        Anything that orders people, highest first to be called (n,): a risk, a score, an age.
    horizon
        Years from the index date.

    Examples
    --------
    >>> captured_at([1.0, 2.0, 9.0, 9.0], [1, 1, 0, 0], [0.9, 0.1, 0.5, 0.2], 5.0, 0.5)
    Capture(called=2, found=0.5, incidence=0.5)
    """
    followup = FollowUp.of(time, status, horizon)
    ranked = numbers("risk", risk, followup.rows)[followup.order]
    return _capture(followup, ranked >= threshold)


def captured_by_places(
    time: ArrayLike, status: ArrayLike, risk: ArrayLike, horizon: float, places: Sequence[int], *, seed: int = 0
) -> list[Capture]:
    """Return what is found by calling the highest risks until the places run out, in the order of `places`.

    People of equal risk are drawn by lot, always the same one for the same seed.

    Raises
    ------
    InvalidInputError
        If there are more places than people, or fewer than none.
    """
    followup = FollowUp.of(time, status, horizon)
    ranked = numbers("risk", risk, followup.rows)[followup.order]
    lot = np.random.default_rng(seed).permutation(followup.rows)
    order = np.lexsort((lot[followup.order], -ranked))
    captures = []
    for count in places:
        if not 0 <= count <= followup.rows:
            raise InvalidInputError(f"{count} places cannot be given to {followup.rows} people.")
        called = np.zeros(followup.rows, dtype=bool)
        called[order[:count]] = True
        captures.append(_capture(followup, called))
    return captures


def _capture(followup: FollowUp, called: NDArray[np.bool_]) -> Capture:
    count = int(called.sum())
    everybody = observed_risk(followup)
    if count == 0:
        return Capture(0, 0.0 if everybody > 0 else float("nan"), float("nan"))
    weights: Floats = np.where(called, followup.weights, 0.0)
    among = observed_risk(followup.weighing(weights))
    share = float(weights.sum() / followup.weights.sum())
    return Capture(count, share * among / everybody if everybody > 0 else float("nan"), among)
