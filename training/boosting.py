"""Boosted trees of depth 1 and 2, fitted to the event by the horizon, collapsed into the table form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.settings import settings
from models.collapse import collapse
from models.risk_model import RiskModel
from models.tables import TableForm

if TYPE_CHECKING:
    import lightgbm

Array = NDArray[np.float64]

STAGES = (
    10,
    20,
    30,
    40,
    60,
    80,
    100,
    130,
    160,
    200,
    250,
    300,
    400,
    500,
    600,
)  # numbers of trees among which validation chooses

# With so many rows steps of double length, half as many, are as good: on held-out people of the city the AUC of
# hypertension and stroke differed by 0.0006 at most.
LONG_STEP_ROWS = 12_000

# Share of the rows that is repeated with a value taken out, so that a feature that is never missing in training has
# a learned answer for the day on which it is missing.
MASKED_SHARE = 0.02


# Below this many rows threads cost more than they save, many times more where the cores are shared.
THREADED_ROWS = 200_000


# Growing ends once so many trees have brought nothing on rows that are watched.
PATIENCE = 60

# Of all pairs of features those that gain most in a first, short fit are kept: a clinician can read so many maps.
PAIRS_KEPT, PAIR_ROUNDS = 30, 60


@dataclass(frozen=True)
class Shape:
    """How large the trees are, and how they are grown."""

    leaves: int
    depth: int
    learning_rate: float = 0.1
    rows_a_leaf: int = 50
    ridge: float = 10.0
    feature_share: float = 0.5
    row_share: float = 0.7


@dataclass(frozen=True)
class Watch:
    """Rows on which the loss is watched while trees are grown: as the parameters of `fit_booster`."""

    columns: dict[str, Array]
    outcome: Array
    weight: Array
    start: Array | None


STUMPS, PAIRS, DEEP = Shape(2, 1), Shape(4, 2), Shape(31, -1)


def fit_booster(
    model: RiskModel,
    columns: dict[str, Array],
    outcome: Array,
    weight: Array,
    shape: Shape,
    *,
    rounds: int,
    start: Array | None = None,
    seed: int = 0,
    watch: Watch | None = None,
) -> lightgbm.Booster:
    """Fit boosted trees for P(event by the horizon) by weighted log-loss.

    Parameters
    ----------
    columns
        Features (n,), NaN where missing.
    outcome, weight
        Event by the horizon, 0 or 1, and inverse probability of censoring weight, both (n,).
    rounds
        Number of trees; of many rows half as many, each with twice the step.
    start
        Log-odds to start from (n,), for instance those of a regression; None starts from the mean.
    watch
        Rows that are not fitted to: once the loss on them has not fallen for `PATIENCE` trees, no more are grown.
    """
    import lightgbm

    matrix = np.column_stack([columns[name] for name in model.features])
    pace = pace_of(len(matrix))
    matrix, rows = _with_masked_rows(matrix, seed)
    parameters = {
        "objective": "binary",
        "num_leaves": shape.leaves,
        "max_depth": shape.depth,
        "learning_rate": shape.learning_rate * pace,
        "min_data_in_leaf": shape.rows_a_leaf,
        "lambda_l2": shape.ridge,
        "feature_fraction": shape.feature_share,
        "bagging_fraction": shape.row_share,
        "bagging_freq": 1,
        "monotone_constraints": [{"rises": 1, "falls": -1}.get(model.directions.get(f, ""), 0) for f in model.features],
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": settings().threads if len(matrix) >= THREADED_ROWS else 1,
        "verbose": -1,
    }
    data = lightgbm.Dataset(
        matrix,
        label=outcome[rows],
        weight=weight[rows],
        init_score=None if start is None else start[rows],
        feature_name=list(model.features),
        free_raw_data=False,
        params=parameters,
    )
    if shape.depth == PAIRS.depth:
        first = lightgbm.train(parameters, data, num_boost_round=min(PAIR_ROUNDS, rounds) // pace)
        alone = [[position] for position in range(len(model.features))]
        parameters["interaction_constraints"] = alone + pairs_that_matter(first)
    if watch is None:
        return lightgbm.train(parameters, data, num_boost_round=rounds // pace)
    watched = lightgbm.Dataset(
        np.column_stack([watch.columns[name] for name in model.features]),
        label=watch.outcome,
        weight=watch.weight,
        init_score=watch.start,
        reference=data,
    )
    stop = lightgbm.early_stopping(PATIENCE // pace, verbose=False)
    return lightgbm.train(parameters, data, num_boost_round=rounds // pace, valid_sets=[watched], callbacks=[stop])


def pace_of(rows: int) -> int:
    """Return how many of the trees that `STAGES` counts one tree stands for when so many rows are fitted to."""
    return 2 if rows >= LONG_STEP_ROWS else 1


def pairs_that_matter(booster: lightgbm.Booster) -> list[list[int]]:
    """Return the pairs of features (positions) whose second splits gain most, at most `PAIRS_KEPT` of them."""
    gained: dict[tuple[int, int], float] = {}
    for tree in booster.dump_model()["tree_info"]:
        root = tree["tree_structure"]
        for child in (root.get("left_child", {}), root.get("right_child", {})):
            if "split_feature" in child and child["split_feature"] != root["split_feature"]:
                first, second = sorted((root["split_feature"], child["split_feature"]))
                gained[first, second] = gained.get((first, second), 0.0) + child["split_gain"]
    return [list(pair) for pair in sorted(gained, key=lambda pair: -gained[pair])[:PAIRS_KEPT]]


def staged_log_odds(booster: lightgbm.Booster, model: RiskModel, columns: dict[str, Array], pace: int) -> Array:
    """Return the raw score after each of `STAGES`, (len(STAGES), n), without what the booster started from.

    A booster that stopped early stays where it stopped; `pace` is that of the rows that it was fitted to.
    """
    matrix = np.column_stack([columns[name] for name in model.features])
    trees = booster.num_trees()
    steps, previous = [], 0
    for stage in (min(stage // pace, trees) for stage in STAGES):
        if stage > previous:
            grown = booster.predict(matrix, raw_score=True, start_iteration=previous, num_iteration=stage - previous)
            steps.append(np.asarray(grown, dtype=np.float64))
        else:
            steps.append(np.zeros(len(matrix)))
        previous = stage
    return np.cumsum(steps, axis=0)


def boosted_form(booster: lightgbm.Booster, model: RiskModel) -> TableForm:
    """Return the booster as tables, exactly."""
    return collapse(booster, model.features)


def _with_masked_rows(matrix: Array, seed: int) -> tuple[Array, NDArray[np.int64]]:
    """Return `matrix` with copies of some rows in which one never-missing feature is taken out, and the row numbers."""
    count, width = matrix.shape
    generator = np.random.default_rng(seed)
    blocks, rows = [matrix], [np.arange(count)]
    for column in range(width):
        if np.isnan(matrix[:, column]).any():
            continue
        chosen = generator.choice(count, size=max(1, int(count * MASKED_SHARE)), replace=False)
        block = matrix[chosen].copy()
        block[:, column] = np.nan
        blocks.append(block)
        rows.append(chosen)
    return np.concatenate(blocks), np.concatenate(rows)
