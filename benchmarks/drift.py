"""Drift of 28 columns between two samples of a million people, against Evidently's preset on the same rows.

Evidently is asked for the PSI of every column at its own threshold of 0.1, the one statistic that both compute. Ours
works out more in the same time: the PSI with and without what is missing, the distance of Kolmogorov and Smirnov, and
the missing shares. Both get raw rows and count the reference anew, though in service ours reads it from the bundle.

The bins differ: Evidently takes equal widths (Sturges) over both samples, ours tenths of the reference. So verdicts are
compared, and of the PSI itself how far the two lie apart. What is missing Evidently leaves out; its counterpart is
`psi_measured`.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ROWS, RUNS = 1_000_000, 3
THRESHOLD = 0.1  # Evidently's default for the PSI
TOLERANCE = 0.05  # what other bins may change a PSI of up to 0.5
PEER = "evidently DataDriftPreset(method='psi')"

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Made:
    """A column to be made: how it is drawn, given its shift; by how much it shifts; whether it has few values."""

    draw: Callable[[np.random.Generator, int, float], Values]
    shift: float
    few: bool = False
    missing: tuple[float, float] = (0.1, 0.1)


def normal(generator: np.random.Generator, rows: int, shift: float) -> Values:
    """A blood pressure: normal, in whole steps."""
    return np.round(125 + 18 * (generator.normal(size=rows) + shift))


def skewed(generator: np.random.Generator, rows: int, shift: float) -> Values:
    """A laboratory value: lognormal."""
    return np.asarray(np.exp(0.25 * (generator.normal(size=rows) + shift)))


def flat(generator: np.random.Generator, rows: int, shift: float) -> Values:
    """An age: even over forty years, then thinned towards the older."""
    return np.asarray(35 + 40 * generator.random(rows) ** (1 / (1 + shift)))


def graded(generator: np.random.Generator, rows: int, shift: float) -> Values:
    """A grade of four."""
    return np.digitize(generator.normal(size=rows) + shift, [-1.0, 0.0, 1.0]).astype(np.float64)


def binary(generator: np.random.Generator, rows: int, shift: float) -> Values:
    """A condition that 15 % have."""
    return (generator.normal(size=rows) + shift > 1.036).astype(np.float64)


SHIFTS = {"none": 0.0, "small": 0.15, "clear": 0.7}  # in standard deviations, where the column has any


def columns() -> dict[str, Made]:
    """Return the columns by name, which says what was done to them."""
    made = {}
    for draw, few, copies in (
        (normal, False, 3), (skewed, False, 2), (flat, False, 2), (graded, True, 1), (binary, True, 1)
    ):  # fmt: skip
        for name, shift in SHIFTS.items():
            for copy in range(copies):
                made[f"{draw.__name__}_{name}_{copy}"] = Made(draw, shift, few)
    made["normal_less_often_measured"] = Made(normal, 0.0, missing=(0.05, 0.4))
    return made


def sample(rows: int, *, now: bool) -> pd.DataFrame:
    """Return the rows of one side, float64 columns, NaN where missing."""
    generator = np.random.default_rng(int(now))
    frame = {}
    for name, made in columns().items():
        values = made.draw(generator, rows, made.shift if now else 0.0)
        values[generator.random(rows) < made.missing[now]] = np.nan
        frame[name] = values
    return pd.DataFrame(frame)


def ours(reference: pd.DataFrame, current: pd.DataFrame) -> dict[str, float]:
    """Return the PSI of every column among those measured, everything else being worked out beside it."""
    from training.drift.grid import count, edges_of
    from training.drift.shift import shift

    found = {}
    for name in reference:
        then, now = reference[name].to_numpy(), current[name].to_numpy()
        edges = edges_of(then)
        found[str(name)] = shift(count(edges, then), count(edges, now)).psi_measured
    return found


def evidently(reference: pd.DataFrame, current: pd.DataFrame) -> dict[str, float]:
    """Return Evidently's PSI of every column."""
    os.environ["DO_NOT_TRACK"] = "1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        few = [name for name, made in columns().items() if made.few]
        definition = DataDefinition(
            numerical_columns=[name for name in reference if name not in few], categorical_columns=few
        )
        report = Report([DataDriftPreset(method="psi", threshold=THRESHOLD)])
        answer = report.run(Dataset.from_pandas(current, definition), Dataset.from_pandas(reference, definition)).dict()
    return {
        metric["config"]["column"]: float(metric["value"])
        for metric in answer["metrics"]
        if metric["config"]["type"].endswith("ValueDrift")
    }


def bench(rows: int = ROWS) -> dict[str, Any]:
    """Compare speed, verdicts and PSI; `equal`: the same verdict on every column, and no PSI further off than told."""
    reference, current = sample(rows, now=False), sample(rows, now=True)
    few_rows = reference.head(2_000), current.head(2_000)
    ours(*few_rows), evidently(*few_rows)  # what is imported or compiled on first use
    before = _peak_mb()
    mine, my_seconds = _timed(lambda: ours(reference, current), RUNS)
    my_peak = _peak_mb()
    theirs, their_seconds = _timed(lambda: evidently(reference, current), 1)  # minutes, so once
    differing = [name for name in theirs if (mine[name] >= THRESHOLD) != (theirs[name] >= THRESHOLD)]
    apart = {name: abs(mine[name] - theirs[name]) for name in theirs}
    close = all(apart[name] <= TOLERANCE for name in theirs)
    return {
        "unit": "rows/s",
        "ours": rows / my_seconds,
        "peer": rows / their_seconds,
        "peer_name": PEER,
        "ratio": their_seconds / my_seconds,
        "equal": not differing and close and set(mine) == set(theirs),
        "tolerance": TOLERANCE,
        "rows": rows,
        "peak_rss_mb": _peak_mb(),
        "columns": len(theirs),
        "threshold": THRESHOLD,
        "verdicts_that_differ": differing,
        "drifted_columns": sum(value >= THRESHOLD for value in theirs.values()),
        "largest_psi_difference": max(apart.values()),
        "ours_seconds": my_seconds,
        "peer_seconds": their_seconds,
        "ours_added_rss_mb": my_peak - before,
        "peer_added_rss_mb": _peak_mb() - my_peak,
        "data": "synthetic columns with known shifts",
    }


def _timed(side: Callable[[], dict[str, float]], runs: int) -> tuple[dict[str, float], float]:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        answer = side()
        seconds.append(time.perf_counter() - start)
    return answer, statistics.median(seconds)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
