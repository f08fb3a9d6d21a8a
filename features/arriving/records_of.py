"""What rows add to the record log: the same records that the log is written with, worked out for a few rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.journal import STREAM_RECORD
from features.lake.reading import connect
from features.record_log import DAY_US, NEVER
from features.streams import RECORD_TABLES, codes, streams, table_sql

_codes_of: dict[str, dict[object, list[int]]] = {}


def stream_records_of(name: str, rows: pa.Table) -> NDArray[np.void]:
    """Return the records that rows of a table add about the residents whom they name."""
    if name not in RECORD_TABLES:
        return np.empty(0, STREAM_RECORD)
    table = RECORD_TABLES[name]
    if not table.key:
        return _by_sql(name, rows)
    # Which streams a key belongs to is asked of the declarations' own SQL, once a key.
    memory = _codes_of.setdefault(name, {})
    keys = rows[table.key].to_pylist()
    unknown = sorted({key for key in keys if key not in memory})
    if unknown:
        memory |= _ask_codes(name, unknown, rows.schema.field(table.key).type)
    counts = np.array([len(memory[key]) for key in keys], dtype=np.int64)
    at = np.repeat(np.arange(len(keys)), counts)
    records = np.empty(len(at), STREAM_RECORD)
    records["person"] = rows["person_id"].to_numpy()[at]
    records["day"] = rows[table.day].cast(pa.int64()).to_numpy()[at] // DAY_US
    records["known"] = rows["known_at"].cast(pa.int64()).to_numpy()[at]
    records["record"] = rows[table.record].to_numpy()[at]
    records["code"] = [code for key in keys for code in memory[key]]
    (value,) = {entry.value for entry in streams().values() if entry.table == name}
    records["value"] = rows[value].to_numpy()[at] if value in rows.column_names else float(value)
    records["until"] = NEVER
    finite: NDArray[np.void] = records[np.isfinite(records["value"])]
    return finite


def _ask_codes(name: str, keys: Sequence[object], kind: pa.DataType) -> dict[object, list[int]]:
    own = {stream: entry for stream, entry in streams().items() if entry.table == name}
    found: dict[object, list[int]] = {key: [] for key in keys}
    with connect() as connection:
        connection.register("keys", pa.table({"key": pa.array(keys, kind)}))
        parts = [f"SELECT key, {codes()[stream]} AS code FROM keys WHERE {entry.test}" for stream, entry in own.items()]
        for key, code in connection.execute(" UNION ALL ".join(parts)).fetchall():
            found[key].append(code)
    return found


def _by_sql(name: str, rows: pa.Table) -> NDArray[np.void]:
    with connect() as connection:
        connection.register(name, rows)
        found = connection.execute(f"""
            SELECT person_id AS person, (day::DATE - DATE '1970-01-01')::INTEGER AS day, epoch_us(known_at) AS known,
                record::BIGINT AS record, code::UTINYINT AS code, value
            FROM ({table_sql(name)}) WHERE isfinite(value)
        """).fetchnumpy()
    records = np.empty(len(found["person"]), STREAM_RECORD)
    for column, values in found.items():
        records[column] = values
    records["until"] = NEVER
    return records


def end_records(records: NDArray[np.void], ended: Mapping[str, pa.Table]) -> None:
    """Note in `records` from when on those no longer count that `ended` names, by table.

    Parameters
    ----------
    ended
        See `features.journal.superseded`.
    """
    for name in ended.keys() & RECORD_TABLES.keys():
        columns = {"person": ended[name]["person"], "record": ended[name][RECORD_TABLES[name].record]}
        frame = pd.DataFrame({key: column.to_numpy() for key, column in columns.items()})
        frame["known"], frame["until"] = ended[name]["known"].to_numpy(), _moments(ended[name]["until"])
        earliest = frame.groupby(["person", "record", "known"])["until"].min()
        own = [codes()[stream] for stream, entry in streams().items() if entry.table == name]
        rows = np.flatnonzero(np.isin(records["code"], own))
        keys = [records[key][rows] for key in ("person", "record", "known")]
        place = earliest.index.get_indexer(pd.MultiIndex.from_arrays(keys))
        hit = place >= 0
        until = earliest.to_numpy()[place[hit]]
        records["until"][rows[hit]] = np.minimum(records["until"][rows[hit]], until)


def _moments(column: pa.ChunkedArray) -> NDArray[np.int64]:
    moments: NDArray[np.int64] = column.cast(pa.int64()).to_numpy()
    return moments
