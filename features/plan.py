"""From declarations to numbers: every declared feature of any residents at any moments, out of a record log."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.area_log import Areas
from features.feature import DAYS_PER_YEAR, Age, Array, Derived, Feature, Female, OfArea, Over
from features.record_log import DAY_US, Records
from features.settings import settings
from features.statistics import STATISTICS, Asked, Log, Slots, Wanted, fold
from features.streams import codes
from features.views import all_features, get_feature

TOWNSHIP = Over("last", "social.township")
# Statistics that can be told from the last value and the number of days alone.
PLAIN = frozenset({"last", "count", "ever", "days_since", "days_since_first", "total"})
SPAN = 4096  # residents that a thread takes at a time


@dataclass(frozen=True)
class Plan:
    """All features in an order that the loop of `features.statistics` can work through.

    Attributes
    ----------
    features
        Every feature, in the order of the views: the rows of an answer.
    slots, wanted
        What the loop is told; behind the features' rows comes the township of residence, no feature itself.
    """

    features: tuple[Feature, ...]
    slots: Slots
    wanted: Wanted


@cache
def plan() -> Plan:
    """Return the plan of all declared features."""
    return plan_of(tuple(all_features().values()))


@cache
def plan_for(names: tuple[str, ...]) -> Plan:
    """Return the plan of the named features in their order; behind them come others that they are derived from."""
    wanted = dict.fromkeys(names)
    for name in names:
        taken = get_feature(name).taken
        if isinstance(taken, Derived):
            wanted |= dict.fromkeys(taken.inputs)
    return plan_of(tuple(get_feature(name) for name in wanted))


def plan_of(features: Sequence[Feature]) -> Plan:
    """Return the plan of `features`; derived ones may only use others among them."""
    over = [(row, feature.taken) for row, feature in enumerate(features) if isinstance(feature.taken, Over)]
    over.append((len(features), TOWNSHIP))
    places: dict[tuple[int, float], int] = {}
    slot = [places.setdefault((codes()[taken.stream], taken.window_days), len(places)) for _, taken in over]
    moments = np.zeros(len(places), dtype=np.bool_)
    for (_, taken), place in zip(over, slot, strict=True):
        moments[place] |= taken.statistic not in PLAIN
    of_code: list[list[int]] = [[] for _ in codes()]
    for (code, _), place in places.items():
        of_code[code].append(place)
    slots = Slots(
        start=np.concatenate([[0], np.cumsum([len(entry) for entry in of_code])]).astype(np.int64),
        of_code=np.array([place for entry in of_code for place in entry], dtype=np.int64),
        window=np.array([window for _, window in places], dtype=np.float64),
        moments=moments,
    )
    wanted = Wanted(
        statistic=np.array([STATISTICS.index(taken.statistic) for _, taken in over], dtype=np.int64),
        slot=np.array(slot, dtype=np.int64),
        row=np.array([row for row, _ in over], dtype=np.int64),
    )
    return Plan(tuple(features), slots, wanted)


def evaluate(records: Records, areas: Areas, rows: NDArray[np.int64], moment: NDArray[np.int64], steps: Plan) -> Array:
    """Return the features of residents as they were known at moments.

    Parameters
    ----------
    rows
        int64 (n,): positions of the residents in `records`, -1 for one who is unknown there.
    moment
        int64 (n,): microseconds since 1970, UTC.

    Returns
    -------
    numpy.ndarray
        float64 (features, n), in the order of the plan, NaN where missing; each feature is one stretch of memory.
    """
    out = np.empty((len(steps.features) + 1, len(rows)))
    _fold(steps, records, rows, moment, out)
    by_area = any(isinstance(feature.taken, OfArea) for feature in steps.features)
    year = _newest_year(areas, out[-1], moment) if by_area else np.empty(0, dtype=np.int64)
    place = {feature.name: row for row, feature in enumerate(steps.features)}
    derived: list[tuple[int, Derived]] = []
    for row, feature in enumerate(steps.features):
        match feature.taken:
            case Age():
                out[row] = (moment / DAY_US - _registered(records, "birth", rows, moment)) / DAYS_PER_YEAR
            case Female():
                out[row] = _registered(records, "female", rows, moment)
            case OfArea(column):
                out[row] = np.append(areas.columns[column], np.nan)[year]
            case Derived() as taken:
                derived.append((row, taken))
    with np.errstate(divide="ignore", invalid="ignore"):
        for row, taken in derived:
            answer = taken.formula(*(out[place[name]] for name in taken.inputs))
            out[row] = np.where(np.isfinite(answer), answer, np.nan)
    return out[:-1]


def _fold(steps: Plan, records: Records, rows: NDArray[np.int64], moment: NDArray[np.int64], out: Array) -> None:
    """Write the statistics of the plan into `out`, worked out by several threads."""
    known = np.maximum(rows, 0)
    first = np.where(rows < 0, 0, records.start[known])
    last = np.where(rows < 0, 0, records.start[np.minimum(known + 1, len(records.person))])
    log = Log(records.day, records.known, records.code, records.value, records.until)

    def span(begin: int) -> None:
        part = slice(begin, begin + SPAN)
        fold(out, begin, Asked(first[part], last[part], moment[part]), log, steps.slots, steps.wanted)

    spans = range(0, len(rows), SPAN)
    if len(spans) > 1 and settings().threads > 1:
        with ThreadPoolExecutor(settings().threads) as pool:
            list(pool.map(span, spans))
    else:
        for begin in spans:
            span(begin)


def _registered(
    records: Records, attribute: Literal["birth", "female"], rows: NDArray[np.int64], moment: NDArray[np.int64]
) -> Array:
    """Return what the registration said by each moment, missing where none is known by then."""
    if not len(records.person):
        return np.full(len(rows), np.nan)
    now: Array = getattr(records, attribute)
    found = np.where((rows >= 0) & (records.registered[rows] <= moment), now[rows], np.nan)
    if len(records.former.person):
        early = np.flatnonzero((rows >= 0) & (records.registered[rows] > moment))
        last = records.former.last_by(records.person[rows[early]], moment[early])
        before: Array = np.append(getattr(records.former, attribute), np.nan)
        found[early] = before[last]
    return found


def _newest_year(areas: Areas, township: Array, moment: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of `areas` with the newest year that is known of each township at each moment, (n,); else -1."""
    codes_of, begin = np.unique(areas.township, return_index=True)
    if not len(codes_of):
        return np.full(len(township), -1)
    place = np.repeat(np.arange(len(codes_of)), np.diff(np.append(begin, len(areas.township))))
    # Townships and moments make one ascending number, so that one search finds both.
    late = int(max(areas.known.max(), moment.max())) + 1
    mine = np.minimum(np.searchsorted(codes_of, township), len(codes_of) - 1)
    found = np.searchsorted(place * late + areas.known, mine * late + moment, side="right") - 1
    there = (codes_of[mine] == township) & (found >= begin[mine])
    return np.where(there, areas.newest[np.maximum(found, 0)], -1)
