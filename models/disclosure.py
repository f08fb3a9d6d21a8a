"""Disclosure control: what may be said of a count of people.

The default rule is the one to which OpenSAFELY holds its outputs (docs.opensafely.org, page "Applying statistical
disclosure control", read in 2025): counts of 1 to 7 are suppressed, others rounded to the nearest five, and a total is
that of the cells as they are shown. Zero is shown: it tells of nobody.

Pure functions; whoever prints an aggregate calls them last, on whole numbers of people or events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.errors import InvalidInputError

SUPPRESSED_MARK = "≤7"


@dataclass(frozen=True)
class DisclosureRule:
    """What is suppressed and how the rest is rounded.

    Attributes
    ----------
    suppress_up_to
        Counts from one to this number are suppressed.
    round_to
        Other counts are rounded to the nearest multiple; 1 rounds nothing.
    """

    suppress_up_to: int = 7
    round_to: int = 5

    def __post_init__(self) -> None:
        """Refuse a rule that would show what it should hide."""
        if self.suppress_up_to < 0 or self.round_to < 1:
            raise InvalidInputError(
                "A disclosure rule suppresses up to 0 or more and rounds to multiples of 1 or more."
            )


RULE = DisclosureRule()


def safe_count(count: float, rule: DisclosureRule = RULE) -> int | None:
    """Return the count as it may be shown, or None if it is suppressed.

    A sum of shares of people is a count too: 0.2 is not nobody.

    >>> [safe_count(n) for n in (0, 1, 7, 8, 12, 13, 102)]
    [0, None, None, 10, 10, 15, 100]
    >>> safe_count(0.2) is None
    True
    """
    if count < 0:
        raise InvalidInputError(f"A count cannot be {count}.")
    if 0 < count < rule.suppress_up_to + 1:
        return None
    return int(count / rule.round_to + 0.5) * rule.round_to


def stepped_count(count: float, rule: DisclosureRule = RULE) -> int | None:
    """Return a count that is told again and again as it may be shown: in steps of as many people as may be told of.

    Any two numbers that are shown differ by nobody or by more than the rule suppresses. Below the first step nothing is
    told, of nobody neither: from nobody to somebody would be the step of one.

    >>> [stepped_count(n) for n in (0, 1, 7, 8, 15, 16, 100)]
    [None, None, None, 8, 8, 16, 96]
    """
    if count < 0:
        raise InvalidInputError(f"A count cannot be {count}.")
    step = max(rule.suppress_up_to + 1, rule.round_to)
    return int(count // step) * step or None


def safe_counts(counts: Iterable[float], rule: DisclosureRule = RULE) -> list[int | None]:
    """Return counts as they may be shown."""
    return [safe_count(count, rule) for count in counts]


def safe_array(counts: ArrayLike, rule: DisclosureRule = RULE) -> NDArray[np.float64]:
    """Return counts of any shape as they may be shown, NaN where suppressed.

    >>> safe_array([0, 3, 12]).tolist()
    [0.0, nan, 10.0]
    """
    exact = np.asarray(counts, dtype=np.float64)
    if not np.all(exact >= 0):
        raise InvalidInputError("A count cannot be negative or missing.")
    rounded = np.floor(exact / rule.round_to + 0.5) * rule.round_to
    return np.where((exact > 0) & (exact < rule.suppress_up_to + 1), np.nan, rounded)


def possible_counts(shown: ArrayLike, rule: DisclosureRule = RULE) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest exact count of which each shown one (NaN where suppressed) can be made.

    >>> low, high = possible_counts([0, float("nan"), 10, 15])
    >>> low.tolist(), high.tolist()
    ([0.0, 1.0, 8.0, 13.0], [0.0, 7.0, 12.0, 17.0])
    """
    known = np.asarray(shown, dtype=np.float64)
    half = rule.round_to / 2
    low, high = np.ceil(known - half), np.ceil(known + half) - 1
    low = np.where(known > 0, np.maximum(low, rule.suppress_up_to + 1), 0.0)
    high = np.where((known == 0) & (high <= rule.suppress_up_to), 0.0, high)
    hidden = np.isnan(known)
    return np.where(hidden, 1.0, low), np.where(hidden, float(rule.suppress_up_to), high)


def safe_total(cells: Iterable[int | None]) -> int:
    """Return the total of cells as they are shown; what is suppressed counts nothing, or it could be worked out.

    >>> safe_total(safe_counts([3, 12, 20]))
    30
    """
    return sum(cell for cell in cells if cell is not None)


def safe_rate(rate: float, count: float, rule: DisclosureRule = RULE) -> float | None:
    """Return a rate as it may be shown beside its count: moved as the count was by rounding, so that it tells no more.

    >>> safe_rate(120.0, 12)
    100.0
    >>> safe_rate(30.0, 3) is None
    True
    """
    shown = safe_count(count, rule)
    if shown is None:
        return None
    return rate * shown / count if count > 0 else rate
