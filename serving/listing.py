"""One model's list, highest risk first, that follows as people change without being sorted anew.

Most of it is a sorted *base* that stays as it is. Who has changed since the base was sorted is crossed out there and
stands in a short sorted *overlay*; both together are the list. Once the overlay is no longer short, it is merged into
a new base. A list is never changed: `moved` returns another one that shares the base, so that a reader keeps to the
list that it started with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

LONGEST_OVERLAY = 2_000


# Many people share a risk, so both columns are searched at once.
@compiled
def _places(
    fall: NDArray[np.float64],
    person: NDArray[np.int64],
    of_fall: NDArray[np.float64],
    of_person: NDArray[np.int64],
    inclusive: bool,
) -> NDArray[np.int64]:
    """Return how many of n sorted people stand before each of k places (see `Entries.before`)."""
    places = np.empty(len(of_fall), np.int64)
    for k in range(len(of_fall)):
        low, high = 0, len(fall)
        while low < high:
            middle = (low + high) // 2
            before = fall[middle] < of_fall[k] or (
                fall[middle] == of_fall[k]
                and (person[middle] < of_person[k] or (inclusive and person[middle] == of_person[k]))
            )
            if before:
                low = middle + 1
            else:
                high = middle
        places[k] = low
    return places


@dataclass(frozen=True)
class Entries:
    """People in the order of a list: falling risk, equal risks by resident number.

    Attributes
    ----------
    fall
        float64 (n,): minus the risk, ascending.
    person, row
        int64 (n,): resident numbers, and where the residents stand in the population.
    """

    fall: NDArray[np.float64]
    person: NDArray[np.int64]
    row: NDArray[np.int64]

    @classmethod
    def sorted(cls, fall: NDArray[np.float64], person: NDArray[np.int64], row: NDArray[np.int64]) -> Entries:
        """Return people in any order as they stand in a list."""
        order = np.lexsort((person, fall))
        return cls(fall[order], person[order], row[order])

    def __len__(self) -> int:
        """Return the number of people."""
        return len(self.row)

    def take(self, places: NDArray[np.int64] | NDArray[np.bool_]) -> Entries:
        """Return some of them."""
        return Entries(self.fall[places], self.person[places], self.row[places])

    def before(
        self, fall: NDArray[np.float64], person: NDArray[np.int64], *, inclusive: bool = False
    ) -> NDArray[np.int64]:
        """Return how many stand before each given place, (k,); `inclusive` counts whoever stands there as well."""
        return _places(self.fall, self.person, fall, person, inclusive)


NOBODY = Entries(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Listed:
    """One model's list.

    Attributes
    ----------
    base, overlay
        See the module.
    gone
        int64, ascending: places in the base that are crossed out.
    """

    base: Entries
    gone: NDArray[np.int64]
    overlay: Entries = NOBODY

    @classmethod
    def of(cls, risk: NDArray[np.float64], person: NDArray[np.int64], row: NDArray[np.int64]) -> Listed:
        """Return the list of people with these risks, (n,)."""
        return cls(Entries.sorted(-risk, person, row), np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        """Return how many are on the list."""
        return len(self.base) - len(self.gone) + len(self.overlay)

    def moved(
        self,
        row: NDArray[np.int64],
        person: NDArray[np.int64],
        before: NDArray[np.float64],
        after: NDArray[np.float64],
    ) -> tuple[Listed, NDArray[np.bool_]]:
        """Return the list after people have changed, and which of them were on it, (k,).

        Parameters
        ----------
        before
            Risk of each, (k,), with which they are on the list, if they are; anything else for those who are not.
        after
            The new risk; NaN for those who are no longer at risk.
        """
        overlaid = np.isin(self.overlay.row, row)
        was = np.isin(row, self.overlay.row)
        place = np.minimum(self.base.before(-before, person), max(len(self.base) - 1, 0))
        if len(self.base):
            in_base = ~was & (self.base.row[place] == row) & ~np.isin(place, self.gone)
        else:
            in_base = np.zeros(len(row), dtype=np.bool_)
        gone = np.union1d(self.gone, place[in_base])
        stays, joins = self.overlay.take(~overlaid), ~np.isnan(after)
        overlay = Entries.sorted(
            np.concatenate([stays.fall, -after[joins]]),
            np.concatenate([stays.person, person[joins]]),
            np.concatenate([stays.row, row[joins]]),
        )
        new = Listed(self.base, gone, overlay)
        return (new.merged() if len(gone) + len(overlay) > LONGEST_OVERLAY else new), was | in_base

    def merged(self) -> Listed:
        """Return the same list with an empty overlay."""
        kept = np.delete(np.arange(len(self.base)), self.gone)
        base = self.base.take(kept)
        place = base.before(self.overlay.fall, self.overlay.person)
        columns = [np.insert(getattr(base, n), place, getattr(self.overlay, n)) for n in ("fall", "person", "row")]
        return Listed(Entries(*columns), np.empty(0, dtype=np.int64))

    def after(self, risk: float, person: int) -> int:
        """Return how many stand on the list up to the place of this risk and resident number."""
        fall, who = np.array([-risk]), np.array([person])
        in_base = int(self.base.before(fall, who, inclusive=True)[0])
        crossed = int(np.searchsorted(self.gone, in_base))
        return in_base - crossed + int(self.overlay.before(fall, who, inclusive=True)[0])

    def stretch(self, start: int, stop: int) -> Entries:
        """Return who stands on the list from place `start` (from 0) to before `stop`."""
        stop = min(stop, len(self))
        start = min(start, stop)
        # 1. Where those of the overlay stand on the whole list.
        in_base = self.base.before(self.overlay.fall, self.overlay.person)
        place = in_base - np.searchsorted(self.gone, in_base) + np.arange(len(self.overlay))
        first, last = np.searchsorted(place, [start, stop])
        mine = np.arange(first, last)
        # 2. The places between them are filled from the base, those crossed out left out.
        left = np.arange(start - first, stop - last)
        at = left + np.searchsorted(self.gone - np.arange(len(self.gone)), left, side="right")
        filled = np.ones(stop - start, dtype=np.bool_)
        filled[place[mine] - start] = False
        columns = []
        for name in ("fall", "person", "row"):
            column = np.empty(stop - start, dtype=getattr(self.base, name).dtype)
            column[filled] = getattr(self.base, name)[at]
            column[~filled] = getattr(self.overlay, name)[mine]
            columns.append(column)
        return Entries(*columns)
