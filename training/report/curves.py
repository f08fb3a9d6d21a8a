"""The whole model drawn: every curve, every pair map, and how far each feature moves people's risks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from models.tables import Curve, Surface
from training.report.scales import Scale, log_ticks, ticks
from training.report.svg import (
    BLUE,
    FAINT,
    LINE,
    QUIET,
    VERMILLION,
    Frame,
    Words,
    diamond,
    dot,
    line,
    number,
    rect,
    svg,
    text,
    tick_label,
)  # fmt: skip
from training.report.words import WORDS

Array = NDArray[np.float64]

WIDE, HIGH = 300, 214
BARS = "#c9d3da"
BOUNDS = (1.25, 1.6, 2.5, 4, 8, 16, 50, 200, 1000)  # odds ratios at which a frame may end, and 1 over them
FAR, FARTHEST = 3, 2  # fits of the folds widen a frame to this power, and this multiple, of the model's own reach
EXACT = 90  # a curve with no more steps than this within its frame is drawn step by step
SAMPLED = 110
AXIS_CELLS = 24
SHADES = ("#0072B2", "#6FA5C9", "#A9A9A9", "#E39A63", "#D55E00")
MISSING_SHADE = "#3a3a3a"


def curve_chart(
    curve: Curve, slope: float, profile: Mapping[str, Any], folds: Mapping[str, Any], title: Words
) -> Markup:
    """Return one feature's odds ratio, with the fits of the folds behind it and the cohort under it.

    Parameters
    ----------
    curve
        Centred, on the raw scale; `slope` makes calibrated log-odds of it.
    profile
        The feature's entry in `profile.json`; empty with versions that have none.
    folds
        The curve's entry in `profile.json`; empty likewise.
    """
    asks_missing = profile.get("missing") != 0.0 if profile else True
    right = WIDE - (58 if asks_missing else 12)
    points, categories = _shape(curve, slope, profile)
    values = [y for _, y in points]
    missing = math.exp(slope * float(curve.values[-1]))
    bound = _bound([*values, missing] if asks_missing else values, _fits(folds, asks_missing))
    y = Scale(1 / bound, bound, 138, 12, log=True)
    x = Scale(-0.5, len(points) - 0.5, 44, right) if categories else _across(points, 44, right)
    frame = Frame(x, y)
    parts = [_grid(frame, asks_missing), _histogram(profile, frame, categories)]
    if categories:
        parts.append(_levels(points, frame, folds))
        labels = level_labels(categories, profile["kind"])
        parts += [
            text(x(place), 202, label, anchor="middle", css="tick")
            for place, label in enumerate(labels)
            if len(labels) <= 8 or place % 2 == 0
        ]
    else:
        for fold in folds.get("folds", []):
            line_of_fold = [
                (at, math.exp(value) if 1 / bound <= math.exp(value) <= bound else math.nan)
                for at, value in zip(folds["points"], fold, strict=True)
            ]
            parts.append(frame.path(line_of_fold, stroke=BLUE, width=0.9, opacity=0.4))
        parts.append(frame.path(points, stroke=BLUE, width=2.4, steps=len(points) <= EXACT))
        parts.append(_along(frame, clear=16 if asks_missing else 0))
    if asks_missing:
        parts.append(_missing(missing, y, profile, folds))
    return svg(WIDE, HIGH, title, parts, css="small-chart")


def _shape(curve: Curve, slope: float, profile: Mapping[str, Any]) -> tuple[list[tuple[float, float]], list[float]]:
    """Return the points of a curve as (value, odds ratio), and the levels if it is shown level by level."""

    def odds(at: Array) -> Array:
        ratio: Array = np.exp(slope * curve.lookup({curve.feature: at}))
        return ratio

    if profile.get("levels"):
        levels = np.array(profile["levels"])
        return list(zip(map(float, range(len(levels))), odds(levels).tolist(), strict=True)), profile["levels"]
    low, high = _reach(curve.edges, profile)
    inside = curve.edges[(curve.edges > low) & (curve.edges < high)]
    if len(inside) <= EXACT - 2:  # value to the left of each edge holds up to it, so points are where a step begins
        starts = np.concatenate([[low], inside, [high]])
        middles = np.concatenate([(starts[:-1] + starts[1:]) / 2, [high]])
        return list(zip(starts.tolist(), odds(middles).tolist(), strict=True)), []
    grid = np.linspace(low, high, SAMPLED)
    return list(zip(grid.tolist(), odds(grid).tolist(), strict=True)), []


def _reach(edges: Array, profile: Mapping[str, Any]) -> tuple[float, float]:
    """Return between which values a feature is drawn: where the cohort is, else where the model has steps."""
    if profile.get("edges"):
        return float(profile["edges"][0]), float(profile["edges"][-1])
    if len(edges) == 0:
        return 0.0, 1.0
    low, high = float(edges[0]), float(edges[-1])
    margin = (high - low) * 0.05 or max(abs(low), 1.0) * 0.5
    return low - margin, high + margin


def _across(points: Sequence[tuple[float, float]], left: float, right: float) -> Scale:
    return Scale(points[0][0], points[-1][0], left, right)


def _along(frame: Frame, clear: float) -> Markup:
    """Return the labels of the values, none so far right that it meets what stands there."""
    found = ticks(frame.x.low, frame.x.high, 4)
    told = [(frame.x(tick), f"{tick / 1000:g}k" if abs(tick) >= 10_000 else tick_label(tick, found)) for tick in found]
    return Markup("").join(
        text(at, 202, label, anchor="middle", css="tick") for at, label in told if at <= frame.right - clear
    )


def _fits(folds: Mapping[str, Any], asks_missing: bool) -> list[float]:
    """Return every odds ratio of the folds' fits that the chart shows."""
    values = [value for fold in folds.get("folds", []) for value in fold]
    values += folds.get("missing_folds", []) if asks_missing else []
    return [math.exp(value) for value in values if value is not None]


