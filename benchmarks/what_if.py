"""One disease, everybody's blood pressure moved: the whole city's predicted risk before and after, against the goal.

People are made up: only the number of them and the size of the model matter. The answer of the first of them is held
against the model's tables read plainly.
"""

from __future__ import annotations

import resource
import statistics
import time
from typing import Any

import numpy as np
import pandas as pd

ROWS, RUNS, GOAL_SECONDS, CHECKED = 1_000_000, 5, 2.0, 500
TOLERANCE = 1e-9
MODEL = "stroke_5y"
SEED = 20_260_101


def bench(rows: int = ROWS) -> dict[str, Any]:
    """Ask once for everybody; `ours` is questions a second, the goal one in two seconds."""
    from benchmarks.score_all import champion_for
    from features.views import all_features
    from models.design import design
    from serving.what_if import Change, what_if

    generator = np.random.default_rng(SEED)
    people = pd.DataFrame(
        {
            name: np.where(
                generator.random(rows) < 0.1 * (not feature.required),
                np.nan,
                np.clip(generator.normal((feature.low + feature.high) / 2, (feature.high - feature.low) / 8, rows),
                        feature.low, feature.high),
            )
            for name, feature in all_features().items()
        }
    )  # fmt: skip
    champion = champion_for(MODEL, {str(name): people[name].to_numpy() for name in people}).champion
    changes = [Change("systolic_bp", "at_most", 130.0), Change("bmi", "add", -1.0)]
    moved = what_if(champion, people, changes)
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        what_if(champion, people, changes)
        seconds.append(time.perf_counter() - start)
    first = people.iloc[:CHECKED].copy()
    first["systolic_bp"] = first["systolic_bp"].clip(upper=130.0)
    first["bmi"] = (first["bmi"] - 1.0).clip(lower=all_features()["bmi"].low)
    plain = champion.bundle.form.raw(
        design(champion.bundle.form.features, {str(n): first[n].to_numpy() for n in first})
    )
    equal = np.allclose(moved.after[:CHECKED], 1 / (1 + np.exp(-plain)), rtol=0, atol=TOLERANCE)
    median = statistics.median(seconds)
    return {
        "unit": "questions/s",
        "ours": 1 / median,
        "peer": 1 / GOAL_SECONDS,
        "peer_name": "goal",
        "ratio": GOAL_SECONDS / median,
        "equal": bool(equal),
        "tolerance": TOLERANCE,
        "rows": rows,
        "seconds": median,
        "data": "made-up people and outcomes",
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
