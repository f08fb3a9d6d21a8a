"""What must hold for the drift figures whatever the data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from training.drift.grid import count, edges_of
from training.drift.ks import ks
from training.drift.psi import grouped, psi
from training.drift.shift import shift

untimed = settings(deadline=None)

few = st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0])
many = st.floats(-1e6, 1e6, allow_nan=False, width=32)
missing = st.just(float("nan"))
samples = st.one_of(
    st.lists(few | missing, min_size=1, max_size=80),
    st.lists(many | missing, min_size=1, max_size=80),
    st.lists(many, min_size=30, max_size=200),
).map(np.array)
two_counts = st.integers(2, 30).flatmap(
    lambda size: st.tuples(*[st.lists(st.integers(0, 1_000), min_size=size, max_size=size)] * 2)
)


@untimed
@given(samples)
def test_nothing_drifts_from_itself(values):
    counted = count(edges_of(values), values)
    found = shift(counted, counted)
    assert found.psi == 0
    assert found.verdict == "stable"
    assert found.ks == 0 or np.isnan(values).all()
    assert found.missing_then == found.missing_now == pytest.approx(np.isnan(values).mean())


@untimed
@given(samples, samples)
def test_every_row_is_counted_once_and_the_missing_apart(reference, current):
    edges = edges_of(reference)
    assert (np.diff(edges) > 0).all()
    counted = count(edges, current)
    assert counted.sum() == len(current)
    assert counted[-1] == np.isnan(current).sum()
    for one, joined in zip((count(edges, reference), counted), grouped(count(edges, reference), counted), strict=True):
        assert joined.sum() == one.sum()
        assert joined[-1] == one[-1]


@untimed
@given(samples, samples, st.randoms(use_true_random=False))
def test_order_and_parts_do_not_matter(reference, current, chance):
    edges = edges_of(reference)
    shuffled = [list(reference), list(current)]
    for rows in shuffled:
        chance.shuffle(rows)
    np.testing.assert_array_equal(edges_of(shuffled[0]), edges)
    whole = count(edges, current)
    np.testing.assert_array_equal(count(edges, shuffled[1]), whole)
    cut = len(current) // 3
    np.testing.assert_array_equal(count(edges, current[:cut]) + count(edges, current[cut:]), whole)


@untimed
@given(two_counts)
def test_psi_is_symmetric_and_never_negative(both):
    one, other = both
    if not sum(one) or not sum(other):
        assert np.isnan(psi(one, other))
        return
    assert psi(one, other) == pytest.approx(psi(other, one), rel=1e-12, abs=1e-15)
    assert psi(one, other) >= -1e-15
    assert psi([10 * group for group in one], one) == pytest.approx(0, abs=1e-12)


@untimed
@given(samples, samples)
def test_distance_is_that_of_scipy(reference, current):
    """Every reference value is a point of the grid here, so nothing is lost between two of them."""
    a, b = reference[~np.isnan(reference)], current[~np.isnan(current)]
    edges = edges_of(reference)
    distance, p_value = ks(count(edges, reference), count(edges, current))
    if not len(a) or not len(b):
        assert np.isnan(distance)
        return
    with np.errstate(divide="ignore"):  # of two people SciPy has no p-value
        theirs = ks_2samp(a, b, method="asymp").statistic
    assert distance == pytest.approx(theirs, abs=1e-12)
    assert 0 <= p_value <= 1


@untimed
@given(samples, samples)
def test_figures_are_finite_wherever_somebody_was_measured(reference, current):
    edges = edges_of(reference)
    found = shift(count(edges, reference), count(edges, current))
    assert np.isfinite(found.psi)
    assert found.psi >= -1e-15
    assert 0 <= found.missing_now <= 1
    if not (np.isnan(reference).all() or np.isnan(current).all()):
        assert 0 <= found.ks <= 1
        assert np.isfinite(found.psi_measured)
