"""Funnel limits: how far an area's ratio may lie from one if nothing but chance moves it.

Spiegelhalter DJ. Funnel plots for comparing institutional performance. Statistics in Medicine 2005;24:1185-1202. The
limits turn the exact interval of a count round: at the upper limit the count is so high that its exact lower limit
(Garwood 1936) is what was expected. PHEindicatormethods draws the same curves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import pdtrik

from features.errors import InvalidInputError
from models.area.rates import Floats

NEAR, FAR = 0.95, 0.998  # the two pairs of lines that are usual, about two and three standard deviations


def funnel_limits(expected: ArrayLike, level: float = NEAR) -> tuple[Floats, Floats]:
    """Return the counts between which `level` of areas lie that expect so many and differ by chance alone.

    Parameters
    ----------
    expected : array (n,)
        Above zero.

    Returns
    -------
    low, high : array (n,)
        Counts, not whole, so that curves are smooth; divided by `expected` they are the limits of the ratio. The low
        one is zero where even no event at all would not be unusual, the high one at least one event.

    Raises
    ------
    InvalidInputError
        If an area expects nothing.

    >>> low, high = funnel_limits([100.0])
    >>> low.round(1).tolist(), high.round(1).tolist()
    ([80.4], [120.6])
    """
    mean = np.asarray(expected, dtype=np.float64)
    if not np.all((mean > 0) & np.isfinite(mean)):
        raise InvalidInputError("A funnel needs areas that expect more than nothing. Leave the others out.")
    tail = (1 - level) / 2
    # P(X <= low) = tail and P(X >= high) = tail, both continued between whole counts by the gamma function
    return np.asarray(pdtrik(tail, mean)), np.asarray(1 + pdtrik(1 - tail, mean))
