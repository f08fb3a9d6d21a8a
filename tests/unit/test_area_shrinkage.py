"""Shrinkage of small areas: by hand, in the limits, and against draws from the very model."""

from __future__ import annotations

import numpy as np
import pytest

from features.errors import InvalidInputError
from models.area.shrinkage import shrink


def test_marshalls_moments_by_hand():
    # m = 20/20; raw 2, 1 and 2/3: s2 = (4·1 + 4·0 + 12·(1/3)²) / 20 − 1 / (20/3) = 0.11667.
    even = shrink([8, 4, 8], [4, 4, 12])
    assert even.variance == pytest.approx(7 / 60)
    # The weight of an area's own risk is s2 / (s2 + m / E).
    weight = even.variance / (even.variance + 1 / 4)
    assert even.risk[0] == pytest.approx(1 + weight * (2 - 1))
    assert even.mean == 1


def test_areas_that_differ_no_more_than_by_chance_are_all_the_mean():
    same = shrink([5, 5, 5], [5.0, 5.1, 4.9])
    assert same.variance == 0
    assert same.risk == pytest.approx(1)


def test_the_fewer_an_area_expects_the_nearer_it_comes_to_the_mean():
    risks = shrink([40, 2, 400, 100], [20, 1, 200, 400])
    pull = (risks.risk - risks.mean) / (risks.raw - risks.mean)
    assert pull[1] < pull[0] < pull[2] < 1
    assert np.all((risks.low < risks.risk) & (risks.risk < risks.high))
    assert risks.above[2] > 0.99
    assert risks.above[3] < 0.01


def test_truth_lies_nearer_to_the_shrunk_than_to_the_raw_and_within_most_intervals():
    rng = np.random.default_rng(5)
    true = rng.gamma(10, 0.1, 2_000)
    expected = rng.uniform(2, 40, 2_000)
    risks = shrink(rng.poisson(true * expected), expected)
    assert np.mean((risks.risk - true) ** 2) < 0.5 * np.mean((risks.raw - true) ** 2)
    assert risks.variance == pytest.approx(0.1, rel=0.15)
    assert np.mean((risks.low < true) & (true < risks.high)) == pytest.approx(0.95, abs=0.02)


def test_areas_that_expect_nothing_are_refused():
    with pytest.raises(InvalidInputError, match="larger areas"):
        shrink([1, 0], [1.0, 0.0])
    with pytest.raises(InvalidInputError, match="one each an area"):
        shrink([1], [1.0, 2.0])
