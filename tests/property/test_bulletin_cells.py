"""Nobody can work out a small count of a bulletin: an attacker who sees every published sum tries to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from models.disclosure import safe_count
from training.bulletin.cells import protect, protect_small_areas, shown
from training.bulletin.counting import DELAY_DAYS, Ledger, SmallAreas
from training.bulletin.months import Month, Span

COUNTIES, YEARS = 3, 2
MONTHS = 12 * YEARS
SPAN = Span(Month(2022, 1), Month(2023, 12))
CLASS = (0.0, 7.0)  # what the mark of an untold count says


def ledger(counties):
    """Return the exact counts of a city, one series; `counties` (counties, months)."""
    counts = np.concatenate([counties.sum(axis=0, keepdims=True), counties])[:, :, None].astype(float)
    areas = ("", *(f"33100{code}" for code in range(1, len(counties) + 1)))
    return Ledger(SPAN, areas, ("stroke",), counts, np.full(counts.shape[:2], 1e5), np.ones(DELAY_DAYS + 1))


def seen(exact):
    """Return between which numbers a published sum lies, for somebody who knows the rule."""
    told = safe_count(exact)
    return (1, 7) if told is None else (0, 0) if told == 0 else (max(told - 2, 8), told + 2)


def published(counties, cells):
    """Return every published sum as (set of county cells, low, high): cells, months of the city, spans of years."""
    sums = []
    spans = [(12 * a, 12 * (b + 1)) for a in range(YEARS) for b in range(a, YEARS)]
    everybody = range(COUNTIES)
    for month in range(MONTHS):
        groups = [((c, month),) for c in everybody] + [tuple((c, month) for c in everybody)]
        for place, group in enumerate(groups):
            told = cells[(place + 1) % (COUNTIES + 1), month, 0]
            if np.isfinite(told):
                sums.append((group, max(told - 2, 8), told + 2))
    for first, last in spans:
        for who in (*((c,) for c in everybody), tuple(everybody)):
            group = tuple((c, m) for c in who for m in range(first, last))
            sums.append((group, *seen(sum(counties[cell] for cell in group))))
    return sums


def narrowest(counties, cells):
    """Return the range that an attacker is left with for each small cell of a county, using each sum by itself."""
    sums = published(counties, cells)
    alone = {group[0]: (low, high) for group, low, high in sums if len(group) == 1}
    widths = {}
    for group, low, high in sums:
        if len(group) == 1:
            continue
        for cell in group:
            if counties[cell] > 7 or not any(counties[one] for one in group):
                continue
            others = [one for one in group if one != cell]
            most = high - sum(alone.get(one, (0, 0))[0] for one in others)
            if not any(one in alone for one in others):  # nothing beside it is told that could be kept back
                widths[cell] = (widths.get(cell, CLASS)[0], min(widths.get(cell, CLASS)[1], most))
                continue
            tops = [alone[one][1] if one in alone else 7 if counties[one] <= 7 else np.inf for one in others]
            least = low - sum(tops)
            before = widths.get(cell, CLASS)
            widths[cell] = (max(before[0], least), min(before[1], most))
    return widths


def attack(counties, cells, target):
    """Return the range of one cell that all published sums together leave open."""
    sums = published(counties, cells)
    place = {cell: at for at, cell in enumerate(np.ndindex(counties.shape))}
    rows = np.zeros((len(sums), len(place)))
    for at, (group, _, _) in enumerate(sums):
        rows[at, [place[cell] for cell in group]] = 1
    low, high = (np.array([one[side] for one in sums], dtype=float) for side in (1, 2))
    aim = np.zeros(len(place))
    aim[place[target]] = 1
    bounds = []
    for sign in (1, -1):
        found = linprog(sign * aim, A_ub=np.vstack([rows, -rows]), b_ub=np.concatenate([high, -low]), bounds=(0, None))
        assert found.status == 0, found.message
        bounds.append(sign * found.fun)
    return bounds[0], bounds[1]


COUNTS = arrays(np.int64, (COUNTIES, MONTHS), elements=st.sampled_from([0, 1, 3, 7, 8, 9, 12, 13, 17, 22, 60]))
LEAKY = np.zeros((COUNTIES, MONTHS), dtype=np.int64)
LEAKY[0, :9], LEAKY[0, 9] = 8, 2  # a year of nine months at the lowest of their class, one small, two of nobody
LEAKY[1, 3], LEAKY[2, 3] = 60, 1


def test_without_protection_the_attack_works():
    """The months of a county and its year narrow a month that nobody may know, if they are only rounded."""
    bare = shown(ledger(LEAKY).counts)
    assert narrowest(LEAKY, bare)[0, 9][1] == 5
    assert attack(LEAKY, bare, (0, 9))[1] == pytest.approx(5)
    guarded = protect(ledger(LEAKY))
    assert np.isnan(guarded).sum() > np.isnan(bare).sum()
    assert attack(LEAKY, guarded, (0, 9))[1] > 7


@settings(max_examples=60)
@given(COUNTS)
@example(LEAKY)
def test_no_published_sum_narrows_what_an_untold_cell_says(counties):
    cells = protect(ledger(counties))
    for cell, (least, most) in narrowest(counties, cells).items():
        assert least <= CLASS[0], (cell, least)
        assert most >= CLASS[1], (cell, most)


# What `protect` promises it keeps sum by sum; this tries all sums together, on the same towns in every run.
@settings(max_examples=25, derandomize=True)
@given(COUNTS)
@example(LEAKY)
def test_all_published_sums_together_pin_no_small_cell(counties):
    cells = protect(ledger(counties))
    small = np.argwhere((counties > 0) & (counties <= 7))
    for cell in small[:: max(len(small) // 4, 1)]:
        low, high = attack(counties, cells, tuple(cell))
        assert high - low > 2, (tuple(cell), low, high)


@settings(max_examples=60)
@given(COUNTS)
def test_cells_are_told_rounded_or_not_at_all_and_never_small(counties):
    cells, exact = protect(ledger(counties)), ledger(counties).counts
    told = np.isfinite(cells)
    assert np.all(cells[told] % 5 == 0)
    assert np.all(cells[told] >= 10)
    assert np.all(np.abs(cells - exact)[told] <= 2)
    assert not told[exact <= 7].any()


@settings(max_examples=60)
@given(arrays(np.int64, 6, elements=st.integers(0, 40)))
def test_townships_are_held_against_their_county(cases):
    codes = tuple(f"331001{place:03}" for place in range(len(cases)))
    areas = SmallAreas(codes, cases[:, None, None].astype(float), np.ones((len(cases), 1)))
    told = protect_small_areas(areas)[:, 0]
    _, high = seen(int(cases.sum()))
    known = np.where(np.isfinite(told), np.maximum(np.nan_to_num(told) - 2, 8), 0).sum()
    if (cases <= 7).any() and np.isfinite(told).any():
        assert high - known >= 7
