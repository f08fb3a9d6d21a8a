"""Write everybody's online row, against Feast's own SQLite store: every view of every resident, rows per second."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks import _feast

OURS, PEER, RUNS = 100_000, 2_000, 3  # residents on each side; the peer would take minutes for as many


def bench() -> dict[str, Any]:
    """Compare rates per resident: ours for a city's worth, and as `ratio_same_rows` for no more than the peer gets."""
    from features.packed_rows import PackedRows

    moment = int(_feast.MOMENT.timestamp() * 1e6)
    ids, values = _feast.people(OURS)
    few, their_values = ids[:PEER], values[:PEER]
    ours, ours_few, through_feast, theirs = [], [], [], []
    with _feast.stores() as (mine, peer, path):
        rows = PackedRows(path, _feast.COLUMNS)
        for _ in range(RUNS):
            ours.append(OURS / _seconds(lambda: rows.write(ids, values, moment)))
            ours_few.append(PEER / _seconds(lambda: rows.write(few, their_values, moment)))
            through_feast.append(PEER / _seconds(lambda: _feast.write(mine, few, their_values)))
            theirs.append(PEER / _seconds(lambda: _feast.write(peer, few, their_values)))
        equal = _feast.same(rows.read(few)[2], _feast.read(peer, few)) and _feast.same(rows.read(ids)[2], values)
        rows.close()
    rate, rate_few, feast_rate, peer_rate = map(statistics.median, (ours, ours_few, through_feast, theirs))
    return {
        "unit": "residents/s",
        "ours": rate,
        "peer": peer_rate,
        "peer_name": _feast.PEER,
        "ratio": rate / peer_rate,
        "ratio_same_rows": rate_few / peer_rate,
        "ours_through_feast": feast_rate,
        "ratio_through_feast": feast_rate / peer_rate,
        "equal": equal,
        "tolerance": 0,
        "rows": OURS,
        "peer_rows": PEER,
        "columns": len(_feast.COLUMNS),
        "data": _feast.DATA,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
