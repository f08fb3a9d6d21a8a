"""The charts of discrimination, calibration and use: each takes plain figures and returns one drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from training.report.figures import shown
from training.report.scales import Scale, extent, log_ticks, ticks
from training.report.svg import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    LINE,
    ORANGE,
    PURPLE,
    QUIET,
    SKY,
    VERMILLION,
    Frame,
    Words,
    dot,
    line,
    number,
    rect,
    svg,
    text,
)  # fmt: skip
from training.report.words import WORDS

WIDE, HIGH = 440, 360
COLOURS = {"risk": BLUE, "refit": ORANGE, "published": VERMILLION, "deep": PURPLE, "all": QUIET}
DASHES = {"risk": "", "refit": "7 3", "published": "2 3", "deep": "9 3 2 3", "all": "5 4"}
WHISKER = 3.5


def roc_chart(curves: Sequence[Mapping[str, Any]]) -> Markup:
    """Return ROC curves, the model's own on top."""
    frame = Frame(Scale(0, 1, 52, WIDE - 14), Scale(0, 1, HIGH - 50, 26))
    parts = [
        frame.axes(WORDS["false_positives"], WORDS["sensitivity"], percent="xy"),
        frame.path([(0, 0), (1, 1)], stroke=QUIET, width=1, dash="3 3"),
    ]
    for curve in reversed(curves):
        name = curve["name"]
        own = name == "risk"
        parts.append(frame.path(curve["points"], stroke=COLOURS[name], width=2.8 if own else 1.8, dash=DASHES[name]))
    parts.append(_legend(
        [(curve["name"], f"{curve['auc']:.3f}") for curve in curves], 212, HIGH - 62 - 20 * len(curves), "AUC"
    ))  # fmt: skip
    return svg(WIDE, HIGH, WORDS["roc"], parts)


def calibration_chart(calibration: Mapping[str, Any]) -> Markup:
    """Return observed against predicted risk: groups with intervals, the smooth curve, and who is where."""
    groups = calibration["groups"]
    reach = [value for group in groups for value in (group["expected"], group["observed"])]
    top = max([*reach, *(min(group["high"], 1.5 * max(reach)) for group in groups), 1e-4]) * 1.06
    top = min(top, 1.0) if top > 0.94 else top
    floor = HIGH - 90
    frame = Frame(Scale(0, top, 52, WIDE - 14), Scale(0, top, floor, 26))
    parts = [
        frame.axes(("", ""), WORDS["observed_risk"], percent="xy"),
        frame.path([(0, 0), (top, top)], stroke=QUIET, width=1, dash="3 3"),
        frame.path([point for point in calibration["smooth"] if max(point) <= top], stroke=SKY, width=2.4),
    ]
    for group in groups:
        x = frame.x(group["expected"])
        parts.append(line(x, frame.y(group["low"]), x, frame.y(group["high"]), stroke=BLUE, width=1.4))
        parts.append(dot(x, frame.y(group["observed"]), 4, BLUE))
    parts.append(_rug(calibration, frame.x, floor + 24, 30))
    parts.append(text((frame.left + frame.right) / 2, HIGH - 12, WORDS["predicted_risk"], anchor="middle", css="axis"))
    return svg(WIDE, HIGH, WORDS["calibration"], parts)


def _rug(calibration: Mapping[str, Any], x: Scale, top: float, high: float) -> Markup:
    """Return the histogram of predicted risks, hanging from `top`; heights by square root, or the tail is not seen."""
    edges, counts = calibration["edges"], calibration["counts"]
    most = math.sqrt(max([*counts, 1]))
    bars = [
        rect(x(left), top + high * (1 - math.sqrt(count) / most), x(right) - x(left), high * math.sqrt(count) / most,
             "#b9c6cf")
        for left, right, count in zip(edges[:-1], edges[1:], counts, strict=True)
        if count and left < x.high
    ]  # fmt: skip
    return Markup("").join([*bars, line(x.start, top + high, x.end, top + high, stroke=LINE)])


def decision_chart(decision: Mapping[str, Any]) -> Markup:
    """Return net benefit by threshold: the model, everybody, nobody, the published score."""
    grid, lines = decision["thresholds"], decision["lines"]
    values = [value for name in ("risk", "published") for value in lines.get(name, [])] + [0.0]
    low, high = extent(values)
    frame = Frame(Scale(grid[0], grid[-1], 58, WIDE - 14, log=True), Scale(min(low, -0.12 * high), high, HIGH - 50, 26))
    parts = [frame.axes(WORDS["threshold"], WORDS["net_benefit"], x_ticks=log_ticks(grid[0], grid[-1], 6), percent="x")]
    parts += [line(frame.x(at), frame.top, frame.x(at), frame.bottom, stroke=LINE, dash="2 3")
              for at in decision["decided"] if frame.x.holds(at)]  # fmt: skip
    parts.append(line(frame.left, frame.y(0), frame.right, frame.y(0), stroke=INK, width=1.2))
    for name in ("all", "published", "risk"):
        if name in lines:
            points = [(x, y) for x, y in zip(grid, lines[name], strict=True) if y >= frame.y.low or name != "all"]
            parts.append(
                frame.path(points, stroke=COLOURS[name], width=2.8 if name == "risk" else 1.8, dash=DASHES[name])
            )
    parts.append(_legend([(name, "") for name in ("risk", "published", "all") if name in lines], 252, 36, ""))
    return svg(WIDE, HIGH, WORDS["decision"], parts)