def _bound(values: Sequence[float], fits: Sequence[float]) -> float:
    """Return where the frame ends: beyond the model's own values, and the folds' unless they are far wilder."""
    own, others = (
        max([max(value, 1 / value) for value in some if 0 < value < math.inf] + [1.0]) for some in (values, fits)
    )
    reach = max(own, min(others, own**FAR, own * FARTHEST))
    return float(next((bound for bound in BOUNDS if bound >= reach * 0.999), BOUNDS[-1]))


def _grid(frame: Frame, asks_missing: bool) -> Markup:
    end = WIDE - 8 if asks_missing else frame.right
    along = log_ticks(frame.y.low, frame.y.high, 5)
    parts = [line(frame.left, frame.y(tick), end, frame.y(tick), stroke=FAINT) for tick in along]
    parts += [text(frame.left - 6, frame.y(tick) + 4, f"{tick:.4g}", anchor="end", css="tick") for tick in along]
    parts.append(line(frame.left, frame.y(1), end, frame.y(1), stroke=QUIET, width=0.9))
    parts.append(line(frame.left, 186, frame.right, 186, stroke=LINE))
    return Markup("").join(parts)


def _histogram(profile: Mapping[str, Any], frame: Frame, categories: Sequence[float]) -> Markup:
    """Return where the cohort is, standing on the axis under the curve."""
    shares = profile.get("shares") or []
    most = max([*shares, 1e-9])
    if categories:
        bars = [
            rect(frame.x(place) - 11, 186 - 36 * share / most, 22, 36 * share / most, BARS)
            for place, share in enumerate(shares)
        ]
        return Markup("").join(bars)
    edges = profile.get("edges") or []
    trace = "".join(
        f"M{number(frame.x(left))} 186V{number(186 - 36 * share / most)}H{number(frame.x(right))}V186z"
        for left, right, share in zip(edges[:-1], edges[1:], shares, strict=False)
        if share
    )
    return Markup('<path d="{}" fill="{}"/>').format(trace, BARS) if trace else Markup("")


