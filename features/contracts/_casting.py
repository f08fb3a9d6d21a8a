"""Raw columns as SQL expressions of their contract's dtype, without ever failing on a value.

A value that cannot be read as its column's dtype becomes NULL and is told apart from one that was missing by
:func:`unreadable_sql`. Nothing is rounded: 3.7 is no whole number. Text may have blanks around it; blank text is a
missing value except in a column of text. A timestamp without a zone is UTC. NaN is a missing value.
"""

from __future__ import annotations

from features.contracts._contract import Column, DType

DUCKDB_TYPE: dict[DType, str] = {
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "date": "TIMESTAMPTZ",
    "timestamp": "TIMESTAMPTZ",
}
READABLE: dict[DType, str] = {
    "int64": "a whole number",
    "float64": "a number",
    "string": "text",
    "date": "a day, as 2020-12-31",
    "timestamp": "a moment, as 2020-12-31T23:59:59Z",
}
# Spellings of values that are text to DuckDB but no number or moment that anybody recorded.
_WHOLE = r"[+-]?[0-9]+(\.0*)?"
_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
_MOMENT = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T].*)?"

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_WIDE_INTEGERS = {"UBIGINT", "HUGEINT", "UHUGEINT"}
_MOMENTS = {"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"}


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def typed_sql(column: Column, raw: str | None) -> str:
    """Return the expression that reads `column` from a raw column of DuckDB type `raw`; None: there is none."""
    if raw is None:
        return f"CAST(NULL AS {DUCKDB_TYPE[column.dtype]})"
    name = quoted(column.name)
    if column.dtype == "string":
        return f"CAST({name} AS VARCHAR)"
    if raw == "VARCHAR" or raw.startswith("ENUM"):
        return _from_text(column.dtype, f"trim(CAST({name} AS VARCHAR))")
    if column.dtype in {"date", "timestamp"}:
        moment = name if raw == "TIMESTAMP WITH TIME ZONE" else f"TRY_CAST({name} AS TIMESTAMPTZ)"
        return f"CASE WHEN isfinite({moment}) THEN {moment} END" if raw in _MOMENTS else "CAST(NULL AS TIMESTAMPTZ)"
    if raw in _MOMENTS or not _is_number(raw):
        return f"CAST(NULL AS {DUCKDB_TYPE[column.dtype]})"
    if column.dtype == "float64":
        return f"CASE WHEN NOT isnan({name}) THEN CAST({name} AS DOUBLE) END" if _floating(raw) else f"{name}::DOUBLE"
    if raw in _INTEGERS or raw == "BOOLEAN":
        return f"CAST({name} AS BIGINT)"
    if raw in _WIDE_INTEGERS:
        return f"TRY_CAST({name} AS BIGINT)"
    return f"CASE WHEN {name} = floor({name}) THEN TRY_CAST({name} AS BIGINT) END"


def unreadable_sql(column: Column, raw: str | None) -> str | None:
    """Return the condition that a raw value is there but cannot be read; None where that cannot happen."""
    if raw is None or not may_be_unreadable(column, raw):
        return None
    name = quoted(column.name)
    there = f"{name} IS NOT NULL"
    if raw == "VARCHAR" or raw.startswith("ENUM"):
        there += f" AND trim(CAST({name} AS VARCHAR)) <> ''"
    elif _floating(raw):
        there += f" AND NOT isnan({name})"
    return f"({there} AND ({typed_sql(column, raw)}) IS NULL)"


def may_be_unreadable(column: Column, raw: str) -> bool:
    """Return whether a raw column of DuckDB type `raw` can hold a value that `column` cannot."""
    if column.dtype == "string":
        return False
    if column.dtype == "float64":
        return not _is_number(raw)
    if column.dtype == "int64":
        return raw not in _INTEGERS and raw != "BOOLEAN"
    return True


def _from_text(dtype: DType, text: str) -> str:
    pattern = {"int64": _WHOLE, "float64": _NUMBER}.get(dtype, _MOMENT)
    # Zeros after the point say nothing; a cast by way of DECIMAL would take 15 microseconds a value.
    value = f"split_part(ltrim({text}, '+'), '.', 1)" if dtype == "int64" else text
    return f"CASE WHEN regexp_full_match({text}, '{pattern}') THEN TRY_CAST({value} AS {DUCKDB_TYPE[dtype]}) END"


def _is_number(raw: str) -> bool:
    return raw in _INTEGERS | _WIDE_INTEGERS or raw == "BOOLEAN" or _floating(raw) or raw.startswith("DECIMAL")


def _floating(raw: str) -> bool:
    return raw in {"FLOAT", "DOUBLE"}
