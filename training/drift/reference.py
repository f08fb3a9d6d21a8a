"""What training leaves beside the bundle for later comparison: how every column was distributed, in counts.

`reference.parquet` holds one row a column and cell (see `training.drift.grid`): `column`, `edge` (the upper bound;
infinity for what exceeds every edge, NaN for what is missing), and two counts:

- `cohort`: the index dates that the model learned from;
- `served`: the people it applied to when it was trained, as they were then. Drift is what changed *since*: people now
  are older than a cohort of years ago was, and measured less often than at an index date, which no retraining mends.

The columns are the stored features of the model and its predicted risk. Counts are exact, whatever the number of
people; the file has at most 2,002 rows a column.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from features.clock import now_of
from features.errors import NotReadyError
from features.sources import Source
from models.bundle import Bundle
from models.risk_model import RiskModel
from models.tables import representatives
from training.drift.grid import Counts, Floats, count, edges_of
from training.drift.population import RISK, Watched, count_people

if TYPE_CHECKING:
    import pandas as pd

FILE = "reference.parquet"
ABOUT = b"sanzao.reference"


@dataclass(frozen=True)
class Column:
    """One column's cells: `edges` float64 (k,), counts of `cohort` and `served` int64 (k + 2,)."""

    edges: Floats
    cohort: Counts
    served: Counts


@dataclass(frozen=True)
class Reference:
    """The distributions at the time of training, and the moment (UTC) at which the people served were counted."""

    columns: Mapping[str, Column]
    moment: datetime

    def save(self, folder: Path) -> None:
        """Write `reference.parquet` into an existing folder."""
        import pyarrow as pa
        import pyarrow.parquet

        parts = list(self.columns.values())
        cells = [len(part.cohort) for part in parts]
        table = pa.table(
            {
                "column": pa.array(np.repeat(list(self.columns), cells)).dictionary_encode(),
                "edge": np.concatenate([representatives(part.edges) for part in parts]),
                "cohort": np.concatenate([part.cohort for part in parts]),
                "served": np.concatenate([part.served for part in parts]),
            }
        )
        about = {ABOUT: json.dumps({"moment": self.moment.isoformat()}).encode()}
        pa.parquet.write_table(table.replace_schema_metadata(about), folder / FILE, compression="zstd")

    @classmethod
    def load(cls, folder: Path) -> Reference:
        """Read what `save` wrote.

        Raises
        ------
        NotReadyError
            If there is none, as with versions older than this file, or it cannot be read.
        """
        import pyarrow as pa
        import pyarrow.parquet

        try:
            table = pa.parquet.read_table(folder / FILE)
            moment = datetime.fromisoformat(json.loads(table.schema.metadata[ABOUT])["moment"])
            names = table["column"].to_numpy()
            edge, cohort, served = (table[name].to_numpy() for name in ("edge", "cohort", "served"))
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise NotReadyError(
                f"There is no distribution to compare with in {folder} ({error}). Train the model again with "
                "`sanzao train`, which writes one."
            ) from error
        starts = np.flatnonzero(np.append(True, names[1:] != names[:-1]))
        return cls(
            {
                str(names[start]): Column(edge[start : end - 2], cohort[start:end], served[start:end])
                for start, end in zip(starts, [*starts[1:], len(names)], strict=True)
            },
            moment,
        )


def write_reference(folder: Path, source: Source, model: RiskModel, bundle: Bundle, cohort: pd.DataFrame) -> None:
    """Write into the bundle's `folder` what its columns look like in the cohort and among the people of now.

    Parameters
    ----------
    cohort
        The stored features of the cohort, one row an index date, NaN where missing.
    """
    features = {entry.name: cohort[entry.name].to_numpy(dtype=np.float64) for entry in bundle.inputs}
    columns = features | {RISK: bundle.risk(features)}
    edges = {name: edges_of(values) for name, values in columns.items()}
    moment = now_of(source)
    (served,) = count_people(source, moment, [Watched(model, bundle, edges)])
    Reference(
        {name: Column(edges[name], count(edges[name], values), served[name]) for name, values in columns.items()},
        moment,
    ).save(folder)
