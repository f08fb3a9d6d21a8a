"""Figures as the report writes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from models.disclosure import RULE, safe_count
from training.report.figures import shown


def shortened(words: str, most: int = 34) -> str:
    """Return a text that is no longer than so many letters.

    >>> shortened("a long title", 7)
    'a long…'
    """
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def count(number: float | None) -> str:
    """Return a count as it may be shown.

    >>> count(12), count(3), count(0), count(None)
    ('10', '≤7', '0', '–')
    """
    if number is None or not math.isfinite(number):
        return "–"
    safe = safe_count(number)
    return f"≤{RULE.suppress_up_to}" if safe is None else f"{safe:,}"


def share(number: float | None) -> str:
    """Return a share in percent; an en dash where there is none.

    >>> share(0.1234), share(0.00123), share(None), share(1.0)
    ('12.3%', '0.12%', '–', '100%')
    """
    if number is None or not math.isfinite(number):
        return "–"
    if number in (0, 1):
        return f"{number:.0%}"
    return f"{number:.2%}" if number < 0.01 else f"{number:.1%}"


def plain(number: float | None, decimals: int | None = None) -> str:
    """Return a figure for people; an en dash where there is none.

    >>> plain(12345.6), plain(16.67), plain(0.98765, 2), plain(float("nan"))
    ('12,346', '16.7', '0.99', '–')
    """
    if number is None or not math.isfinite(number):
        return "–"
    if decimals is not None:
        told = f"{number:.{decimals}f}"
        return told.lstrip("-") if float(told) == 0 else told
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def spread(number: float | None) -> str:
    """Return a standard deviation of contributions.

    >>> spread(0.123), spread(0.004), spread(0.0), spread(None)
    ('0.12', '<0.01', '0', '–')
    """
    if number is None:
        return "–"
    if number == 0:
        return "0"
    return f"{number:.2f}" if number >= 0.01 else "<0.01"


def ratio(metrics: Mapping[str, Any], name: str, decimals: int = 2) -> str:
    """Return a figure by its name; an en dash where it is not there."""
    return plain(shown(metrics.get(name)), decimals)


def interval(metrics: Mapping[str, Any], name: str, decimals: int = 2) -> str:
    """Return the 95 % interval of a figure by its name; nothing where it is not there.

    >>> interval({"a_low": 0.5, "a_high": 0.75}, "a"), interval({}, "a")
    ('0.50–0.75', '')
    """
    low, high = shown(metrics.get(f"{name}_low")), shown(metrics.get(f"{name}_high"))
    if low is None or high is None:
        return ""
    dash = ", " if low < 0 else "–"
    return f"{low:.{decimals}f}{dash}{high:.{decimals}f}"


def value(number: float | None) -> str:
    """Return a measurement as short as it is exact.

    >>> value(132.0), value(5.60), value(None), value(43800.0)
    ('132', '5.6', '–', '43,800')
    """
    if number is None or not math.isfinite(number):
        return "–"
    return f"{number:,.0f}" if abs(number) >= 10_000 else f"{number:.6g}"
