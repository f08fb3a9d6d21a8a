"""Rows as they arrive, in the types of their contract, and what is wrong with the others.

There are two ways that agree on every row. The plain one takes cells that are spelled as one would write them (a
number as a number, a day as 2020-12-31) and holds whole columns against the contract. Whatever is not plainly right,
be it broken or only spelled in another way, goes the reference's way through DuckDB and pandera, as every row of the
lake did; that one decides, and words the findings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.contracts import Column, TableContract
from features.contracts._casting import READABLE, quoted
from features.contracts._contract import FINDING_DTYPES, DType
from features.lake.inspection import FINDING_COLUMNS, ROW, as_arrow, inspect, read_rows
from features.lake.reading import connect
from features.record_log import DAY_US

ARROW_TYPE: dict[DType, pa.DataType] = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
    "date": pa.timestamp("us", tz="UTC"),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXACT = 2**53
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?(Z|\+[0-9]{2}:[0-9]{2})?)?"
)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Read:
    """Rows of one table that were read.

    Attributes
    ----------
    rows
        Those that keep the contract, in its columns and in the order in which they came.
    places
        int64 (n,): where each of them stood among all that came.
    findings
        One row a broken cell of the others, columns as `features.lake.inspection.FINDING_COLUMNS`.
    """

    rows: pa.Table
    places: NDArray[np.int64]
    findings: pd.DataFrame


@cache
def schema_of(contract: TableContract) -> pa.Schema:
    """Return the Arrow schema of a contract's rows."""
    return pa.schema([(column.name, ARROW_TYPE[column.dtype]) for column in contract.columns])


@cache
def no_findings() -> pd.DataFrame:
    """Return a table of findings without any; one for all, because nearly every row has none."""
    return pd.DataFrame(columns=FINDING_COLUMNS)


