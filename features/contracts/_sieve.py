"""A table contract as one SQL condition that is true for exactly the rows that break it.

It is the fast half of enforcement: DuckDB finds the few candidates among millions of rows, and pandera
(`TableContract.findings`) explains and decides on those. Keys and references need other rows than the one that is
looked at, so they are not part of it (see `features.lake.inspection`).
"""

from __future__ import annotations

from features.contracts._casting import literal, quoted
from features.contracts._contract import Column, TableContract

DAY_MICROSECONDS = 86_400_000_000


def broken_sql(contract: TableContract) -> str:
    """Return the condition over columns of the contract's dtypes; it may be NULL where nothing is broken."""
    tests = [test for column in contract.columns for test in _tests(column)]
    return " OR ".join([*tests, *(f"({rule.broken_sql})" for rule in contract.rules)]) or "false"


def _tests(column: Column) -> list[str]:
    name = quoted(column.name)
    tests = [] if column.nullable else [f"{name} IS NULL"]
    if column.low is not None:
        tests.append(f"{name} < {_number(column, column.low)}")
    if column.high is not None:
        tests.append(f"{name} > {_number(column, column.high)}")
    if column.allowed:
        allowed = ", ".join(literal(value) if isinstance(value, str) else str(value) for value in column.allowed)
        tests.append(f"{name} NOT IN ({allowed})")
    if column.dtype == "date":
        # The remainder of the microseconds: DuckDB's date_trunc asks the calendar of the time zone, which is slow.
        tests.append(f"epoch_us({name}) % {DAY_MICROSECONDS} <> 0")
    return tests


def _number(column: Column, bound: float) -> str:
    return str(int(bound)) if column.dtype == "int64" and bound == int(bound) else f"{float(bound)!r}::DOUBLE"