def capacity_chart(rows: Sequence[Mapping[str, Any]]) -> Markup:
    """Return the share of events found by the share invited, a line for each uptake."""
    uptakes = sorted({row["uptake"] for row in rows}, reverse=True)
    shares = sorted({row["share"] for row in rows})
    top = max(row["sensitivity"] for row in rows) * 1.12
    frame = Frame(Scale(0, max(shares) * 1.04, 52, WIDE - 66), Scale(0, min(top, 1.0), HIGH - 50, 26))
    parts = [frame.axes(WORDS["share_invited"], WORDS["events_found"], x_ticks=shares, percent="xy")]
    parts.append(frame.path([(0, 0), (frame.x.high, frame.x.high)], stroke=QUIET, width=1, dash="3 3"))
    for uptake, colour in zip(uptakes, (BLUE, GREEN, ORANGE), strict=False):
        mine = sorted((row["share"], row["sensitivity"]) for row in rows if row["uptake"] == uptake)
        parts.append(frame.path([(0.0, 0.0), *mine], stroke=colour, width=2.4))
        parts += [dot(frame.x(x), frame.y(y), 4, colour) for x, y in mine]
        x, y = mine[-1]
        come = WORDS["come"]
        parts.append(text(frame.x(x) + 8, frame.y(y) + 4,
                          (come[0].format(uptake=f"{uptake:.0%}"), come[1].format(uptake=f"{uptake:.0%}")),
                          css="tick"))  # fmt: skip
    return svg(WIDE, HIGH, WORDS["capacity"], parts)


ROW, HEADING = 21, 26


def forest_chart(groups: Sequence[tuple[Words, Sequence[Mapping[str, Any]]]], title: Words, axis: Words) -> Markup:
    """Return estimates with intervals on a logarithmic scale around 1.

    Parameters
    ----------
    groups
        Heading and rows; a row has words, value, low, high and strong (whether it is judged).
    """
    rows = [row for _, members in groups for row in members]
    ends = [value for row in rows for value in (row["low"], row["high"], row["value"]) if (value or 0) > 0]
    reach = min(max([max(value, 1 / value) for value in ends] + [1.25]) * 1.03, 4.0)
    wide, left, right = 560, 182, 432
    high = 30 + sum((HEADING if any(heading) else 0) + ROW * len(members) for heading, members in groups) + 44
    scale = Scale(1 / reach, reach, left, right, log=True)
    bottom = high - 44
    parts = [line(scale(tick), 22, scale(tick), bottom, stroke=FAINT) for tick in log_ticks(1 / reach, reach, 7)]
    parts.append(line(scale(1), 18, scale(1), bottom, stroke=INK, width=1.2))
    heading_of_figures = WORDS["interval" if any(row["low"] is not None for row in rows) else "ratio"]
    parts.append(text(wide - 6, 14, heading_of_figures, anchor="end", css="tick"))
    y = 30.0
    for heading, members in groups:
        if any(heading):
            parts.append(text(4, y + 14, heading, css="heading"))
            y += HEADING
        for row in members:
            parts.append(_forest_row(row, y, scale, wide))
            y += ROW
    parts.append(line(left, bottom, right, bottom, stroke=QUIET))
    for tick in log_ticks(1 / reach, reach, 7):
        parts.append(line(scale(tick), bottom, scale(tick), bottom + 4, stroke=QUIET))
        parts.append(text(scale(tick), bottom + 17, f"{tick:.4g}", anchor="middle", css="tick"))
    parts.append(text((left + right) / 2, bottom + 37, axis, anchor="middle", css="axis"))
    return svg(wide, high, title, parts, css="chart wide")


def _forest_row(row: Mapping[str, Any], y: float, scale: Scale, wide: float) -> Markup:
    middle = y + ROW / 2 - 1
    colour = BLUE if row["strong"] else "#8fa3b0"
    parts = [text(16, middle + 4, row["words"], css="" if row["strong"] else "quiet")]
    value, low, high = row["value"], row["low"], row["high"]
    told = f"{value:.2f}" if value is not None else "–"
    if low is not None and high is not None and low > 0:
        parts.append(line(scale(low), middle, scale(high), middle, stroke=colour, width=1.8))
        for end, outwards in ((low, -1), (high, 1)):
            at = scale(end)
            if scale.holds(end):
                parts.append(line(at, middle - WHISKER, at, middle + WHISKER, stroke=colour, width=1.4))
            else:  # an arrow says that the interval goes on
                tip = at + 6 * outwards
                parts.append(Markup('<path d="M{} {}L{} {}L{} {}z" fill="{}"/>').format(
                    number(tip), number(middle), number(at), number(middle - 4), number(at), number(middle + 4), colour
                ))  # fmt: skip
        told += f" ({low:.2f}–{high:.2f})"
    if value is not None and value > 0:
        size = 8 if row["strong"] else 6
        parts.append(rect(scale(value) - size / 2, middle - size / 2, size, size, colour))
    parts.append(text(wide - 6, middle + 4, told, anchor="end", css="tick" if row["strong"] else "tick quiet"))
    return Markup("").join(parts)


