"""How good cell models are: precision, recall and F1 over cells, with and without labels of the table at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.table_pairs import TablePair
from models.cell_model import CellModel
from models.quality import JOINED, CellTable, cell_features, examine
from training.quality.learning import Cells, boosted, choose, fit, sigmoid

Array = NDArray[np.float64]

LABELLED = 20  # rows that somebody looks through
DRAWS = 5  # times that they are drawn anew; figures are means
MOST_CELLS = 100_000  # of one table that candidates are fitted to


def cells_of(model: CellModel, pair: TablePair) -> Cells:
    """Return every cell of a table with its features and its label."""
    table = CellTable.of_frame(pair.dirty)
    n, k = table.shape
    row, column = np.divmod(np.arange(n * k), k)
    return Cells(pair.name, cell_features(table, examine(table), model.features), pair.wrong.ravel(), row, column)


def sampled(cells: Cells, seed: int) -> Cells:
    """Return at most `MOST_CELLS` of the cells."""
    if len(cells.wrong) <= MOST_CELLS:
        return cells
    chosen = np.sort(np.random.default_rng(seed).choice(len(cells.wrong), MOST_CELLS, replace=False))
    return Cells(
        cells.table,
        {name: values[chosen] for name, values in cells.features.items()},
        cells.wrong[chosen],
        cells.row[chosen],
        cells.column[chosen],
    )


def evaluate(
    model: CellModel, pairs: Sequence[TablePair], seed: int, progress: Callable[[str], None] = lambda _: None
) -> list[dict[str, Any]]:
    """Return one record a table and mode.

    Modes: `no labels` is the detectors' joined chance; `other tables` the candidate chosen and fitted without this
    table (only where there are three tables and more, so that something is left to choose by); `few labels` the joined
    chance corrected by what `LABELLED` rows of the table show, judged on its other rows.
    """
    found = []
    for pair in pairs:
        progress(pair.name)
        found.append(cells_of(model, pair))
    rows = []
    for cells in found:
        unlabelled = sigmoid(cells.features[JOINED])
        rows.append({"table": cells.table, "mode": "no labels"} | figures(unlabelled, cells.wrong, model.threshold))
        others = [sampled(other, seed) for other in found if other is not cells]
        if len(others) > 1:
            rows.append({"table": cells.table, "mode": "other tables"} | _elsewhere(model, cells, others, seed))
        rows.append({"table": cells.table, "mode": "few labels"} | _few_labels(model, cells, seed))
    return rows


def _elsewhere(model: CellModel, cells: Cells, others: Sequence[Cells], seed: int) -> dict[str, Any]:
    choice = choose(model, others, seed)
    raw = fit(choice.name, model, others, seed).raw(cells.features)
    chance = sigmoid(choice.intercept + choice.slope * raw)
    return figures(chance, cells.wrong, model.threshold) | {"chosen": choice.name}


def _few_labels(model: CellModel, cells: Cells, seed: int) -> dict[str, Any]:
    drawn = []
    rows = int(cells.row.max()) + 1
    labelled = min(LABELLED, rows // 2)
    for draw in range(DRAWS):
        chosen = np.random.default_rng([seed, draw]).choice(rows, labelled, replace=False)
        seen = np.isin(cells.row, chosen)
        features = {name: values[seen] for name, values in cells.features.items()}
        wrong = cells.wrong[seen].astype(np.float64)
        start = cells.features[JOINED]
        form = boosted(
            model, features, wrong, np.ones(len(wrong)), depth=2, rounds=60, cells_a_leaf=5, seed=seed,
            start=start[seen],
        )  # fmt: skip
        chance = sigmoid(start + form.raw(cells.features))
        drawn.append(figures(chance[~seen], cells.wrong[~seen], model.threshold))
    return {name: float(np.mean([one[name] for one in drawn])) for name in drawn[0]} | {"labelled": labelled}


def figures(chance: Array, wrong: NDArray[np.bool_], threshold: float) -> dict[str, Any]:
    """Return precision, recall and F1 of the cells at or above the threshold, and figures that need none.

    Average precision is the mean of precision over the wrong cells in order of chance, cells of equal chance taken
    together; the Brier score is the mean squared difference of chance and truth.
    """
    said = chance >= threshold
    hits = int((said & wrong).sum())
    precision = hits / int(said.sum()) if said.any() else 0.0
    recall = hits / int(wrong.sum()) if wrong.any() else 0.0
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if hits else 0.0,
        "average_precision": average_precision(chance, wrong),
        "brier": float(np.mean((chance - wrong) ** 2)),
        "cells": len(wrong),
        "wrong": int(wrong.sum()),
        "expected": float(chance.sum()),
    }


def average_precision(chance: Array, wrong: NDArray[np.bool_]) -> float:
    """Return the area under precision over recall as a step function; NaN where nothing is wrong."""
    if not wrong.any():
        return float("nan")
    order = np.argsort(-chance, kind="stable")
    last = np.flatnonzero(np.diff(chance[order], append=-1.0))
    hits = np.cumsum(wrong[order])[last]
    gained = np.diff(hits, prepend=0)
    return float((gained * hits / (last + 1)).sum() / wrong.sum())
