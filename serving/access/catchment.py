"""Whose catchment a resident lives in, for everybody at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.homes import NO_HOME
from serving.access.accounts import EVERYWHERE
from serving.homes import Homes

# Lengths at which a statistical division code ends one level: province, city, county, township (GB/T 2260, GB/T 10114).
LEVELS = (2, 4, 6, 9)


def covers(area: str, township: str) -> bool:
    """Return whether a township lies in an area.

    >>> covers("331081", "331081001"), covers("331081001", "331081001"), covers("331082", "331081001")
    (True, True, False)
    >>> covers("33108", "331081001")
    False
    """
    return area == township or (len(area) in LEVELS and area.isdigit() and township.startswith(area))


def inside(homes: Homes, persons: NDArray[np.int64], catchment: frozenset[str]) -> NDArray[np.bool_]:
    """Return for each of some residents (n,) whether they live in a catchment; unknown ones do not."""
    if EVERYWHERE in catchment:
        return np.ones(len(persons), dtype=bool)
    codes = [code for code in homes.codes.tolist() if code != NO_HOME]
    own = [code for code in codes if any(covers(area, str(code)) for area in catchment)]
    return np.isin(homes.of(persons), np.array(own, dtype=np.int64))


def named(catchment: frozenset[str]) -> str:
    """Return a catchment in words, for messages."""
    codes: Sequence[str] = sorted(catchment)
    shown = ", ".join(codes[:10])
    return f"{shown} and {len(codes) - 10} more" if len(codes) > 10 else shown