def _levels(points: Sequence[tuple[float, float]], frame: Frame, folds: Mapping[str, Any]) -> Markup:
    """Return a dot a level, with the lowest and highest fit of the folds."""
    parts = []
    for place, (at, odds) in enumerate(points):
        fits = [math.exp(fold[place]) for fold in folds.get("folds", []) if place < len(fold)]
        if fits and frame.y.low < max(fits) and min(fits) < frame.y.high:
            x = frame.x(at)
            parts.append(line(x, frame.y(min(fits)), x, frame.y(max(fits)), stroke=BLUE, width=1.2))
        parts.append(dot(frame.x(at), frame.y(odds), 4.6, BLUE))
    return Markup("").join(parts)


def level_labels(levels: Sequence[float], kind: str) -> list[Words]:
    """Return what stands under each level: yes and no of a binary feature, else the number.

    >>> level_labels([0.0, 1.0], "binary")[1][0], level_labels([2.5], "ordinal")[0][0]
    ('yes', '2.5')
    """
    if kind == "binary":
        return [WORDS["yes"] if level > 0.5 else WORDS["no"] for level in levels]
    return [(f"{level:.6g}", f"{level:.6g}") for level in levels]


def _missing(odds: float, y: Scale, profile: Mapping[str, Any], folds: Mapping[str, Any]) -> Markup:
    """Return what a missing value does, in a strip of its own on the right."""
    at = WIDE - 30
    parts = [line(WIDE - 52, 12, WIDE - 52, 186, stroke=LINE, dash="2 3")]
    fits = [math.exp(value) for value in folds.get("missing_folds", []) if value is not None]
    if fits:
        parts.append(line(at, y(min(fits)), at, y(max(fits)), stroke=VERMILLION, width=1.2))
    parts.append(diamond(at, y(odds), 6, VERMILLION))
    share = profile.get("missing")
    if share is not None:
        parts.append(rect(at - 11, 186 - 36 * share, 22, 36 * share, "#f0c9b2"))
        told = "<1%" if 0 < share < 0.005 else f"{share:.0%}"
        parts.append(text(at, 180 - 36 * share, told, anchor="middle", css="tick"))
    parts.append(text(at, 202, WORDS["missing"], anchor="middle", css="tick"))
    return Markup("").join(parts)


def pair_chart(
    surface: Surface, slope: float, profiles: tuple[Mapping[str, Any], Mapping[str, Any]], bound: float,
    names: tuple[Words, Words],
) -> Markup:  # fmt: skip
    """Return what a pair adds to its two curves as a map: blue lowers the risk, red raises it, white does nothing."""
    size, left, top = 190, 54, 10
    parts = []
    columns, wide, x_labels = _cells(surface.edges[0], profiles[0], left, left + size)
    rows, high, y_labels = _cells(surface.edges[1], profiles[1], top + size, top)
    values = surface.lookup({
        surface.features[0]: np.repeat(np.append(columns, np.nan), len(rows) + 1),
        surface.features[1]: np.tile(np.append(rows, np.nan), len(columns) + 1),
    }).reshape(len(columns) + 1, len(rows) + 1)  # fmt: skip
    shows = [profile.get("missing") != 0.0 if profile else True for profile in profiles]
    right, lowest = left + size + 8, top + size + 8
    by_colour: dict[str, list[str]] = {}
    for i, (x0, x1) in enumerate([*wide, (right, right + 18)]):
        for j, (y0, y1) in enumerate([*high, (lowest, lowest + 18)]):
            if (i == len(columns) and not shows[0]) or (j == len(rows) and not shows[1]):
                continue
            colour = shade_of(slope * float(values[i, j]), math.log(bound))
            trace = f"M{number(x0)} {number(min(y0, y1))}H{number(x1)}V{number(max(y0, y1))}H{number(x0)}z"
            by_colour.setdefault(colour, []).append(trace)
    parts += [Markup('<path d="{}" fill="{}"/>').format("".join(traces), c) for c, traces in by_colour.items()]
    parts.append(
        Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="none" stroke="{}"/>').format(
            left, top, size, size, LINE
        )
    )
    under = lowest + (34 if shows[1] else 8)
    parts += [text(at, under, words, anchor="middle", css="tick") for at, words in x_labels]
    parts += [text(left - 6, at + 4, words, anchor="end", css="tick") for at, words in y_labels]
    if shows[0]:
        parts.append(text(right + 9, under, "?", anchor="middle", css="tick"))
    if shows[1]:
        parts.append(text(left - 6, lowest + 13, "?", anchor="end", css="tick"))
    parts.append(text(left + size / 2, under + 19, names[0], anchor="middle", css="axis"))
    parts.append(Markup('<g transform="translate(12 {}) rotate(-90)">{}</g>').format(
        number(top + size / 2), text(0, 0, names[1], anchor="middle", css="axis")
    ))  # fmt: skip
    title = (f"{names[0][0]} × {names[1][0]}", f"{names[0][1]} × {names[1][1]}")
    return svg(WIDE, under + 26, title, parts, css="small-chart")


