"""What must hold for area statistics whatever the map: names, order and units of areas do not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.area.funnel import funnel_limits
from models.area.neighbours import Neighbours
from models.area.rates import poisson_limits, standardised_rates
from models.area.scan import circular_scan
from models.area.shrinkage import shrink, shrink_to_neighbours

seeds = st.integers(0, 2**32 - 1)


def city(seed):
    rng = np.random.default_rng(seed)
    areas = int(rng.integers(6, 40))
    expected = rng.uniform(0.5, 30, areas)
    cases = rng.poisson(expected)
    cases[0] += 3
    pairs = {(int(a), int(b)) for a, b in rng.integers(0, areas, (3 * areas, 2)) if a != b}
    return rng, cases, expected, rng.uniform(0, 50, (areas, 2)), pairs


@settings(max_examples=40)
@given(seeds)
def test_the_order_of_areas_and_the_unit_of_distance_do_not_matter_to_a_scan(seed):
    rng, cases, expected, places, _ = city(seed)
    order = rng.permutation(len(cases))
    one = circular_scan(cases, expected, places, simulations=0).clusters[0]
    other = circular_scan(
        cases[order], 7 * expected[order], 1000 * places[order] + 5, simulations=0, threads=2
    ).clusters[0]
    assert other.ratio == pytest.approx(one.ratio, rel=1e-9)
    assert other.expected == pytest.approx(one.expected, rel=1e-9)
    assert other.cases == one.cases


@settings(max_examples=40)
@given(seeds)
def test_the_order_of_areas_and_the_unit_of_what_is_expected_do_not_matter_to_shrinking(seed):
    rng, cases, expected, _, pairs = city(seed)
    order = rng.permutation(len(cases))
    place = np.argsort(order)
    renamed = [(int(place[a]), int(place[b])) for a, b in pairs]
    near, again = (Neighbours.of_pairs(len(cases), links) for links in (pairs, renamed))
    for one, other in (
        (shrink(cases, expected), shrink(cases[order], 4 * expected[order])),
        (shrink_to_neighbours(cases, expected, near), shrink_to_neighbours(cases[order], 4 * expected[order], again)),
    ):
        np.testing.assert_allclose(4 * other.risk, one.risk[order], rtol=1e-6)


@given(seeds)
def test_clusters_share_no_area(seed):
    _, cases, expected, places, _ = city(seed)
    clusters = circular_scan(cases, expected, places, simulations=19).clusters
    members = [area for cluster in clusters for area in cluster.areas]
    assert len(members) == len(set(members))
    assert all(c.cases > c.expected for c in clusters)
    assert [c.ratio for c in clusters] == sorted((c.ratio for c in clusters), reverse=True)


@given(seeds, st.floats(0.5, 100))
def test_a_standardised_rate_follows_the_unit_of_time_and_not_that_of_the_standard(seed, factor):
    rng = np.random.default_rng(seed)
    events, people, weights = rng.poisson(3, (5, 6)), rng.uniform(10, 1000, (5, 6)), rng.uniform(0.1, 9, 6)
    one = standardised_rates(events, people, weights)
    other = standardised_rates(events, factor * people, 3 * weights)
    for name in ("value", "low", "high"):
        np.testing.assert_allclose(factor * getattr(other, name), getattr(one, name), rtol=1e-9)
    assert np.all((one.low <= one.value) & (one.value <= one.high))


@given(st.floats(0.01, 1e6), st.floats(0.8, 0.999))
def test_a_funnel_turns_the_interval_round(expected, level):
    low, high = (float(limit[0]) for limit in funnel_limits([expected], level))
    assert 0 <= low < expected
    assert max(expected, 1) <= high
    if 1 < high < 9:
        assert float(poisson_limits(high, level)[0]) == pytest.approx(expected, rel=1e-6, abs=1e-9)