def flow_chart(steps: Sequence[tuple[Words, int | None]], events: int | None) -> Markup:
    """Return the study flow: what was left after each step on the left, who went on the right."""
    wide, box, high, gap = 500, 268, 46, 26
    parts: list[Markup] = []
    y = 4.0
    before: int | None = None
    for place, (words, count) in enumerate(steps):
        if place:
            middle = y - gap / 2
            parts.append(line(box / 2, y - gap, box / 2, y - 5, stroke=QUIET, width=1.4))
            parts.append(Markup('<path d="M{} {}l-5 -7h10z" fill="{}"/>').format(number(box / 2), number(y), QUIET))
            gone = before - count if before is not None and count is not None else None
            told = "–" if gone is None else f"{gone:,}"
            parts.append(line(box / 2, middle, box + 18, middle, stroke=QUIET, width=1.4))
            english, chinese = WORDS["left_out"]
            parts.append(text(box + 26, middle + 4, (f"{told} {english}", f"{chinese} {told}"), css="tick"))
        last = place == len(steps) - 1
        parts.append(
            Markup('<rect x="1" y="{}" width="{}" height="{}" rx="6" fill="{}" stroke="{}"/>').format(
                number(y), box - 2, high, "#e6f1f8" if last else "#fff", BLUE if last else "#aab4ba"
            )
        )
        parts.append(text(box / 2, y + 18, words, anchor="middle", css="small"))
        parts.append(text(box / 2, y + 37, f"{count:,}" if count is not None else "≤7", anchor="middle", css="strong"))
        before = count
        y += high + gap
    parts.append(text(box + 26, y - gap - high / 2 + 5, _events(events), css="strong vermillion"))
    return svg(wide, y - gap + 6, WORDS["flow"], parts)


def _events(events: int | None) -> Words:
    told = "≤7" if events is None else f"{events:,}"
    return WORDS["with_event"][0].format(events=told), WORDS["with_event"][1].format(events=told)


def ranking_chart(rows: Sequence[Mapping[str, Any]]) -> Markup:
    """Return C-indices side by side; a row has words, value, low and high."""
    known = [value for row in rows for value in (row["value"], row["low"], row["high"]) if shown(value) is not None]
    low, high = extent([*known], pad=0.12)
    wide, left, right = 560, 216, 440
    scale = Scale(max(low, 0.0), min(high, 1.0), left, right)
    bottom = 14 + 27 * len(rows)
    along = ticks(scale.low, scale.high, 4)
    parts = [line(scale(tick), 6, scale(tick), bottom, stroke=FAINT) for tick in along]
    for place, row in enumerate(rows):
        y = 14 + 27 * place + 8
        colour = COLOURS.get(row["name"], GREEN)
        parts.append(text(4, y + 4, row["words"], css="strong" if row["name"] == "risk" else ""))
        told = f"{row['value']:.3f}"
        if shown(row["low"]) is not None and shown(row["high"]) is not None:
            parts.append(line(scale(row["low"]), y, scale(row["high"]), y, stroke=colour, width=2.4))
            told += f" ({row['low']:.3f}–{row['high']:.3f})"
        parts.append(dot(scale(row["value"]), y, 6, colour))
        parts.append(text(wide - 4, y + 4, told, anchor="end", css="tick"))
    parts.append(line(left, bottom, right, bottom, stroke=QUIET))
    parts += [text(scale(tick), bottom + 17, f"{tick:.4g}", anchor="middle", css="tick") for tick in along]
    return svg(wide, bottom + 24, WORDS["ranking"], parts, css="chart wide")


def _legend(entries: Sequence[tuple[str, str]], x: float, y: float, heading: str) -> Markup:
    parts = [
        Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="#fff" opacity="0.86"/>').format(
            number(x - 6), number(y - 14), number(WIDE - 18 - x), number(20 * len(entries) + 14)
        )
    ]
    if heading:
        parts.append(text(WIDE - 18, y - 2, heading, anchor="end", css="tick"))
    for place, (name, told) in enumerate(entries):
        at = y + 14 + 20 * place
        parts.append(
            Markup('<path d="M{} {}h26" stroke="{}" stroke-width="{}" stroke-dasharray="{}"/>').format(
                number(x), number(at), COLOURS[name], 2.8 if name == "risk" else 1.8, DASHES[name] or "none"
            )
        )
        parts.append(text(x + 33, at + 4, WORDS["line_" + name], css="small"))
        if told:
            parts.append(text(WIDE - 18, at + 4, told, anchor="end", css="tick"))
    return Markup("").join(parts)
