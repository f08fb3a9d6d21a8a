"""Exact contributions for everybody, against shap.TreeExplainer (interventional, the same background)."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks._boosters import boosters, matrix_of
from benchmarks._measure import in_turn

ROWS, BACKGROUND, TREES = 1_000, 100, 200


def bench() -> dict[str, Any]:
    """Compare the contributions of one model, all features, for the same people."""
    import shap

    from models.attribution import explain
    from models.collapse import collapse
    from serving.kernel import Scorer

    (booster,), names, train = boosters(1, trees=TREES)
    form = collapse(booster, names)
    background = train[:BACKGROUND]
    scorer = Scorer([(form, explain(form, {n: background[:, i] for i, n in enumerate(names)}), 1.0, 0.0)], threads=1)
    matrix = matrix_of(ROWS)
    places = [names.index(name) for name in scorer.features]
    used = np.ascontiguousarray(matrix[:, places])
    oracle = shap.TreeExplainer(booster, data=background, feature_perturbation="interventional")
    return in_turn(
        lambda: scorer.contributions(used, 0),
        lambda: np.asarray(oracle.shap_values(matrix, check_additivity=False))[:, places],
        peer_name="shap.TreeExplainer",
        rows=ROWS,
        tolerance=1e-4,
        runs=3,
    )
