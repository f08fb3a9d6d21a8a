"""One bucket of a lake: every table read, checked against its contract and written, in the order of references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from features.contracts import TableContract, contracts
from features.contracts._casting import literal, quoted
from features.lake.inspection import ROW, inspect, read_rows
from features.lake.reading import PART, connect, parquet_sql, part_files
from features.versions import SUPERSEDED, SUPERSEDED_AT, known_sql, superseded_name, versions_sql

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
        Check rows by themselves, without their references: the table that they point to may come later. Rows keep the
        position at which they were handed over.
    arrived
        By table, the folder of what arrived one by one in the same shape, of tables for which something did.
    ended
        By table, the file of the versions that others supersede (`features.lake.repeats`); only of tables that have
        such.
    versions
        Allow a key several times, once a moment at which it became known.
    """

    trees: dict[str, Path]
    repeats: dict[str, Path]
    target: Path | None
    scratch: Path
    alone: bool = False
    arrived: dict[str, Path] = field(default_factory=dict)
    ended: dict[str, Path] = field(default_factory=dict)
    versions: bool = True


def check_bucket(plan: Plan, bucket: int) -> Counts:
    """Check one bucket and write what keeps the contracts.

    Returns
    -------
    dict
        By table rows, superseded (rows that count no more), findings (broken cells) and set_aside (rows).
    """
    counts = {}
    with bounded(plan.scratch) as connection:
        for whole in in_order_of_references():
            contract = whole.without_references() if plan.alone else whole
            trees = [trees[contract.name] for trees in (plan.trees, plan.arrived) if contract.name in trees]
            given = read_rows(connection, contract, _raw_sql([part_files(tree, bucket) for tree in trees]))
            if contract.name in plan.arrived:
                given -= _leave_out_repeated(connection, contract)
            repeats = plan.repeats.get(contract.name)
            repeated = f"FROM {literal(str(repeats))}" if repeats else None
            keyed = contract.with_versions() if plan.versions else contract
            findings = inspect(connection, keyed, repeated, bucket)
            # That a moment comes twice is only said of the key that it belongs to.
            findings = findings[findings["rule"].ne("key is unique") | findings["column"].isin(contract.key)]
            (kept,) = connection.execute(f"SELECT count(*) FROM {contract.name}").fetchone() or (0,)
            older = 0
            if contract.name in plan.ended and plan.target is not None:
                older = _part_with_superseded(connection, contract, plan.ended[contract.name], plan.target, bucket)
            if plan.target is not None:
                more = [ROW] if plan.alone else []
                write_part(connection, contract, contract.name, plan.target / contract.name / f"bucket={bucket}", more)
            if len(findings):
                findings.to_parquet(plan.scratch / f"findings-{contract.name}-{bucket:06}.parquet")
            counts[contract.name] = {
                "rows": kept - older, "superseded": older, "findings": len(findings), "set_aside": given - kept,
            }  # fmt: skip
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


def _raw_sql(trees: Sequence[list[Path]]) -> str:
    """Return a query for the raw rows of a bucket and their positions; those of the second tree count below 0."""
    queries = []
    for place, files in enumerate(trees):
        if not files:
            continue
        numbered = ROW in pq.read_schema(files[0]).names
        rows = parquet_sql(files, ", union_by_name = true" + ("" if numbered else ", file_row_number = true"))
        number = ROW if numbered else "file_row_number"
        position = f"-1 - {number}" if place else number
        queries.append(f"SELECT * EXCLUDE ({number}), {position} AS {ROW} FROM {rows}")
    return " UNION ALL BY NAME ".join(queries) or f"SELECT 0 AS {ROW} WHERE false"


def _leave_out_repeated(connection: duckdb.DuckDBPyConnection, contract: TableContract) -> int:
    """Remove rows that arrived and that are there already, cell by cell; return how many."""
    same = " AND ".join(f"other.{c} IS NOT DISTINCT FROM mine.{c}" for c in map(quoted, contract.column_names))
    (removed,) = connection.execute(
        f"DELETE FROM {contract.name} AS mine WHERE {ROW} < 0 AND EXISTS "
        f"(SELECT 1 FROM {contract.name} AS other WHERE other.{ROW} > mine.{ROW} AND {same})"
    ).fetchone() or (0,)
    return int(removed)


def _part_with_superseded(
    connection: duckdb.DuckDBPyConnection, contract: TableContract, ended: Path, target: Path, bucket: int
) -> int:
    """Move the rows that others supersede from the table of the contract to a file of their own; return how many."""
    given = f"SELECT *, NULL::TIMESTAMPTZ AS {SUPERSEDED_AT} FROM {contract.name}"
    versions = versions_sql(contract, given, f"FROM {parquet_sql([ended])}")
    older = superseded_name(contract)
    connection.execute(f"CREATE TEMP TABLE {older} AS SELECT * FROM ({versions}) WHERE {SUPERSEDED_AT} IS NOT NULL")
    keys = ", ".join(map(quoted, contract.key))
    (moved,) = connection.execute(
        f"DELETE FROM {contract.name} WHERE ({keys}, {known_sql(contract)}) IN "
        f"(SELECT ({keys}, {known_sql(contract)}) FROM {older})"
    ).fetchone() or (0,)
    write_part(connection, contract, older, target / SUPERSEDED / contract.name / f"bucket={bucket}", [SUPERSEDED_AT])
    connection.execute(f"DROP TABLE {older}")
    return int(moved)


def write_part(
    connection: duckdb.DuckDBPyConnection, contract: TableContract, rows: str, folder: Path, more: Sequence[str] = ()
) -> None:
    """Write the rows of a table or view of one bucket, in the contract's order; nothing where there are none.

    Parameters
    ----------
    more
        Columns to write beside those of the contract.
    """
    if connection.execute(f"SELECT 1 FROM {rows} LIMIT 1").fetchone() is None:
        return
    folder.mkdir(parents=True)
    columns, order = (", ".join(map(quoted, names)) for names in ([*contract.column_names, *more], contract.order))
    connection.execute(
        f"COPY (SELECT {columns} FROM {rows} ORDER BY {order}) TO {literal(str(folder / PART))} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
