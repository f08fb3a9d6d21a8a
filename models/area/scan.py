"""Scan statistics: where, or where and when, more cases lie together than chance would put there.

Kulldorff M. A spatial scan statistic. Communications in Statistics, Theory and Methods 1997;26:1481-1496: circles of
growing size around each area, compared by the likelihood ratio of Poisson counts. Kulldorff M, Athas WF, Feurer EJ,
Miller BA, Key CR. Evaluating cluster alarms: a space-time scan statistic and brain cancer in Los Alamos, New Mexico.
American Journal of Public Health 1998;88:1377-1380: cylinders, whose height is a span of time. The p-value compares a
cluster with the strongest one of each of many maps in which the same number of cases is thrown at random, so that one
looks at all the circles and pays for it (Dwass M. Annals of Mathematical Statistics 1957;28:181-187).

A circle goes from one area's middle to that of another, so areas at equal distance enter together. Clusters beyond the
first are those that share no area with a stronger one; their p-values are too high rather than too low, because they
are compared with the strongest of each random map.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.compiled import compiled
from features.errors import InvalidInputError
from models.area.rates import Floats

SIMULATIONS = 999
LARGEST_SHARE = 0.5  # of the population in a circle, and of the time in a cylinder: Kulldorff's default
LEAST_CASES = 2
BLOCK = 256  # random maps that are compared together
SAME_DISTANCE = 1e-9  # relative; nearer to each other than this, two distances are one

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Cluster:
    """One circle, or cylinder.

    Attributes
    ----------
    areas
        Positions of the areas in it, nearest to the centre first, which is the first.
    first, last
        Positions of its first and last period; both 0 where there is no time.
    radius
        In the unit of the coordinates.
    cases, expected
        Counted in it, and expected if all areas and periods were alike.
    ratio
        Logarithm of the likelihood ratio.
    p
        Monte Carlo p-value.
    """

    areas: tuple[int, ...]
    first: int
    last: int
    radius: float
    cases: float
    expected: float
    relative_risk: float
    ratio: float
    p: float


@dataclass(frozen=True)
class Scan:
    """Clusters, strongest first, and the strongest ratio of each random map, ascending, (simulations,)."""

    clusters: tuple[Cluster, ...]
    simulated: Floats


def circular_scan(
    cases: ArrayLike,
    expected: ArrayLike,
    places: ArrayLike,
    *,
    population: ArrayLike | None = None,
    largest: float = LARGEST_SHARE,
    simulations: int = SIMULATIONS,
    seed: int = 0,
    threads: int = 1,
) -> Scan:
    """Return the clusters of many cases.

    Parameters
    ----------
    cases : array (areas,)
        Whole numbers.
    expected : array (areas,)
        In any unit: people, or the cases that age and sex would give. At least zero.
    places : array (areas, 2)
        Middles of the areas, in a plane.
    population : array (areas,)
        What `largest` is a share of; None: `expected`.
    largest
        No circle holds more than this share of the population, 0..1.
    simulations
        How many random maps; the smallest p-value is 1 / (simulations + 1).
    threads
        On how many cores; the answer does not depend on it.

    Raises
    ------
    InvalidInputError
        If shapes do not fit, cases are not whole or negative, or lie where none were expected.
    """
    counts, mean = np.asarray(cases), np.asarray(expected, dtype=np.float64)
    if counts.ndim != 1 or mean.ndim != 1:
        raise InvalidInputError(f"{counts.shape} cases and {mean.shape} expected: give one each an area.")
    whole = _Map.checked(counts[:, None], mean[:, None], places, population, largest)
    return _scan(whole, np.array([[0, 1]]), simulations, seed, threads)


def space_time_scan(
    cases: ArrayLike,
    expected: ArrayLike,
    places: ArrayLike,
    *,
    largest: float = LARGEST_SHARE,
    longest: float = LARGEST_SHARE,
    alive: bool = True,
    simulations: int = SIMULATIONS,
    seed: int = 0,
    threads: int = 1,
) -> Scan:
    """Return the clusters of many cases in space and time.

    Parameters
    ----------
    cases, expected : array (areas, periods)
    longest
        No cylinder lasts longer than this share of the periods, though always one.
    alive
        Only clusters that reach to the last period (prospective); False: any span of periods.

    Other parameters are those of `circular_scan`; `largest` is a share of what is expected.
    """
    counts, mean = np.asarray(cases), np.asarray(expected, dtype=np.float64)
    if counts.ndim != 2:
        raise InvalidInputError(f"{counts.shape} cases: give one an area and period.")
    whole = _Map.checked(counts, mean, places, None, largest)
    periods = counts.shape[1]
    span = max(int(longest * periods), 1)
    ends = [periods] if alive else range(1, periods + 1)
    spans = np.array([(start, end) for end in ends for start in range(max(end - span, 0), end)])
    return _scan(whole, spans, simulations, seed, threads)


@dataclass(frozen=True)
class _Map:
    """Cases and expected (areas, periods), and the circles around each area.

    `order[i]` are the areas by distance from i; `enters[i, k]` is how many of them lie in the k-th circle, 0 where
    there is no further one.
    """

    cases: Counts
    expected: Floats
    order: NDArray[np.int32]
    enters: NDArray[np.int32]
    distance: Floats
    total: int

    @classmethod
    def checked(
        cls, counts: NDArray[Any], mean: Floats, places: ArrayLike, population: ArrayLike | None, largest: float
    ) -> _Map:
        where = np.asarray(places, dtype=np.float64)
        areas = len(counts)
        people = mean.sum(axis=1) if population is None else np.asarray(population, dtype=np.float64)
        if mean.shape != counts.shape or where.shape != (areas, 2) or people.shape != (areas,):
            raise InvalidInputError(
                f"{counts.shape} cases, {mean.shape} expected, {where.shape} places, {people.shape} population: "
                "give one each an area, and a place as two coordinates."
            )
        whole = counts.astype(np.int64)
        if np.any(whole != counts) or np.any(whole < 0):
            raise InvalidInputError("A scan counts whole cases, zero or more. Round them down if they are shares.")
        if not (np.all(np.isfinite(mean)) and np.all(mean >= 0) and np.all(people >= 0)):
            raise InvalidInputError("Expected cases and population must be numbers from zero up.")
        if np.any(whole[mean == 0] > 0):
            raise InvalidInputError("There are cases where none were expected. Check how both were counted.")
        total = int(whole.sum())
        if total == 0:
            raise InvalidInputError("There is no case at all, so nothing to scan.")
        if not 0 < largest < 1:
            raise InvalidInputError(f"A circle may hold a share of the population between 0 and 1, not {largest}.")
        order, enters, distance = _circles(where, people, largest)
        return cls(whole, mean * (total / mean.sum()), order, enters, distance, total)


def _circles(where: Floats, people: Floats, largest: float) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
    """Return the areas by distance from each, the sizes of its circles, and the distances, all (areas, most)."""
    most_people = largest * people.sum() * (1 + 1e-12)
    rows = []
    for place in where:
        away = np.hypot(*(where - place).T)
        by_distance = np.argsort(away, kind="stable")
        near = away[by_distance]
        fits = int(np.searchsorted(np.cumsum(people[by_distance]), most_people, side="right"))
        # A circle ends where the next area is farther away.
        ends = np.append(near[1:] - near[:-1] > SAME_DISTANCE * near[1:], True)[:fits]
        # Copies, because a slice would keep all of the distances in memory.
        rows.append((by_distance[:fits].astype(np.int32), np.flatnonzero(ends) + 1, near[:fits].copy()))
    most = max(1, *(len(row[0]) for row in rows))
    order, enters = np.zeros((len(where), most), np.int32), np.zeros((len(where), most), np.int32)
    distance = np.zeros((len(where), most))
    for centre, parts in enumerate(rows):
        fits, circles = len(parts[0]), len(parts[1])
        order[centre, :fits], enters[centre, :circles], distance[centre, :fits] = parts
    return order, enters, distance


def _scan(whole: _Map, spans: Counts, simulations: int, seed: int, threads: int) -> Scan:
    areas, periods = whole.cases.shape
    terms = _count_terms(whole.total)
    expected = whole.expected.ravel()
    draw = np.random.default_rng(seed)

    def compare(maps: Counts) -> tuple[Floats, Floats, Counts]:
        """Compare maps (maps, areas * periods)."""
        table = maps.T.reshape(areas, periods, len(maps)).astype(np.int32)
        # sums over time from the beginning, so that a span is a difference
        return _strongest(
            whole.order, whole.enters, np.ascontiguousarray(np.cumsum(table, axis=1, dtype=np.int32)),
            np.cumsum(whole.expected, axis=1), spans, terms, float(whole.total), LEAST_CASES,
        )  # fmt: skip

    sizes = [min(BLOCK, simulations - start) for start in range(0, simulations, BLOCK)]
    blocks = (draw.multinomial(whole.total, expected / expected.sum(), size) for size in sizes)
    if threads == 1:
        simulated = [compare(block)[0] for block in blocks]
    else:
        with ThreadPoolExecutor(threads) as pool:
            simulated = [answer[0] for answer in pool.map(compare, blocks)]
    ratios = np.sort(np.concatenate([np.zeros(0), *simulated]))
    _, best, window = compare(whole.cases.reshape(1, -1))
    return Scan(_apart(whole, best, window, ratios), ratios)


def _count_terms(total: int) -> Floats:
    """Return c log c + (C - c) log(C - c) for c = 0..C: the part of the log likelihood ratio that counts alone give."""
    from scipy.special import xlogy

    count = np.arange(total + 1, dtype=np.float64)
    return np.asarray(xlogy(count, count) + xlogy(total - count, total - count))


@compiled
def _compare(
    before: NDArray[np.int32],
    after: NDArray[np.int32],
    terms: Floats,
    slope: float,
    base: float,
    enough: np.unsignedinteger[Any],
    strongest: Floats,
) -> float:
    """Raise the strongest ratio of each map to that of one window, and return that of the last map; 0 where too few."""
    # Without a branch and with unsigned indices, many maps are compared in one instruction.
    for one in range(len(strongest)):
        count = np.uint32(after[one] - before[one])
        ratio = terms[count] + count * slope - base
        ratio = ratio if count >= enough else 0.0
        strongest[one] = max(strongest[one], ratio)
    count = np.uint32(after[-1] - before[-1])
    return terms[count] + count * slope - base if count >= enough else 0.0


@compiled
def _strongest(
    order: NDArray[np.int32],
    enters: NDArray[np.int32],
    running: NDArray[np.int32],
    mean: Floats,
    spans: Counts,
    terms: Floats,
    total: float,
    least: int,
) -> tuple[Floats, Floats, Counts]:
    """Return the strongest ratio of each map (maps,), and of the last map the strongest of each centre with its window.

    Maps lie innermost, so that one window is compared on all of them at once, and few enough to stay in a core's cache.
    Logarithms of what a window expects are taken once for all maps; those of counts stand in `terms`. A window with
    fewer cases than expected, or than `least`, counts nothing.
    """
    areas, times, maps = running.shape
    strongest = np.zeros(maps)
    best = np.zeros(areas)
    window = np.zeros((areas, 3), np.int64)
    inside = np.zeros((times + 1, maps), np.int32)
    expects = np.zeros(times + 1)
    for centre in range(areas):
        inside[:] = 0
        expects[:] = 0.0
        held = 0
        for circle in range(np.count_nonzero(enters[centre])):
            size = enters[centre, circle]
            for place in range(held, size):
                area = order[centre, place]
                expects[1:] += mean[area]
                inside[1:] += running[area]
            held = size
            for span in range(len(spans)):
                start, end = spans[span, 0], spans[span, 1]
                expected = expects[end] - expects[start]
                if expected <= 0.0 or expected >= total:
                    continue
                # c log(c / E) + (C - c) log((C - c) / (C - E)) = terms[c] - c log E - (C - c) log(C - E)
                slope = np.log(total - expected) - np.log(expected)
                base = total * np.log(total - expected)
                enough = np.uint32(max(int(np.floor(expected)) + 1, least))
                ratio = _compare(inside[start], inside[end], terms, slope, base, enough, strongest)
                if ratio > best[centre]:
                    best[centre] = ratio
                    window[centre, 0], window[centre, 1], window[centre, 2] = size, start, end
    return strongest, best, window


def _apart(whole: _Map, best: Floats, window: Counts, simulated: Floats) -> tuple[Cluster, ...]:
    """Return the strongest cluster of each centre, as long as it shares no area with a stronger one."""
    taken = np.zeros(len(best), bool)
    found = []
    total = float(whole.total)
    for centre in np.argsort(-best, kind="stable"):
        if best[centre] <= 0:
            break
        size, start, end = window[centre]
        members = whole.order[centre, :size]
        if taken[members].any():
            continue
        taken[members] = True
        cases = float(whole.cases[members, start:end].sum())
        expected = float(whole.expected[members, start:end].sum())
        outside = (total - cases) / (total - expected)
        reached = len(simulated) - int(np.searchsorted(simulated, best[centre] * (1 - 1e-12), side="left"))
        found.append(
            Cluster(
                areas=tuple(members.tolist()),
                first=int(start),
                last=int(end) - 1,
                radius=float(whole.distance[centre, size - 1]),
                cases=cases,
                expected=expected,
                relative_risk=cases / expected / outside if outside > 0 else float("inf"),
                ratio=float(best[centre]),
                p=(reached + 1) / (len(simulated) + 1),
            )
        )
    return tuple(found)
