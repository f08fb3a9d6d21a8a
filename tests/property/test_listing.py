"""A list that follows its people is the list that sorting them anew gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import serving.listing
from serving.listing import Listed

PEOPLE = 12
# Few different risks, so that many people share one; None: not at risk.
RISKS = st.sampled_from([None, 0.0, 0.1, 0.25, 0.5])
STEPS = st.lists(st.dictionaries(st.integers(0, PEOPLE - 1), RISKS, min_size=1), max_size=12)


def expected(risks: list[float | None], persons: np.ndarray) -> list[int]:
    """Return the row numbers of a list, by Python's own sort."""
    listed = [row for row in range(len(risks)) if risks[row] is not None]
    return sorted(listed, key=lambda row: (-risks[row], persons[row]))


@settings(max_examples=150)
@given(
    st.lists(RISKS, min_size=PEOPLE, max_size=PEOPLE),
    STEPS,
    st.permutations(range(PEOPLE)),
    st.sampled_from([0, 3, 99]),
)
def test_a_list_that_follows_is_the_list_sorted_anew(first, steps, numbers, longest):
    persons = np.array(numbers, dtype=np.int64) + 100
    risks = list(first)
    rows = np.array(expected(risks, persons), dtype=np.int64)
    listed = Listed.of(np.array([risks[row] for row in rows], dtype=np.float64), persons[rows], rows)
    before_setting, serving.listing.LONGEST_OVERLAY = serving.listing.LONGEST_OVERLAY, longest
    try:
        for step in steps:
            changed = np.array(sorted(step), dtype=np.int64)
            old = np.array([risks[row] for row in changed], dtype=np.float64)  # None becomes NaN
            new = np.array([step[row] for row in changed.tolist()], dtype=np.float64)
            kept = listed
            listed, was = listed.moved(changed, persons[changed], old, new)
            assert was.tolist() == [risks[row] is not None for row in changed]
            assert kept.stretch(0, 99).row.tolist() == expected(risks, persons)  # an older list stays as it was
            for row in changed.tolist():
                risks[row] = step[row]
            order = expected(risks, persons)
            assert len(listed) == len(order)
            for start in range(len(order) + 1):
                shown = listed.stretch(start, start + 4)
                assert shown.row.tolist() == order[start : start + 4]
                assert shown.person.tolist() == persons[order[start : start + 4]].tolist()
            for place, row in enumerate(order):
                assert listed.after(risks[row], int(persons[row])) == place + 1
    finally:
        serving.listing.LONGEST_OVERLAY = before_setting
