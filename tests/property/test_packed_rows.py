"""Packed rows give back every float64 as it was, and end where a plain dictionary ends after any history of writes."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.packed_layout import NEVER
from features.packed_rows import PackedRows

VIEWS = {"a": ["a:1", "a:2"], "b": ["b:1"], "c": ["c:1", "c:2"]}
COLUMNS = [column for columns in VIEWS.values() for column in columns]
people = st.integers(-(2**63), 2**63 - 1)
numbers = st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(people, min_size=1, max_size=20, unique=True), st.data())
def test_every_float_comes_back_bit_for_bit(ids, data):
    values = data.draw(arrays(np.float64, (len(ids), len(COLUMNS)), elements=numbers))
    with tempfile.TemporaryDirectory() as folder:
        rows = PackedRows.create(Path(folder, "online.db"), COLUMNS)
        rows.write(ids, values, 0)
        back = rows.read(ids)[2]
        rows.close()
    assert back.tobytes() == values.tobytes()  # which tells -0.0 from 0.0 and one NaN from another


few = st.integers(0, 3)
whole = st.tuples(st.none(), st.lists(st.tuples(few, few), min_size=1, max_size=5))
one_view = st.tuples(st.sampled_from(sorted(VIEWS)), st.lists(st.tuples(few, few), min_size=1, max_size=5))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(whole, one_view), max_size=8))
def test_any_history_of_writes_ends_as_the_plain_rule_says(history):
    state = {}  # (person, view) -> (moment, value): the newest wins, then the last
    with tempfile.TemporaryDirectory() as folder:
        rows = PackedRows.create(Path(folder, "online.db"), COLUMNS)
        for number, (view, written) in enumerate(history):
            columns = COLUMNS if view is None else VIEWS[view]
            table = [[100 * number + place] * len(columns) for place in range(len(written))]
            rows.write(
                [person for person, _ in written], table, [moment for _, moment in written], view and VIEWS[view]
            )
            for (person, moment), values in zip(written, table, strict=True):
                for name in VIEWS if view is None else [view]:
                    if moment >= state.get((person, name), (NEVER,))[0]:
                        state[person, name] = (moment, values[0])
        for name, columns in VIEWS.items():
            found, moments, values = rows.read(range(4), columns)
            for person in range(4):
                moment, value = state.get((person, name), (NEVER, np.nan))
                assert (found[person], moments[person]) == (moment != NEVER, moment)
                np.testing.assert_array_equal(values[person], value)
        rows.close()
