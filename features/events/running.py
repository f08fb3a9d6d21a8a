"""Figures of a group as they stood at any moment: worked out once, then looked up.

Things happen in groups (a request of this type was closed, one of that department came in). For each group the running
figures after each happening are kept in the order of time; what was known just before a moment is then the row before
it, found by binary search, for one request or for millions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows in groups, by the values of some columns.

    Attributes
    ----------
    columns
        Names of the columns whose values together make a group; none: everything is one group.
    known
        The groups, in the order of their numbers.
    """

    columns: tuple[str, ...]
    known: pd.MultiIndex | None

    @classmethod
    def of(cls, frame: pd.DataFrame, columns: tuple[str, ...]) -> Groups:
        """Return the groups that the rows of `frame` make."""
        return cls(columns, _keys(frame, columns).unique() if columns else None)

    def number(self, frame: pd.DataFrame) -> Whole:
        """Return the number of each row's group, (n,); -1 where the group is not known."""
        if self.known is None:
            return np.zeros(len(frame), dtype=np.int64)
        return self.known.get_indexer(_keys(frame, self.columns)).astype(np.int64)


def _keys(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.MultiIndex:
    # A value that is missing is a group of its own: nobody wrote down where, is something to know.
    return pd.MultiIndex.from_frame(frame[list(columns)].astype("string").fillna(""))


@dataclass(frozen=True, eq=False)
class Running:
    """What happened in groups, with figures after each happening.

    Attributes
    ----------
    clock
        int64 (m,), every moment at which something happened, once each, ascending; microseconds.
    place
        int64 (k,), group and moment of each happening as one number, ascending.
    figures
        float64 (k,) by name: the figure of the group right after this happening.
    """

    clock: Whole
    place: Whole
    figures: Mapping[str, Array]

    @classmethod
    def order(cls, group: Whole, moment: Whole) -> tuple[Whole, Whole, Whole]:
        """Return the clock, the places in ascending order, and the row of each place.

        Happenings of one moment keep the order of the rows.
        """
        clock = np.unique(moment)
        place = group * (len(clock) + 1) + np.searchsorted(clock, moment)
        rows = np.argsort(place, kind="stable")
        return clock, place[rows], rows

    def before(self, group: Whole, moment: Whole) -> tuple[Whole, Whole]:
        """Return the row that stood just before each moment, -1 where nothing had happened, and how much had.

        What happens at the moment itself is not known before it.
        """
        start = group * (len(self.clock) + 1)
        first = np.searchsorted(self.place, start)
        last = np.searchsorted(self.place, start + np.searchsorted(self.clock, moment))
        count = np.where(group < 0, 0, last - first)
        return np.where(count > 0, last - 1, -1), count

    def figure(self, name: str, row: Whole, absent: float = np.nan) -> Array:
        """Return a figure at the rows that `before` gave, `absent` where nothing had happened."""
        values = self.figures[name]
        return np.where(row < 0, absent, values[row] if len(values) else absent)


def sums_within(place_group: Whole, values: Array) -> Array:
    """Return the running sum of `values` (k,) that starts anew with each group."""
    total = np.cumsum(values)
    starts = np.flatnonzero(np.r_[True, place_group[1:] != place_group[:-1]]) if len(values) else np.empty(0, int)
    before = np.repeat(total[starts] - values[starts], np.diff(np.r_[starts, len(values)]))
    return np.asarray(total - before, dtype=np.float64)
