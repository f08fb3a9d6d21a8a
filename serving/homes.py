"""The township of everybody, read once a server and kept up as records arrive: for access, lists and areas alike."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.homes import NO_HOME, everybody_homes


class Homes:
    """Where everybody lives whom the record log knows, whoever has moved away or died included.

    One thread writes (`put`), any may read meanwhile.
    """

    def __init__(self, source: str, now: datetime) -> None:
        self._known = everybody_homes(source, now)  # residents, ascending, and codes; replaced whole when it grows
        self._revision = 0
        self._codes = (-1, np.empty(0, dtype=np.int64))

    @property
    def codes(self) -> NDArray[np.int64]:
        """Every code that somebody's home has, ascending, `NO_HOME` among them."""
        revision, codes = self._codes
        if revision != self._revision:
            revision = self._revision
            codes = np.union1d(self._known[1], [NO_HOME])
            self._codes = revision, codes
        return codes

    @property
    def revision(self) -> int:
        """How often somebody has moved: what was worked out by an older one may be wrong."""
        return self._revision

    def of(self, persons: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the code of each person's township, (n,), `NO_HOME` where none is known."""
        known, codes = self._known
        if not len(known):
            return np.full(len(persons), NO_HOME)
        place = np.minimum(np.searchsorted(known, persons), len(known) - 1)
        return np.where(known[place] == persons, codes[place], NO_HOME)

    def put(self, persons: NDArray[np.int64], codes: NDArray[np.int64]) -> None:
        """Note where `persons` (n,), ascending, live now."""
        if np.array_equal(self.of(persons), codes):
            return
        known, before = self._known
        place = np.searchsorted(known, persons)
        there = np.append(known, -1)[place] == persons
        before[place[there]] = codes[there]
        if not there.all():
            new = ~there
            self._known = np.insert(known, place[new], persons[new]), np.insert(before, place[new], codes[new])
        self._revision += 1
