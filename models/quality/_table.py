"""A table as the detectors see it: every column as codes into its distinct values.

Distinct values are sorted, so that nothing depends on the order of the rows; detectors look at values, counts and
codes only, never at a column's name, so that nothing depends on what it is called either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InvalidInputError

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

MISSING_SPELLINGS = frozenset(
    {"", "na", "n/a", "n.a.", "#n/a", "nan", "null", "none", "nil", "missing", "unknown", "empty", "not available"}
    | {"not applicable", "undefined", "?", "-", "--", ".", "\\n", "<na>", "无", "不详", "未知", "空", "缺失"}
)
"""How people and programs write that there is nothing, in small letters and without blanks around (own list)."""


@dataclass(frozen=True, eq=False)
class TableColumn:
    """One column.

    Attributes
    ----------
    name
        What people call it; for words only.
    codes
        int64 (n,), position of each cell's text in `values`.
    values
        Distinct texts, sorted, (d,).
    """

    name: str
    codes: Codes
    values: NDArray[np.str_]

    @cached_property
    def counts(self) -> Codes:
        """How many cells hold each value, (d,)."""
        return np.bincount(self.codes, minlength=len(self.values))

    @cached_property
    def missing(self) -> Flags:
        """Which values say that there is nothing, (d,)."""
        return np.array([value.strip().lower() in MISSING_SPELLINGS for value in self.values.tolist()], dtype=np.bool_)

    @cached_property
    def numbers(self) -> Array:
        """The values as numbers, (d,), NaN where they are none."""
        numbers = pd.to_numeric(pd.Series(self.values, dtype=object), errors="coerce").to_numpy(dtype=np.float64)
        return np.where(np.isfinite(numbers), numbers, np.nan)

    @cached_property
    def numeric(self) -> bool:
        """Whether at least 19 of 20 cells that hold something hold a number."""
        present = self.counts * ~self.missing
        return bool(present.sum()) and present[~np.isnan(self.numbers)].sum() >= 0.95 * present.sum()

    @cached_property
    def filled(self) -> int:
        """How many cells hold something."""
        return int(self.counts[~self.missing].sum())

    @cached_property
    def distinct(self) -> int:
        """How many values there are beside the missing ones."""
        return int((~self.missing).sum())

    @property
    def identifies(self) -> bool:
        """Whether the values are (nearly) all different, so that equal ones say nothing."""
        return self.distinct >= 0.9 * max(self.filled, 1)


@dataclass(frozen=True, eq=False)
class CellTable:
    """Columns of equal length; `rows` is that length."""

    columns: tuple[TableColumn, ...]
    rows: int

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[object] | NDArray[np.object_]]) -> CellTable:
        """Return the table of columns of texts, None or NaN where there is nothing.

        Raises
        ------
        InvalidInputError
            If there is no cell, or columns differ in length.
        """
        lengths = {len(values) for values in columns.values()}
        if not lengths or lengths == {0}:
            raise InvalidInputError("The table has no cells. Send at least one row with at least one column.")
        if len(lengths) > 1:
            raise InvalidInputError(f"The columns of a table must be equally long, not {sorted(lengths)}.")
        return cls(tuple(_column(name, values) for name, values in columns.items()), lengths.pop())

    @classmethod
    def of_frame(cls, frame: pd.DataFrame) -> CellTable:
        """Return the table of a frame of any dtypes; numbers become the shortest text that reads back the same."""
        return cls.of({str(name): frame[name].to_numpy(dtype=object) for name in frame.columns})

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, len(self.columns)


def _column(name: str, values: Sequence[object] | NDArray[np.object_]) -> TableColumn:
    first, found = pd.factorize(pd.Series(list(values), dtype=object), use_na_sentinel=False)
    texts = np.array([_text(value) for value in found], dtype=np.str_)
    distinct, inverse = np.unique(texts, return_inverse=True)
    return TableColumn(name, inverse[first].astype(np.int64), distinct)


def _text(value: object) -> str:
    if value is None or value is pd.NaT or value is pd.NA or value != value:  # noqa: PLR0124 - NaN is not itself
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer() and abs(float(value)) < 2**53:
        return str(int(value))
    if isinstance(value, pd.Timestamp) and value == value.normalize():
        return value.strftime("%Y-%m-%d")
    return str(value)


def joint(first: TableColumn, second: TableColumn) -> tuple[Codes, Codes, Codes, Codes]:
    """Return the pairs of values that occur together, sorted by the first column and then by the second.

    Returns
    -------
    tuple
        Code in the first column (p,), code in the second (p,), count (p,), and the pair of each row (n,).
    """
    key = first.codes * len(second.values) + second.codes
    span = len(first.values) * len(second.values)
    if span <= 4 * len(key) + 1024:  # a table of counts is cheaper than sorting
        counts = np.bincount(key, minlength=span)
        pairs = np.flatnonzero(counts)
        number = np.zeros(span, dtype=np.int64)
        number[pairs] = np.arange(len(pairs))
        return pairs // len(second.values), pairs % len(second.values), counts[pairs], number[key]
    pairs, row, counts = np.unique(key, return_inverse=True, return_counts=True)
    return pairs // len(second.values), pairs % len(second.values), counts, row
