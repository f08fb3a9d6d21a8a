"""What is written down while lives go by: plain columns, gathered chunk by chunk, that `records` turns into tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]


@dataclass
class Notebook:
    """Rows of one kind; every chunk is a tuple of columns of equal length, the first being the person's position."""

    chunks: list[tuple[Column, ...]] = field(default_factory=list)

    def add(self, *columns: Column) -> None:
        """Append a chunk."""
        if len(columns[0]):
            self.chunks.append(columns)

    def columns(self, width: int) -> tuple[Column, ...]:
        """Return all rows as `width` columns."""
        if not self.chunks:
            return tuple(np.zeros(0, dtype=np.int32) for _ in range(width))
        return tuple(np.concatenate(parts) for parts in zip(*self.chunks, strict=True))


@dataclass
class Notes:
    """The notebooks of a bucket.

    Attributes
    ----------
    values
        person, position in `measuring.CONCEPTS`, day, value.
    visits
        person, position in `care.VISITS`, day.
    drugs
        person, position in `care.DRUGS`, day.
    tests, invitations
        person, position in `screening.TESTS` (invitations: also position in `screening.PROGRAMMES`), day.
    """

    values: Notebook = field(default_factory=Notebook)
    visits: Notebook = field(default_factory=Notebook)
    drugs: Notebook = field(default_factory=Notebook)
    tests: Notebook = field(default_factory=Notebook)
    invitations: Notebook = field(default_factory=Notebook)
