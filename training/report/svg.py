"""SVG by hand: a frame with two axes, and what may be drawn in it.

Colours are those of Okabe and Ito (2008), which people of every colour vision tell apart; text takes the page's font.
All functions return `Markup`, and text is escaped on its way in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from training.report.scales import Scale, log_ticks, ticks

BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
INK, QUIET, LINE, FAINT = "#1a1a1a", "#5f6b73", "#d5dadd", "#eef1f2"

Words = tuple[str, str]
"""A text in English and in Chinese."""

Point = tuple[float, float]


def number(value: float) -> str:
    """Return a coordinate as short as it can be.

    >>> number(12.0), number(3.14159), number(-0.04)
    ('12', '3.1', '0')
    """
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def both(words: Words) -> Markup:
    """Return a text inside an SVG text element, in both languages, of which the page shows one."""
    if words[0] == words[1]:
        return escape(words[0])
    return Markup('<tspan lang="en">{}</tspan><tspan lang="zh">{}</tspan>').format(*words)


def text(x: float, y: float, words: Words | str, *, anchor: str = "start", css: str = "") -> Markup:
    """Return a line of text; `anchor` start, middle or end."""
    content = both(words if isinstance(words, tuple) else (words, words))
    end = Markup(' text-anchor="{}"').format(anchor) if anchor != "start" else Markup("")
    kind = Markup(' class="{}"').format(css) if css else Markup("")
    return Markup('<text x="{}" y="{}"{}{}>{}</text>').format(number(x), number(y), end, kind, content)


def svg(width: float, height: float, title: Words, parts: Iterable[Markup], *, css: str = "chart") -> Markup:
    """Return a drawing that scales with the page; `title` is what a screen reader says of it."""
    return Markup('<svg viewBox="0 0 {} {}" class="{}" role="img" aria-label="{} {}">{}</svg>').format(
        number(width), number(height), css, *title, Markup("").join(parts)
    )


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str = LINE, width: float = 1, dash: str = "") -> Markup:
    """Return a straight line."""
    dashed = Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup("")
    return Markup('<path d="M{} {}L{} {}" stroke="{}" stroke-width="{}"{} fill="none"/>').format(
        number(x1), number(y1), number(x2), number(y2), stroke, number(width), dashed
    )


def rect(x: float, y: float, width: float, height: float, fill: str, *, radius: float = 0) -> Markup:
    """Return a filled rectangle."""
    rounded = Markup(' rx="{}"').format(number(radius)) if radius else Markup("")
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"{}/>').format(
        number(x), number(y), number(max(width, 0)), number(max(height, 0)), fill, rounded
    )


def dot(x: float, y: float, radius: float, fill: str, *, stroke: str = "#fff") -> Markup:
    """Return a dot with a thin rim."""
    return Markup('<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="{}"/>').format(
        number(x), number(y), number(radius), fill, stroke
    )


def diamond(x: float, y: float, radius: float, fill: str) -> Markup:
    """Return a diamond, the mark of a missing value."""
    r = number(radius)
    return Markup('<path d="M{} {}l{} {}l-{} {}l-{} -{}z" fill="{}" stroke="#fff"/>').format(
        number(x), number(y - radius), r, r, r, r, r, r, fill
    )


@dataclass(frozen=True)
class Frame:
    """The part of a drawing between its axes."""

    x: Scale
    y: Scale

    @property
    def left(self) -> float:
        """Return the place of its left side."""
        return min(self.x.start, self.x.end)

    @property
    def right(self) -> float:
        """Return the place of its right side."""
        return max(self.x.start, self.x.end)

    @property
    def top(self) -> float:
        """Return the place of its upper side."""
        return min(self.y.start, self.y.end)

    @property
    def bottom(self) -> float:
        """Return the place of its lower side."""
        return max(self.y.start, self.y.end)

    def path(
        self, points: Sequence[Point], *, stroke: str, width: float = 2, dash: str = "", steps: bool = False,
        opacity: float = 1,
    ) -> Markup:  # fmt: skip
        """Return a line through points; it is broken where a point is not a number, and never leaves the frame."""
        dashed = Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup("")
        faint = Markup(' opacity="{}"').format(opacity) if opacity < 1 else Markup("")
        return Markup('<path d="{}" stroke="{}" stroke-width="{}" fill="none" stroke-linejoin="round"{}{}/>').format(
            self.trace(points, steps=steps), stroke, number(width), dashed, faint
        )

    def trace(self, points: Sequence[Point], *, steps: bool = False) -> str:
        """Return the path of a line through points, as `path` draws it."""
        pen, commands = "M", []
        last = ""
        for x, y in points:
            if math.isnan(x) or math.isnan(y):
                pen, last = "M", ""
                continue
            across, up = number(self.x(x)), number(self.y(y))
            if steps and pen == "L":
                commands.append(f"H{across}")
            if f"{across} {up}" != last:
                commands.append(f"V{up}" if steps and pen == "L" else f"{pen}{across} {up}")
            pen, last = "L", f"{across} {up}"
        return "".join(commands)

    def band(self, points: Sequence[tuple[float, float, float]], fill: str, opacity: float = 0.15) -> Markup:
        """Return the area between low and high of (x, low, high), left to right."""
        known = [point for point in points if not any(math.isnan(value) for value in point)]
        if len(known) < 2:
            return Markup("")
        up = [f"{number(self.x(x))} {number(self.y(high))}" for x, _, high in known]
        down = [f"{number(self.x(x))} {number(self.y(low))}" for x, low, _ in reversed(known)]
        return Markup('<path d="M{}z" fill="{}" opacity="{}"/>').format("L".join([*up, *down]), fill, opacity)

    def axes(
        self, x_label: Words, y_label: Words, *, x_ticks: Sequence[float] | None = None,
        y_ticks: Sequence[float] | None = None, percent: str = "",
    ) -> Markup:  # fmt: skip
        """Return grid, tick labels and titles; `percent` names the axes ("x", "y", "xy") that show shares."""
        along = _ticks_of(self.x) if x_ticks is None else x_ticks
        up = _ticks_of(self.y) if y_ticks is None else y_ticks
        parts = [line(self.left, self.y(tick), self.right, self.y(tick), stroke=FAINT) for tick in up]
        parts += [
            text(
                self.left - 6, self.y(tick) + 4, tick_label(tick, up, percent="y" in percent), anchor="end", css="tick"
            )
            for tick in up
        ]
        parts += [line(self.x(tick), self.bottom, self.x(tick), self.bottom + 4, stroke=QUIET) for tick in along]
        parts += [
            text(self.x(tick), self.bottom + 17, tick_label(tick, along, percent="x" in percent), anchor="middle",
                 css="tick")
            for tick in along
        ]  # fmt: skip
        parts.append(line(self.left, self.bottom, self.right, self.bottom, stroke=QUIET))
        if any(x_label):
            parts.append(text((self.left + self.right) / 2, self.bottom + 35, x_label, anchor="middle", css="axis"))
        if any(y_label):
            parts.append(text(self.left - 34, self.top - 9, y_label, css="axis"))
        return Markup("").join(parts)


def _ticks_of(scale: Scale) -> list[float]:
    return log_ticks(scale.low, scale.high) if scale.log else ticks(scale.low, scale.high)


def tick_label(value: float, among: Sequence[float], *, percent: bool = False) -> str:
    """Return a tick's number with as many decimals as its neighbours need.

    >>> tick_label(0.2, [0, 0.2, 0.4], percent=True), tick_label(2500, [0, 2500]), tick_label(0.5, [0.25, 0.5])
    ('20%', '2,500', '0.5')
    """
    if percent:
        return f"{100 * value:.6g}%"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.6g}"
