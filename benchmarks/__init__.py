"""Side-by-side measurements behind `sanzao bench`: one module each, defining `bench`.

Each does the same work twice in one process, ours and a named peer's, in turn, and compares the results.
"""

from __future__ import annotations

import inspect
from typing import Any

from features.errors import InvalidInputError, UnknownNameError
from features.folder import load_folder


def run(name: str, rows: int | None = None) -> dict[str, Any]:
    """Run one benchmark; `online-read` and `online_read` name the same.

    Parameters
    ----------
    rows
        How many rows to work on, where the benchmark lets that be chosen; None: as many as it does by itself.

    Returns
    -------
    dict
        bench, unit, ours, peer, peer_name, ratio (above 1: ours is better), equal, tolerance, rows, peak_rss_mb.
    """
    known = {_spoken(module): bench for module, bench in load_folder("benchmarks", "bench").items()}
    if _spoken(name) not in known:
        raise UnknownNameError("benchmark", name, known)
    bench = known[_spoken(name)]
    if rows is not None and "rows" not in inspect.signature(bench).parameters:
        raise InvalidInputError(f"The number of rows of '{_spoken(name)}' is fixed: leave --rows out.")
    result: dict[str, Any] = bench() if rows is None else bench(rows=rows)
    return {"bench": _spoken(name), **result}


def names() -> list[str]:
    """Return the names of all benchmarks."""
    return [_spoken(module) for module in load_folder("benchmarks", "bench")]


def _spoken(module: str) -> str:
    """Return a module's name as the command line spells it, with hyphens."""
    return module.replace("_", "-")
