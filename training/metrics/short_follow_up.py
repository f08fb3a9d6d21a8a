"""Observed over expected events of people who are not followed to the horizon yet.

Somebody with cumulative hazard H until the day on which observation ends is expected to have H events by then, so the
events of all are held against the sum (Crowson CS, Atkinson EJ, Therneau TM. Assessing calibration of prognostic risk
scores. Stat Methods Med Res 2016;25:1692-1706). A risk is told for the horizon alone; how much of its hazard falls
before an earlier day is read from people who were followed further, by Breslow's estimate with their risks as they
are (Breslow NE, J R Stat Soc B 1972;34:216, in the discussion of Cox).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.metrics.followup import EVENT, Floats

Status = NDArray[np.int8]


def baseline_hazard(time: Floats, status: Status, weight: Floats, relative: Floats, at: Floats) -> Floats:
    """Return the cumulative baseline hazard at each of `at` (m,), from rows (n,) that leave at `time`.

    Parameters
    ----------
    relative
        Hazard of each row as a multiple of the baseline; with ones this is the Nelson-Aalen estimate.

    >>> time, status = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 0, 1, 0])
    >>> baseline_hazard(time, status, np.ones(4), np.ones(4), np.array([0.5, 1.0, 5.0])).tolist()
    [0.0, 0.25, 0.75]
    """
    order = np.argsort(time, kind="stable")
    moments, starts = np.unique(time[order], return_index=True)
    at_risk = np.cumsum((weight * relative)[order][::-1])[::-1][starts]
    events = np.add.reduceat(np.where(status == EVENT, weight, 0.0)[order], starts)
    hazard = np.append(0.0, np.cumsum(events / at_risk))
    found: Floats = hazard[np.searchsorted(moments, at, side="right")]
    return found


def expected_until(
    time: Floats, risk: Floats, horizon: float, followed: tuple[Floats, Status, Floats, Floats]
) -> Floats:
    """Return how many events each row (n,) should have had by `time`, given its risk until the horizon, below 1.

    Parameters
    ----------
    followed
        Time, status, risk and weight of the people whose follow-up tells how the hazard is spread over the years.
    """
    when, status, risks, weight = followed
    at = np.append(np.minimum(time, horizon), horizon)
    until = baseline_hazard(when, status, weight, -np.log1p(-risks), at)
    expected: Floats = -np.log1p(-risk) * until[:-1] / until[-1]
    return expected
