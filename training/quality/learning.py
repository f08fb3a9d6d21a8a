"""Candidates for a cell model, all in table form, and the choice among them by leaving out one table at a time.

What must not be lost is that the model meets tables that it has never seen: so each candidate is judged on a table
that it was not fitted to, and calibrated (Platt 1999) on such tables, too. Every table counts the same, however long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.cell_model import CellModel
from models.collapse import collapse
from models.quality import JOINED
from models.tables import Curve, TableForm

Array = NDArray[np.float64]

UNLABELLED = "no labels"
CANDIDATES = (UNLABELLED, "depth 1", "depth 2")
ROUNDS, RATE, CELLS_A_LEAF, RIDGE = 80, 0.1, 100, 20.0  # own choices
GRID = np.linspace(-8, 8, 129)  # log-odds at which the joined chance is tabulated
BETTER = 0.01  # log-loss by which a learnt candidate must beat the detectors' own joined chance


@dataclass(frozen=True, eq=False)
class Cells:
    """Labelled cells of one table: features (m,) by name, whether each is wrong (m,), and which cells they are."""

    table: str
    features: Mapping[str, Array]
    wrong: NDArray[np.bool_]
    row: NDArray[np.int64]
    column: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Choice:
    """What validation found: the candidate, its calibration, and chances on tables that were left out.

    Attributes
    ----------
    loss
        Mean log-loss over the left-out tables, by candidate.
    chances
        For each table, the calibrated chance of its cells from a model that saw the other tables only.
    """

    name: str
    slope: float
    intercept: float
    loss: dict[str, float]
    chances: dict[str, Array]


def fit(candidate: str, model: CellModel, tables: Sequence[Cells], seed: int) -> TableForm:
    """Return a candidate fitted to the cells of some tables."""
    if candidate == UNLABELLED:
        return identity()
    depth = int(candidate.removeprefix("depth "))
    features = {name: np.concatenate([cells.features[name] for cells in tables]) for name in model.features}
    wrong = np.concatenate([cells.wrong for cells in tables]).astype(np.float64)
    weight = np.concatenate([np.full(len(cells.wrong), 1e5 / len(cells.wrong)) for cells in tables])
    return boosted(model, features, wrong, weight, depth=depth, rounds=ROUNDS, cells_a_leaf=CELLS_A_LEAF, seed=seed)


def identity() -> TableForm:
    """Return the joined log-odds as a table, in steps of `GRID`."""
    middle = (GRID[1:] + GRID[:-1]) / 2
    return TableForm(0.0, (Curve(JOINED, GRID, np.concatenate([[GRID[0]], middle, [GRID[-1], 0.0]])),), ())


def boosted(
    model: CellModel, features: Mapping[str, Array], wrong: Array, weight: Array, *, depth: int, rounds: int,
    cells_a_leaf: int, seed: int, start: Array | None = None,
) -> TableForm:  # fmt: skip
    """Return boosted trees of depth 1 or 2 as tables; `start` is a log-odds (m,) that they correct."""
    import lightgbm

    data = lightgbm.Dataset(
        np.column_stack([features[name] for name in model.features]),
        label=wrong, weight=weight, init_score=start, feature_name=list(model.features), params={"verbose": -1},
    )  # fmt: skip
    parameters = {
        "objective": "binary", "num_leaves": 2**depth, "max_depth": depth, "learning_rate": RATE,
        "min_data_in_leaf": cells_a_leaf, "lambda_l2": RIDGE, "seed": seed, "deterministic": True,
        "force_row_wise": True, "num_threads": 1, "verbose": -1,
        # More evidence against a cell never makes it likelier to be right.
        "monotone_constraints": [int(name not in ("value_share", "column_suspected")) for name in model.features],
    }  # fmt: skip
    return collapse(lightgbm.train(parameters, data, num_boost_round=rounds), model.features)


def choose(model: CellModel, tables: Sequence[Cells], seed: int) -> Choice:
    """Return the candidate that is best on tables that it was not fitted to."""
    raw: dict[str, dict[str, Array]] = {name: {} for name in CANDIDATES}
    for left_out in tables:
        others = [cells for cells in tables if cells is not left_out]
        for name in CANDIDATES if others else (UNLABELLED,):
            raw[name][left_out.table] = fit(name, model, others, seed).raw(left_out.features)
    loss: dict[str, float] = {}
    chances: dict[str, dict[str, Array]] = {}
    for name, of_table in raw.items():
        if not of_table:
            continue
        chances[name] = {}
        for left_out in tables:
            others = [cells for cells in tables if cells is not left_out] or [left_out]
            slope, intercept = platt([(of_table[cells.table], cells.wrong) for cells in others])
            chances[name][left_out.table] = sigmoid(intercept + slope * of_table[left_out.table])
        loss[name] = float(np.mean([log_loss(chances[name][cells.table], cells.wrong) for cells in tables]))
    best = min(loss, key=lambda name: loss[name] - (BETTER if name == UNLABELLED else 0.0))
    slope, intercept = platt([(raw[best][cells.table], cells.wrong) for cells in tables])
    return Choice(best, slope, intercept, loss, chances[best])


def platt(pairs: Sequence[tuple[Array, NDArray[np.bool_]]]) -> tuple[float, float]:
    """Return slope (0.05 at least) and intercept of calibration on raw scores of several tables that count the same."""
    raw = np.concatenate([scores for scores, _ in pairs])
    wrong = np.concatenate([labels for _, labels in pairs]).astype(np.float64)
    weight = np.concatenate([np.full(len(labels), 1e4 / len(labels)) for _, labels in pairs])
    matrix = np.column_stack([raw, np.ones(len(raw))])
    found, pull = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    penalty = np.diag([10.0, 1e-3])  # towards leaving the scores as they are
    for _ in range(25):
        chance = sigmoid(matrix @ found)
        slope = matrix.T @ (weight * (wrong - chance)) - penalty @ (found - pull)
        curvature = (matrix * (weight * chance * (1 - chance))[:, None]).T @ matrix + penalty
        step = np.linalg.solve(curvature, slope)
        found = found + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-8:
            break
    return max(float(found[0]), 0.05), float(found[1])


def sigmoid(raw: Array) -> Array:
    """Return 1 / (1 + exp(-raw))."""
    chance: Array = 1 / (1 + np.exp(-np.clip(raw, -40, 40)))
    return chance


def log_loss(chance: Array, wrong: NDArray[np.bool_]) -> float:
    """Return the mean negative log-likelihood."""
    right = np.clip(np.where(wrong, chance, 1 - chance), 1e-9, 1)
    return float(-np.log(right).mean())
