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
    feature_share: float = 0.8
    row_share: float = 1.0


@dataclass(frozen=True)
class Watch:
    """Rows on which the loss is watched while trees are grown (`watched_rows`), and the log-odds they start from."""

    data: lightgbm.Dataset
    start: Array | None


STUMPS, PAIRS, DEEP = Shape(2, 1), Shape(4, 2), Shape(31, -1)


@dataclass(frozen=True)
class Prepared:
    """Rows put into LightGBM's bins once, for as many fits as like.

    Attributes
    ----------
    rows
        Which row of the sample each row of `data` is: some are repeated with a value taken out.
    pace
        How many of the trees that `STAGES` counts one tree stands for.
    """

    model: RiskModel
    data: lightgbm.Dataset
    rows: NDArray[np.int64]
    pace: int
    seed: int


def prepare(model: RiskModel, columns: dict[str, Array], outcome: Array, weight: Array, seed: int = 0) -> Prepared:
    """Return rows ready to be fitted to.

    Parameters
    ----------
    columns
        Features (n,), NaN where missing.
    outcome, weight
        Event by the horizon, 0 or 1, and inverse probability of censoring weight, both (n,).
    """
    import lightgbm

    matrix = np.column_stack([columns[name] for name in model.features])
    pace = 2 if len(matrix) >= LONG_STEP_ROWS else 1
    matrix, rows = _with_masked_rows(matrix, seed)
    data = lightgbm.Dataset(
        matrix,
        label=outcome[rows],
        weight=weight[rows],
        feature_name=list(model.features),
        free_raw_data=False,
        # What a leaf must hold differs between fits, so no feature is left out for being too rare for one of them.
        params={"feature_pre_filter": False, "verbose": -1, "num_threads": _threads(len(matrix))},
    )
    return Prepared(model, data.construct(), rows, pace, seed)


def watched_rows(prepared: Prepared, columns: dict[str, Array], outcome: Array, weight: Array) -> lightgbm.Dataset:
    """Return rows to watch in the bins of `prepared`, for as many fits as like; parameters as in `prepare`."""
    import lightgbm

    matrix = np.column_stack([columns[name] for name in prepared.model.features])
    data = lightgbm.Dataset(
        matrix,
        label=outcome,
        weight=weight,
        reference=prepared.data,
        free_raw_data=False,
        params=prepared.data.get_params(),
    )
    return data.construct()


def fit_booster(
    prepared: Prepared, shape: Shape, *, rounds: int, start: Array | None = None, watch: Watch | None = None
) -> lightgbm.Booster:
    """Fit boosted trees for P(event by the horizon) by weighted log-loss.

    Parameters
    ----------
    rounds
        Number of trees; of many rows half as many, each with twice the step.
    start
        Log-odds to start from (n,), for instance those of a regression; None starts from the mean.
    watch
        Rows that are not fitted to: once the loss on them has not fallen for `PATIENCE` trees, no more are grown.
    """
    import lightgbm

    model, data, pace = prepared.model, prepared.data, prepared.pace
    data.set_field("init_score", None if start is None else start[prepared.rows])
    parameters = {
        "objective": "binary",
        "num_leaves": shape.leaves,
        "max_depth": shape.depth,
        "learning_rate": shape.learning_rate * pace,
        "min_data_in_leaf": shape.rows_a_leaf,
        "lambda_l2": shape.ridge,
        "feature_fraction": shape.feature_share,
        "bagging_fraction": shape.row_share,
        "bagging_freq": int(shape.row_share < 1),
        "monotone_constraints": [{"rises": 1, "falls": -1}.get(model.directions.get(f, ""), 0) for f in model.features],
        "feature_pre_filter": False,
        "seed": prepared.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": _threads(len(prepared.rows)),
        "verbose": -1,
    }
    if shape.depth == PAIRS.depth:
        first = lightgbm.train(parameters, data, num_boost_round=max(1, min(PAIR_ROUNDS, rounds) // pace))
        alone = [[position] for position in range(len(model.features))]
        parameters["interaction_constraints"] = alone + pairs_that_matter(first)
    if watch is None:
        return lightgbm.train(parameters, data, num_boost_round=rounds // pace)
    watch.data.set_field("init_score", watch.start)
    stop = lightgbm.early_stopping(PATIENCE // pace, verbose=False)
    return lightgbm.train(parameters, data, num_boost_round=rounds // pace, valid_sets=[watch.data], callbacks=[stop])


def _threads(rows: int) -> int:
    return settings().threads if rows >= THREADED_ROWS else 1


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

    A booster that stopped early stays where it stopped; `pace` is that of the rows that it was fitted to (`Prepared`).
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
