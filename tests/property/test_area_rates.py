"""What must hold for rates, shrunken risks and lists whatever the data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import InvalidInputError
from models.area.rates import crude_rate, expected_events, poisson_interval, proportion, standardised_rate
from models.area.shrinkage import shrink
from training.burden.attribution import attribute
from training.metrics import captured_at, captured_by_places

untimed = settings(deadline=None)
groups = st.integers(1, 12).flatmap(
    lambda k: st.tuples(
        st.lists(st.integers(0, 200), min_size=k, max_size=k),
        st.lists(st.floats(10, 1e6), min_size=k, max_size=k),
        st.lists(st.floats(0.01, 100), min_size=k, max_size=k),
    )
)


@given(st.floats(0, 1e5))
def test_an_interval_holds_its_count_and_grows_with_it(events):
    low, high = poisson_interval(events)
    assert 0 <= low <= events < high
    more = poisson_interval(events + 1)
    assert more[0] >= low
    assert more[1] > high - 0.02  # where the exact interval hands over to Byar's, the limits fit to two in a thousand


@given(groups)
def test_a_standardised_rate_lies_between_those_of_its_groups_and_in_its_interval(data):
    events, people, weights = map(np.array, data)
    rate = standardised_rate(events, people, weights)
    by_group = 1e5 * events / people
    assert by_group.min() - 1e-6 <= rate.value <= by_group.max() * (1 + 1e-9) + 1e-6
    assert rate.low <= rate.value <= rate.high
    # The unit of the weights does not matter, nor a group in which nobody was seen.
    again = standardised_rate([*events, 0], [*people, 0], [*(weights * 7), 3])
    assert (again.value, again.low, again.high) == pytest.approx((rate.value, rate.low, rate.high), rel=1e-6)


@given(st.integers(0, 1000), st.floats(1, 1e6))
def test_a_crude_rate_counts_events_in_time(events, years):
    rate = crude_rate(events, years)
    assert rate.value == pytest.approx(1e5 * events / years)
    assert rate.low <= rate.value <= rate.high


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_stays_a_share(data):
    share = proportion(*data)
    assert 0 <= share.low <= share.value + 1e-12
    assert share.value - 1e-12 <= share.high <= 1


@given(st.lists(st.tuples(st.integers(0, 60), st.floats(0.5, 50)), min_size=2, max_size=30))
def test_shrinking_never_moves_a_risk_away_from_the_mean(data):
    cases, expected = map(np.array, zip(*data, strict=True))
    if cases.sum() == 0:
        with pytest.raises(InvalidInputError):
            shrink(cases, expected)
        return
    risks = shrink(cases, expected)
    assert np.all(np.abs(risks.risk - risks.mean) <= np.abs(risks.raw - risks.mean) + 1e-9)
    assert np.all((risks.low <= risks.risk + 1e-9) & (risks.risk <= risks.high + 1e-9))
    assert np.all((risks.above >= 0) & (risks.above <= 1))


@given(st.integers(1, 4), st.integers(1, 6), st.randoms(use_true_random=False))
def test_expected_events_are_shared_out_without_loss(periods, ages, random):
    events = np.array([[random.randint(0, 9) for _ in range(ages)] for _ in range(periods)], dtype=float)
    years = np.array([[random.uniform(1, 99) for _ in range(ages)] for _ in range(periods)])
    assert expected_events(events, years).sum() == pytest.approx(events.sum())


@untimed
@given(st.integers(0, 2**32 - 1))
def test_events_are_shared_out_once(seed):
    rng = np.random.default_rng(seed)
    cells, diseases = int(rng.integers(2, 40)), int(rng.integers(1, 5))
    known = rng.random((cells, diseases)) < 0.4
    events, years = rng.integers(0, 12, cells).astype(float), rng.uniform(1, 1000, cells)
    if events.sum() == 0:
        return
    age = rng.integers(0, 18, cells)
    shared = attribute(events, years, 2 * age, age, known)
    assert np.all(shared.shares >= 0)
    assert np.all(shared.shares[~known] == 0)
    assert np.all(shared.shares.sum(axis=1) <= 1 + 1e-9)
    assert shared.events(events).sum() <= events.sum() * (1 + 1e-9)
    assert np.all(np.isfinite(shared.error))


@untimed
@given(st.integers(0, 2**32 - 1))
def test_a_longer_list_of_people_followed_to_the_end_finds_no_less(seed):
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(2, 60))
    status = rng.integers(0, 3, rows)
    status[0] = 1
    time = np.where(status == 0, 10.0, rng.uniform(0.1, 9.9, rows))  # nobody leaves early
    risk = rng.integers(0, 5, rows).astype(float)
    lists = captured_by_places(time, status, risk, 10.0, range(rows + 1))
    found = [one.found for one in lists]
    assert found[0] == 0
    assert found[-1] == pytest.approx(1)
    assert np.all(np.diff(found) >= -1e-9)
    level = float(np.median(risk))
    called = int((risk >= level).sum())
    assert captured_at(time, status, risk, 10.0, level).found == pytest.approx(lists[called].found)
    if lists[called].incidence > 0:
        assert lists[called].calls_per_event >= 1


def test_places_cannot_outnumber_people():
    with pytest.raises(InvalidInputError, match="3 places"):
        captured_by_places([1.0, 2.0], [1, 0], [0.1, 0.2], 1.0, [3])
