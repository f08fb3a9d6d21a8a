"""The layout of a packed row: 8-byte little-endian words, first a moment for each view, then a float64 a column.

A view's moment is when its columns hold, in microseconds UTC since 1970 (int64), or `NEVER`. Feast needs it by view:
views are written one at a time, each with event timestamps of its own, and none of them may turn back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.errors import InvalidInputError, SanzaoError, UnknownNameError

NEVER = np.iinfo(np.int64).min
WORD = np.dtype("<i8")
NUMBER = np.dtype("<f8")
Words = NDArray[np.int64]


class LayoutMismatchError(SanzaoError):
    """Columns were declared that are not those, or not in the order, of the stored rows."""

    status = 409


@dataclass(frozen=True)
class Layout:
    """Ordered columns, named `view:feature`; the columns of a view stand together.

    Attributes
    ----------
    columns
        The names, in the order of the stored values.
    """

    columns: tuple[str, ...]

    @classmethod
    def of(cls, columns: Iterable[str]) -> Layout:
        """Return the layout of `columns`.

        Raises
        ------
        InvalidInputError
            If a name is not `view:feature` or comes twice, or if there is none.
        """
        names = tuple(columns)
        wrong = [name for name in names if not all(name.partition(":"))]
        twice = sorted({name for name in names if names.count(name) > 1})
        if wrong or twice or not names:
            raise InvalidInputError(
                f"The columns of packed rows must be named 'view:feature', each once. Wrong: "
                f"{', '.join(wrong + twice) or 'there is none'}."
            )
        return cls(names)

    @classmethod
    def read(cls, text: str) -> Layout:
        """Return the layout that `text` describes."""
        return cls(tuple(json.loads(text)))

    def text(self) -> str:
        """Return the layout as it is stored."""
        return json.dumps(self.columns)

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits over the names and their order."""
        return hashlib.sha256(self.text().encode()).hexdigest()[:16]

    @cached_property
    def views(self) -> tuple[str, ...]:
        """The views, in the order of their moments in the row."""
        return tuple(dict.fromkeys(view_of(column) for column in self.columns))

    @cached_property
    def owners(self) -> NDArray[np.intp]:
        """For each column the place of its view among `views`."""
        places = {view: place for place, view in enumerate(self.views)}
        return np.array([places[view_of(column)] for column in self.columns], dtype=np.intp)

    @property
    def width(self) -> int:
        """Words in a row."""
        return len(self.views) + len(self.columns)

    @cached_property
    def empty(self) -> Words:
        """The row (width,) of somebody of whom nothing is known."""
        words = np.full(self.width, NEVER, dtype=WORD)
        words[len(self.views) :] = np.array(np.nan, dtype=NUMBER).view(WORD)
        return words

    @cached_property
    def _place(self) -> dict[str, int]:
        return {column: place for place, column in enumerate(self.columns)}

    def places(self, columns: Sequence[str]) -> NDArray[np.intp]:
        """Return where the named columns stand among all columns.

        Raises
        ------
        UnknownNameError
            If there is no such column.
        """
        for column in columns:
            if column not in self._place:
                raise UnknownNameError("online column", column, self.columns)
        return np.array([self._place[column] for column in columns], dtype=np.intp)

    def check(self, declared: Layout, where: object) -> None:
        """Refuse a `declared` layout that differs from this one.

        Raises
        ------
        LayoutMismatchError
            Naming what differs.
        """
        if declared.fingerprint == self.fingerprint:
            return
        missing = [name for name in declared.columns if name not in self._place]
        surplus = [name for name in self.columns if name not in declared._place]
        differences = [
            f"{what}: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}"
            for what, names in (("only declared", missing), ("only stored", surplus))
            if names
        ]
        raise LayoutMismatchError(
            f"The rows in {where} have other columns than were asked for "
            f"({'; '.join(differences) or 'the same ones in another order'}). Declare the {len(self.columns)} columns "
            "as they are stored, or run `sanzao features build --source NAME` to lay the rows out anew."
        )


def view_of(column: str) -> str:
    """Return the view that a column belongs to.

    >>> view_of("vitals:systolic_bp")
    'vitals'
    """
    return column.partition(":")[0]