Labels = list[tuple[float, Words]]


def _cells(
    edges: Array, profile: Mapping[str, Any], start: float, end: float
) -> tuple[list[float], list[tuple[float, float]], Labels]:
    """Return the cells along one axis of a map: a value inside each, its two ends on paper, and the axis labels."""
    if profile.get("levels"):
        levels = list(profile["levels"])
        step = (end - start) / len(levels)
        ends = [(start + step * place, start + step * (place + 1)) for place in range(len(levels))]
        labels = level_labels(levels, profile["kind"])
        return levels, ends, [((a + b) / 2, words) for (a, b), words in zip(ends, labels, strict=True)]
    low, high = _reach(edges, profile)
    inside = edges[(edges > low) & (edges < high)]
    if len(inside) >= AXIS_CELLS:  # too many to draw each: cells of one width, read at their middles
        inside = np.linspace(low, high, AXIS_CELLS + 1)[1:-1]
    borders = [low, *inside.tolist(), high]
    scale = Scale(low, high, start, end)
    along = ticks(low, high, 3)
    return (
        [(a + b) / 2 for a, b in itertools.pairwise(borders)],
        [(scale(a), scale(b)) for a, b in itertools.pairwise(borders)],
        [(scale(tick), (tick_label(tick, along), tick_label(tick, along))) for tick in along],
    )


def pair_bound(spreads: Sequence[Array]) -> float:
    """Return the odds ratio at which the colours of all maps end, from their calibrated log-odds."""
    cells = np.concatenate([np.abs(values).ravel() for values in spreads]) if spreads else np.empty(0)
    reach = float(np.quantile(cells, 0.98)) if len(cells) else 0.0
    return float(next((bound for bound in (1.05, 1.1, *BOUNDS) if bound >= math.exp(reach) * 0.999), BOUNDS[-1]))


def shade_of(log_odds: float, reach: float, steps: int = 10) -> str:
    """Return the colour of a contribution: white for none, Okabe and Ito's blue for lower, vermillion for higher.

    >>> shade_of(0, 1), shade_of(-9, 1), shade_of(9, 1)
    ('#f7f7f7', '#0072b2', '#d55e00')
    """
    share = max(-1.0, min(1.0, log_odds / reach if reach > 0 else 0.0))
    share = round(share * steps) / steps
    end = (0xD5, 0x5E, 0x00) if share > 0 else (0x00, 0x72, 0xB2)
    mixed = [round(0xF7 + (channel - 0xF7) * abs(share)) for channel in end]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def colour_key(bound: float) -> Markup:
    """Return the key to the colours of the pair maps."""
    reach = math.log(bound)
    parts = [rect(14 + 18 * place, 4, 18, 14, shade_of(reach * (place - 10) / 10, reach)) for place in range(21)]
    for place, value in ((0, 1 / bound), (10, 1.0), (20, bound)):
        parts.append(text(23 + 18 * place, 34, f"{value:.3g}", anchor="middle", css="tick"))
    return svg(414, 40, WORDS["odds_ratio"], parts, css="key")


SWARM_ROW, DOTS, HEAP = 25, 300, 70


