"""The plain way of reading rows and the reference's way agree on every row: what is kept, and as which values."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import features.arriving.rows as rows_module
from features.arriving.known_rows import named_rows
from features.arriving.rows import read_frame, read_json
from features.concepts import MEASUREMENTS
from features.contracts import Column, TableContract, contracts

DAY = datetime(2020, 1, 1, tzinfo=UTC)
ZULU = st.integers(-(10**9), 10**9).map(lambda s: (DAY + timedelta(seconds=s)).strftime("%Y-%m-%dT%H:%M:%SZ"))
quickly = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
ODD = st.sampled_from(
    ["", " 7 ", "3.0", "1e3", "2020-02-30", "2020-12-31T24:00:00Z", "-0", "NaN", "x", True, [1], "\ud800"]
)


def cells(column: Column) -> st.SearchStrategy[object]:
    """Return cells as JSON has them: right, at the edge of what is allowed, beyond it, and odd."""
    edges = [bound + step for bound in (column.low, column.high) if bound is not None for step in (-1, 0, 1)]
    if column.dtype == "int64":
        known = [entry.concept_id for entry in MEASUREMENTS.values()] if column.name.endswith("concept_id") else []
        picks = [
            *map(int, edges),
            *(v for v in column.allowed if isinstance(v, int)),
            *known[:4],
            1,
            2,
            2**63,
            3.0,
            2.5,
        ]
        right: st.SearchStrategy[object] = st.sampled_from(picks) | st.integers()
    elif column.dtype == "float64":
        bounds = [b for e in list(MEASUREMENTS.values())[:4] for b in (e.low, e.high, math.nextafter(e.high, math.inf))]
        right = st.sampled_from([*edges, *bounds, 0, -0.0, 1e300, 2**60]) | st.floats(allow_nan=False)
    elif column.dtype == "string":
        right = st.sampled_from([*map(str, column.allowed), "mm[Hg]", "mmol/L", "mg/dL", "'", "台州", "E11.9"])
    else:
        day = st.integers(-70_000, 40_000).map(lambda days: (DAY + timedelta(days=days)).date().isoformat())
        moment = st.integers(0, 10**12).map(lambda us: (DAY + timedelta(microseconds=us)).isoformat())
        east = st.just("2020-03-01T08:00:00+08:00")
        right = day | moment | ZULU | east
    return st.one_of(right, right, right, st.none(), ODD)


def given_rows(contract: TableContract) -> st.SearchStrategy[list[dict[str, object]]]:
    row = st.fixed_dictionaries({column.name: cells(column) for column in contract.columns})
    return st.lists(row, min_size=1, max_size=8)


def sayable(value: object) -> bool:
    """Return whether a cell is one that text can say: the reference knows no others."""
    return not isinstance(value, list) and value != "\ud800"


@pytest.mark.parametrize("name", ["measurement", "person", "social", "area_year"])
@quickly
@given(data=st.data())
def test_both_ways_keep_the_same_rows_with_the_same_values(name, data):
    contract = contracts()[name]
    rows = data.draw(given_rows(contract))
    read = read_json(contract, rows)
    said = [place for place, row in enumerate(rows) if all(sayable(cell) for cell in row.values())]
    texts = {
        column: pd.Series([rows_module._text(rows[place][column]) for place in said], dtype=object)
        for column in contract.column_names
    }
    reference = read_frame(contract, pd.DataFrame(texts))
    assert read.places.tolist() == [said[place] for place in reference.places]
    assert read.rows.equals(reference.rows) or nearly(read.rows, reference.rows)
    # Whatever is not kept is explained, and what is kept is not complained of.
    assert set(range(len(rows))) - set(read.places.tolist()) == set(read.findings["row"].astype(int))


def nearly(one: pa.Table, other: pa.Table) -> bool:
    """Return whether tables are the same but for the sign of zero, on which SQL and IEEE 754 differ."""
    return [c + 0.0 if isinstance(c, float) else c for column in one.columns for c in column.to_pylist()] == [
        c + 0.0 if isinstance(c, float) else c for column in other.columns for c in column.to_pylist()
    ]


@quickly
@given(data=st.data())
def test_what_is_spelled_plainly_never_needs_the_reference(data):
    """Else the stream would be as slow as the reference without anybody noticing."""
    row = {
        "measurement_id": data.draw(st.integers(1, 2**62)), "person_id": data.draw(st.integers(1, 2**62)),
        "measurement_concept_id": 3004249, "measurement_date": data.draw(st.dates()).isoformat(),
        "value_as_number": data.draw(st.integers(50, 300) | st.floats(50, 300)), "unit_source_value": "mm[Hg]",
        "known_at": data.draw(ZULU),
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "read_frame", None)
        read = read_json(contracts()["measurement"], [json.loads(json.dumps(row))])
    assert read.rows.num_rows == 1
    assert not len(read.findings)
    ((key, *_),) = named_rows(contracts()["measurement"], read.rows)
    assert key == str(row["measurement_id"])