def joined_findings(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return findings of several parts as one table."""
    found = [part for part in parts if len(part)]
    return pd.concat(found, ignore_index=True) if found else no_findings()


def read_json(contract: TableContract, given: Sequence[Row]) -> Read:
    """Read rows that came as JSON: mappings of column name to number, text or null.

    References to other tables and known keys are not looked at.
    """
    doubtful = np.zeros(len(given), dtype=np.bool_)
    columns: dict[str, NDArray[Any]] = {}
    absent: dict[str, NDArray[np.bool_]] = {}
    for column in contract.columns:
        columns[column.name], absent[column.name] = _plain(column, [row.get(column.name) for row in given], doubtful)
    for column in contract.columns:
        _hold(column, columns[column.name], absent[column.name], doubtful)
    for rule in contract.rules:
        doubtful |= rule.broken(columns)
    arrays = [_arrow(column, columns[column.name], absent[column.name] | doubtful) for column in contract.columns]
    rows = pa.Table.from_arrays(arrays, schema=schema_of(contract))
    if not doubtful.any():
        return Read(rows, np.arange(len(given)), no_findings())
    places = np.flatnonzero(~doubtful)
    second, found = _as_texts(contract, given, np.flatnonzero(doubtful))
    everything = np.concatenate([places, second.places])
    order = np.argsort(everything, kind="stable")
    both = pa.concat_tables([rows.take(pa.array(places)), second.rows]).take(pa.array(order))
    return Read(both, everything[order], joined_findings([found, second.findings]))


def read_frame(contract: TableContract, frame: pd.DataFrame) -> Read:
    """Read rows of a data frame the reference's way; see `read_json`."""
    with connect() as connection:
        connection.register("given", as_arrow(frame))
        read_rows(connection, contract, "FROM given")
        findings = inspect(connection, contract.without_references(), None)
        names = ", ".join(map(quoted, contract.column_names))
        kept = connection.sql(f"SELECT {names}, {ROW} FROM {contract.name} ORDER BY {ROW}").to_arrow_table()
    places = kept[ROW].to_numpy().astype(np.int64)
    return Read(kept.drop_columns(ROW).cast(schema_of(contract)), places, findings)


def _as_texts(contract: TableContract, given: Sequence[Row], doubtful: NDArray[np.int64]) -> tuple[Read, pd.DataFrame]:
    """Read doubtful rows the reference's way; return the findings of what no text can say beside what it gives."""
    unsayable: list[dict[str, Any]] = []
    kept: list[int] = []
    for place in doubtful.tolist():
        odd = [column for column in contract.columns if not _sayable(given[place].get(column.name))]
        unsayable += [
            {
                "table": contract.name, "row": place, "column": column.name,
                "value": ascii(given[place][column.name])[:200], "rule": f"can be read as {column.dtype}",
                "allowed": READABLE[column.dtype], "record": ascii(dict(given[place]))[:500],
            }
            for column in odd
        ]  # fmt: skip
        if not odd:
            kept.append(place)
    findings = pd.DataFrame(unsayable, columns=FINDING_COLUMNS)
    if not kept:
        empty = schema_of(contract).empty_table()
        return Read(empty, np.empty(0, dtype=np.int64), no_findings()), findings
    texts = {
        column.name: pd.Series([_text(given[place].get(column.name)) for place in kept], dtype=object)
        for column in contract.columns
    }
    read = read_frame(contract, pd.DataFrame(texts))
    back = np.array(kept)
    told = read.findings.assign(row=back[read.findings["row"].to_numpy(np.int64)])
    return Read(read.rows, back[read.places], told), findings


def _sayable(value: Any) -> bool:
    if isinstance(value, str):
        return value.isascii() or _encodable(value)
    return value is None or isinstance(value, int | float)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair is no character
        return False
    return True


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else repr(value)


def _plain(column: Column, values: list[Any], doubtful: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return a column's values (1970, 0 or None where there is none), and where there is none; mark what is odd."""
    absent = np.zeros(len(values), dtype=np.bool_)
    reader, empty = _READERS[column.dtype]
    read: list[Any] = []
    for place, value in enumerate(values):
        if value is None:
            absent[place] = True
            read.append(empty)
            continue
        found = reader(value)
        if found is None:
            doubtful[place] = True
            found = empty
        read.append(found)
    kind: Any = {"float64": np.float64, "string": object}.get(column.dtype, np.int64)
    array = np.empty(len(values), dtype=kind)
    array[:] = read
    return array, absent


def _whole(value: Any) -> int | None:
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def _number(value: Any) -> float | None:
    if type(value) is int:
        return float(value) if -EXACT <= value <= EXACT else None
    return value if type(value) is float and math.isfinite(value) else None


def _string(value: Any) -> str | None:
    return value if type(value) is str and "\0" not in value and (value.isascii() or _encodable(value)) else None


def _moment(value: Any) -> int | None:
    return _moment_of(value) if type(value) is str and len(value) <= 32 else None


@lru_cache(maxsize=100_000)  # days come again and again
def _moment_of(text: str) -> int | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(microseconds=1)


_READERS: dict[DType, tuple[Callable[[Any], Any], Any]] = {
    "int64": (_whole, 0),
    "float64": (_number, 0.0),
    "string": (_string, None),
    "date": (_moment, 0),
    "timestamp": (_moment, 0),
}


def _hold(column: Column, values: NDArray[Any], absent: NDArray[np.bool_], doubtful: NDArray[np.bool_]) -> None:
    """Mark what breaks the contract of a column."""
    if not column.nullable:
        doubtful |= absent
    if column.low is not None:
        doubtful |= ~absent & (values < column.low)
    if column.high is not None:
        doubtful |= ~absent & (values > column.high)
    if column.allowed:
        allowed = frozenset(column.allowed)
        doubtful |= ~absent & np.array([value not in allowed for value in values.tolist()], dtype=np.bool_)
    if column.dtype == "date":
        doubtful |= ~absent & (values % DAY_US != 0)


def _arrow(column: Column, values: NDArray[Any], absent: NDArray[np.bool_]) -> pa.Array:
    if column.dtype in {"date", "timestamp"}:
        return pa.array(values, pa.int64(), mask=absent).cast(ARROW_TYPE[column.dtype])
    return pa.array(values, ARROW_TYPE[column.dtype], mask=absent)


def outside_findings(
    contract: TableContract, read: Read, wrong: NDArray[np.bool_], column: str, rule: str, allowed: str
) -> pd.DataFrame:
    """Return findings for rows that keep their contract by themselves but break a rule that needs more than the row."""
    if not wrong.any():
        return no_findings()
    rows = np.flatnonzero(wrong)
    shown = read.rows.take(pa.array(rows))
    values = [str(value) for value in shown[column].to_pylist()]
    found = pd.DataFrame({
        "table": contract.name, "row": read.places[rows], "column": column, "value": values, "rule": rule,
        "allowed": allowed, "record": [str(record) for record in shown.to_pylist()],
    })  # fmt: skip
    dtypes = {name: "int64" if name == "row" else "string" for name in FINDING_DTYPES}
    return found.astype(dtypes)
