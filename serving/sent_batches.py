"""Batches that are sent to be scored, as lines of JSON or as an Arrow stream: read whole before anything is answered.

Residents and features are columns from here on. A batch in which anything is wrong is refused as a whole.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pydantic import TypeAdapter, ValidationError

from features.errors import InvalidInputError
from features.feature import Array
from features.views import all_features
from serving.records import Columns, Problem, divisors_of, read_columns, read_records, refused
from serving.schemas import ScoreLine
from serving.sent_records import TooLargeError

LINES, ARROW = "application/x-ndjson", "application/vnd.apache.arrow.stream"
MOST_ROWS = 100_000
AT_ONCE = 5_000  # lines whose documents are in memory together
RESIDENT = "resident"

_line = TypeAdapter(ScoreLine)


@dataclass(frozen=True)
class Batch:
    """Whom to score: residents by the names that the caller has for them, or feature columns (n,)."""

    rows: int
    residents: list[int | str] | None = None
    columns: Columns | None = None


def read_lines(body: bytes) -> Batch:
    """Return a batch from lines of JSON, each `{"resident": …}` or `{"features": {…}}`.

    Raises
    ------
    TooLargeError
        If there are more than `MOST_ROWS` lines.
    InvalidInputError
        If a line is not of that shape, or lines are of both kinds; or as `serving.records.read_records`.
    """
    lines = [line for line in body.split(b"\n") if line.strip()]
    _require_rows(len(lines))
    residents: list[int | str] = []
    parts: list[Columns] = []
    for start in range(0, len(lines), AT_ONCE):
        read = _parsed(lines[start : start + AT_ONCE], start)
        residents += [line.resident for line in read if line.resident is not None]
        features = [line.model_dump()["features"] for line in read if line.features is not None]
        if features:
            parts.append(read_records(features, start))
        if parts and residents:
            raise _one_kind()
    if residents:
        return Batch(len(residents), residents)
    return Batch(len(lines), columns=_joined(parts, len(lines)))


def _parsed(lines: Sequence[bytes], first: int) -> list[ScoreLine]:
    problems: list[Problem] = []
    read = []
    for number, line in enumerate(lines, first):
        try:
            found = _line.validate_json(line)
        except ValidationError as error:
            problems += [
                {
                    "field": ".".join([f"line {number + 1}", *map(str, entry["loc"])])[:200],
                    "value": ascii(entry["input"])[:60], "allowed": entry["msg"], "fix": "correct the line",
                }
                for entry in error.errors(include_url=False)
            ]  # fmt: skip
            continue
        if (found.resident is None) == (found.features is None):
            problems.append(
                {
                    "field": f"line {number + 1}", "value": ascii(line)[:60],
                    "allowed": "either resident or features", "fix": "name one of them",
                }
            )  # fmt: skip
        read.append(found)
    if problems:
        raise refused(problems)
    return read


def _joined(parts: Sequence[Columns], rows: int) -> Columns:
    """Return columns end to end; those that stand for one number everywhere go on taking no memory."""
    joined: Columns = {}
    for name in parts[0]:
        columns = [part[name] for part in parts]
        same = all(column.strides == (0,) for column in columns)
        joined[name] = np.broadcast_to(columns[0][0], rows) if same else np.concatenate(columns)
    return joined


def read_table(body: bytes) -> Batch:
    """Return a batch from an Arrow stream: one column `resident`, or a column a feature.

    A column is in the unit that its field's metadata names as `unit`; a feature that comes in several units needs it.

    Raises
    ------
    TooLargeError
        If there are more than `MOST_ROWS` rows.
    InvalidInputError
        If it is no Arrow stream, is compressed, or holds other types; or as `serving.records.read_columns`.
    """
    table = _arrow(body)
    names = table.column_names
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _wrong_column(twice[0], "every column once", "send it once")
    if RESIDENT in names:
        if len(names) > 1:
            raise _one_kind()
        return Batch(table.num_rows, _residents(table.column(RESIDENT)))
    units = {
        field.name: (field.metadata or {})[b"unit"].decode("utf-8", "replace")
        for field in table.schema
        if b"unit" in (field.metadata or {})
    }
    problems = [problem for name in names if name not in units and (problem := _needs_unit(name)) is not None]
    if problems:
        raise refused(problems)
    columns = {name: _numbers(name, table.column(name)) for name in names}
    return Batch(table.num_rows, columns=read_columns(columns, units, "column {name}, row {row}"))


def _arrow(body: bytes) -> pa.Table:
    try:
        for message in _messages(body):
            if message.type == "dictionary" or _compressed(message):
                raise InvalidInputError(
                    "The Arrow stream is compressed or holds dictionaries. Send plain columns: numbers for features, "
                    "whole numbers or text for residents."
                )
        rows, batches = 0, []
        with pa.ipc.open_stream(body) as reader:
            for batch in reader:
                rows += batch.num_rows
                _require_rows(rows)
                batches.append(batch)
            table = pa.Table.from_batches(batches, reader.schema)
        table.validate(full=True)
    except (pa.ArrowException, OSError, EOFError, struct.error, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"The body is no Arrow IPC stream: {str(error)[:200]}",
            [{"field": "body", "value": ascii(body[:30]), "allowed": ARROW, "fix": "write it by an Arrow library"}],
        ) from error
    _require_rows(rows if table.num_columns else 0)
    return table


def _messages(body: bytes) -> Iterator[pa.ipc.Message]:
    reader = pa.ipc.MessageReader.open_stream(body)
    with suppress(StopIteration):  # its way to say that there is no more
        while True:
            yield reader.read_next_message()


def _compressed(message: pa.ipc.Message) -> bool:
    """Return whether a record batch says that its buffers are compressed: then a small body may hide a huge table.

    Read off the flatbuffer (Message.fbs of Arrow's format): field 2 of a Message is its header, field 3 of a
    RecordBatch its compression.
    """
    if message.type != "record batch":
        return False
    raw = message.metadata.to_pybytes()

    def field(table: int, number: int) -> int:
        (back,) = struct.unpack_from("<i", raw, table)
        vtable = table - back
        (size,) = struct.unpack_from("<H", raw, vtable)
        (offset,) = struct.unpack_from("<H", raw, vtable + 4 + 2 * number) if 4 + 2 * number < size else (0,)
        return table + offset if offset else 0

    (root,) = struct.unpack_from("<I", raw, 0)
    header = field(root, 2)
    return bool(header) and bool(field(header + struct.unpack_from("<I", raw, header)[0], 3))


def _residents(column: pa.ChunkedArray) -> list[int | str]:
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise _wrong_column(RESIDENT, "whole numbers, or an app's pseudonyms as text", f"cast it from {kind}")
    if column.null_count:
        raise _wrong_column(RESIDENT, "a resident in every row", "leave empty rows out")
    named: list[int | str] = column.to_pylist()
    return named


def _numbers(name: str, column: pa.ChunkedArray) -> Array:
    kind = column.type
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
        raise _wrong_column(name, "numbers, null where missing", f"cast it from {kind}")
    try:
        numbers: Array = column.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise _wrong_column(name, "numbers that a float64 holds exactly", str(error)[:200]) from error
    return numbers


def _needs_unit(name: str) -> Problem | None:
    feature = all_features().get(name)
    if feature is None or len(divisors_of(feature)) == 1:
        return None
    allowed = " or ".join(divisors_of(feature))
    return {
        "field": f"column {name}", "value": None, "allowed": f"a unit: {allowed}",
        "fix": f"give the field the metadata {{'unit': '{feature.unit}'}} with the right unit",
    }  # fmt: skip


def _wrong_column(name: str, allowed: str, fix: str) -> InvalidInputError:
    return refused([{"field": f"column {name[:60]}", "value": None, "allowed": allowed, "fix": fix}])


def _one_kind() -> InvalidInputError:
    return refused(
        [
            {
                "field": "resident, features", "value": None, "allowed": "a batch of residents or a batch of features",
                "fix": "send two batches",
            }
        ]
    )  # fmt: skip


def _require_rows(rows: int) -> None:
    """Refuse a batch without rows, or with too many."""
    if rows == 0:
        raise refused([{"field": "body", "value": None, "allowed": "at least one row", "fix": "send some"}])
    if rows > MOST_ROWS:
        raise TooLargeError(f"The batch has more than {MOST_ROWS:,} rows. Send it in parts.")
