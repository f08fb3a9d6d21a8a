"""Reading the lake: a DuckDB connection with one view a table, over everybody or over one bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from features.contracts import TableContract, contracts
from features.contracts._casting import DUCKDB_TYPE, literal, quoted
from features.errors import InvalidInputError, NotReadyError
from features.journal import arrived
from features.settings import settings
from features.staging import read_manifest

PART = "part-0.parquet"


def lake_path(source: str) -> Path:
    """Return the folder of a source's lake."""
    return settings().source_state(source) / "lake"


def lake_manifest(source: str) -> dict[str, Any]:
    """Return the manifest of a source's lake.

    Raises
    ------
    NotReadyError
        If the lake has not been built, or by a version that knew other tables.
    """
    folder = lake_path(source)
    manifest = read_manifest(folder)
    if manifest is None:
        raise NotReadyError(f"There is no lake for source '{source}' yet. Run `sanzao data build --source {source}`.")
    absent = [name for name in contracts() if not (folder / name).is_dir()]
    if absent or "buckets" not in manifest:
        raise NotReadyError(
            f"The lake in {folder} was built by another version: it has no {', '.join(absent) or 'buckets'}. "
            f"Run `sanzao data build --source {source}`."
        )
    return manifest


def lake_buckets(source: str) -> int:
    """Return into how many buckets the residents of a source's lake are divided."""
    return int(lake_manifest(source)["buckets"])


def open_lake(source: str, bucket: int | None = None, until: int | None = None) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection with one view a lake table, typed as its contract says even where it is empty.

    Records that arrived one by one stand beside those that the lake was built from.

    Parameters
    ----------
    bucket : int, optional
        Show the residents of this bucket only (person_id % buckets); tables that are not about residents are
        whole all the same.
    until : int, optional
        Show what arrived up to this batch of the journal only.

    Raises
    ------
    NotReadyError
        If the lake has not been built, or by another version.
    InvalidInputError
        If there is no such bucket.
    """
    buckets = lake_buckets(source)
    if bucket is not None and not 0 <= bucket < buckets:
        raise InvalidInputError(f"The lake of '{source}' has no bucket {bucket}: choose 0 to {buckets - 1}.")
    connection = connect()
    more = arrived(source, until)
    for contract in contracts().values():
        files = part_files(lake_path(source) / contract.name, bucket if contract.about_residents else None)
        query = rows_sql(contract, files)
        if contract.name in more:
            connection.register("arrived_rows", more[contract.name])
            connection.execute(f"CREATE TABLE arrived_{contract.name} AS SELECT * FROM arrived_rows")
            mine = f" WHERE person_id % {buckets} = {bucket}" if bucket is not None and contract.about_residents else ""
            query += f" UNION ALL BY NAME SELECT * FROM arrived_{contract.name}{mine}"
        connection.execute(f"CREATE VIEW {contract.name} AS {query}")
    return connection


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection whose moments are in UTC, on as many threads as the settings allow."""
    connection = duckdb.connect(config={"threads": settings().threads})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    return connection


def part_files(folder: Path, bucket: int | None) -> list[Path]:
    """Return the Parquet files of one bucket of a table, or of all of them, in a stable order."""
    return sorted(folder.glob(f"bucket={'*' if bucket is None else bucket}/*.parquet"))


def rows_sql(contract: TableContract, files: list[Path]) -> str:
    """Return a query for the rows of lake files; without files it yields none, of the right types."""
    if files:
        return f"SELECT * FROM {parquet_sql(files)}"
    columns = ", ".join(f"NULL::{DUCKDB_TYPE[column.dtype]} AS {quoted(column.name)}" for column in contract.columns)
    return f"SELECT {columns} WHERE false"


def parquet_sql(files: list[Path], more: str = "") -> str:
    """Return the table function that reads Parquet files, with options after the usual ones."""
    listed = ", ".join(literal(str(file)) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false{more})"
