"""A model's metrics as they may be shown: counts of people under disclosure control, and what they could be got from.

Counts of 1 to 7 are suppressed and others rounded (`models.disclosure`). A group in which the events, or the people
without one, are that few shows no measure at all. The observed risk is that of the counts as they are shown, since
risk times people is the exact count; everything else is cut to three significant digits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from models.disclosure import RULE, DisclosureRule, safe_count

COUNTS = ("n", "events", "deaths", "people")
OF_COUNTS = ("observed", "observed_low", "observed_high", "observed_expected", "observed_expected_low",
             "observed_expected_high")  # fmt: skip
DIGITS = 3
# What was set, not measured on people.
SETTINGS = ("horizon_years", "trees", "shapes", "share", "uptake", "threshold")


def released_metrics(metrics: Mapping[str, Any], rule: DisclosureRule = RULE) -> dict[str, Any]:
    """Return metrics as they may leave; the argument is not changed."""
    shown = _group(metrics, rule)
    for name, value in metrics.items():
        if name == "subgroups":
            shown[name] = [_group(entry, rule) for entry in value]
        elif name == "capacity":
            shown[name] = [_capacity(entry, metrics, rule) for entry in value]
        elif name == "flow":
            shown[name] = {step: safe_count(count, rule) for step, count in value.items()}
    if "worst_subgroup_oe" in metrics:
        groups = {f"{entry.get('group')}: {entry.get('level')}": entry for entry in shown.get("subgroups", [])}
        shown["worst_subgroup_oe"] = groups.get(str(metrics.get("worst_subgroup")), {}).get("observed_expected")
    return shown


def released_share(share: float, people: float, rule: DisclosureRule = RULE) -> float | None:
    """Return a share of so many people as it may be shown, to whole per cents; None where it is of 1 to 7 of them.

    >>> released_share(0.25, 1000), released_share(0.003, 1000), released_share(0.997, 1000), released_share(0.0, 1000)
    (0.25, None, None, 0.0)
    """
    few = [safe_count(round(part * people, 6), rule) is None for part in (share, 1 - share)]
    return None if any(few) else round(share, 2)


def released_drift(report: Mapping[str, Any], rule: DisclosureRule = RULE) -> dict[str, Any]:
    """Return what `sanzao drift` found as it may leave: rounded counts, and no figure of few events."""
    people = report["people"]
    outcomes = report["calibration"]
    counts = {name: safe_count(outcomes[name], rule) for name in ("since", "index_dates", "events")}
    few = counts["events"] is None or safe_count(outcomes["index_dates"] - outcomes["events"], rule) is None
    return dict(report) | {
        "people": safe_count(people, rule),
        "risk": _column(report["risk"], people, rule),
        "features": [_column(column, people, rule) for column in report["features"]],
        "calibration": {
            name: _nothing(value) if few and name in OF_EVENTS else _plain(name, value, rule)
            for name, value in outcomes.items()
        }
        | counts,
    }


OF_EVENTS = tuple(f"{name}{end}" for name in ("observed_expected", "c_index") for end in ("", "_low", "_high"))


def _column(column: Mapping[str, Any], people: float, rule: DisclosureRule) -> dict[str, Any]:
    """Return how one column drifted; shares missing as those of so many people."""
    return {
        name: _column(value, people, rule)
        if isinstance(value, Mapping)
        else released_share(value, people, rule)
        if name in ("missing_then", "missing_now") and value is not None
        else _plain(name, value, rule)
        for name, value in column.items()
    }


def _group(group: Mapping[str, Any], rule: DisclosureRule) -> dict[str, Any]:
    """Return a group of people with its measures."""
    people, events = group.get("n"), group.get("events")
    if people is None or events is None:
        return {name: _plain(name, value, rule) for name, value in group.items()}
    shown_people, shown_events = safe_count(people, rule), safe_count(events, rule)
    if shown_people is None or shown_events is None or safe_count(people - events, rule) is None:
        return {name: _nothing(value) for name, value in group.items()} | {"n": shown_people}
    moved = (shown_events / events if events else 1.0) * (people / shown_people if shown_people else 1.0)
    return {
        name: _cut(value * moved) if name in OF_COUNTS and isinstance(value, float) else _plain(name, value, rule)
        for name, value in group.items()
    }


def _capacity(row: Mapping[str, Any], metrics: Mapping[str, Any], rule: DisclosureRule) -> dict[str, Any]:
    """Return what a share of people finds, unless those found or those called in vain are few."""
    called = row.get("share", 1.0) * row.get("uptake", 1.0) * metrics.get("n", math.inf)
    found = (row.get("sensitivity") or 0.0) * metrics.get("events", math.inf)
    if safe_count(found, rule) is None or safe_count(max(called - found, 0.0), rule) is None:
        return {name: value if name in SETTINGS else None for name, value in row.items()}
    return {name: _plain(name, value, rule) for name, value in row.items()}


def _plain(name: str, value: Any, rule: DisclosureRule) -> Any:
    if name in SETTINGS:
        return value
    if name in COUNTS and isinstance(value, int | float):
        return safe_count(value, rule)
    if isinstance(value, Mapping):
        return {key: _plain(key, entry, rule) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain("", entry, rule) for entry in value]
    return _cut(value) if isinstance(value, float) else value


def _cut(value: float) -> float:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else value


def _nothing(value: Any) -> Any:
    return value if isinstance(value, str | bool) else None
