"""The short forms in which views declare features; units, ranges and labels come from the vocabulary."""

from __future__ import annotations

import math

from features.concepts import CONDITIONS, DRUGS, MEASUREMENTS
from features.feature import DAYS_PER_YEAR, Direction, Feature, Kind, Over, Statistic

YEAR = DAYS_PER_YEAR
FIVE_YEARS = 1826.0
LIFETIME_DAYS = 120 * 365.0


def spell(window_days: float) -> tuple[str, str]:
    """Return a window in English and Chinese words.

    >>> spell(FIVE_YEARS)
    (' within 5 years', '（5年内）')
    """
    if math.isinf(window_days):
        return "", ""
    years = round(window_days / YEAR)
    return f" within {years} year{'s' if years > 1 else ''}", f"（{years}年内）"


def latest(
    name: str, step: float, *, window: float = FIVE_YEARS, kind: Kind = "continuous",
    direction: Direction | None = None,
) -> Feature:  # fmt: skip
    """Return the feature "latest value of measurement `name`"; it bears the measurement's own name."""
    entry = MEASUREMENTS[name]
    return Feature(
        name=name,
        label=entry.label,
        label_zh=entry.label_zh,
        unit=entry.unit,
        low=entry.low,
        high=entry.high,
        step=step,
        kind=kind,
        taken=Over("last", f"measured.{name}", window),
        description=f"latest {entry.label}{spell(window)[0]}",
        direction=direction,
        other_units=tuple(entry.other_units.items()),
    )


# Statistic -> words before the label in English and after it in Chinese.
SUMMARIES: dict[Statistic, tuple[str, str]] = {
    "mean": ("mean", "均值"),
    "sd": ("standard deviation of", "标准差"),
    "slope": ("yearly change of", "年变化"),
    "lowest": ("lowest", "最低值"),
    "highest": ("highest", "最高值"),
}


def summary(
    statistic: Statistic, name: str, step: float, *, window: float = FIVE_YEARS, direction: Direction | None = None
) -> Feature:
    """Return the feature "mean, spread, change or extreme of measurement `name`", named `<name>_<statistic>`."""
    entry = MEASUREMENTS[name]
    words, words_zh = SUMMARIES[statistic]
    within, within_zh = spell(window)
    low, high, unit = entry.low, entry.high, entry.unit
    if statistic == "sd":
        low, high = 0.0, high - low
    elif statistic == "slope":
        # Two readings a day apart may differ by the whole range.
        low, high, unit = -(high - low) * YEAR, (high - low) * YEAR, f"{entry.unit}/a"
    return Feature(
        name=f"{name}_{statistic}",
        label=f"{words} {entry.label}{within}",
        label_zh=f"{entry.label_zh}{words_zh}{within_zh}",
        unit=unit,
        low=low,
        high=high,
        step=step,
        kind="continuous",
        taken=Over(statistic, f"measured.{name}", window),
        description=f"{words} {entry.label} over the days on which it was measured{within}",
        direction=direction,
    )


def diagnosed(name: str, *, direction: Direction | None = "rises") -> Feature:
    """Return the feature "was ever diagnosed with `name`"."""
    entry = CONDITIONS[name]
    return _happened(
        name, entry.label, entry.label_zh, Over("ever", f"diagnosed.{name}"),
        f"{entry.label} ({', '.join(entry.ranges)}) diagnosed and known by the index date", direction,
    )  # fmt: skip


def on_drug(name: str, *, window: float = FIVE_YEARS) -> Feature:
    """Return the feature "has a record of drug `name`" within the window."""
    entry = DRUGS[name]
    return _happened(
        name, entry.label, entry.label_zh, Over("ever", f"drug.{name}", window),
        f"{entry.label} (ATC {', '.join(entry.ranges)}) begun or confirmed{spell(window)[0]}", None,
    )  # fmt: skip


def happened(name: str, label: str, label_zh: str, stream: str, *, window: float = math.inf) -> Feature:
    """Return the feature "stream has a record" within the window."""
    within, within_zh = spell(window)
    taken = Over("ever", stream, window)
    return _happened(name, label + within, label_zh + within_zh, taken, f"{label}{within}", None)


def _happened(
    name: str, label: str, label_zh: str, taken: Over, description: str, direction: Direction | None
) -> Feature:
    return Feature(
        name=name, label=label, label_zh=label_zh, unit="1", low=0, high=1, step=1, kind="binary", taken=taken,
        description=description, direction=direction,
    )  # fmt: skip


def days_with(name: str, label: str, label_zh: str, stream: str, *, window: float) -> Feature:
    """Return the feature "number of days with a record of `stream`" within the window."""
    within, within_zh = spell(window)
    return Feature(
        name=name, label=label + within, label_zh=label_zh + within_zh, unit="1", low=0, high=math.ceil(window) + 1,
        step=1, kind="ordinal", taken=Over("count", stream, window), description=f"number of days with {label}{within}",
    )  # fmt: skip


def time_since(
    name: str, label: str, label_zh: str, stream: str, *, first: bool = False, step: float = 30,
    direction: Direction | None = None,
) -> Feature:  # fmt: skip
    """Return the feature "days since the last (or first) record of `stream`"."""
    return Feature(
        name=name, label=f"days since {label}", label_zh=f"距{label_zh}天数", unit="d", low=0, high=LIFETIME_DAYS,
        step=step, kind="continuous", taken=Over("days_since_first" if first else "days_since", stream),
        description=f"days from {label} to the index date", direction=direction,
    )  # fmt: skip
