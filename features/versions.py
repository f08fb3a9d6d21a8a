"""Versions of one record: what was known of it last counts, and what was known before is kept.

A record is known by its contract's key. A row with the same key that became known later corrects it, in whatever order
the two arrive; two rows that became known at the same moment and differ contradict each other, and whoever takes them
in says so. The version that counts lies in its table, each older one in `superseded_<table>`, with the column
`superseded_at`: when the next became known. So history can still show, as of a moment before the correction was known,
what was known then.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.contracts import TableContract
from features.contracts._casting import quoted

SUPERSEDED = "superseded"
SUPERSEDED_AT = "superseded_at"
MOMENT = pa.timestamp("us", tz="UTC")
# Rule and what is allowed, where two rows say different things of the same moment.
CONTRADICTION = (
    "a record's number stands for one content",
    "the same content, a new number, or another known_at: what became known later corrects what was known before",
)


def known_of(contract: TableContract, rows: pa.Table) -> NDArray[np.int64]:
    """Return when each row became known, int64 (n,), microseconds since 1970."""
    columns = [pc.cast(rows[name], pa.int64()) for name in contract.known]
    moments: NDArray[np.int64] = pc.coalesce(*columns).to_numpy()
    return moments


def counting(contract: TableContract, rows: pa.Table, ended: pa.Table | None) -> pa.Table:
    """Return those of `rows` that were not superseded by what `ended` says, see `features.journal.superseded`."""
    if ended is None:
        return rows
    gone = _identity(contract, rows, known_of(contract, rows)).isin(
        _identity(contract, ended, ended["known"].to_numpy())
    )
    return rows.filter(pa.array(~gone))


def _identity(contract: TableContract, rows: pa.Table, known: NDArray[np.int64]) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([*(rows[name].to_numpy(zero_copy_only=False) for name in contract.key), known])


def known_sql(contract: TableContract) -> str:
    """Return SQL for when a row became known, microseconds since 1970."""
    return f"epoch_us(coalesce({', '.join(map(quoted, contract.known))}))"


def superseded_name(contract: TableContract) -> str:
    """Return the name of the view of the rows that count no more."""
    return f"{SUPERSEDED}_{contract.name}"


def versions_sql(contract: TableContract, rows: str, ended: str) -> str:
    """Return SQL for all versions: the contract's columns, and `superseded_at`, NULL for those that count.

    Parameters
    ----------
    rows
        Query for versions; where it has the column `superseded_at`, what that says holds as well.
    ended
        Query for the versions that were superseded: the columns of the key, known (int64, microseconds since 1970) and
        until (moment at which the next one became known); one row a version.
    """
    on = " AND ".join(f"ended.{quoted(key)} = given.{quoted(key)}" for key in contract.key)
    columns = ", ".join(f"given.{quoted(name)}" for name in contract.column_names)
    return f"""
        SELECT {columns}, coalesce(least(given.{SUPERSEDED_AT}, until), given.{SUPERSEDED_AT}, until) AS {SUPERSEDED_AT}
        FROM (SELECT *, {known_sql(contract)} AS known_us FROM ({rows})) AS given
        LEFT JOIN ({ended}) AS ended ON {on} AND ended.known = given.known_us
    """


def create_views(
    connection: duckdb.DuckDBPyConnection, contract: TableContract, rows: str, older: str, ended: pa.Table | None
) -> None:
    """Create the two views of a table: the rows that count, and those that were superseded.

    Parameters
    ----------
    rows
        Query for rows of which those in `ended` no longer count, in the contract's columns.
    older
        Query for rows that are known to be superseded, with `superseded_at`.
    ended
        Which versions were superseded, see `features.journal.superseded`; None: no others.
    """
    if ended is None:
        connection.execute(f"CREATE VIEW {contract.name} AS {rows}")
        connection.execute(f"CREATE VIEW {superseded_name(contract)} AS {older}")
        return
    keys = ", ".join(map(quoted, contract.key))
    connection.register("ended_rows", ended)
    connection.execute(
        f"CREATE TABLE ended_{contract.name} AS SELECT {keys}, known, min(until) AS until FROM ended_rows GROUP BY ALL"
    )
    connection.unregister("ended_rows")
    both = f"SELECT *, NULL::TIMESTAMPTZ AS {SUPERSEDED_AT} FROM ({rows}) UNION ALL BY NAME ({older})"
    versions = versions_sql(contract, both, f"FROM ended_{contract.name}")
    counts = f"SELECT * EXCLUDE ({SUPERSEDED_AT}) FROM ({versions}) WHERE {SUPERSEDED_AT} IS NULL"
    connection.execute(f"CREATE VIEW {contract.name} AS {counts}")
    connection.execute(
        f"CREATE VIEW {superseded_name(contract)} AS SELECT * FROM ({versions}) WHERE {SUPERSEDED_AT} IS NOT NULL"
    )
