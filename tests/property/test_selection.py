"""Who gets the places of a week: the best, above a floor for every township, and a few by lot."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.loop.labels import MOST, responses, weights
from serving.selection import AUDIT_SHARE, FLOOR_SHARE, audit_places, by_benefit, choose, guaranteed, lots, with_floor


@st.composite
def crowds(draw):
    n = draw(st.integers(1, 60))
    # Few different values, so that there are ties.
    benefit = np.array(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), dtype=float) / 10
    townships = np.array(draw(st.lists(st.integers(0, 6), min_size=n, max_size=n)))
    person = np.array(draw(st.permutations(range(1000, 1000 + n))))
    return benefit, person, townships


@given(crowds(), st.integers(1, 70))
def test_every_township_gets_its_floor_and_no_swap_would_gain(crowd, capacity):
    benefit, person, townships = crowd
    order = by_benefit(benefit, person)
    chosen = with_floor(order, townships, capacity)
    assert len(chosen) == len(set(chosen.tolist())) == min(capacity, len(benefit))
    assert (np.diff(benefit[chosen]) <= 0).all()
    sure = guaranteed(townships, int(FLOOR_SHARE * capacity))
    inside = np.isin(np.arange(len(benefit)), chosen)
    got = np.bincount(townships[inside], minlength=len(sure))
    assert (got >= np.minimum(sure, np.bincount(townships))).all()
    if capacity >= len(benefit):
        return
    assert sure.sum() == int(FLOOR_SHARE * capacity)
    # Exchange one who is chosen for one who is not: wherever the floors allow it, it must not gain.
    for leaves in chosen:
        for comes in np.flatnonzero(~inside):
            free = townships[leaves] == townships[comes] or got[townships[leaves]] > sure[townships[leaves]]
            assert not free or benefit[comes] <= benefit[leaves]


@given(crowds())
def test_whoever_is_chosen_stays_chosen_as_capacity_grows(crowd):
    benefit, person, townships = crowd
    order = by_benefit(benefit, person)
    before: set[int] = set()
    for capacity in range(1, len(benefit) + 2):
        now = set(with_floor(order, townships, capacity).tolist())
        assert before <= now
        before = now


@given(crowds(), st.integers(1, 60), st.randoms())
def test_the_order_of_the_input_decides_nothing(crowd, capacity, random):
    benefit, person, townships = crowd
    shuffled = list(range(len(benefit)))
    random.shuffle(shuffled)
    one = choose(benefit, person, townships, capacity, "key")
    other = choose(benefit[shuffled], person[shuffled], townships[shuffled], capacity, "key")
    assert person[one.positions].tolist() == person[shuffled][other.positions].tolist()
    assert one.probability.tolist() == other.probability.tolist()


def test_the_floor_is_in_proportion_to_eligible_people():
    """Webster's division of 26 seats as Balinski and Young print it (Fair Representation, 1982): 9, 8, 5, 3, 1."""
    townships = np.repeat(np.arange(5), [9061, 7179, 5259, 3319, 1182])
    assert guaranteed(townships, 26).tolist() == [9, 8, 5, 3, 1]
    assert guaranteed(townships, 0).tolist() == [0] * 5
    assert guaranteed(townships, 10**6).tolist() == [9061, 7179, 5259, 3319, 1182]


@settings(max_examples=40)
@given(st.integers(20, 400), st.integers(10, 200), st.text(max_size=8))
def test_the_lot_draws_its_number_with_the_chance_it_names(n, capacity, key):
    benefit, person = np.linspace(1, 0, n), np.arange(n)
    chosen = choose(benefit, person, np.zeros(n, dtype=np.int64), capacity, key)
    if capacity >= n:
        assert not chosen.by_lot.any()
        assert (chosen.probability == 1).all()
        return
    drawn = audit_places(capacity)
    assert chosen.by_lot.sum() == drawn >= 1
    assert len(chosen.positions) == capacity
    assert set(chosen.probability[chosen.by_lot]) == {drawn / (n - capacity + drawn)}
    assert (chosen.probability[~chosen.by_lot] == 1).all()
    assert drawn <= max(1, AUDIT_SHARE * capacity + 0.5)


def test_everybody_off_the_list_is_drawn_equally_often_over_weeks():
    n, capacity, weeks = 120, 40, 3000
    benefit, person, here = np.linspace(1, 0, n), np.arange(n) * 7 + 3, np.zeros(n, dtype=np.int64)
    count, chance = np.zeros(n), 0.0
    for week in range(weeks):
        chosen = choose(benefit, person, here, capacity, f"colorectal/{week}")
        count[chosen.positions[chosen.by_lot]] += 1
        chance = float(chosen.probability[chosen.by_lot][0])
    others = count[38:]
    assert (count[:38] == 0).all()
    # Binomial: five standard deviations over 82 people.
    assert np.abs(others - weeks * chance).max() < 5 * np.sqrt(weeks * chance * (1 - chance))
    again = choose(benefit, person, here, capacity, "colorectal/7")
    assert again.positions.tolist() == choose(benefit, person, here, capacity, "colorectal/7").positions.tolist()
    numbers = lots("key", person)
    assert ((numbers >= 0) & (numbers < 1)).all()


def test_weights_recover_the_share_of_cases_among_all_eligible_people():
    """A simulated example: the list takes the high risks, uptake depends on the person, the truth is known."""
    random = np.random.default_rng(1)
    n, capacity = 40_000, 4_000
    risk = random.beta(1, 12, n)
    case = random.random(n) < risk
    uptake = random.uniform(0.3, 0.9, n) * np.where(risk > 0.1, 0.7, 1.0)
    person, here = np.arange(n), random.integers(10, size=n)
    weighted, plain = [], []
    for week in range(40):
        chosen = choose(risk * uptake, person, here, capacity, f"w{week}", audit_share=0.25)
        invited = chosen.positions
        came = random.random(len(invited)) < uptake[invited] * 0.9  # fewer come than expected, all alike
        weight = weights(chosen.probability, responses(uptake[invited], came))[came]
        label = case[invited][came]
        weighted.append(np.average(label, weights=weight))
        plain.append(label.mean())
    error = np.std(weighted) / np.sqrt(len(weighted))
    assert abs(np.mean(weighted) - case.mean()) < 4 * error + 1e-3
    assert np.mean(plain) > 1.5 * case.mean()  # unweighted, the list's own labels are far off
    assert responses(np.array([0.01, 0.5]), np.array([True, False])).min() >= 1 / MOST
