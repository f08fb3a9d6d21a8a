"""Keys that stand in more than one row of a whole table, over all of its buckets."""

from __future__ import annotations

from pathlib import Path

import duckdb

from features.contracts import TableContract
from features.contracts._casting import literal, quoted, typed_sql
from features.lake.inspection import raw_types, repeats_sql
from features.lake.reading import part_files

# So many keys are grouped at a time (some 400 MB), whatever the size of the table.
KEYS_AT_ONCE = 8_000_000


def write_repeats(connection: duckdb.DuckDBPyConnection, contract: TableContract, tree: Path, target: Path) -> bool:
    """Write the repeated keys of the table in `tree` to the Parquet file `target`; return whether there are any."""
    if not part_files(tree, None):
        return False
    pattern = literal(str(tree / "bucket=*" / "*.parquet"))
    files = (
        f"read_parquet({pattern}, hive_partitioning = true, hive_types = {{'bucket': BIGINT}}, union_by_name = true)"
    )
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
    if found:
        connection.execute(f"COPY repeats TO {literal(str(target))} (FORMAT parquet)")
    return bool(found)


def _none(typed: str, files: str) -> str:
    return f"SELECT {typed}, bucket FROM {files} WHERE false"
