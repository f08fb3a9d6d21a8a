"""State tables: what was known of every resident, at each moment at which that changed.

One row a resident, view and moment: the newest value of every feature of the view, and its day. *Moment* is when a
record became usable: the later of the day it is about and the day it became known. *Newest* is by the day it is
about, then by when it became known, then by record number; so an old result that arrives late never covers a newer
one that was there before. Feast's point-in-time join on these rows therefore sees exactly what was known.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from features.feature import View


def state_sql(view: View) -> str:
    """Return the DuckDB query over a lake that yields the state table of `view`.

    Columns: person_id int64, event_timestamp and created_timestamp timestamp[us, UTC], and for every feature
    `<name>` and `<name>_day`, both float64.
    """
    streams = " UNION ALL ".join(
        f"SELECT '{feature.name}' AS feature, * FROM ({feature.taken.stream_sql()})" for feature in view.features
    )
    newest = ", ".join(
        "max({'day': record_date, 'known': known_at, 'id': record_id, 'value': value}) "
        f"FILTER (feature = '{feature.name}') OVER known_by_then AS {feature.name}"
        for feature in view.features
    )
    columns = ", ".join(
        f"{feature.name}.value AS {feature.name}, epoch({feature.name}.day) / 86400.0 AS {feature.name}_day"
        for feature in view.features
    )
    return f"""
        WITH records AS (
            SELECT *, greatest(record_date, known_at) AS usable_at FROM ({streams}) WHERE value IS NOT NULL
        ),
        states AS (
            SELECT person_id, usable_at, {newest}
            FROM records
            WINDOW known_by_then AS (
                PARTITION BY person_id ORDER BY usable_at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            )
            QUALIFY row_number() OVER (PARTITION BY person_id, usable_at) = 1
        )
        SELECT person_id, usable_at AS event_timestamp, usable_at AS created_timestamp, {columns}
        FROM states ORDER BY person_id, usable_at
    """


def write_states(lake: duckdb.DuckDBPyConnection, view: View, path: Path) -> None:
    """Write the state table of `view` over `lake` to the Parquet file `path`."""
    destination = str(path).replace("'", "''")
    lake.execute(f"COPY ({state_sql(view)}) TO '{destination}' (FORMAT parquet, COMPRESSION zstd)")
