"""Scales: from numbers to places on paper, and the round numbers that stand beside an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A straight or logarithmic scale from `low`..`high` to the places `start`..`end`.

    Whatever lies outside, the infinities included, is put on the nearer end, so nothing leaves the frame.

    >>> Scale(0, 10, 0, 100)(2.5), Scale(1, 100, 0, 100, log=True)(10), Scale(0, 10, 100, 0)(99)
    (25.0, 50.0, 0.0)
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of a value that is a number."""
        low, high = self._of(self.low), self._of(self.high)
        if not high > low:
            return (self.start + self.end) / 2
        share = (self._of(min(max(value, self.low), self.high)) - low) / (high - low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Return whether a value lies on the scale, its ends included."""
        return self.low <= value <= self.high

    def _of(self, value: float) -> float:
        return math.log(value) if self.log else value


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return round numbers between two ends, about so many: steps of 1, 2, 2.5 or 5 times a power of ten.

    >>> ticks(0, 1), ticks(0.013, 0.087, 4)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.02, 0.04, 0.06, 0.08])
    """
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return [low] if math.isfinite(low) else []
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((power * factor for factor in (1, 2, 2.5, 5, 10)), key=lambda size: abs(math.log(size / rough)))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [float(f"{place * step:.10g}") for place in range(first, last + 1)]


LOG_STEPS: tuple[tuple[float, ...], ...] = ((1, 1.2, 1.5, 2, 3, 5, 7), (1, 1.5, 2, 3, 5), (1, 2, 5), (1,))


def log_ticks(low: float, high: float, count: int = 6) -> list[float]:
    """Return round numbers for a logarithmic axis, at most about so many; 1 is among them if it lies inside.

    >>> log_ticks(0.5, 4), log_ticks(0.02, 90), log_ticks(0.9, 1.1)
    ([0.5, 1.0, 1.5, 2.0, 3.0], [0.1, 1.0, 10.0], [0.9, 0.95, 1.0, 1.05, 1.1])
    """
    if not 0 < low < high < math.inf:
        return []
    if high / low < 1.7:
        return [tick for tick in ticks(low, high, 4) if tick > 0]
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for steps in LOG_STEPS:
        found = [float(f"{step * 10.0**power:.6g}") for power in powers for step in steps]
        found = [tick for tick in found if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        if len(found) <= count:
            break
    return found


def extent(values: Sequence[float], *, pad: float = 0.05) -> tuple[float, float]:
    """Return lowest and highest finite value, each a little beyond; 0 to 1 where there is none.

    >>> extent([1.0, float("nan"), 3.0], pad=0.5), extent([])
    ((0.0, 4.0), (0.0, 1.0))
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    margin = (high - low) * pad if high > low else max(abs(high), 1.0) * pad
    return low - margin, high + margin
