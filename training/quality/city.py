"""Cell models on the simulated city: its tables against their contracts, judged by the mistakes that were put in.

The records are taken as they arrived, before the lake sets broken ones aside. The truth is read here to judge with,
never to fit to. A row that was written twice counts as one wrong cell, its number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from features.contracts import contracts
from features.sources import get_source
from features.sources._city.build import records_path, truth_path
from models.cell_model import CellModel
from models.quality import JOINED, CellTable, cell_features, examine
from training.quality.evaluation import figures
from training.quality.learning import sigmoid

TABLES = ("measurement", "condition_occurrence")
ROWS = 40_000  # of each table: whole residents, so that their rows can be held against each other


def evaluate_city(model: CellModel, progress: Callable[[str], None] = lambda _: None) -> list[dict[str, Any]]:
    """Return the figures of the detectors' joined chance on a sample of each table."""
    city = get_source("city")
    city.prepare(progress)
    rows = []
    for name in TABLES:
        progress(name)
        frame, wrong = sample(name)
        table = CellTable.of_frame(frame)
        evidence = examine(table, contracts()[name])
        chance = sigmoid(cell_features(table, evidence, (JOINED,))[JOINED])
        found = figures(chance, wrong.ravel(), model.threshold)
        rows.append(
            {"table": f"city.{name}", "mode": "no labels"}
            | found
            | {"synthetic": city.synthetic, "notice": city.notice, "notice_zh": city.notice_zh}
        )
    return rows


def sample(name: str) -> tuple[pd.DataFrame, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Return the rows of some residents, and which of their cells were made wrong, (n, k)."""
    key = contracts()[name].key[0]
    with duckdb.connect() as lake:
        records = f"read_parquet('{records_path()}/{name}/*/*.parquet', hive_partitioning = false)"
        errors = f"read_parquet('{truth_path()}/error/*/*.parquet', hive_partitioning = false)"
        count = lake.execute(f"SELECT count(*) FROM {records}").fetchall()[0][0]
        share = max(1, round(count / ROWS))
        frame = lake.execute(f"SELECT * FROM {records} WHERE hash(person_id) % {share} = 0 ORDER BY {key}").df()
        known = lake.execute(
            f'SELECT record_id, "column" FROM {errors} WHERE "table" = ?',
            [name],
        ).df()
    wrong = np.zeros(frame.shape, dtype=np.bool_)
    row_of = pd.Series(np.arange(len(frame)), index=frame[key])
    known = known[known["record_id"].isin(row_of.index) & known["column"].isin(frame.columns)]
    wrong[row_of.loc[known["record_id"]].to_numpy(), frame.columns.get_indexer(pd.Index(known["column"]))] = True
    return frame, wrong
