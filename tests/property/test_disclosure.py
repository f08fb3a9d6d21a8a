"""No count of one to seven people leaves, whatever is printed, and no total gives it away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InvalidInputError
from models.disclosure import DisclosureRule, safe_array, safe_count, safe_counts, safe_rate, safe_total

counts = st.integers(0, 10_000)


@given(counts)
def test_a_small_count_is_never_shown_and_others_are_rounded(count):
    shown = safe_count(count)
    if 1 <= count <= 7:
        assert shown is None
    else:
        assert shown % 5 == 0
        assert abs(shown - count) <= 2


@given(st.floats(0.001, 7.999))
def test_a_share_of_people_is_a_small_count_too(count):
    assert safe_count(count) is None


@given(st.lists(st.floats(0, 10_000), max_size=12))
def test_an_array_is_shown_as_each_of_its_counts(cells):
    shown = [None if np.isnan(cell) else int(cell) for cell in safe_array(cells)]
    assert shown == safe_counts(cells)


@given(st.lists(counts, max_size=12))
def test_a_total_holds_nothing_of_what_is_suppressed(cells):
    assert safe_total(safe_counts(cells)) == safe_total(safe_counts([n for n in cells if not 1 <= n <= 7]))


@given(counts, st.floats(1, 1e6))
def test_a_rate_tells_no_more_than_its_count(count, people):
    rate = safe_rate(count / people, count)
    if 1 <= count <= 7:
        assert rate is None
    else:
        assert rate * people == pytest.approx(safe_count(count))


def test_a_rule_may_be_stricter_but_not_nonsense():
    assert safe_counts([5, 10, 12, 26], DisclosureRule(suppress_up_to=10, round_to=10)) == [None, None, 10, 30]
    with pytest.raises(InvalidInputError, match="suppresses"):
        DisclosureRule(round_to=0)
    with pytest.raises(InvalidInputError, match="cannot be"):
        safe_count(-1)
