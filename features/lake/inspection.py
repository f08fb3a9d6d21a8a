"""Holding the rows of one table against its contract, in one DuckDB connection.

1. `read_rows` reads raw rows as their contract's dtypes into a temporary table named like the contract.
2. `inspect` lets the SQL sieve find candidates, has pandera explain and decide on those, and removes the broken rows
   from that table, so that what remains there may go into the lake, and be referred to by other tables.

Of several rows with one key the first is kept, in the order in which they were handed over, and the others are set
aside. A reference must point to a row that was itself kept: what belongs to nobody known is set aside too.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.contracts import Column, TableContract
from features.contracts._casting import READABLE, quoted, typed_sql, unreadable_sql
from features.contracts._contract import FINDING_DTYPES
from features.contracts._sieve import broken_sql
from features.lake.reading import connect

ROW = "__row"  # position of a row in the file or frame in which it was handed over
UNREAD = "__unread_"  # the text of a value that could not be read as its column's dtype
FINDING_COLUMNS = ["table", "row", "column", "value", "rule", "allowed", "record"]


def raw_types(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    """Return the DuckDB type of every column of a query, by name in lower case."""
    return {name.lower(): kind for name, kind, *_ in connection.execute(f"DESCRIBE {query}").fetchall()}


def read_rows(connection: duckdb.DuckDBPyConnection, contract: TableContract, query: str) -> int:
    """Create the temporary table `contract.name` from a query for raw rows that has the column `ROW`; return rows."""
    raw = raw_types(connection, query)
    columns = [ROW]
    for column in contract.columns:
        kind = raw.get(column.name)
        columns.append(f"{typed_sql(column, kind)} AS {quoted(column.name)}")
        unreadable = unreadable_sql(column, kind)
        if unreadable:
            text = f"CASE WHEN {unreadable} THEN CAST({quoted(column.name)} AS VARCHAR) END"
            columns.append(f"{text} AS {quoted(UNREAD + column.name)}")
    select = f"SELECT {', '.join(columns)} FROM ({query})"
    (rows,) = connection.execute(f"CREATE TEMP TABLE {contract.name} AS {select}").fetchone() or (0,)
    return int(rows)


def repeats_sql(contract: TableContract, rows: str, bucket: str = "0") -> str:
    """Return a query for the keys that stand in several `rows`, with the first `bucket` in which each does."""
    keys = ", ".join(map(quoted, contract.key))
    return f"SELECT {keys}, min({bucket}) AS first_bucket FROM {rows} GROUP BY {keys} HAVING count(*) > 1"


def inspect(
    connection: duckdb.DuckDBPyConnection, contract: TableContract, repeats: str | None, bucket: int = 0
) -> pd.DataFrame:
    """Remove broken rows from the temporary table of `contract` and return what is wrong with them.

    Parameters
    ----------
    repeats
        Query for the keys that stand in several rows of the whole table (see `repeats_sql`); None: there are none.
    bucket
        Number of the bucket that the rows belong to.

    Returns
    -------
    pandas.DataFrame
        One row a broken cell, columns as `FINDING_COLUMNS`: row int64, all others string. `record` is the row that
        was set aside, as JSON.
    """
    raw = raw_types(connection, f"FROM {contract.name}")
    unread = [column for column in contract.columns if UNREAD + column.name in raw]
    referring = [column for column in contract.columns if column.references and not _points_to_itself(contract, column)]
    tests = [broken_sql(contract), *(f"{quoted(UNREAD + column.name)} IS NOT NULL" for column in unread)]
    marks = [f"{_unknown_sql(column)} AS {quoted('__unknown_' + column.name)}" for column in referring]
    tests += [_unknown_sql(column) for column in referring]
    keys = ", ".join(map(quoted, contract.key))
    if repeats is not None:
        tests.append(f"({keys}) IN (SELECT ({keys}) FROM ({repeats}))")
        first = f"SELECT ({keys}) FROM ({repeats}) WHERE first_bucket <> {bucket}"
        marks.append(f"coalesce(({keys}) IN ({first}), false) AS __elsewhere")
    chosen = ", ".join(["rowid AS __id", "*", *marks])
    found = connection.sql(f"SELECT {chosen} FROM {contract.name} WHERE {' OR '.join(tests)} ORDER BY {ROW}, rowid")
    candidates = found.to_arrow_table().to_pandas(integer_object_nulls=True)
    findings = _decide(contract, candidates, unread, referring)
    broken = pa.table({"id": np.unique(findings["row"].to_numpy(np.int64))})
    if len(broken):
        identity = candidates["__id"].to_numpy(np.int64)
        connection.register("broken", pa.table({"id": identity[broken["id"].to_numpy()]}))
        connection.execute(f"DELETE FROM {contract.name} WHERE rowid IN (SELECT id FROM broken)")
        connection.unregister("broken")
    return _with_records(contract, candidates, findings, unread)


def _points_to_itself(contract: TableContract, column: Column) -> bool:
    return column.references.partition(".")[0] == contract.name


def _unknown_sql(column: Column) -> str:
    table, _, target = column.references.partition(".")
    return f"coalesce({quoted(column.name)} NOT IN (SELECT {quoted(target)} FROM {table}), false)"


def _decide(
    contract: TableContract, candidates: pd.DataFrame, unread: list[Column], referring: list[Column]
) -> pd.DataFrame:
    """Return the findings of the candidates: row (position among them), column, value, rule, allowed."""
    if candidates.empty:
        return pd.DataFrame({name: [] for name in FINDING_DTYPES}).astype(FINDING_DTYPES)
    typed = contract.coerce(candidates)
    found = [contract.findings(typed)]
    for column in unread:
        text = candidates[UNREAD + column.name]
        rule = f"can be read as {column.dtype}"
        found.insert(0, _cells(np.flatnonzero(text.notna()), column.name, text, rule, READABLE[column.dtype]))
    for column in referring:
        rows = np.flatnonzero(candidates["__unknown_" + column.name])
        rule = f"exists as {column.references}"
        found.append(_cells(rows, column.name, typed[column.name], rule, f"a {column.references} of the lake"))
    if "__elsewhere" in candidates:
        rows = np.flatnonzero(candidates["__elsewhere"])
        allowed = "the first record with this key is kept"
        found += [_cells(rows, name, typed[name], "key is unique", allowed) for name in contract.key]
    whole = pd.concat(found, ignore_index=True)
    # A value that cannot be read is not also missing, and a key is repeated once.
    seen = whole["row"].astype("string") + whole["column"]
    unreadable = whole["rule"].str.startswith("can be read as")
    missing = whole["rule"].eq("not_nullable") & seen.isin(set(seen[unreadable]))
    twice = pd.DataFrame({"cell": seen, "rule": whole["rule"]}).duplicated()
    return whole[~missing & ~twice]


def _cells(rows: NDArray[np.int64], column: str, values: pd.Series[Any], rule: str, allowed: str) -> pd.DataFrame:
    texts = values.iloc[rows].astype("string").to_numpy()
    found = pd.DataFrame({"row": rows, "column": column, "value": texts, "rule": rule, "allowed": allowed})
    return found.astype(FINDING_DTYPES)


def _with_records(
    contract: TableContract, candidates: pd.DataFrame, findings: pd.DataFrame, unread: list[Column]
) -> pd.DataFrame:
    """Return findings with the rows that they concern, and `row` as the position that was handed over."""
    rows = findings["row"].to_numpy(np.int64)
    shown = candidates.copy()
    for column in unread:
        shown[column.name] = (
            shown[column.name].astype(object).where(shown[column.name].notna(), shown[UNREAD + column.name])
        )
    text = shown[contract.column_names].to_json(orient="records", lines=True, date_format="iso", force_ascii=False)
    records = np.array([*text.splitlines(), None], dtype=object)[:-1]
    complete = findings.assign(table=contract.name, record=records[rows], row=candidates[ROW].to_numpy()[rows])
    dtypes = {name: "int64" if name == "row" else "string" for name in FINDING_COLUMNS}
    return complete[FINDING_COLUMNS].astype(dtypes).reset_index(drop=True)


def set_aside(contract: TableContract, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split `frame` into the rows that keep `contract` and the findings of those that do not.

    References are not looked at: that needs the tables that they point to.

    Returns
    -------
    kept : pandas.DataFrame
        Rows without any finding.
    findings : pandas.DataFrame
        One row a broken cell (see `inspect`); `row` is the position in `frame`.
    """
    with connect() as connection:
        connection.register("given", as_arrow(frame))
        read_rows(connection, contract, "FROM given")
        repeats = repeats_sql(contract, contract.name)
        connection.execute(f"CREATE TEMP TABLE repeats AS {repeats}")
        alone = contract.without_references()
        findings = inspect(connection, alone, "FROM repeats")
        query = f"SELECT {', '.join(map(quoted, contract.column_names))} FROM {contract.name} ORDER BY {ROW}"
        kept = connection.sql(query).to_arrow_table().to_pandas(integer_object_nulls=True)
    return contract.coerce(kept), findings


def as_arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as an Arrow table with the position of each row; columns of mixed values become text."""
    columns = {ROW: pa.array(np.arange(len(frame)))}
    for name in frame.columns:
        try:
            columns[name] = pa.array(frame[name], from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            columns[name] = pa.array([None if pd.isna(value) else str(value) for value in frame[name]], pa.string())
    return pa.table(columns)
