"""A record arrives: checked, journalled, and in the online row before the call returns.

1. Rows are held against their contract; what breaks it comes back as a finding and is not kept.
2. Rows that are there already, in the lake or the journal, are counted and left out, so a sender may repeat itself.
3. The rest goes into the journal together with what it adds to the record log, in one transaction. From then on it
   is kept, whatever process is killed.
4. The online rows of all whom it concerns are worked out anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.contracts import TableContract, contracts
from features.errors import InvalidInputError, UnknownNameError
from features.journal import STREAM_RECORD, as_bytes, open_journal
from features.lake import open_lake
from features.lake.inspection import FINDING_COLUMNS, ROW, inspect, read_rows
from features.log_writing import sorted_records_sql
from features.streams import fresh_household_sql

SCHEMA = "arrived"


@dataclass(frozen=True)
class Pushed:
    """What became of records that arrived.

    Attributes
    ----------
    kept, already_there
        Number of rows.
    findings
        One row a broken cell, see `features.lake.inspection`; the rows they stand in were not kept.
    persons
        int64 (n,): residents whose features may have changed, those of the same household included.
    """

    kept: int
    already_there: int
    findings: pd.DataFrame
    persons: NDArray[np.int64]


def push(source: str, tables: Mapping[str, pd.DataFrame]) -> Pushed:
    """Take records in and bring the online rows up to date.

    Parameters
    ----------
    tables
        New rows by contract name, with the contract's columns.

    Raises
    ------
    UnknownNameError
        If there is no such table.
    InvalidInputError
        If a column that the contract needs is missing altogether.
    """
    from features.online import refresh_online
    from features.sources import get_source

    for name, frame in tables.items():
        if name not in contracts():
            raise UnknownNameError("table", name, contracts())
        needed = [column.name for column in contracts()[name].columns if not column.nullable]
        absent = [column for column in needed if column not in frame]
        if absent:
            raise InvalidInputError(f"Rows of {name} lack {', '.join(absent)}; they need {', '.join(needed)}.")
    pushed = journal_rows(source, tables)
    refresh_online(source, pushed.persons, get_source(source).as_of)
    return pushed


def journal_rows(source: str, tables: Mapping[str, pd.DataFrame]) -> Pushed:
    """Check rows and keep them in the journal; the online rows are left as they are."""
    with open_journal(source) as journal:
        # The lock is taken first: two senders of one record must not both find it new.
        journal.execute("BEGIN IMMEDIATE")
        with open_lake(source) as lake:
            findings, kept, repeated = [], 0, 0
            lake.execute(f"CREATE SCHEMA {SCHEMA}")
            lake.execute("SET search_path = 'main'")
            # People come first, because everything else refers to them.
            for name in sorted(contracts(), key=lambda name: name != "person"):
                contract = contracts()[name]
                rows, found = _checked(lake, contract, tables.get(name))
                rows, again, differing = _new_ones(lake, journal, contract, rows)
                lake.register("new_rows", rows)
                lake.execute(f"CREATE TABLE {SCHEMA}.{name} AS SELECT * FROM new_rows")
                lake.unregister("new_rows")
                if rows.num_rows:
                    journal.execute("INSERT INTO batch (name, rows) VALUES (?, ?)", (name, as_bytes(rows)))
                findings += [found, differing]
                kept, repeated = kept + rows.num_rows, repeated + again
            records = _stream_records(lake)
            if kept:
                (seq,) = journal.execute("SELECT max(seq) FROM batch").fetchone()
                journal.execute("INSERT INTO stream_record VALUES (?, ?)", (seq, records.tobytes()))
            persons = _persons(lake, records)
        journal.execute("COMMIT")
    broken = [part for part in findings if len(part)] or findings[:1]
    return Pushed(kept, repeated, pd.concat(broken, ignore_index=True), persons)


def _checked(
    lake: duckdb.DuckDBPyConnection, contract: TableContract, frame: pd.DataFrame | None
) -> tuple[pa.Table, pd.DataFrame]:
    """Return the rows that keep the contract, and what is wrong with the others."""
    columns = ", ".join(contract.column_names)
    if frame is None or frame.empty:
        empty = lake.execute(f"SELECT {columns} FROM memory.main.{contract.name} WHERE false").to_arrow_table()
        return empty, pd.DataFrame(columns=FINDING_COLUMNS)
    if contract.name != "person":
        lake.execute(
            "CREATE TEMP VIEW person AS "
            f"SELECT person_id FROM memory.main.person UNION ALL SELECT person_id FROM {SCHEMA}.person"
        )
    lake.register("handed_over", frame.assign(**{ROW: np.arange(len(frame))}))
    read_rows(lake, contract, "SELECT * FROM handed_over")
    found = inspect(lake, contract, None)
    rows = lake.execute(f"SELECT {columns} FROM temp.{contract.name} ORDER BY {ROW}").to_arrow_table()
    lake.execute(f"DROP TABLE temp.{contract.name}")
    lake.unregister("handed_over")
    if contract.name != "person":
        lake.execute("DROP VIEW temp.person")
    return rows, found


def _new_ones(
    lake: duckdb.DuckDBPyConnection, journal: Any, contract: TableContract, rows: pa.Table
) -> tuple[pa.Table, int, pd.DataFrame]:
    """Return the rows whose key is new, how many were there already, and findings for keys with other content."""
    seen: dict[str, bytes] = {}
    if rows.num_rows:
        lake.register("candidates", rows)
        keys = ", ".join(contract.key)
        there = f"SELECT * FROM memory.main.{contract.name} WHERE ({keys}) IN (SELECT ({keys}) FROM candidates)"
        seen = dict(_named(contract, lake.execute(there).to_arrow_table().select(rows.column_names)))
        lake.unregister("candidates")
    fresh, repeated, differing = [], 0, []
    for number, (key, content) in enumerate(_named(contract, rows)):
        before = seen.get(key)
        if before is None:
            fresh.append(number)
            seen[key] = content
            journal.execute("INSERT INTO arrived_key VALUES (?, ?, ?)", (contract.name, key, content))
        elif before == content:
            repeated += 1
        else:
            differing.append({
                "table": contract.name, "row": number, "column": contract.key[0], "value": key,
                "rule": "a record's number stands for one content", "allowed": "the same content, or a new number",
                "record": str(rows.slice(number, 1).to_pylist()[0]),
            })  # fmt: skip
    return rows.take(pa.array(fresh, pa.int64())), repeated, pd.DataFrame(differing, columns=FINDING_COLUMNS)


def _named(contract: TableContract, rows: pa.Table) -> list[tuple[str, bytes]]:
    """Return key and digest of the content of every row."""
    place = [rows.column_names.index(name) for name in contract.key]
    values = zip(*(column.to_pylist() for column in rows.columns), strict=True)
    return [
        ("|".join(str(row[at]) for at in place), hashlib.blake2b(repr(row).encode(), digest_size=16).digest())
        for row in values
    ]


def _stream_records(lake: duckdb.DuckDBPyConnection) -> NDArray[np.void]:
    """Return what the new rows add to the record log."""
    homes = fresh_household_sql(SCHEMA)
    lake.execute(f"CREATE TABLE {SCHEMA}.homes AS {homes}")
    lake.execute(f"SET search_path = '{SCHEMA}'")
    found = lake.execute(sorted_records_sql(f"SELECT * FROM {SCHEMA}.homes")).fetchnumpy()
    lake.execute("SET search_path = 'main'")
    records = np.empty(len(found["person_id"]), dtype=STREAM_RECORD)
    records["person"] = found["person_id"]
    for name in ("day", "known", "record", "code", "value"):
        records[name] = found[name]
    return records


def _persons(lake: duckdb.DuckDBPyConnection, records: NDArray[np.void]) -> NDArray[np.int64]:
    new = lake.execute(f"SELECT person_id FROM {SCHEMA}.person").fetchnumpy()["person_id"]
    return np.union1d(records["person"], new).astype(np.int64)
