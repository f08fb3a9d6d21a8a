"""Whom a week's capacity goes to: those who gain most, a fair share for every township, and a few drawn by lot.

**The floor.** Of k places, floor(FLOOR_SHARE × k) are first dealt out to townships in proportion to their eligible
people, by Webster's method (Sainte-Laguë divisors: Balinski and Young, Fair Representation, 1982), which never takes a
place away as k grows. Within a township they go to those of highest expected benefit; all other places go to whoever
has the highest expected benefit anywhere. No swap that keeps every floor could raise the total (the floors are a
laminar matroid, where taking the best first is optimal), and whoever is chosen at k is chosen at k + 1. That half of
the places is dealt out is our choice.

**The lot.** A list of high risks only teaches a model about high risks. So AUDIT_SHARE of the places go to people drawn
at random from all eligible people who are not on the list, each with the same, known chance.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FLOOR_SHARE = 0.5
AUDIT_SHARE = 0.05


@dataclass(frozen=True)
class Chosen:
    """Who is invited, positions among the eligible people, highest expected benefit first.

    Attributes
    ----------
    positions
        int64 (k,).
    probability
        float64 (k,): the chance with which each was to be invited; 1 for those on the list.
    by_lot
        bool (k,).
    """

    positions: Integers
    probability: Floats
    by_lot: NDArray[np.bool_]


def by_benefit(benefit: Floats, person: Integers) -> Integers:
    """Return positions (n,) by falling benefit; equal ones by resident number, so that the order is always the same."""
    return np.lexsort((person, -benefit))


def guaranteed(townships: Integers, places: int) -> Integers:
    """Return how many of `places` each township (0 to its highest number) is sure of, in proportion to its people.

    Parameters
    ----------
    townships
        Number of the township of each eligible person, (n,).
    """
    eligible = np.bincount(townships) if len(townships) else np.zeros(0, dtype=np.int64)
    places = min(places, len(townships))
    # Every possible place of every township that could be among the first `places`, by its quotient.
    most = np.minimum(eligible, places)
    township = np.repeat(np.arange(len(eligible)), most)
    place = np.arange(len(township)) - np.repeat(np.cumsum(most) - most, most)
    quotient = eligible[township] / (2.0 * place + 1.0)
    first = np.lexsort((township, -quotient))[:places]
    return np.bincount(township[first], minlength=len(eligible))


def with_floor(order: Integers, townships: Integers, capacity: int, floor_share: float = FLOOR_SHARE) -> Integers:
    """Return the positions (min(capacity, n),) that get the places, highest expected benefit first.

    Parameters
    ----------
    order
        What `by_benefit` gave, (n,).
    townships
        Number of the township of each eligible person, (n,).
    """
    n = len(order)
    if capacity >= n:
        return order
    sure = guaranteed(townships, int(np.floor(floor_share * capacity + 1e-9)))
    ranked = townships[order]
    # The place of each person within the township, highest benefit first.
    within = np.empty(n, dtype=np.int64)
    grouped = np.argsort(ranked, kind="stable")
    counts = np.bincount(ranked)
    within[grouped] = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen = within < sure[ranked]
    others = np.flatnonzero(~chosen)
    chosen[others[: capacity - int(chosen.sum())]] = True
    return order[chosen]


def lots(key: str, person: Integers) -> Floats:
    """Return a number in [0, 1) for each person (n,) that only `key` and the resident number decide.

    Splitmix64 (Steele, Lea and Flood, OOPSLA 2014) over the resident number, started from a hash of the key.
    """
    start = np.uint64(int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little"))
    with np.errstate(over="ignore"):
        z = (person.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + start
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
        z ^= z >> np.uint64(31)
    return np.asarray((z >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def audit_places(capacity: int, share: float = AUDIT_SHARE) -> int:
    """Return how many of the places go by lot: the share, rounded, but one at least of a capacity of ten and more."""
    return max(round(share * capacity), int(capacity >= 10)) if share > 0 else 0


def choose(
    benefit: Floats, person: Integers, townships: Integers, capacity: int, key: str,
    floor_share: float = FLOOR_SHARE, audit_share: float = AUDIT_SHARE,
) -> Chosen:  # fmt: skip
    """Return who gets the places.

    Parameters
    ----------
    benefit, person, townships
        One entry an eligible person, (n,).
    key
        Names the draw (programme, week, area), so that it can be done again and nobody can choose its outcome.
    """
    order = by_benefit(benefit, person)
    drawn = audit_places(capacity, audit_share) if capacity < len(order) else 0
    listed = with_floor(order, townships, capacity - drawn, floor_share)
    taken = np.zeros(len(order), dtype=bool)
    taken[listed] = True
    others = np.flatnonzero(~taken)
    probability = np.ones(len(order))
    if drawn:
        # The smallest numbers: a simple random sample, in which each has the chance drawn / others.
        lot = others[np.lexsort((person[others], lots(key, person[others])))[:drawn]]
        probability[others] = drawn / len(others)
    else:
        lot = others[:0]
    taken[lot] = True
    positions = order[taken[order]]
    by_lot = np.zeros(len(order), dtype=bool)
    by_lot[lot] = True
    return Chosen(positions, probability[positions], by_lot[positions])
