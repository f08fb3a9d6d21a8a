"""The circular scan against plain NumPy, and every area measure of a whole city month by month against the clock.

The scan is that of the specialised programs: 281 areas in a circle of up to a tenth of the population, 999 random maps.
The peer walks the same circles by NumPy alone, one radius of all centres at a time, on the very same random maps; the
strongest ratio of every map is compared. Growth is shown on 1,000 to 8,000 areas.

The measures are those of the map: from a million synthetic residents, 130 townships, 12 diseases and 60 months.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.settings import settings

AREAS, CASES, SIMULATIONS, LARGEST, RUNS = 281, 552, 999, 0.1, 3
GROWTH = (1_000, 4_000, 8_000)
TOLERANCE = 1e-6
SCAN_GOAL, MEASURES_GOAL = 2.0, 60.0  # seconds; the second is our own: the map of a new snapshot within a minute
RESIDENTS, TOWNSHIPS, DISEASES, MONTHS, AGES = 1_000_000, 130, 12, 60, 18

Floats = NDArray[np.float64]


def bench(rows: int = RESIDENTS) -> dict[str, Any]:
    """Time the scan on both sides, then its growth and all measures; `rows` are the residents of the measures."""
    from models.area.scan import circular_scan

    cases, people, places = _map(AREAS, CASES)
    options: dict[str, Any] = {"largest": LARGEST, "simulations": SIMULATIONS, "threads": settings().threads}
    ours, seconds = _timed(lambda: circular_scan(cases, people, places, **options).simulated)
    peer, their_seconds = _timed(lambda: plain_scan(cases, people, places))
    return {
        "unit": "scans/s",
        "ours": 1 / seconds,
        "peer": 1 / their_seconds,
        "peer_name": "plain NumPy",
        "ratio": their_seconds / seconds,
        "equal": bool(np.allclose(ours, peer, rtol=0, atol=TOLERANCE)),
        "tolerance": TOLERANCE,
        "rows": AREAS,
        "simulations": SIMULATIONS,
        "ours_seconds": seconds,
        "peer_seconds": their_seconds,
        "goal_seconds": SCAN_GOAL,
        "growth_seconds": {str(areas): _growth(areas, options) for areas in GROWTH},
        **_measures(rows),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "data": "synthetic",
    }


def _map(areas: int, cases: int) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return cases, people and places of a synthetic map."""
    draw = np.random.default_rng(areas)
    people = np.round(draw.lognormal(8, 0.5, areas))
    return draw.multinomial(cases, people / people.sum()), people, draw.uniform(0, 100, (areas, 2))


