"""Features of any residents at any moments, out of the record log and what has arrived since it was written."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.concepts import FEMALE
from features.feature import Array
from features.journal import arrived, journal_identity, newest, stream_records
from features.plan import Plan, evaluate, plan
from features.record_log import NEVER_REGISTERED, Records, log_manifest, open_areas, open_bucket
from features.statistics import Ordered, merge


@dataclass(frozen=True)
class Arrivals:
    """What has arrived since the log was written.

    Attributes
    ----------
    records
        (m,) of `features.journal.STREAM_RECORD`, ordered as the log is.
    persons
        int64 (n,), ascending: whom it concerns.
    registry
        Birth (days since 1970), female (1 or 0) and moment known of those registered since, by person_id.
    """

    records: NDArray[np.void]
    persons: NDArray[np.int64]
    registry: dict[int, tuple[float, float, int]]


def arrivals(source: str, after: int | None = None) -> Arrivals:
    """Return what arrived after batch `after` of the journal; None: since the log was written."""
    start = log_manifest(source)["arrived"] if after is None else after
    return _arrivals(source, start, newest(source), journal_identity(source))


@lru_cache(maxsize=4)
def _arrivals(source: str, after: int, until: int, _journal: tuple[str, int]) -> Arrivals:
    records = stream_records(source, after, until)
    people = arrived(source, until, after).get("person", pa.table({"person_id": pa.array([], pa.int64())}))
    registry = {
        row["person_id"]: (
            row["birth_date"].timestamp() / 86400,
            float(row["gender_concept_id"] == FEMALE),
            round(row["known_at"].timestamp() * 1e6),
        )
        for row in people.to_pylist()
    }
    persons = np.union1d(records["person"], np.array(list(registry), dtype=np.int64)).astype(np.int64)
    return Arrivals(records, persons, registry)


def newest_moment(source: str) -> int:
    """Return the moment at which the newest arrival became known, microseconds since 1970; 0 where there is none."""
    new = arrivals(source, 0)
    moments = [int(new.records["known"].max())] if len(new.records) else []
    return max([*moments, *(known for _, _, known in new.registry.values())], default=0)


def features_at(
    source: str, persons: NDArray[np.int64], moments: NDArray[np.int64], steps: Plan | None = None
) -> Array:
    """Return features of residents as they were known at moments.

    Parameters
    ----------
    persons
        int64 (n,); the same person may stand there several times.
    moments
        int64 (n,): index dates in microseconds since 1970, UTC.
    steps
        Which features; None: every one, in the order of `features.views.all_features`.

    Returns
    -------
    numpy.ndarray
        float64 (features, n), NaN where missing.
    """
    steps = steps or plan()
    buckets = int(log_manifest(source)["buckets"])
    areas, new = open_areas(source), arrivals(source)
    out = np.empty((len(steps.features), len(persons)))
    bucket = persons % buckets
    # Residents of a bucket together and in its order, so that the log is read once and forwards.
    order = np.lexsort((persons, bucket))
    bounds = np.searchsorted(bucket[order], np.arange(buckets + 1))
    concerned = np.isin(persons, new.persons)
    changed: list[Records] = []
    place = np.full(len(persons), -1)  # among the changed
    for number in np.flatnonzero(np.diff(bounds)):
        rows = order[bounds[number] : bounds[number + 1]]
        base = open_bucket(source, int(number))
        same, late = rows[~concerned[rows]], rows[concerned[rows]]
        if len(same):
            out[:, same] = evaluate(base, areas, base.rows_of(persons[same]), moments[same], steps)
        if len(late):
            known = merged(base, np.unique(persons[late]), new)
            place[late] = known.rows_of(persons[late]) + sum(len(part.person) for part in changed)
            changed.append(known)
    if changed:
        # The few that changed in each bucket are worked out together.
        late = np.flatnonzero(concerned)
        answer = evaluate(stacked(changed), areas, place[late], moments[late], steps)
        if len(late) == len(persons):
            return answer
        out[:, late] = answer
    return out


def everybody_at(
    source: str, moment: int, steps: Plan | None = None, done: Container[int] = ()
) -> Iterator[tuple[int, NDArray[np.int64], Array]]:
    """Yield the features of everybody who is registered by `moment`, one bucket at a time.

    Parameters
    ----------
    steps
        Which features; None: every one.
    done
        Buckets to leave out.

    Yields
    ------
    bucket : int
    persons : numpy.ndarray
        int64 (n,), ascending.
    features : numpy.ndarray
        float64 (features, n).
    """
    areas, new = open_areas(source), arrivals(source)
    buckets = int(log_manifest(source)["buckets"])
    for bucket in range(buckets):
        if bucket in done:
            continue
        base = open_bucket(source, bucket)
        concerned = new.persons[new.persons % buckets == bucket]
        if len(concerned):
            base = stacked([merged(base, np.union1d(base.person, concerned), new)])
        rows = np.flatnonzero(base.registered <= moment)
        yield bucket, base.person[rows], evaluate(base, areas, rows, np.full(len(rows), moment), steps or plan())


def merged(base: Records, persons: NDArray[np.int64], new: Arrivals) -> Records:
    """Return the records of `persons` (ascending), those of the log and those that arrived, in the log's order."""
    rows = base.rows_of(persons)
    begin = np.where(rows < 0, 0, base.start[np.maximum(rows, 0)])
    end = np.where(rows < 0, 0, base.start[np.minimum(np.maximum(rows, 0) + 1, len(base.person))])
    old, old_start = _ranges(begin, end)
    late, late_start = _ranges(
        np.searchsorted(new.records["person"], persons), np.searchsorted(new.records["person"], persons, side="right")
    )
    added = new.records[late]
    log = {name: getattr(base, name)[old] for name in ("day", "known", "record", "code", "value")}
    both = {name: np.concatenate([log[name], added[name]]) for name in log}
    order = merge(
        Ordered(old_start, log["day"], log["known"], log["record"]),
        Ordered(late_start, *(np.ascontiguousarray(added[name]) for name in ("day", "known", "record"))),
    )
    there = np.maximum(rows, 0)
    nobody = np.full(len(persons), np.nan)
    birth = np.where(rows < 0, nobody, base.birth[there]) if len(base.person) else nobody.copy()
    female = np.where(rows < 0, nobody, base.female[there]) if len(base.person) else nobody.copy()
    registered = np.full(len(persons), NEVER_REGISTERED)
    if len(base.person):
        registered = np.where(rows < 0, NEVER_REGISTERED, base.registered[there])
    for person, entry in new.registry.items():
        place = int(np.searchsorted(persons, person))
        if place < len(persons) and persons[place] == person:
            birth[place], female[place], registered[place] = entry
    columns = {name: values[order] for name, values in both.items()}
    return Records(
        person=persons, start=old_start + late_start, birth=birth, female=female, registered=registered, **columns
    )


def stacked(parts: list[Records]) -> Records:
    """Return the residents of several parts one after the other, so not in ascending order."""
    shift = np.cumsum([0, *(len(part.day) for part in parts)])
    start = [part.start[:-1] + before for part, before in zip(parts, shift[:-1], strict=True)]
    names = ("person", "birth", "female", "registered", "day", "known", "code", "value", "record")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    for values in columns.values():
        values.flags.writeable = False  # as the mapped files are, so that one compiled loop serves both
    return Records(start=np.append(np.concatenate(start), shift[-1]), **columns)


def _ranges(begin: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions in all the ranges, one after the other, and where each begins among them, (n + 1,)."""
    length = end - begin
    start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    return np.arange(start[-1]) + np.repeat(begin - start[:-1], length), start
