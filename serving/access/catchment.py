"""Whose catchment a resident lives in, for everybody at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.clock import now_of
from features.journal import arrived, newest, open_journal, removed_up_to
from features.residents import homes
from features.settings import settings
from features.sources import Source
from serving.access.accounts import EVERYWHERE

# Lengths at which a statistical division code ends one level: province, city, county, township (GB/T 2260, GB/T 10114).
LEVELS = (2, 4, 6, 9)


def covers(area: str, township: str) -> bool:
    """Return whether a township lies in an area.

    >>> covers("331081", "331081001"), covers("331081001", "331081001"), covers("331082", "331081001")
    (True, True, False)
    >>> covers("33108", "331081001")
    False
    """
    return area == township or (len(area) in LEVELS and area.isdigit() and township.startswith(area))


class Homes:
    """The township of every resident, kept up with social records that arrive."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lock = threading.Lock()
        self._upto = newest(source.name)
        self._known = homes(source.name, now_of(source))  # replaced whole
        self._looked = time.monotonic()
        self._revision = 0

    @property
    def revision(self) -> int:
        """How often somebody has moved: what was worked out by an older one may be wrong."""
        self._refresh()
        return self._revision

    def inside(self, persons: NDArray[np.int64], catchment: frozenset[str]) -> NDArray[np.bool_]:
        """Return for each of some residents (n,) whether they live in a catchment; unknown ones do not."""
        if EVERYWHERE in catchment:
            return np.ones(len(persons), dtype=bool)
        self._refresh()
        known, townships = self._known
        covered = [any(covers(area, str(township)) for area in catchment) for township in townships.categories]
        mine = np.array([*covered, False])  # the last one is for code -1: no home known
        if not len(known):
            return np.zeros(len(persons), dtype=bool)
        place = np.minimum(np.searchsorted(known, persons), len(known) - 1)
        return np.asarray(mine[townships.codes[place]] & (known[place] == persons))

    def _refresh(self) -> None:
        """Look where the residents live of whom social records have arrived; as often as for new champions."""
        if time.monotonic() - self._looked < settings().reload_seconds or not self._lock.acquire(blocking=False):
            return
        try:
            upto = newest(self.source.name)
            if self._upto < self._forgotten():
                self._known = homes(self.source.name, now_of(self.source))
                self._revision += 1
                self._upto = upto
            elif upto != self._upto:
                social = arrived(self.source.name, upto, self._upto if upto > self._upto else 0).get("social")
                if social is not None:
                    self._move(np.unique(social["person_id"].to_numpy()))
                self._upto = upto
            self._looked = time.monotonic()
        finally:
            self._lock.release()

    def _forgotten(self) -> int:
        """Return the newest batch that the journal has let go of: who moved with one of them is in the lake only."""
        with open_journal(self.source.name) as journal:
            return removed_up_to(journal)

    def _move(self, persons: NDArray[np.int64]) -> None:
        moved, townships = homes(self.source.name, now_of(self.source), persons)
        before, where = self._known
        kept = ~np.isin(before, moved)
        people = np.concatenate([before[kept], moved])
        order = np.argsort(people)
        self._known = people[order], pd.api.types.union_categoricals([where[kept], townships])[order]
        self._revision += 1


def named(catchment: frozenset[str]) -> str:
    """Return a catchment in words, for messages."""
    codes: Sequence[str] = sorted(catchment)
    shown = ", ".join(codes[:10])
    return f"{shown} and {len(codes) - 10} more" if len(codes) > 10 else shown
