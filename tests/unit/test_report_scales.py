"""The report's scales: where numbers lie on paper, and which numbers stand beside an axis."""

from __future__ import annotations

import math

import pytest

from training.report.scales import Scale, extent, log_ticks, ticks
from training.report.svg import Frame, tick_label
from training.report.words import WORDS, step_words


def test_a_straight_scale_keeps_proportions_and_may_run_downwards():
    assert Scale(0, 10, 0, 200)(2.5) == 50
    assert Scale(0, 10, 200, 0)(2.5) == 150


def test_a_logarithmic_scale_keeps_ratios():
    scale = Scale(0.25, 4, 0, 100, log=True)
    assert scale(1) == pytest.approx(50)
    assert scale(2) - scale(1) == pytest.approx(scale(1) - scale(0.5))


@pytest.mark.parametrize("value", [-math.inf, math.inf, -1, 0, 99])
def test_what_lies_outside_is_put_on_the_nearer_end(value):
    assert 10 <= Scale(1, 8, 10, 20, log=True)(value) <= 20


def test_a_scale_without_width_has_one_place():
    assert Scale(3, 3, 0, 10)(3) == 5


def test_ticks_are_round_and_inside():
    assert ticks(0, 0.09, 4) == [0.0, 0.025, 0.05, 0.075]
    assert ticks(5, 5) == [5]
    assert ticks(math.nan, 1) == []


def test_logarithmic_ticks_are_few_and_hold_1():
    for bound in (1.05, 1.25, 1.6, 2.5, 4, 8, 16, 50, 1000):
        found = log_ticks(1 / bound, bound)
        assert 1 in found
        assert len(found) <= 9
        assert all(1 / bound <= tick <= bound for tick in found)
    assert log_ticks(0, 1) == []


def test_extent_leaves_out_what_is_not_a_number():
    assert extent([math.nan, 2.0, math.inf, 4.0], pad=0) == (2, 4)
    assert extent([3.0], pad=0.1)[0] < 3 < extent([3.0], pad=0.1)[1]


def test_a_line_is_broken_where_a_point_is_missing():
    frame = Frame(Scale(0, 4, 0, 40), Scale(0, 1, 10, 0))
    assert frame.trace([(0, 0), (1, 1), (2, math.nan), (3, 1), (4, 0)]) == "M0 10L10 0M30 0L40 10"


def test_steps_hold_a_value_until_the_next_begins():
    frame = Frame(Scale(0, 4, 0, 40), Scale(0, 1, 10, 0))
    assert frame.trace([(0, 0), (2, 1), (4, 1)], steps=True) == "M0 10H20V0H40V0"


def test_labels_show_shares_in_percent():
    assert tick_label(0.005, [0.005], percent=True) == "0.5%"


def test_every_message_is_filled_alike_in_both_languages():
    import re

    for key, (english, chinese) in WORDS.items():
        assert english, key
        assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", chinese)), key


def test_a_step_of_the_flow_is_told_in_both_languages():
    assert step_words("free of stroke and diabetes") == ("Free of stroke and diabetes", "无脑卒中和糖尿病")
    assert step_words("something new") == ("Something new", "something new")
