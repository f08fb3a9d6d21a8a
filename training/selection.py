"""Weights that let those who were tested stand for all: the inverse of the chance of being tested.

Seaman SR, White IR. Review of inverse probability weighting for dealing with missing data. Stat Methods Med Res
2013;22:278-295. Section 4 there names what is done here: weights from a model of the chance, bounded above.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.halves import halves

Array = NDArray[np.float64]

MOST = 20.0  # no tested person stands for more than so many: our choice, one in twenty is tested at the least
ROUNDS = 80


def weights_of_tested(features: pd.DataFrame, tested: NDArray[np.bool_], person: pd.Series[int]) -> Array:
    """Return for each row (n,) the inverse of its chance of being tested, given its features; 1 if all were tested.

    Each half of the people is weighted by a model of the other half, so that nobody's own luck enters the weight.
    """
    weights = np.ones(len(tested))
    if tested.all() or not tested.any():
        return weights
    import lightgbm

    matrix = features.to_numpy(dtype=np.float64)
    parameters = {
        "objective": "binary",
        "num_leaves": 4,
        "max_depth": 2,
        "learning_rate": 0.1,
        "min_data_in_leaf": 100,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    for mine, others in halves(np.asarray(person, dtype=np.int64)):
        if not len(mine) or not tested[others].any():
            continue
        data = lightgbm.Dataset(matrix[others], label=tested[others].astype(np.float64))
        chance = np.asarray(lightgbm.train(parameters, data, num_boost_round=ROUNDS).predict(matrix[mine]))
        weights[mine] = np.minimum(1.0 / np.maximum(chance, 1e-9), MOST)
    return weights
