"""Risks of 10 models for 200,000 people, binning included, against LightGBM's own prediction."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks._boosters import boosters, matrix_of
from benchmarks._measure import in_turn
from features.settings import settings

MODELS, ROWS = 10, 200_000


def bench() -> dict[str, Any]:
    """Compare the scoring kernel with `Booster.predict` on the same float64 matrix and threads."""
    from models.attribution import explain
    from models.collapse import collapse
    from serving.kernel import Scorer

    fitted, names, train = boosters(MODELS)
    background = {name: train[:500, place] for place, name in enumerate(names)}
    forms = [collapse(booster, names) for booster in fitted]
    scorer = Scorer([(form, explain(form, background), 1.0, 0.0) for form in forms])
    matrix = matrix_of(ROWS)
    used = np.ascontiguousarray(matrix[:, [names.index(name) for name in scorer.features]])
    threads = settings().threads
    return in_turn(
        lambda: scorer.score(used).risk,
        lambda: np.column_stack([np.asarray(booster.predict(matrix, num_threads=threads)) for booster in fitted]),
        peer_name="lightgbm Booster.predict",
        rows=ROWS * MODELS,
        tolerance=1e-9,
        runs=3,
    )
