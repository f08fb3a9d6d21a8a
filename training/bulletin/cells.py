"""The cells of which every bulletin of a source is made, and why no small count can be worked out from any of them.

1. A month's count of the city, or of a county, is shown rounded if it is eight or more. Fewer, nobody included, is one
   class: `≤7`. Which months stand in a bulletin changes nothing of this, so bulletins of two months agree where they
   overlap, and a total over months is the sum of shown cells.
2. Other sums of the same people leave the house as well: the months of the city beside those of the counties, and whole
   calendar years in any number (`sanzao report burden --years N`). Against each such sum every cell of class `≤7` is
   held: what the sum and the cells beside it leave open must be all of 0 to 7. Where it is less, cells beside it are
   kept back too, the smallest first, until it is. They bear the same mark, so nobody knows which those are.
   A sum of which no part is told has nothing to keep back, and says no more than that its parts add up to it.

This is the interval form of an audit of linked tables (Hundepohl A et al., Statistical Disclosure Control, Wiley 2012,
section 4.3), sum by sum. All sums solved together can say more: in a made-up city of three counties with few cases they
left two values for a small cell. Nine counties leave far more, but no rule here promises it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.disclosure import RULE, DisclosureRule, safe_array
from training.bulletin.counting import Floats, Ledger, SmallAreas
from training.bulletin.months import YEAR

Limits = tuple[Floats, Floats]


def shown(exact: Floats, rule: DisclosureRule = RULE) -> Floats:
    """Return counts as a bulletin shows them: rounded from eight on, NaN for fewer, nobody included.

    >>> shown(np.array([0.0, 7.0, 8.0, 13.0])).tolist()
    [nan, nan, 10.0, 15.0]
    """
    rounded = safe_array(exact, rule)
    return np.where(exact > rule.suppress_up_to, rounded, np.nan)


def limits(exact: Floats, rule: DisclosureRule = RULE) -> Limits:
    """Return between which counts the true one lies, as somebody knows who sees it by `models.disclosure`."""
    up_to, half = rule.suppress_up_to, rule.round_to // 2
    rounded = np.nan_to_num(safe_array(exact, rule))
    low = np.where(exact > up_to, np.maximum(rounded - half, up_to + 1), np.where(exact > 0, 1, 0))
    high = np.where(exact > up_to, rounded + half, np.where(exact > 0, up_to, 0))
    return low.astype(np.float64), high.astype(np.float64)


def protect(ledger: Ledger, rule: DisclosureRule = RULE) -> Floats:
    """Return the shown cells (areas, months, series), NaN where a count is not told."""
    cells = shown(ledger.counts, rule)
    elsewhere = ledger.counts[0] - ledger.counts[1:].sum(axis=0)  # of no known county: as if somebody knew
    for _ in range(cells.size):  # each round hides at least one cell
        hidden = _beside_the_city(cells, ledger.counts, elsewhere, rule)
        for first, last in _spans_of_years(ledger):
            hidden += _within_total(cells[:, first:last], ledger.counts[:, first:last], rule)
        if not hidden:
            break
    return cells


def protect_small_areas(areas: SmallAreas, rule: DisclosureRule = RULE) -> Floats:
    """Return shown cases (areas, diseases) of townships, held against the shown cases of their counties."""
    exact = areas.cases.sum(axis=2)
    cells = shown(exact, rule)
    counties = np.array([code[:6] for code in areas.codes])
    for county in np.unique(counties):
        inside = counties == county
        block = cells[inside].T[:, :, None]
        while _within_total(block, exact[inside].T[:, :, None], rule):
            continue
        cells[inside] = block[:, :, 0].T
    return cells


def _spans_of_years(ledger: Ledger) -> list[tuple[int, int]]:
    """Return first and one past the last month of every run of whole calendar years."""
    years = ledger.span.whole_years
    return [
        ((first - years[0]) * YEAR, (last - years[0] + 1) * YEAR) for first in years for last in years if first <= last
    ]


def _open_ends(parts: Floats, exact: Floats, rule: DisclosureRule) -> Limits:
    """Return limits of shown cells: those of class ≤7 from none to seven, those kept back from none to no end."""
    low, high = limits(exact, rule)
    told = np.isfinite(parts)
    kept_back = ~told & (exact > rule.suppress_up_to)
    return np.where(told, low, 0.0), np.where(told, high, np.where(kept_back, np.inf, float(rule.suppress_up_to)))


def _within_total(parts: Floats, exact: Floats, rule: DisclosureRule) -> int:
    """Keep back cells (a, months, s), in place, whose sum over months narrows a cell of class ≤7; return how many."""
    total = exact.sum(axis=1)
    return _keep_back(parts.swapaxes(1, 2), exact.swapaxes(1, 2), limits(total, rule), rule)


def _beside_the_city(cells: Floats, exact: Floats, elsewhere: Floats, rule: DisclosureRule) -> int:
    """Keep back counties' cells, in place, that with the city's cell narrow another county's; return how many."""
    if len(cells) < 2:
        return 0
    low, high = _open_ends(cells[0], exact[0], rule)
    parts, counted = np.moveaxis(cells[1:], 0, -1), np.moveaxis(exact[1:], 0, -1)
    return _keep_back(parts, counted, (low - elsewhere, high - elsewhere), rule)


def _keep_back(parts: Floats, exact: Floats, total: Limits, rule: DisclosureRule) -> int:
    """Keep back the smallest shown part (..., k) of every total (...) that narrows a part of class ≤7."""
    low, high = _open_ends(parts, exact, rule)
    small = ~np.isfinite(parts) & (exact <= rule.suppress_up_to)
    most = total[1] - low.sum(axis=-1)
    least = total[0] - (high.sum(axis=-1) - rule.suppress_up_to)
    narrowed: NDArray[np.bool_] = small.any(axis=-1) & (exact.sum(axis=-1) > 0)
    narrowed &= (most < rule.suppress_up_to) | (least > 0)
    narrowed &= np.isfinite(parts).any(axis=-1)
    places = np.nonzero(narrowed)
    if len(places[0]):
        chosen = np.nan_to_num(parts[places], nan=np.inf).argmin(axis=-1)
        parts[(*places, chosen)] = np.nan
    return len(places[0])
