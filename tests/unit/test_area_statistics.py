"""Neighbours, funnels, trends, clusters and smoothing: by hand, against independent sums, and against known truth."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.special import xlogy
from scipy.stats import poisson
from shapely import box

from features.errors import InvalidInputError
from models.area.autocorrelation import HIGH_HIGH, LOW_LOW, getis_ord, local_moran, moran
from models.area.bym2 import phi_weights, shared_covariance, smooth
from models.area.funnel import FAR, funnel_limits
from models.area.neighbours import Neighbours, in_km, queen
from models.area.scan import circular_scan, space_time_scan
from models.area.shrinkage import shrink, shrink_to_neighbours
from models.area.trend import percent_change, percent_changes


def lattice(rows, columns):
    """Return neighbours that share a side, and the middles of the cells."""
    cells = list(product(range(rows), range(columns)))
    place = {cell: number for number, cell in enumerate(cells)}
    pairs = [(place[r, c], place[r + dr, c + dc]) for r, c in cells for dr, dc in ((0, 1), (1, 0))
             if (r + dr, c + dc) in place]  # fmt: skip
    return Neighbours.of_pairs(len(cells), pairs), np.array(cells, dtype=float)


# --- neighbours ---


def test_areas_touch_at_a_corner_but_not_across_a_gap():
    squares = [box(0, 0, 1, 1), box(1, 1, 2, 2), box(2.001, 1, 3, 2), box(9, 9, 10, 10)]
    exact, near = queen(squares), queen(squares, gap=0.01)
    assert list(zip(exact.first, exact.second, strict=True)) == [(0, 1), (1, 0)]
    assert len(near.first) == 4
    with pytest.raises(InvalidInputError, match="no pair"):
        Neighbours.of_pairs(2, [(0, 2)])


def test_degrees_become_kilometres():
    # One degree of latitude is 111.2 km, of longitude at 60 degrees half of that.
    east, north = np.ptp(in_km(np.array([[10.0, 59.5], [11.0, 60.5]])), axis=0)
    assert north == pytest.approx(111.195, abs=0.01)
    assert east == pytest.approx(111.195 / 2, abs=0.01)


def test_likeness_of_neighbours_in_a_map_of_two_halves():
    neighbours, places = lattice(8, 8)
    halves = np.where(places[:, 1] < 4, 1.0, 2.0)
    assert moran(halves, neighbours).p < 1e-6
    chess = np.where(places.sum(axis=1) % 2, 1.0, 2.0)
    assert moran(chess, neighbours).value == pytest.approx(-1)
    hot = getis_ord(halves + 0.01 * places[:, 0], neighbours, false_discovery=0.2)
    assert set(hot.kind[places[:, 1] > 4]) <= {0, HIGH_HIGH}
    assert set(hot.kind[places[:, 1] < 3]) <= {0, LOW_LOW}
    assert (hot.kind > 0).any()


def test_an_island_has_no_local_statistic_and_no_error():
    neighbours, _ = lattice(4, 4)
    with_island = Neighbours(17, neighbours.first, neighbours.second)
    values = np.arange(17.0)
    assert np.isnan(local_moran(values, with_island).value[16])
    assert local_moran(values, with_island).kind[16] == 0
    assert np.isfinite(local_moran(values, with_island).q[:16]).all()
    assert shrink_to_neighbours(values, np.full(17, 5.0), with_island).risk[16] == pytest.approx(16 / 5)
    with pytest.raises(InvalidInputError, match="everywhere the same"):
        moran(np.ones(16), neighbours)
    with pytest.raises(InvalidInputError, match="one each"):
        moran(np.ones(3), neighbours)


# --- funnel ---


def test_funnel_limits_are_those_in_the_test_data_of_pheindicatormethods():
    # Its file testdata_funnel_ratio_outputs.csv names, for a count, what must be expected for it to lie on a limit.
    low, high = funnel_limits([5.571644585, 11.6683331, 121.6268111])
    assert low == pytest.approx([1, 5, 100], abs=1e-4)
    _, high = funnel_limits([0.025317898, 0.242209467, 4.11537405])
    assert high == pytest.approx([1, 2, 9], abs=1e-5)
    low, _ = funnel_limits([9.233410143, 22.65737951], FAR)
    assert low == pytest.approx([1, 9], abs=1e-5)
    _, high = funnel_limits([0.001000547, 2.452425215], FAR)
    assert high == pytest.approx([1, 9], abs=1e-5)


def test_chance_alone_leaves_the_funnel_no_oftener_than_said():
    for mean in (0.5, 4.0, 37.0, 900.0):
        low, high = (limit[0] for limit in funnel_limits([mean]))
        assert poisson.sf(np.ceil(high + 1e-9) - 1, mean) <= 0.025 + 1e-9
        assert poisson.cdf(np.floor(low) - 1, mean) <= 0.025 + 1e-9
        assert low < mean < high
    with pytest.raises(InvalidInputError, match="more than nothing"):
        funnel_limits([1.0, 0.0])


# --- trend ---


def test_many_trends_at_once_are_those_of_each():
    rng = np.random.default_rng(4)
    expected = rng.uniform(0.5, 9, (20, 24))
    expected[3, 5] = 0
    events = rng.poisson(expected * np.exp(0.03 * np.arange(24)))
    expected[7], events[7] = 0.1, 0
    every = percent_changes(range(24), events, expected)
    for series in range(20):
        one = percent_change(range(24), events[series], expected[series])
        assert (every.value[series], every.low[series], every.high[series]) == pytest.approx(
            (one.value, one.low, one.high), rel=1e-8, nan_ok=True
        )
    assert np.isnan(every.value[7])


def test_counts_that_scatter_more_than_chance_widen_the_interval():
    even, wild = [20, 21, 19, 20, 21, 19, 20, 20], [5, 40, 2, 35, 4, 38, 6, 30]
    narrow, wide = (percent_change(range(8), counts, [1] * 8) for counts in (even, wild))
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


# --- scan ---


def every_circle(cases, expected, places, largest):
    """Return the strongest ratio of all circles, written out."""
    total = cases.sum()
    mean = expected * total / expected.sum()
    strongest, members = 0.0, ()
    for centre in places:
        away = np.hypot(*(places - centre).T)
        for radius in np.unique(away):
            inside = away <= radius
            c, e = cases[inside].sum(), mean[inside].sum()
            if mean[inside].sum() <= largest * total and c > e and c >= 2:
                ratio = xlogy(c, c / e) + xlogy(total - c, (total - c) / (total - e))
                if ratio > strongest:
                    strongest, members = ratio, tuple(np.flatnonzero(inside))
    return strongest, members


def test_the_strongest_circle_is_that_of_a_plain_search():
    rng = np.random.default_rng(8)
    for _ in range(5):
        places = rng.uniform(0, 10, (25, 2))
        expected = rng.uniform(1, 9, 25)
        cases = rng.poisson(expected)
        found = circular_scan(cases, expected, places, simulations=9).clusters[0]
        strongest, members = every_circle(cases, expected, places, 0.5)
        assert found.ratio == pytest.approx(strongest, rel=1e-10)
        assert sorted(found.areas) == list(members)
        assert found.relative_risk == pytest.approx(
            (found.cases / found.expected) / ((cases.sum() - found.cases) / (cases.sum() - found.expected))
        )


def test_a_cylinder_is_found_where_and_when_it_was_planted():
    rng = np.random.default_rng(3)
    _, places = lattice(7, 7)
    expected = np.full((49, 12), 3.0)
    truth = expected.copy()
    near = np.hypot(*(places - [1, 1]).T) <= 1.1
    truth[near, 9:] *= 3
    cases = rng.poisson(truth)
    found = space_time_scan(cases, expected, places, simulations=99).clusters[0]
    assert set(found.areas) == set(np.flatnonzero(near))
    assert (found.first, found.last) == (9, 11)
    assert found.p == 0.01
    past = rng.poisson(np.where(near[:, None] & (np.arange(12) > 3) & (np.arange(12) < 7), 9.0, 3.0))
    found = space_time_scan(past, expected, places, alive=False, simulations=99).clusters[0]
    assert (found.first, found.last) == (4, 6)


def test_a_space_time_scan_over_one_period_is_a_circular_scan():
    rng = np.random.default_rng(5)
    places, expected = rng.uniform(0, 1, (30, 2)), rng.uniform(1, 5, 30)
    cases = rng.poisson(expected)
    one = circular_scan(cases, expected, places, simulations=49)
    other = space_time_scan(cases[:, None], expected[:, None], places, simulations=49)
    assert one.clusters == other.clusters


def test_without_a_cluster_p_values_are_even():
    rng = np.random.default_rng(9)
    places, expected = rng.uniform(0, 1, (30, 2)), rng.uniform(2, 5, 30)
    ps = [circular_scan(rng.poisson(expected), expected, places, simulations=99, seed=k).clusters[0].p
          for k in range(200)]  # fmt: skip
    assert np.mean(ps) == pytest.approx(0.5, abs=0.08)
    assert np.mean(np.array(ps) <= 0.05) == pytest.approx(0.05, abs=0.05)


def test_what_cannot_be_scanned_is_refused():
    places = np.zeros((2, 2))
    for cases, expected, says in (
        ([1, 0.5], [1, 1], "whole"), ([0, 0], [1, 1], "no case"), ([1, 2], [1, 0], "none were expected"),
        ([1, 2], [1, 1, 1], "one each"), ([[1], [2]], [1, 1], "one each"), ([1, -2], [1, 1], "whole"),
    ):  # fmt: skip
        with pytest.raises(InvalidInputError, match=says):
            circular_scan(cases, expected, places)
    with pytest.raises(InvalidInputError, match="between 0 and 1"):
        circular_scan([1, 2], [1, 1], places, largest=1.5)


# --- smoothing ---


def test_the_spatial_part_is_scaled_and_knows_the_parts_of_the_map():
    neighbours, _ = lattice(5, 6)
    one = shared_covariance(neighbours)
    assert np.log(np.diag(one)).mean() == pytest.approx(0)
    assert one.sum() == pytest.approx(0, abs=1e-8)  # the parts of a map deviate from their own mean
    two = shared_covariance(Neighbours(31, neighbours.first, neighbours.second))
    assert two[30, 30] == 1
    assert two[:30, :30] == pytest.approx(one)
    assert phi_weights(one).sum() == pytest.approx(1)
    assert phi_weights(one)[:3].sum() == pytest.approx(2 / 3, abs=0.08)


def test_smoothed_risks_are_those_of_a_brute_force_posterior():
    # The same model by importance sampling from its prior on a map so small that this works; phi and sigma from the
    # same grid, so what is left between the two is the normal approximation.
    from models.area.bym2 import MEAN_VARIANCE, PHIS, SIGMA_TAIL, SIGMAS

    neighbours = Neighbours.of_pairs(4, [(0, 1), (1, 2)])
    cases, expected = np.array([19, 20, 5, 8]), np.array([10.0, 16.0, 6.0, 12.0])
    found = smooth(cases, expected, neighbours)
    rng = np.random.default_rng(1)
    draws, parts = 400_000, shared_covariance(neighbours)
    prior = np.outer(phi_weights(parts), SIGMAS * SIGMA_TAIL**SIGMAS).ravel()
    which = rng.choice(prior.size, draws, p=prior / prior.sum())
    sigma, phi = SIGMAS[which % len(SIGMAS)], PHIS[which // len(SIGMAS)]
    root = np.linalg.cholesky(parts + 1e-9 * np.eye(4))
    field = sigma[:, None] * (
        np.sqrt(1 - phi)[:, None] * rng.normal(size=(draws, 4))
        + np.sqrt(phi)[:, None] * (rng.normal(size=(draws, 4)) @ root.T)
    )
    # The mean is drawn near where the data put it, and weighed back to its prior.
    near, wide = np.log(cases.sum() / expected.sum()), 0.35
    mean = near + wide * rng.normal(size=draws)
    x = mean[:, None] + field
    log_weight = (cases * x - expected * np.exp(x)).sum(axis=1)
    log_weight += ((mean - near) / wide) ** 2 / 2 - mean**2 / (2 * MEAN_VARIANCE)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    assert 1 / (weight**2).sum() > 5_000  # draws that count
    assert found.risk == pytest.approx(weight @ np.exp(x), rel=0.03)
    assert found.sigma == pytest.approx(weight @ sigma, rel=0.1)
    assert found.exceedance(1.0) == pytest.approx(weight @ (x > 0), abs=0.02)


def simulated_maps(maps):
    """Yield true risks, expected and cases of cities of 130 townships, risks alike among neighbours."""
    neighbours, _ = lattice(10, 13)
    root = np.linalg.cholesky(shared_covariance(neighbours) + 1e-9 * np.eye(130))
    for seed in range(maps):
        rng = np.random.default_rng(seed)
        deviation = np.sqrt(0.7) * (root @ rng.normal(size=130)) + np.sqrt(0.3) * rng.normal(size=130)
        true, expected = np.exp(0.25 * deviation), rng.lognormal(2.5, 0.7, 130)
        yield neighbours, true, expected, rng.poisson(true * expected)


def test_smoothed_risks_lie_nearer_to_the_truth_and_their_intervals_hold_it():
    crude, smoothed, drawn, held = [], [], [], []
    for neighbours, true, expected, cases in simulated_maps(12):
        model, bayes = smooth(cases, expected, neighbours), shrink(cases, expected)
        crude.append(np.mean((cases / expected - true) ** 2))
        smoothed.append(np.mean((model.risk - true) ** 2))
        drawn.append(np.mean((bayes.risk - true) ** 2))
        held.append(np.mean((model.low < true) & (true < model.high)))
    assert np.mean(smoothed) <= 0.5 * np.mean(crude)
    assert np.mean(drawn) <= 0.5 * np.mean(crude)
    assert np.mean(smoothed) < np.mean(drawn)  # the map says something
    assert 0.93 <= np.mean(held) <= 0.97


def test_smoothing_tells_what_it_cannot_do():
    neighbours, _ = lattice(2, 2)
    with pytest.raises(InvalidInputError, match="larger areas"):
        smooth([1, 1, 1, 1], [1, 1, 1, 0], neighbours)
    with pytest.raises(InvalidInputError, match="one each"):
        smooth([1, 1], [1, 1], neighbours)
