"""The two-sample Kolmogorov–Smirnov statistic: the largest distance between two distribution functions.

Massey (J Am Stat Assoc 1951;46:68) gives the test, Hodges (Ark Mat 1958;3:469) its probability for two samples. With
a million people every difference is significant; what counts there is the distance.
"""

from __future__ import annotations

from math import erf, sqrt

import numpy as np

from training.drift.grid import Counts
from training.drift.psi import LARGE as LARGE_PSI
from training.drift.psi import MODERATE as MODERATE_PSI

SIGNIFICANT = 0.001
"""A distance with a larger p-value may be chance (our choice, the counterpart of `training.drift.psi.CHANCE`)."""


def distance_of_normals(psi: float) -> float:
    """Return the distance of two normal distributions of equal spread whose PSI is `psi`.

    Means that are d standard deviations apart have a PSI (Jeffreys' divergence) of d² and a distance of
    2 Φ(d / 2) - 1, Φ being the normal distribution function.

    >>> [round(distance_of_normals(psi), 3) for psi in (0.1, 0.25)]
    [0.126, 0.197]
    """
    return erf(sqrt(psi / 8))


MODERATE, LARGE = distance_of_normals(MODERATE_PSI), distance_of_normals(LARGE_PSI)
"""Distances that correspond to a moderate and a large PSI (our choice, so that both speak with one voice)."""


def ks(reference: Counts, current: Counts) -> tuple[float, float]:
    """Return distance and two-sided p-value of the measured values counted on one grid.

    Parameters
    ----------
    reference, current
        Counts (k + 2,) as `training.drift.grid.count` gives them; what is missing is left out.

    Returns
    -------
    distance : float
        0..1; short of the true one by no more than the largest reference share strictly between two points of the grid,
        so exact where the reference has at most `training.drift.grid.POINTS` values. NaN if nothing was measured.
    p_value : float
        From the distribution of the one-sample statistic at n * m / (n + m) values; too large where values are tied.
    """
    from scipy.stats import kstwo

    then, now = np.cumsum(reference[:-1]), np.cumsum(current[:-1])
    if not then[-1] or not now[-1]:
        return float("nan"), float("nan")
    distance = float(np.max(np.abs(then / then[-1] - now / now[-1])))
    people = float(then[-1]) * float(now[-1]) / (float(then[-1]) + float(now[-1]))
    return distance, float(kstwo.sf(distance, max(1, round(people))))
