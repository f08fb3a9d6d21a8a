"""Side-by-side measurements behind `sanzao bench`: one module each, defining `bench`.

Each does the same work twice in one process, ours and a named peer's, in turn, and compares the results.
"""

from __future__ import annotations

from typing import Any

from features.errors import UnknownNameError
from features.folder import load_folder


def run(name: str) -> dict[str, Any]:
    """Run one benchmark.

    Returns
    -------
    dict
        bench, unit, ours, peer, peer_name, ratio (above 1: ours is better), equal, tolerance, rows, peak_rss_mb.
    """
    known = load_folder("benchmarks", "bench")
    if name not in known:
        raise UnknownNameError("benchmark", name, known)
    result: dict[str, Any] = known[name]()
    return {"bench": name, **result}


def names() -> list[str]:
    """Return the names of all benchmarks."""
    return list(load_folder("benchmarks", "bench"))
