"""Putting together what a bucket of the record log holds and what has arrived since, for a few residents or for all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.arrivals import Arrivals
from features.journal import is_household
from features.record_log import NEVER, NEVER_REGISTERED, Former, Records, nobody_before
from features.statistics import Ordered, merge


def merged(base: Records, persons: NDArray[np.int64], new: Arrivals) -> Records:
    """Return the records of `persons` (ascending), those of the log and those that arrived, in the log's order."""
    rows = base.rows_of(persons)
    begin = np.where(rows < 0, 0, base.start[np.maximum(rows, 0)])
    end = np.where(rows < 0, 0, base.start[np.minimum(np.maximum(rows, 0) + 1, len(base.person))])
    old, old_start = _ranges(begin, end)
    if len(new.replaced) or len(new.rewritten):
        owner = np.repeat(np.arange(len(persons)), np.diff(old_start))
        shared = is_household(base.code[old])
        gone = np.isin(persons, new.replaced)[owner] & shared | np.isin(persons, new.rewritten)[owner] & ~shared
        old, old_start = old[~gone], np.searchsorted(owner[~gone], np.arange(len(persons) + 1))
    late, late_start = _ranges(
        np.searchsorted(new.records["person"], persons), np.searchsorted(new.records["person"], persons, side="right")
    )
    added = new.records[late]
    log = {name: getattr(base, name)[old] for name in ("day", "known", "record", "code", "value")}
    both = {name: np.concatenate([log[name], added[name]]) for name in log}
    ends = base.until[old] if len(base.until) else np.full(len(old), NEVER)
    both["until"] = np.concatenate([ends, added["until"]])
    order = merge(
        Ordered(old_start, log["day"], log["known"], log["record"]),
        Ordered(late_start, *(np.ascontiguousarray(added[name]) for name in ("day", "known", "record"))),
    )
    columns = {name: values[order] for name, values in both.items()}
    if not (columns["until"] < NEVER).any():
        columns["until"] = np.empty(0, dtype=np.int64)
    birth, female, registered, former = _registry(base, persons, rows, new)
    return Records(
        person=persons, start=old_start + late_start, birth=birth, female=female, registered=registered, former=former,
        **columns,
    )  # fmt: skip


def _registry(
    base: Records, persons: NDArray[np.int64], rows: NDArray[np.int64], new: Arrivals
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], Former]:
    """Return what registrations of `persons`, who stand at `rows` of `base`, say now and said before."""
    birth, female = np.full(len(persons), np.nan), np.full(len(persons), np.nan)
    registered = np.full(len(persons), NEVER_REGISTERED)
    if len(base.person):
        there = np.maximum(rows, 0)
        birth = np.where(rows < 0, birth, base.birth[there])
        female = np.where(rows < 0, female, base.female[there])
        registered = np.where(rows < 0, registered, base.registered[there])
    former = {name: getattr(base.former, name) for name in ("person", "known", "birth", "female")}
    kept = np.isin(base.former.person, persons)
    before = list(zip(*(values[kept].tolist() for values in former.values()), strict=True))
    arrived = np.array(list(new.registry), dtype=np.int64)
    for person in arrived[np.isin(arrived, persons)].tolist():
        place = int(np.searchsorted(persons, person))
        versions = list(new.registry[person])
        if registered[place] != NEVER_REGISTERED:
            versions.append((float(birth[place]), float(female[place]), int(registered[place])))
        *older, last = sorted(set(versions), key=lambda entry: entry[2])
        birth[place], female[place], registered[place] = last
        before += [(person, moment, born, sex) for born, sex, moment in older]
    if not before:
        return birth, female, registered, nobody_before()
    columns = np.array(sorted(set(before)), dtype=[("p", "<i8"), ("k", "<i8"), ("b", "<f8"), ("f", "<f8")])
    found = Former(columns["p"].copy(), columns["k"].copy(), columns["b"].copy(), columns["f"].copy())
    return birth, female, registered, found


def stacked(parts: list[Records]) -> Records:
    """Return the residents of several parts one after the other, so not in ascending order."""
    shift = np.cumsum([0, *(len(part.day) for part in parts)])
    start = [part.start[:-1] + before for part, before in zip(parts, shift[:-1], strict=True)]
    names = ("person", "birth", "female", "registered", "day", "known", "code", "value", "record")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    columns["until"] = np.empty(0, dtype=np.int64)
    if any(len(part.until) for part in parts):
        ends = [part.until if len(part.until) else np.full(len(part.day), NEVER) for part in parts]
        columns["until"] = np.concatenate(ends)
    for values in columns.values():
        values.flags.writeable = False  # as the mapped files are, so that one compiled loop serves both
    former = [part.former for part in parts if len(part.former.person)]
    together = nobody_before()
    if former:
        order = np.lexsort([np.concatenate([getattr(part, name) for part in former]) for name in ("known", "person")])
        together = Former(*(
            np.concatenate([getattr(part, name) for part in former])[order]
            for name in ("person", "known", "birth", "female")
        ))  # fmt: skip
    return Records(start=np.append(np.concatenate(start), shift[-1]), former=together, **columns)


def _ranges(begin: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions in all the ranges, one after the other, and where each begins among them, (n + 1,)."""
    length = end - begin
    start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    return np.arange(start[-1]) + np.repeat(begin - start[:-1], length), start
