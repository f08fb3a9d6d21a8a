"""Two halves of the people, each of which can be judged by what the other one teaches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def halves(person: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Yield twice (rows of one half, rows of the others), all rows of a person in the same half.

    The half hangs on the person's number alone, by Knuth's multiplicative hash (The Art of Computer Programming 3,
    section 6.4), so it is the same in every run and for every subset of the rows.
    """
    upper = person * 2_654_435_761 % 2**32 >= 2**31
    for mine in (upper, ~upper):
        yield np.flatnonzero(mine), np.flatnonzero(~mine)
