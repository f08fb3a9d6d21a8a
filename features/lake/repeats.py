"""Keys that stand in more than one row of a whole table, over all of its buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from features.contracts import TableContract
from features.contracts._casting import literal, quoted, typed_sql, unreadable_sql
from features.contracts._sieve import broken_sql
from features.lake.inspection import raw_types, repeats_sql
from features.lake.reading import part_files
from features.versions import known_sql

# So many keys are grouped at a time (some 400 MB), whatever the size of the table.
KEYS_AT_ONCE = 8_000_000


@dataclass(frozen=True)
class Repeated:
    """Files about the keys that stand in several rows of a table; None where there is nothing to tell.

    Attributes
    ----------
    repeats
        Keys that stand there twice, or twice of one moment where a table may hold versions; and in `first_bucket` the
        bucket whose row is kept.
    ended
        Versions that others supersede, as `features.versions.versions_sql` takes them. A row that does not keep its
        contract supersedes none.
    """

    repeats: Path | None
    ended: Path | None


def write_repeats(
    connection: duckdb.DuckDBPyConnection,
    contract: TableContract,
    trees: Sequence[Path],
    scratch: Path,
    *,
    versions: bool,
) -> Repeated:
    """Look for repeated keys in the table that lies in `trees`, and write what is found into `scratch`.

    Parameters
    ----------
    versions
        A key may stand there several times, once a moment at which it became known.
    """
    if not _find(connection, contract, trees):
        return Repeated(None, None)
    repeats, ended = (scratch / f"{what}-{contract.name}.parquet" for what in ("repeats", "ended"))
    if not versions:
        return Repeated(_copied(connection, "SELECT * FROM repeats", repeats), None)
    # From here on only the rows of repeated keys are looked at.
    files, keyed = _files(trees), contract.with_versions()
    raw = raw_types(connection, f"FROM {files}")
    typed = [f"{typed_sql(column, raw.get(column.name))} AS {quoted(column.name)}" for column in contract.columns]
    unread = [test for column in contract.columns if (test := unreadable_sql(column, raw.get(column.name)))]
    keys = ", ".join(map(quoted, contract.key))
    rows = f"SELECT {', '.join(typed)}, bucket, ({' OR '.join(unread) or 'false'}) AS unread FROM {files}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE several AS SELECT *, {known_sql(contract)} AS known FROM ({rows}) "
        f"WHERE ({keys}) IN (SELECT ({keys}) FROM repeats)"
    )
    right = f"SELECT DISTINCT {keys}, known FROM several WHERE NOT coalesce(unread OR {broken_sql(contract)}, false)"
    later = f"SELECT *, lead(known) OVER (PARTITION BY {keys} ORDER BY known) AS later FROM ({right})"
    until = f"SELECT {keys}, known, make_timestamptz(later) AS until FROM ({later}) WHERE later IS NOT NULL"
    return Repeated(
        _copied(connection, repeats_sql(keyed, "several", "bucket"), repeats), _copied(connection, until, ended)
    )


def _copied(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> Path | None:
    """Write what a query finds to a Parquet file; return None where it finds nothing."""
    (found,) = connection.execute(f"COPY ({query}) TO {literal(str(target))} (FORMAT parquet)").fetchone() or (0,)
    return target if found else None


def _find(connection: duckdb.DuckDBPyConnection, contract: TableContract, trees: Sequence[Path]) -> bool:
    """Leave the repeated keys in the temporary table `repeats`; return whether there are any."""
    if not any(part_files(tree, None) for tree in trees):
        return False
    files = _files(trees)
    raw = raw_types(connection, f"FROM {files}")
    keys = [column for column in contract.columns if column.name in contract.key]
    typed = ", ".join(f"{typed_sql(column, raw.get(column.name))} AS {quoted(column.name)}" for column in keys)
    (rows,) = connection.execute(f"SELECT count(*) FROM {files}").fetchone() or (0,)
    passes = -(-rows // KEYS_AT_ONCE)
    named = ", ".join(quoted(column.name) for column in keys)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeats AS {repeats_sql(contract, f'({_none(typed, files)})', 'bucket')}"
    )
    for number in range(passes):
        part = f"(SELECT * FROM (SELECT {typed}, bucket FROM {files}) WHERE hash({named}) % {passes} = {number})"
        connection.execute(f"INSERT INTO repeats {repeats_sql(contract, part, 'bucket')}")
    (found,) = connection.execute("SELECT count(*) FROM repeats").fetchone() or (0,)
    return bool(found)


def _files(trees: Sequence[Path]) -> str:
    patterns = ", ".join(literal(str(tree / "bucket=*" / "*.parquet")) for tree in trees if part_files(tree, None))
    return (
        f"read_parquet([{patterns}], hive_partitioning = true, hive_types = {{'bucket': BIGINT}}, union_by_name = true)"
    )


def _none(typed: str, files: str) -> str:
    return f"SELECT {typed}, bucket FROM {files} WHERE false"
