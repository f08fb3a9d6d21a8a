"""Households: couples, their children, parents who live with them, people alone, dormitories and homes.

People are drawn one by one with the right county, sex and age, and matched afterwards within their township: wives
and husbands by rank of age, children to a mother some 27 years older, parents to a couple some 27 years younger.
So no margin of the census is bent. The shares below are assumptions, chosen to meet the published mean size (2.48)
and the share in collective households (6.12 %).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]

ROLES = ("head", "spouse", "child", "parent", "collective")
HEAD, SPOUSE, CHILD, PARENT, COLLECTIVE = range(5)

MARRIED_AGES = (20, 22, 27, 32, 37, 57, 67, 77, 90)
MARRIED_MEN = (0.0, 0.08, 0.48, 0.78, 0.86, 0.88, 0.87, 0.80, 0.60)
MARRIED_WOMEN = (0.0, 0.18, 0.64, 0.86, 0.90, 0.90, 0.83, 0.66, 0.35)
GROWN_UP = 20  # from this age somebody may live without parents
AT_HOME_AGES, AT_HOME = (20, 25, 30, 40, 50), (0.80, 0.66, 0.55, 0.35, 0.0)  # unmarried, living with parents
WITH_CHILDREN_ALONE = 0.77  # of single people of 60 and over, living with a grown-up child
WITH_CHILDREN_AGES, WITH_CHILDREN_COUPLE = (62, 70, 85), (0.10, 0.22, 0.55)  # of couples, by the age of the wife
GENERATION, GENERATION_SPREAD = 27.0, 4.0
DORMITORY_SIZE = 6
KEY = 256.0  # width of a township in the keys that order people by township, then age


@dataclass
class Grouped:
    """Household number, township (a child may have been moved to its mother's) and role of every person."""

    household: Ints
    township: Ints
    role: NDArray[np.int8]


def form(
    rng: np.random.Generator, township: Ints, sex: NDArray[np.int8], age: Floats, elsewhere: NDArray[np.bool_]
) -> Grouped:
    """Group n people into households by township, sex, age and whether they are registered elsewhere."""
    n = len(age)
    role = np.zeros(n, dtype=np.int8)
    household = np.full(n, -1, dtype=np.int32)
    where = township.copy()
    collective = _in_collective(rng, age, elsewhere)
    role[collective] = COLLECTIVE

    # 1. Couples, matched by rank of age within the township.
    married = rng.random(n) < np.where(
        sex == 1, np.interp(age, MARRIED_AGES, MARRIED_WOMEN), np.interp(age, MARRIED_AGES, MARRIED_MEN)
    )
    free = married & ~collective & (age >= GROWN_UP)
    wives, husbands = _couples(np.flatnonzero(free & (sex == 1)), np.flatnonzero(free & (sex == 0)), where, age)
    household[wives] = household[husbands] = np.arange(len(wives), dtype=np.int32)
    role[wives] = SPOUSE

    # 2. Old couples who live with a child join the younger household.
    hosts = wives[(age[wives] >= GROWN_UP) & (age[wives] < 60)]
    key = _sorted_hosts(hosts, where, age)
    joining = (age[wives] >= 64) & (
        rng.random(len(wives)) < np.interp(age[wives], WITH_CHILDREN_AGES, WITH_CHILDREN_COUPLE)
    )
    if key.size and joining.any():
        target = _nearest(key, where[wives[joining]], age[wives[joining]] - GENERATION)
        for members in (wives[joining], husbands[joining]):
            household[members], where[members] = household[target], where[target]
            role[members] = PARENT

    # 3. The others: children to mothers, single parents to couples, the rest by themselves.
    single = (household < 0) & ~collective
    child = single & ((age < GROWN_UP) | (rng.random(n) < np.interp(age, AT_HOME_AGES, AT_HOME)))
    old = single & ~child & (age >= 60) & (rng.random(n) < WITH_CHILDREN_ALONE)
    mothers = wives[~joining]
    if len(mothers):
        gap = GENERATION + GENERATION_SPREAD * rng.standard_normal(n)
        for chosen, wanted, name in ((child, age + gap, CHILD), (old, age - gap, PARENT)):
            target = _nearest(_sorted_hosts(mothers, where, age), where[chosen], wanted[chosen].astype(np.float32))
            household[chosen], where[chosen] = household[target], where[target]
            role[chosen] = name
    alone = np.flatnonzero((household < 0) & ~collective)
    household[alone] = len(wives) + np.arange(len(alone), dtype=np.int32)

    # 4. Dormitories and homes: neighbours in age and township, six to a household.
    together = np.flatnonzero(collective)
    together = together[np.argsort(where[together] * KEY + age[together], kind="stable")]
    household[together] = len(wives) + len(alone) + np.arange(len(together), dtype=np.int32) // DORMITORY_SIZE
    return Grouped(household, where, role)


def shared(rng: np.random.Generator, household: Ints) -> NDArray[np.float64]:
    """Return one uniform number for every household, repeated for its members."""
    return rng.random(int(household.max(initial=0)) + 1)[household]


def _in_collective(rng: np.random.Generator, age: Floats, elsewhere: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Draw who lives in a dormitory (workers from elsewhere, students) or a home for the old."""
    chance = np.select(
        [(age >= 16) & (age < 23), (age >= 23) & (age < 50), age >= 80],
        [0.13 + 0.25 * elsewhere, 0.32 * elsewhere, 0.04],
    )
    return rng.random(len(age)) < chance


def _couples(women: NDArray[np.int64], men: NDArray[np.int64], where: Ints, age: Floats) -> tuple[Ints, Ints]:
    """Pair the k-th youngest wife with the k-th youngest husband of each township; who is left over stays alone."""
    sorted_women = women[np.argsort(where[women] * KEY + age[women], kind="stable")]
    sorted_men = men[np.argsort(where[men] * KEY + age[men], kind="stable")]
    townships = int(where.max(initial=0)) + 1
    have_women, have_men = (np.bincount(where[x], minlength=townships) for x in (sorted_women, sorted_men))
    pairs = np.minimum(have_women, have_men)
    rank = np.arange(pairs.sum()) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    first_woman, first_man = (np.repeat(np.cumsum(x) - x, pairs) for x in (have_women, have_men))
    return sorted_women[first_woman + rank].astype(np.int32), sorted_men[first_man + rank].astype(np.int32)


def _sorted_hosts(hosts: Ints, where: Ints, age: Floats) -> NDArray[np.float64]:
    """Return the keys and positions of `hosts` in the order of township and age, (2, k)."""
    key = where[hosts] * KEY + age[hosts].astype(np.float64)
    order = np.argsort(key, kind="stable")
    return np.stack([key[order], hosts[order].astype(np.float64)])


def _nearest(hosts: NDArray[np.float64], township: Ints, wanted: Floats) -> Ints:
    """Return for each (township, wanted age) the host of that township who is next in age, or of the next one."""
    keys, positions = hosts
    at = np.searchsorted(keys, township * KEY + np.clip(wanted, 0, KEY - 1))
    at = np.minimum(at, len(keys) - 1)
    before = np.maximum(at - 1, 0)
    other = (keys[at] // KEY != township) & (keys[before] // KEY == township)
    return np.asarray(positions[np.where(other, before, at)].astype(np.int32))