def swarm_chart(contributions: Sequence[tuple[Words, Mapping[str, Any]]]) -> Markup:
    """Return how far each feature moves people's odds: dots are people of the cohort, shaded by the feature's value.

    Parameters
    ----------
    contributions
        Name and entry in `profile.json`, strongest first.
    """
    wide, left, right, bar = 870, 262, 740, 112
    cells = [(cell[0], cell[2]) for _, entry in contributions for cell in entry.get("cells", [])]
    reach = max([abs(at) for at, _ in cells] + [0.05]) * 1.04
    scale = Scale(-reach, reach, left, right)
    bottom = 26 + SWARM_ROW * len(contributions)
    odds = log_ticks(math.exp(-reach), math.exp(reach), 7)
    parts = [line(scale(math.log(tick)), 20, scale(math.log(tick)), bottom, stroke=FAINT) for tick in odds]
    parts.append(line(scale(0), 16, scale(0), bottom, stroke=QUIET))
    most = max([entry["spread"] or 0 for _, entry in contributions] + [1e-9])
    for place, (words, entry) in enumerate(contributions):
        middle = 26 + SWARM_ROW * (place + 0.5)
        parts.append(text(left - 12, middle + 4, words, anchor="end", css="small"))
        parts.append(_swarm(entry.get("cells", []), scale, middle))
        spread = entry["spread"] or 0
        parts.append(rect(right + 14, middle - 6, bar * spread / most * 0.6, 12, BLUE, radius=2))
        parts.append(text(right + 20 + bar * spread / most * 0.6, middle + 4, f"{spread:.2f}", css="tick"))
    parts.append(line(left, bottom, right, bottom, stroke=QUIET))
    parts += [text(scale(math.log(tick)), bottom + 17, f"{tick:.4g}", anchor="middle", css="tick") for tick in odds]
    parts.append(text((left + right) / 2, bottom + 37, WORDS["odds_against_average"], anchor="middle", css="axis"))
    parts.append(text(right + 14, 14, WORDS["spread"], css="tick"))
    return svg(wide, bottom + 44, WORDS["swarm"], parts, css="chart swarmy")


def _swarm(cells: Sequence[Sequence[float]], scale: Scale, middle: float) -> Markup:
    """Return one feature's dots, as many as its shares ask for; where many are, the swarm is thick."""
    totals: dict[float, float] = {}
    for at, _, share in cells:
        totals[at] = totals.get(at, 0.0) + share
    most = max([*totals.values(), 1e-9])
    places = sorted(totals)
    # Dots fill the cell that they were counted in, but no more than a little: a feature of two values has two heaps.
    gap = min([b - a for a, b in itertools.pairwise(places)] + [(scale.high - scale.low) / HEAP])
    lottery = np.random.default_rng(1)  # where a dot lies inside its cell means nothing
    traces: dict[int, list[str]] = {}
    for at, shade, share in cells:
        half = 1.0 + 9.0 * (totals[at] / most) ** 0.7
        for across, up in lottery.uniform(-0.5, 0.5, (max(1, round(share * DOTS)), 2)).tolist():
            x = scale(at + across * gap)
            traces.setdefault(int(shade), []).append(f"M{number(x)} {number(middle + 2 * half * up)}h0")
    return Markup("").join(
        Markup('<path d="{}" stroke="{}" class="dots"/>').format(
            "".join(dots), MISSING_SHADE if shade < 0 else SHADES[shade]
        )
        for shade, dots in sorted(traces.items())
    )


def swarm_key() -> Markup:
    """Return the key to the shades of the swarm."""
    parts = [text(0, 15, WORDS["low_value"], css="tick")]
    parts += [dot(86 + 18 * place, 11, 6, colour) for place, colour in enumerate(SHADES)]
    parts.append(text(178, 15, WORDS["high_value"], css="tick"))
    parts.append(dot(276, 11, 6, MISSING_SHADE))
    parts.append(text(290, 15, WORDS["missing_value"], css="tick"))
    return svg(400, 22, WORDS["shades"], parts, css="key")
