"""Who lives with whom, and what is known of a resident from those who share the home.

The same rules as `features.streams.household_sql`, worked out for a few residents: a home with more members than
`LARGEST_HOUSEHOLD` is an institution and says nothing, also once its last member too many has arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
from numpy.typing import NDArray

from features.arriving.lake_index import NO_MEMBER
from features.journal import STREAM_RECORD
from features.record_log import DAY_US, NEVER
from features.streams import HOUSEHOLD_DIAGNOSES, LARGEST_HOUSEHOLD, codes


@cache
def shared_codes() -> dict[int, int]:
    """Return, by code of a record about a resident, the code under which those of the same home get it."""
    shared = {codes()[f"diagnosed.{name}"]: codes()[f"household.{name}"] for name in HOUSEHOLD_DIAGNOSES}
    return shared | {codes()["measured.current_smoker"]: codes()["household.smoker"]}


def shared_events(records: NDArray[np.void]) -> NDArray[np.void]:
    """Return those of `records` that those of the same home share, under the household's codes."""
    told = np.full(256, 255, dtype=np.uint8)
    told[list(shared_codes())] = list(shared_codes().values())
    smoker = records["code"] == codes()["measured.current_smoker"]
    events: NDArray[np.void] = records[(told[records["code"]] != 255) & (~smoker | (records["value"] == 1))].copy()
    events["code"], events["value"] = told[events["code"]], 1.0
    return events


class Homes:
    """Members of households: those of the lake, and those that arrived.

    Parameters
    ----------
    base
        Rows of `features.arriving.lake_index.HOME`, by household, then resident.
    """

    def __init__(self, base: NDArray[np.void]) -> None:
        self._base = base
        self._household, self._person = base["household"], base["person"]
        self._by_person = np.argsort(self._person, kind="stable").astype(np.int32 if len(base) < 2**31 else np.int64)
        self._sorted = self._person[self._by_person]
        self._added: dict[int, dict[int, int]] = {}
        self._homes_of: dict[int, set[int]] = {}

    def add(self, rows: NDArray[np.void]) -> None:
        """Add members."""
        for household, person, usable in rows.tolist():
            self._added.setdefault(household, {})[person] = usable
            self._homes_of.setdefault(person, set()).add(household)

    @contextmanager
    def with_rows(self, rows: NDArray[np.void]) -> Iterator[None]:
        """Count members who are not kept yet, for as long as the block runs."""
        added = {
            home: dict(members) for home, members in self._added.items() if home in set(rows["household"].tolist())
        }
        homes_of = {p: set(homes) for p, homes in self._homes_of.items() if p in set(rows["person"].tolist())}
        self.add(rows)
        try:
            yield
        finally:
            for home in set(rows["household"].tolist()):
                self._added[home] = added.get(home, {})
            for person in set(rows["person"].tolist()):
                self._homes_of[person] = homes_of.get(person, set())

    def homes_of(self, person: int) -> set[int]:
        """Return the households in which somebody is a member."""
        first, last = np.searchsorted(self._sorted, [person, person + 1])
        known = self._household[self._by_person[first:last]].tolist()
        return {*known, *self._homes_of.get(person, ())}

    def members(self, household: int) -> dict[int, int]:
        """Return the members of a household and from when on each counts; none where it is an institution."""
        found = self.everybody(household)
        return found if len(found) <= LARGEST_HOUSEHOLD else {}

    def everybody(self, household: int) -> dict[int, int]:
        """Return all members of a household, however many, and from when on each counts."""
        first, last = np.searchsorted(self._household, [household, household + 1])
        found = dict(zip(self._person[first:last].tolist(), self._base["usable"][first:last].tolist(), strict=True))
        found |= self._added.get(household, {})
        return {person: usable for person, usable in found.items() if usable != NO_MEMBER}

    def others(self, person: int) -> set[int]:
        """Return who shares a home with somebody."""
        return {other for home in self.homes_of(person) for other in self.members(home)} - {person}

    def records(self, persons: Iterable[int], events: NDArray[np.void]) -> NDArray[np.void]:
        """Return all household records of `persons`.

        Parameters
        ----------
        events
            What `shared_events` gives of everybody who shares a home with one of them, by resident.
        """
        parts = []
        for person in persons:
            for home in sorted(self.homes_of(person)):
                members = self.members(home)
                if person not in members:  # once, but by now corrected
                    continue
                for other, other_usable in members.items():
                    usable = max(members[person], other_usable)
                    row = (person, usable // DAY_US, usable, other, codes()["household.member"], 1.0, NEVER)
                    parts.append(np.array([row], STREAM_RECORD))
                    if other != person:
                        first, last = np.searchsorted(events["person"], [other, other + 1])
                        parts.append(passed_on(events[first:last], person, usable))
        return np.concatenate([np.empty(0, STREAM_RECORD), *parts])

    def passed_on(self, events: NDArray[np.void]) -> NDArray[np.void]:
        """Return what `events` add to the household records of those who share a home with whom they are about."""
        parts = []
        for event in events:
            owner = int(event["person"])
            for home in sorted(self.homes_of(owner)):
                members = self.members(home)
                for other, usable in members.items():
                    if other != owner and owner in members:
                        parts.append(passed_on(event.reshape(1), other, max(usable, members[owner])))
        return np.concatenate([np.empty(0, STREAM_RECORD), *parts])


def passed_on(events: NDArray[np.void], person: int, usable: int) -> NDArray[np.void]:
    """Return events of one resident as records of another, who shares the home from the moment `usable` on."""
    told = events.copy()
    told["person"] = person
    told["day"] = np.maximum(events["day"], usable // DAY_US)
    told["known"] = np.maximum(events["known"], usable)
    return told
