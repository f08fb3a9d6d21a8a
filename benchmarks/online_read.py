"""Read 1,000 residents' online rows, every feature, against Feast's own SQLite store holding the same people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import _feast
from benchmarks._measure import in_turn

STORED, ASKED = 3_000, 1_000


def bench() -> dict[str, Any]:
    """Compare the columnar read that serving uses; beside it, ours through Feast's API."""
    from features.packed_rows import PackedRows

    ids, values = _feast.people(STORED)
    asked = np.random.default_rng(1).choice(ids, ASKED, replace=False)
    with _feast.stores() as (mine, peer, path):
        rows = PackedRows(path, _feast.COLUMNS)
        rows.write(ids, values, int(_feast.MOMENT.timestamp() * 1e6))
        _feast.write(peer, ids, values)

        def against_peer(read: Callable[[], _feast.Values]) -> dict[str, Any]:
            return in_turn(read, lambda: _feast.read(peer, asked), peer_name=_feast.PEER, rows=ASKED, tolerance=0)

        result = against_peer(lambda: rows.read(asked)[2])
        through = against_peer(lambda: _feast.read(mine, asked))
        rows.close()
    return result | {
        "ours_through_feast": through["ours"],
        "ratio_through_feast": through["ratio"],
        "equal": result["equal"] and through["equal"],
        "columns": len(_feast.COLUMNS),
        "stored": STORED,
        "data": _feast.DATA,
    }
