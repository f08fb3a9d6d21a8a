"""A cohort that somebody hands over as a file: residents and index dates in, the same rows with all features out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import InvalidInputError, suggest
from features.history import history
from features.staging import unwritable

ROWS_AT_A_TIME = 100_000
NEEDED = ("person_id", "index_date")


def write_history(source: str, index: Path, output: Path, progress: Callable[[str], None] = lambda _: None) -> int:
    """Write the rows of `index` with the features known at each index date; return how many.

    Memory is bounded by `ROWS_AT_A_TIME` rows, whatever the size of the cohort; `output` appears whole or not at all.
    """
    cohort = read_index(index)
    staging = output.with_name(f"{output.name}.staging")
    writer: pq.ParquetWriter | None = None
    try:
        for begin in range(0, max(len(cohort), 1), ROWS_AT_A_TIME):
            part = cohort.iloc[begin : begin + ROWS_AT_A_TIME]
            table = pa.Table.from_pandas(pd.concat([part, history(source, part)], axis=1), preserve_index=False)
            writer = writer or pq.ParquetWriter(staging, table.schema, compression="zstd")
            writer.write_table(table)
            progress(f"{begin + len(part):,} of {len(cohort):,} index dates")
    except OSError as error:
        raise unwritable(output, error) from error
    finally:
        if writer is not None:
            writer.close()
    staging.replace(output)
    return len(cohort)


def read_index(path: Path) -> pd.DataFrame:
    """Return the cohort in a CSV or Parquet file: person_id int64, index_date datetime64[us, UTC], in its order.

    Raises
    ------
    InvalidInputError
        If the file cannot be read, lacks a column, or holds something else than numbers and dates.
    """
    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"Cannot read the cohort {path}: {error}. Give a CSV or Parquet file.") from error
    for name in NEEDED:
        if name not in frame:
            raise InvalidInputError(
                f"The cohort {path} has no column '{name}'. {suggest(name, map(str, frame.columns))} "
                "It needs person_id and index_date."
            )
    person = pd.to_numeric(frame["person_id"], errors="coerce")
    date = pd.to_datetime(frame["index_date"].astype("string"), format="ISO8601", errors="coerce", utc=True)
    problems = [
        {"row": int(row) + 1, "field": name, "value": str(frame[name].iloc[row]), "allowed": allowed}
        for name, broken, allowed in (
            ("person_id", person.isna() | (person % 1 != 0), "a whole number"),
            ("index_date", date.isna(), "a date like 2023-07-01"),
        )
        for row in np.flatnonzero(broken)[:20]
    ]
    if problems:
        raise InvalidInputError(f"The cohort {path} has rows that cannot be used; correct or remove them.", problems)
    return pd.DataFrame({"person_id": person.astype("int64"), "index_date": date.astype("datetime64[us, UTC]")})
