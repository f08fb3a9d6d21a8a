"""Bringing records of any origin into one shape: Parquet by table and bucket, still unchecked."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from features.contracts import TableContract
from features.contracts._casting import literal, typed_sql
from features.lake.inspection import ROW, as_arrow, raw_types
from features.lake.reading import parquet_sql
from features.sources import BucketedParquet, ParquetFiles


def divide(
    connection: duckdb.DuckDBPyConnection,
    contract: TableContract,
    given: pd.DataFrame | BucketedParquet | ParquetFiles,
    buckets: int,
    target: Path,
) -> Path:
    """Return a folder with the rows of `given` in `bucket=<k>`, k = person_id % buckets.

    Records that lie so already are left where they are. A row whose person_id cannot be read, and every row of a
    table that is not about residents, goes to bucket 0.
    """
    if isinstance(given, BucketedParquet):
        return given.folder
    if isinstance(given, ParquetFiles):
        if not given.files:
            return target
        rows = parquet_sql(list(given.files), ", union_by_name = true, file_row_number = true")
        query = f"SELECT * RENAME (file_row_number AS {ROW}) FROM {rows}"
    else:
        connection.register("given", as_arrow(given))
        query = "FROM given"
    bucket = "0"
    if contract.about_residents:
        person = next(column for column in contract.columns if column.name == "person_id")
        number = typed_sql(person, raw_types(connection, query).get("person_id"))
        bucket = f"coalesce((({number}) % {buckets} + {buckets}) % {buckets}, 0)"
    target.mkdir(parents=True)
    connection.execute(
        f"COPY (SELECT *, {bucket} AS bucket FROM ({query})) TO {literal(str(target))} "
        "(FORMAT parquet, COMPRESSION snappy, PARTITION_BY (bucket), OVERWRITE_OR_IGNORE)"
    )
    return target
