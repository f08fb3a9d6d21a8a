"""The SQL sieve and pandera agree on every row, and no value, however broken, stops the reading."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.concepts import MEASUREMENTS
from features.contracts import Column, TableContract, contracts
from features.contracts._sieve import broken_sql
from features.lake import set_aside
from features.lake.inspection import ROW, as_arrow, read_rows
from features.lake.reading import connect

DAY = datetime(2020, 1, 1, tzinfo=UTC)
NUMBERS = st.from_regex(r"[+-]?[0-9]{1,21}(\.[0-9]{0,2})?", fullmatch=True)
quickly = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def values(column: Column) -> st.SearchStrategy[object]:
    """Values at, around and far outside of what the column allows, and missing ones."""
    edges = [bound + step for bound in (column.low, column.high) if bound is not None for step in (-1, 0, 1)]
    if column.dtype == "int64":
        known = [entry.concept_id for entry in MEASUREMENTS.values()] if column.name.endswith("concept_id") else []
        picks = [*map(int, edges), *(v for v in column.allowed if isinstance(v, int)), *known[:4], 1, 2]
        return st.one_of(st.none(), st.sampled_from(picks), st.integers(-(2**63), 2**63 - 1))
    if column.dtype == "float64":
        bounds = [b for e in list(MEASUREMENTS.values())[:4] for b in (e.low, e.high, math.nextafter(e.high, math.inf))]
        return st.one_of(st.none(), st.sampled_from([*edges, *bounds, 0.0]), st.floats())
    if column.dtype == "string":
        units = ["mm[Hg]", "mmol/L", "mg/dL", "'"]
        return st.one_of(st.none(), st.sampled_from([*map(str, column.allowed), *units, ""]))
    return st.one_of(
        st.none(), st.integers(-70_000, 40_000).map(lambda d: DAY + timedelta(days=d)),
        st.integers(0, 10**12).map(lambda us: DAY + timedelta(microseconds=us)),
    )  # fmt: skip


def frames(contract: TableContract) -> st.SearchStrategy[pd.DataFrame]:
    row = st.fixed_dictionaries({column.name: values(column) for column in contract.columns})
    return st.lists(row, min_size=1, max_size=8).map(
        lambda rows: pd.DataFrame(
            {c.name: pd.Series([r[c.name] for r in rows], dtype=object) for c in contract.columns}
        )
    )


@pytest.mark.parametrize("name", ["measurement", "person", "social", "household_member", "service_request"])
@quickly
@given(data=st.data())
def test_the_sieve_finds_what_pandera_finds_and_nothing_else(name, data):
    contract = contracts()[name]
    frame = data.draw(frames(contract))
    with connect() as connection:
        connection.register("given", as_arrow(frame))
        read_rows(connection, contract, "FROM given")
        typed = connection.sql(f"FROM {name} ORDER BY {ROW}").to_arrow_table().to_pandas(integer_object_nulls=True)
        found = connection.execute(f"SELECT {ROW} FROM {name} WHERE {broken_sql(contract)}").fetchall()
    decided = contract.findings(contract.coerce(typed))
    decided = decided[decided["rule"] != "key is unique"]
    assert {row for (row,) in found} == set(decided["row"].astype(int))


@quickly
@given(data=st.data())
def test_every_row_is_kept_or_has_a_finding(data):
    contract = contracts()["measurement"]
    cell = st.one_of(
        st.none(), st.text(max_size=6), st.sampled_from(["12", " 7 ", "3.0", "1e3", "2020-02-30", "120", "-0"])
    )
    rows = data.draw(
        st.lists(st.fixed_dictionaries(dict.fromkeys(contract.column_names, cell)), min_size=1, max_size=8)
    )
    kept, findings = set_aside(contract, pd.DataFrame(rows).astype(object))
    assert len(kept) + findings["row"].nunique() == len(rows)
    assert findings["record"].notna().all()


def expected_integer(text: str) -> int | None:
    """Return what a clerk would read, by other means than the code."""
    stripped = text.strip(" ")
    head, _, tail = stripped.partition(".")
    digits = head[1:] if head[:1] in {"+", "-"} else head
    if not (digits.isascii() and digits.isdigit()) or set(tail) - {"0"}:
        return None
    number = int(head)
    return number if -(2**63) <= number < 2**63 else None


@quickly
@given(
    st.lists(
        st.one_of(st.from_regex(r"[+-]?[0-9]{1,21}(\.[0-9]{0,2})?", fullmatch=True), st.text(max_size=4)), min_size=1
    )
)
def test_whole_numbers_are_read_and_never_rounded(texts):
    contract = contracts()["person"]
    frame = pd.DataFrame({"person_id": texts})
    with connect() as connection:
        connection.register("given", as_arrow(frame))
        read_rows(connection, contract, "FROM given")
        read = connection.execute(f"SELECT person_id FROM person ORDER BY {ROW}").fetchall()
    assert [number for (number,) in read] == [expected_integer(text) for text in texts]


def test_of_repeated_keys_the_first_is_kept():
    contract = contracts()["death"]
    frame = pd.DataFrame(
        {"person_id": [5, 6, 5, 5], "death_date": DAY, "known_at": [DAY + timedelta(days=d) for d in range(4)]}
    )
    kept, findings = set_aside(contract, frame)
    assert kept["known_at"].tolist() == [pd.Timestamp(DAY), pd.Timestamp(DAY + timedelta(days=1))]
    assert findings["row"].tolist() == [2, 3]
