"""Reading the lake: a DuckDB connection with one view a table, over everybody or over one bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from features.contracts import TableContract, contracts
from features.contracts._casting import DUCKDB_TYPE, literal, quoted
from features.errors import InvalidInputError, NotReadyError
from features.journal import arrived, superseded
from features.settings import settings
from features.staging import read_manifest
from features.versions import SUPERSEDED, SUPERSEDED_AT, create_views

PART = "part-0.parquet"


def lake_path(source: str) -> Path:
    """Return the folder of a source's lake; the tables of now lie in `tables_path`."""
    return settings().source_state(source) / "lake"


def tables_path(source: str) -> Path:
    """Return the folder in which the tables of a source's lake lie now: another one after each fold.

    Raises
    ------
    NotReadyError
        If the lake has not been built, or by another version.
    """
    return _tables(lake_path(source), lake_manifest(source))


def _tables(lake: Path, manifest: dict[str, Any]) -> Path:
    return lake / str(manifest.get("folder", ""))


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
    absent = [name for name in contracts() if not (_tables(folder, manifest) / name).is_dir()]
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

    Records that arrived one by one stand beside those that the lake was built from. What was superseded by a later
    version of the same record is in a view of its own, `superseded_<table>` (see `features.versions`).

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
    # What the manifest says is read once: a fold that ends in between changes nothing of what is shown here.
    manifest = lake_manifest(source)
    buckets, folder, folded = int(manifest["buckets"]), _tables(lake_path(source), manifest), manifest.get("folded", 0)
    if bucket is not None and not 0 <= bucket < buckets:
        raise InvalidInputError(f"The lake of '{source}' has no bucket {bucket}: choose 0 to {buckets - 1}.")
    connection = connect()
    more, ended = arrived(source, until, folded), superseded(source, until, folded)
    for contract in contracts().values():
        mine = bucket if contract.about_residents else None
        rows = rows_sql(contract, part_files(folder / contract.name, mine))
        if contract.name in more:
            connection.register("arrived_rows", more[contract.name])
            connection.execute(f"CREATE TABLE arrived_{contract.name} AS SELECT * FROM arrived_rows")
            here = "" if mine is None else f" WHERE person_id % {buckets} = {mine}"
            rows += f" UNION ALL BY NAME SELECT * FROM arrived_{contract.name}{here}"
        older = rows_sql(contract, part_files(folder / SUPERSEDED / contract.name, mine), older=True)
        create_views(connection, contract, rows, older, ended.get(contract.name))
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


def rows_sql(contract: TableContract, files: list[Path], *, older: bool = False) -> str:
    """Return a query for the rows of lake files; without files it yields none, of the right types."""
    if files:
        return f"SELECT * FROM {parquet_sql(files)}"
    types = {column.name: DUCKDB_TYPE[column.dtype] for column in contract.columns}
    types |= {SUPERSEDED_AT: DUCKDB_TYPE["timestamp"]} if older else {}
    columns = ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in types.items())
    return f"SELECT {columns} WHERE false"


def parquet_sql(files: list[Path], more: str = "") -> str:
    """Return the table function that reads Parquet files, with options after the usual ones."""
    listed = ", ".join(literal(str(file)) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false{more})"
