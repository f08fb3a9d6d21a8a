"""The charts of a bulletin as SVG in one language, by the pieces of the model reports (`training.report.svg`)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from training.report.scales import Scale, log_ticks, ticks
from training.report.svg import (
    BLUE,
    FAINT,
    INK,
    LINE,
    QUIET,
    VERMILLION,
    Frame,
    dot,
    line,
    number,
    rect,
    svg,
    text,
    tick_label,
)

TEAL = "#0b6e63"
PANEL_WIDE, PANEL_HIGH, ACROSS = 220.0, 150.0, 3


def trends(panels: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> Markup:
    """Return one small chart a series: shown counts by month or year, and what is expected of the last one.

    Parameters
    ----------
    panels
        Each has title, series (None where not told), ticks (texts, as many), expected and ratio of the last one.
    """
    parts = []
    for place, panel in enumerate(panels):
        left, top = (place % ACROSS) * PANEL_WIDE, (place // ACROSS) * PANEL_HIGH
        parts.append(_panel(panel, left, top))
    rows = math.ceil(len(panels) / ACROSS)
    high = rows * PANEL_HIGH + 24
    legend = [
        dot(12, high - 12, 3.2, TEAL), text(20, high - 8, words["legend_month"], css="tick"),
        rect(118, high - 18, 9, 12, VERMILLION), text(132, high - 8, words["legend_expected"], css="tick"),
    ]  # fmt: skip
    title = words["trends_title"]
    return svg(PANEL_WIDE * ACROSS, high, (title, ""), [*parts, *legend], css="chart trends")


def _panel(panel: Mapping[str, Any], left: float, top: float) -> Markup:
    series = [math.nan if n is None else float(n) for n in panel["series"]]
    expected, ratio = panel["expected"], panel["ratio"]
    band = None
    if expected and ratio:  # the counts that the interval of the ratio holds to be no change
        band = expected * ratio["value"] / ratio["high"], expected * ratio["value"] / ratio["low"]
    most = max([n for n in series if not math.isnan(n)] + ([band[1]] if band else []), default=1.0)
    y = Scale(0, most * 1.08, top + PANEL_HIGH - 26, top + 30)
    frame = Frame(Scale(0, len(series) - 0.6, left + 40, left + PANEL_WIDE - 12), y)
    parts = [text(left + 8, top + 16, panel["title"], css="panel")]
    up = ticks(0, most * 1.08, 3)
    for tick in up:
        parts += [
            line(frame.left, y(tick), frame.right, y(tick), stroke=FAINT),
            text(frame.left - 5, y(tick) + 3.5, tick_label(tick, up), anchor="end", css="tick"),
        ]
    for place, label in enumerate(panel["ticks"]):
        if label:
            at = frame.x(place)
            parts += [
                line(at, frame.bottom, at, frame.bottom + 4, stroke=QUIET),
                text(at, frame.bottom + 15, label, anchor="middle", css="tick"),
            ]
    parts.append(line(frame.left, frame.bottom, frame.right, frame.bottom, stroke=QUIET))
    last = frame.x(len(series) - 1)
    if band:
        bar = rect(last - 4, y(band[1]), 8, y(band[0]) - y(band[1]), VERMILLION)
        parts += [
            Markup('<g opacity="0.35">{}</g>').format(bar),
            line(last - 6, y(expected), last + 6, y(expected), stroke=VERMILLION, width=2),
        ]
    parts.append(frame.path([(place, n) for place, n in enumerate(series)], stroke=TEAL, width=1.6))
    alone = [
        place for place, n in enumerate(series)
        if not math.isnan(n) and all(math.isnan(series[at]) for at in (place - 1, place + 1) if 0 <= at < len(series))
    ]  # fmt: skip
    parts += [dot(frame.x(place), y(series[place]), 1.8, TEAL, stroke="none") for place in alone]
    if not math.isnan(series[-1]):
        parts.append(dot(last, y(series[-1]), 3.4, TEAL))
    return Markup("").join(parts)


def funnel(
    areas: Sequence[Mapping[str, Any]], curves: Sequence[Mapping[str, float]], title: str, words: Mapping[str, str]
) -> Markup:
    """Return ratios of areas by expected cases between the limits of chance."""
    wide, high = 330.0, 225.0
    told = [area for area in areas if area["ratio"]]
    inside = [point for point in curves if told]
    if not told or not inside:
        return Markup("")
    expects = [area["expected"] for area in told]
    x = Scale(min(expects) * 0.8, max(expects) * 1.25, 52, wide - 14, log=True)
    curves = [point for point in curves if x.holds(point["expected"])]
    heights = [area["ratio"]["value"] for area in told] + [p[n] for p in curves[:1] for n in ("far_low", "far_high")]
    y = Scale(max(min([*heights, 0.8]) * 0.92, 0.05), max([*heights, 1.25]) * 1.08, high - 46, 26, log=True)
    frame = Frame(x, y)
    along = words["funnel_x"], words["funnel_x"]
    upward = words["funnel_y"], words["funnel_y"]
    parts = [frame.axes(along, upward, x_ticks=log_ticks(x.low, x.high, 4), y_ticks=log_ticks(y.low, y.high, 5))]
    for name, dash in (("near", "4 3"), ("far", "")):
        for side in ("low", "high"):
            points = [(point["expected"], point[f"{name}_{side}"]) for point in curves]
            parts.append(frame.path(points, stroke=QUIET, width=1, dash=dash))
    parts.append(line(frame.left, y(1), frame.right, y(1), stroke=INK, width=1))
    for area in told:
        beyond = area["beyond"]
        colour = {"high": VERMILLION, "low": BLUE, None: TEAL}[beyond]
        at, up = x(area["expected"]), y(area["ratio"]["value"])
        parts.append(dot(at, up, 4.5 if beyond else 3.4, colour))
        if beyond:
            left = at > (frame.left + frame.right) / 2
            parts.append(
                text(at + (-8 if left else 8), up + 4, area["label"], anchor="end" if left else "start", css="tick")
            )
    return svg(wide, high, (title, ""), parts)


def bars(rows: Sequence[Mapping[str, Any]], title: str) -> Markup:
    """Return bars with intervals; each row has label, value, low and high."""
    wide, step, left = 660.0, 25.0, 150.0
    most = max((row["high"] or row["value"] for row in rows), default=1.0) or 1.0
    scale = (wide - left - 70) / most
    parts = []
    for place, row in enumerate(rows):
        y = place * step + 4
        low, value, high = ((row[name] or 0.0) * scale for name in ("low", "value", "high"))
        parts += [
            text(left - 10, y + 13, row["label"], anchor="end", css="label"),
            Markup('<g opacity="0.8">{}</g>').format(rect(left, y + 2, value, 14, TEAL, radius=2)),
            line(left + low, y + 9, left + high, y + 9, stroke=INK, width=1.2),
            line(left + low, y + 5.5, left + low, y + 12.5, stroke=INK, width=1.2),
            line(left + high, y + 5.5, left + high, y + 12.5, stroke=INK, width=1.2),
            text(left + max(high, value) + 8, y + 13, f"{row['value']:,.0f}", css="tick"),
        ]
    parts.append(line(left, 0, left, len(rows) * step + 4, stroke=LINE))
    return svg(wide, len(rows) * step + 8, (title, ""), parts)


__all__ = ["bars", "funnel", "number", "trends"]