def plain_scan(cases: NDArray[np.int64], people: Floats, places: Floats, seed: int = 0) -> Floats:
    """Return the strongest ratio of each random map, ascending, as one would write it with NumPy."""
    total = int(cases.sum())
    expected = people * (total / people.sum())
    maps = np.random.default_rng(seed).multinomial(total, expected / expected.sum(), SIMULATIONS)
    strongest = np.zeros(SIMULATIONS)
    for centre in places:
        order = np.argsort(np.hypot(*(places - centre).T), kind="stable")
        held = np.cumsum(people[order])
        fits = int(np.searchsorted(held, LARGEST * people.sum() * (1 + 1e-12), side="right"))
        e = np.cumsum(expected[order[:fits]])
        c = np.cumsum(maps[:, order[:fits]], axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = np.where(c > 0, c * np.log(c / e), 0.0)
            outside = np.where(total > c, (total - c) * np.log((total - c) / (total - e)), 0.0)
        ratio = np.where((c > e) & (c >= 2), inside + outside, 0.0)
        strongest = np.maximum(strongest, ratio.max(axis=1, initial=0.0))
    return np.sort(strongest)


def _growth(areas: int, options: dict[str, Any]) -> float:
    """Return the seconds that a map of so many areas takes, two cases an area."""
    from models.area.scan import circular_scan

    cases, people, places = _map(areas, 2 * areas)
    start = time.perf_counter()
    circular_scan(cases, people, places, **options)
    return time.perf_counter() - start


def _measures(residents: int) -> dict[str, Any]:
    """Return the seconds of each measure and of all."""
    from features.standard_populations import standard_population
    from models.area.autocorrelation import getis_ord, local_moran, moran
    from models.area.bym2 import smooth
    from models.area.funnel import FAR, NEAR, funnel_limits
    from models.area.neighbours import Neighbours
    from models.area.rates import crude_rates, standardised_rates, standardised_ratios
    from models.area.scan import space_time_scan
    from models.area.shrinkage import shrink, shrink_to_neighbours
    from models.area.trend import percent_changes

    near = Neighbours.of_pairs(TOWNSHIPS, _lattice(10, TOWNSHIPS // 10))
    places = np.array([divmod(area, TOWNSHIPS // 10) for area in range(TOWNSHIPS)], dtype=np.float64)
    weights = np.repeat(standard_population("who").array(), 2)
    seconds: dict[str, float] = {}

    def step(name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        answer = work()
        seconds[name] = time.perf_counter() - start
        return answer

    people = _people(residents)
    counted, time_at_risk = step("counts", lambda: _count(*people))
    by_month, years = counted.sum(axis=-1), time_at_risk.sum(axis=-1)
    whole = time_at_risk.sum(axis=(0, 1))
    rates = counted.sum(axis=(1, 2)) / whole
    expected = np.einsum("dg,amg->dam", rates, time_at_risk)
    step("crude rates", lambda: crude_rates(by_month, np.broadcast_to(years, by_month.shape)))
    step("standardised rates", lambda: [
        standardised_rates(one, time_at_risk, weights) for one in counted
    ])  # fmt: skip
    step("standardised ratios", lambda: standardised_ratios(by_month, expected))
    step("funnel limits", lambda: [funnel_limits(expected, level) for level in (NEAR, FAR)])
    step("trends", lambda: percent_changes(range(MONTHS), by_month, expected))
    maps = [(by_month[d, :, m], expected[d, :, m]) for d in range(DISEASES) for m in range(MONTHS)]
    told = [(y, e) for y, e in maps if y.sum() > 0]
    shrunk = step("empirical Bayes and exceedance", lambda: [shrink(y, e).exceedance(1.2 * y.sum() / e.sum())
                                                             for y, e in told])  # fmt: skip
    step("spatial empirical Bayes", lambda: [shrink_to_neighbours(y, e, near) for y, e in told])
    uneven = [y / e for y, e in told if np.ptp(y / e) > 0]
    step("Moran, LISA, Gi*", lambda: [(moran(r, near), local_moran(r, near), getis_ord(r, near)) for r in uneven])
    step("BYM2, all months together", lambda: [
        smooth(by_month[d].sum(axis=1), expected[d].sum(axis=1), near) for d in range(DISEASES)
    ])  # fmt: skip
    step("space-time scans", lambda: [
        space_time_scan(by_month[d], expected[d], places, threads=settings().threads) for d in range(DISEASES)
    ])  # fmt: skip
    return {
        "measures_seconds": {name: round(value, 3) for name, value in seconds.items()},
        "measures_total_seconds": sum(seconds.values()),
        "measures_goal_seconds": MEASURES_GOAL,
        "measures_of": {
            "residents": residents, "townships": TOWNSHIPS, "diseases": DISEASES, "months": MONTHS, "maps": len(shrunk)
        },
    }  # fmt: skip


def _lattice(rows: int, columns: int) -> list[tuple[int, int]]:
    """Return the pairs of cells that share a side."""
    beside = [(r * columns + c, r * columns + c + 1) for r in range(rows) for c in range(columns - 1)]
    return beside + [(r * columns + c, (r + 1) * columns + c) for r in range(rows - 1) for c in range(columns)]


def _people(residents: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return township and group of age and sex of each resident, and the month of each disease, `MONTHS` if never."""
    draw = np.random.default_rng(12)
    size = draw.lognormal(0, 0.6, TOWNSHIPS)
    township = draw.choice(TOWNSHIPS, residents, p=size / size.sum())
    group = draw.integers(0, 2 * AGES, residents)
    risk = draw.gamma(20, 1 / 20, (DISEASES, TOWNSHIPS))
    yearly = 0.002 * np.exp(0.05 * (group - AGES))
    month = np.empty((DISEASES, residents), np.int64)
    for disease in range(DISEASES):
        wait = 12 * draw.exponential(1 / (yearly * risk[disease, township]))
        month[disease] = np.minimum(wait, MONTHS)
    return township, group, month


def _count(township: NDArray[np.int64], group: NDArray[np.int64], month: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return cases (diseases, townships, months, groups) and person-years (townships, months, groups)."""
    groups = 2 * AGES
    cases = np.zeros((DISEASES, TOWNSHIPS, MONTHS, groups))
    for disease in range(DISEASES):
        sick = np.flatnonzero(month[disease] < MONTHS)
        cell = (township[sick] * MONTHS + month[disease, sick]) * groups + group[sick]
        cases[disease] = np.bincount(cell, minlength=TOWNSHIPS * MONTHS * groups).reshape(TOWNSHIPS, MONTHS, groups)
    people = np.bincount(township * groups + group, minlength=TOWNSHIPS * groups).reshape(TOWNSHIPS, 1, groups)
    return cases, np.repeat(people / 12, MONTHS, axis=1)


def _timed(work: Callable[[], Floats], runs: int = RUNS) -> tuple[Floats, float]:
    answer = work()  # what is compiled on first use
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - start)
    return answer, statistics.median(seconds)
