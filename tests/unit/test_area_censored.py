"""Ratios from counts of which only bounds are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import poisson

from features.errors import InvalidInputError
from models.area.censored import bounded_ratios
from models.area.rates import crude_rates
from models.disclosure import possible_counts, safe_array


def likelihood(ratio, low, high, expected):
    """Return the log-likelihood of one area as its definition says."""
    mean = ratio * expected
    return np.log(poisson.cdf(high, mean) - poisson.cdf(low - 1, mean)).sum()


@pytest.mark.parametrize("seed", range(5))
def test_the_ratio_is_that_of_highest_likelihood_and_its_information_the_curvature(seed):
    draw = np.random.default_rng(seed)
    expected = draw.uniform(0.3, 12, 30)
    low, high = possible_counts(safe_array(draw.poisson(1.3 * expected)))
    found = bounded_ratios(low, high, expected, np.zeros(30, int), 1)
    best = minimize_scalar(
        lambda log: -likelihood(np.exp(log), low, high, expected), bounds=(-3, 3), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    assert np.log(found.ratio[0]) == pytest.approx(best.x, abs=1e-5)
    step = 1e-3
    at = np.log(found.ratio[0]) + np.array([-step, 0, step])
    curve = np.array([likelihood(np.exp(log), low, high, expected) for log in at])
    assert found.cases[0] == pytest.approx(-(curve[0] - 2 * curve[1] + curve[2]) / step**2, rel=1e-3)
    assert found.weight[0] * found.ratio[0] == pytest.approx(found.cases[0])


def test_what_is_known_exactly_is_counted_exactly():
    cases, expected = np.array([3.0, 0.0, 40.0, 2.0]), np.array([2.0, 1.0, 50.0, 8.0])
    found = bounded_ratios(cases, cases, expected, [0, 0, 1, 1], 3)
    np.testing.assert_allclose(found.ratio[:2], [1.0, 42 / 58])
    np.testing.assert_allclose(found.cases[:2], [3, 42])
    np.testing.assert_allclose(found.weight[:2], [3, 58])
    assert np.isnan([found.ratio[2], found.cases[2], found.weight[2], found.expected[2]]).all()


def test_no_case_at_all_is_a_ratio_of_zero_that_weighs_all_that_was_expected():
    found = bounded_ratios([0, 0], [0, 0], [2.0, 3.0], [0, 0], 1)
    assert (found.ratio[0], found.cases[0], found.weight[0], found.most[0]) == (0, 0, 5, 0)


def test_hidden_counts_make_intervals_wider_and_still_cover():
    """4,000 areas of 20 cells; nearly every cell is hidden, and a sum of shown ones would find next to nothing."""
    draw = np.random.default_rng(11)
    areas, cells = 4000, 20
    truth = draw.gamma(20, 1 / 20, areas)
    area = np.repeat(np.arange(areas), cells)
    expected = draw.uniform(0.2, 6, areas * cells)
    exact = draw.poisson(truth[area] * expected).astype(float)
    shown = safe_array(exact)
    assert np.nansum(shown) < exact.sum() / 2
    found = bounded_ratios(*possible_counts(shown), expected, area, areas)
    estimate = found.ratio * found.expected
    assert estimate.sum() == pytest.approx(exact.sum(), rel=0.01)
    limits, complete = (
        crude_rates(cases, weight, 1.0)
        for cases, weight in (
            (found.cases, found.weight), (np.bincount(area, exact), np.bincount(area, expected)),
        )
    )  # fmt: skip
    assert 0.93 <= np.mean((limits.low <= truth) & (truth <= limits.high)) <= 0.99
    assert np.mean(limits.high - limits.low) > 1.2 * np.mean(complete.high - complete.low)


@pytest.mark.parametrize(
    ("low", "high", "expected", "says"), [(2, 1, 1.0, "bounds"), (-1, 1, 1.0, "bounds"), (0, 1, 0.0, "expect")]
)
def test_what_cannot_be_is_refused(low, high, expected, says):
    with pytest.raises(InvalidInputError, match=says):
        bounded_ratios([low], [high], [expected], [0], 1)
