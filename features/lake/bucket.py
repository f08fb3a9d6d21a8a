"""One bucket of a lake: every table read, checked against its contract and written, in the order of references."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from features.contracts import TableContract, contracts
from features.contracts._casting import literal, quoted
from features.lake.inspection import ROW, inspect, read_rows
from features.lake.reading import PART, connect, parquet_sql, part_files

MEMORY_LIMIT = "1GB"  # of DuckDB in one process; beyond it, it spills to disk

Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Plan:
    """What a worker needs to know to check a bucket.

    Attributes
    ----------
    trees
        By table, the folder whose `bucket=<k>` hold its raw records; a table that is missing is empty.
    repeats
        By table, the file of the keys that stand in several of its rows; only of tables that have such.
    target
        Where kept rows go, `<table>/bucket=<k>`; None checks only.
    scratch
        Where findings are left, and what does not fit into memory for a while.
    alone
        Check rows by themselves, without their references: the table that they point to may come later.
    """

    trees: dict[str, Path]
    repeats: dict[str, Path]
    target: Path | None
    scratch: Path
    alone: bool = False


def check_bucket(plan: Plan, bucket: int) -> Counts:
    """Check one bucket and write what keeps the contracts; return rows, findings and set_aside (rows) of each table."""
    counts = {}
    with bounded(plan.scratch) as connection:
        for whole in in_order_of_references():
            contract = whole.without_references() if plan.alone else whole
            files = part_files(plan.trees[contract.name], bucket) if contract.name in plan.trees else []
            given = read_rows(connection, contract, _raw_sql(files))
            repeats = plan.repeats.get(contract.name)
            repeated = f"FROM {literal(str(repeats))}" if repeats else None
            findings = inspect(connection, contract, repeated, bucket)
            (kept,) = connection.execute(f"SELECT count(*) FROM {contract.name}").fetchone() or (0,)
            if kept and plan.target is not None:
                _write(connection, contract, plan.target / contract.name / f"bucket={bucket}")
            if len(findings):
                findings.to_parquet(plan.scratch / f"findings-{contract.name}-{bucket:06}.parquet")
            counts[contract.name] = {"rows": kept, "findings": len(findings), "set_aside": given - kept}
            if contract.name not in _referred_to():
                connection.execute(f"DROP TABLE {contract.name}")
    return counts


def in_order_of_references() -> list[TableContract]:
    """Return every contract, those that others refer to first."""
    first = _referred_to()
    return sorted(contracts().values(), key=lambda contract: (contract.name not in first, contract.name))


def bounded(scratch: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection that keeps to `MEMORY_LIMIT` and spills to `scratch`."""
    connection = connect()
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute(f"SET temp_directory = {literal(str(scratch / 'spilled'))}")
    return connection


def _referred_to() -> set[str]:
    return {
        column.references.partition(".")[0]
        for contract in contracts().values()
        for column in contract.columns
        if column.references
    }


def _raw_sql(files: list[Path]) -> str:
    """Return a query for the raw rows of a bucket and their positions."""
    if not files:
        return f"SELECT 0 AS {ROW} WHERE false"
    if ROW in pq.read_schema(files[0]).names:
        return f"FROM {parquet_sql(files, ', union_by_name = true')}"
    rows = parquet_sql(files, ", union_by_name = true, file_row_number = true")
    return f"SELECT * RENAME (file_row_number AS {ROW}) FROM {rows}"


def _write(connection: duckdb.DuckDBPyConnection, contract: TableContract, folder: Path) -> None:
    folder.mkdir(parents=True)
    columns, order = (", ".join(map(quoted, names)) for names in (contract.column_names, contract.order))
    connection.execute(
        f"COPY (SELECT {columns} FROM {contract.name} ORDER BY {order}) TO {literal(str(folder / PART))} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
