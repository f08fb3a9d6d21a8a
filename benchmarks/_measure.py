"""How two sides are timed: in turn, several times, medians compared, so that a noisy machine hurts both alike."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Answer = NDArray[np.float64]


def in_turn(
    ours: Callable[[], Answer],
    peer: Callable[[], Answer],
    *,
    peer_name: str,
    rows: int,
    tolerance: float,
    runs: int = 5,
) -> dict[str, Any]:
    """Time both sides in turn after one warm-up and compare what they return.

    Parameters
    ----------
    rows
        Rows that one call works through; speeds are in rows per second.
    tolerance
        Largest absolute difference at which the answers count as equal; missing equals missing.
    """
    first, second = ours(), peer()
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for side, kept in ((ours, seconds[0]), (peer, seconds[1])):
            start = time.perf_counter()
            side()
            kept.append(time.perf_counter() - start)
    mine, theirs = (rows / statistics.median(kept) for kept in seconds)
    return {
        "unit": "rows/s",
        "ours": mine,
        "peer": theirs,
        "peer_name": peer_name,
        "ratio": mine / theirs,
        "equal": bool(np.allclose(first, second, rtol=0, atol=tolerance, equal_nan=True)),
        "tolerance": tolerance,
        "rows": rows,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
