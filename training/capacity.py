"""Screening at capacity: what is found if only so many can be invited, and only some of them come."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from training.metrics import ipcw, outcome_at
from training.metrics.incidence import LEVEL

SHARES = (0.01, 0.05, 0.10, 0.20)  # of those at risk, highest risk first: what a programme can invite
UPTAKES = (1.0, 0.6, 0.4)  # share of the invited who come; all, and about what city programmes reach


def at_capacity(
    time: ArrayLike, status: ArrayLike, risk: ArrayLike, horizon: float, weights: ArrayLike
) -> list[dict[str, Any]]:
    """Return for each share of `SHARES` and each uptake what screening those at highest risk finds.

    Parameters
    ----------
    time, status, risk, weights
        As in `training.metrics.evaluate`, (n,) each.

    Returns
    -------
    list of dict
        share, threshold (lowest risk that is invited), uptake; sensitivity (share of all events by the horizon that
        are among those who come), ppv (share of those who come that have the event) with its 95 % interval
        (Wilson, J Am Stat Assoc 1927;22:209), number_needed_to_screen (1 / ppv), and found_per_1000_invited. Who
        comes is taken to be independent of the risk within the invited.
    """
    predicted = np.asarray(risk, dtype=np.float64)
    given = np.asarray(weights, dtype=np.float64)
    known = given * ipcw(time, status, horizon, given)
    events = known * outcome_at(time, status, horizon)
    order = np.argsort(-predicted, kind="stable")
    reached = np.cumsum(given[order]) / given.sum()
    rows = []
    for share in SHARES:
        invited = order[: max(1, int(np.searchsorted(reached, share, side="right")))]
        mass, hits = float(known[invited].sum()), float(events[invited].sum())
        ppv = hits / mass if mass > 0 else np.nan
        low, high = wilson(ppv, int((known[invited] > 0).sum()))
        rows += [
            {
                "share": share,
                "threshold": float(predicted[invited[-1]]),
                "uptake": uptake,
                "sensitivity": uptake * hits / events.sum() if events.sum() > 0 else np.nan,
                "ppv": ppv,
                "ppv_low": low,
                "ppv_high": high,
                "number_needed_to_screen": 1 / ppv if ppv > 0 else np.nan,
                "found_per_1000_invited": 1000 * uptake * ppv,
            }
            for uptake in UPTAKES
        ]
    return rows


def wilson(share: float, rows: int, level: float = LEVEL) -> tuple[float, float]:
    """Return Wilson's score interval of a share of `rows`.

    >>> low, high = wilson(0.1, 50)
    >>> round(low, 4), round(high, 4)
    (0.0435, 0.2136)
    """
    z = -float(ndtri((1 - level) / 2))
    middle = share + z * z / (2 * rows)
    half = z * np.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return float((middle - half) / (1 + z * z / rows)), float((middle + half) / (1 + z * z / rows))
