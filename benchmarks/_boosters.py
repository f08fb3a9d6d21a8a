"""Boosters of the size that a city's models have, on simulated features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import lightgbm

FEATURES, TREES, DEPTH = 60, 500, 2


def boosters(count: int, *, trees: int = TREES) -> tuple[list[lightgbm.Booster], list[str], NDArray[np.float64]]:
    """Return `count` boosters of depth 2, the feature names, and a training matrix with missing values."""
    import lightgbm

    generator = np.random.default_rng(0)
    names = [f"f{number:02d}" for number in range(FEATURES)]
    matrix = matrix_of(20_000)
    fitted = []
    for seed in range(count):
        weight = generator.normal(size=FEATURES)
        signal = np.nan_to_num(matrix) @ weight / 4 + np.nan_to_num(matrix[:, 0] * matrix[:, 1])
        outcome = (signal + generator.logistic(size=len(matrix)) > 2).astype(float)
        parameters = {
            "objective": "binary",
            "num_leaves": 4,
            "max_depth": DEPTH,
            "verbose": -1,
            "num_threads": 1,
            "seed": seed,
        }
        fitted.append(lightgbm.train(parameters, lightgbm.Dataset(matrix, outcome, feature_name=names), trees))
    return fitted, names, matrix


def matrix_of(rows: int) -> NDArray[np.float64]:
    """Return a feature matrix (rows, FEATURES) of which a tenth is missing."""
    generator = np.random.default_rng(1)
    matrix = generator.normal(size=(rows, FEATURES))
    matrix[generator.random(matrix.shape) < 0.1] = np.nan
    return matrix
