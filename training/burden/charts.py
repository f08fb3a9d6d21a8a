"""Drawings of the burden as inline SVG, in the page's own colours."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

LINES = 10  # diseases in the drawing of ranks: those that come first by harm
COLUMNS = ("incidence", "harm", "burden")
COLOURS = ("#0b6e63", "#b4351c", "#1f6f9c", "#8a5a00", "#6a3d9a", "#33691e", "#ad1457", "#37474f", "#00838f", "#5d4037")


def _label(row: dict[str, Any]) -> Markup:
    """Return a disease's name in both languages as SVG; the page's style shows one."""
    text = Markup('<tspan lang="en">{}</tspan><tspan lang="zh">{}</tspan>')
    return text.format(escape(_short(row["label"])), escape(row["label_zh"]))


def _short(label: str) -> str:
    return {"chronic obstructive pulmonary disease": "COPD"}.get(label, label)


def bump_chart(diseases: list[dict[str, Any]]) -> Markup:
    """Return the ranks by incidence, harm and burden, a line a disease."""
    rows = [row for row in diseases if row["ranked"] and "harm" in row["ranks"]][:LINES]
    lowest = max((row["ranks"].get(column, 0) for row in rows for column in COLUMNS), default=1)
    step, top, left, gap = 30, 16, 170, 170
    height, width = top + lowest * step, left * 2 + gap * 2
    parts = []
    for row, colour in zip(rows, COLOURS, strict=False):
        points = [
            (left + gap * place, top + (row["ranks"][column] - 1) * step + 8, row["ranks"][column])
            for place, column in enumerate(COLUMNS)
            if column in row["ranks"]
        ]
        line = " ".join(f"{x},{y}" for x, y, _ in points)
        dots = Markup("").join(
            Markup('<circle cx="{}" cy="{}" r="11" fill="{}"/><text x="{}" y="{}" class="dot">{}</text>').format(
                x, y, colour, x, y + 4, rank
            )
            for x, y, rank in points
        )
        ends = Markup("")
        if "incidence" in row["ranks"]:
            ends += Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(
                left - 18, points[0][1] + 4, _label(row)
            )
        x, y, _ = points[-1]
        ends += Markup('<text x="{}" y="{}">{}</text>').format(x + 18, y + 4, _label(row))
        parts.append(
            Markup('<g><polyline points="{}" fill="none" stroke="{}" stroke-width="2.5"/>{}{}</g>').format(
                line, colour, dots, ends
            )
        )
    return Markup('<svg viewBox="0 0 {} {}" role="img" class="bump">{}</svg>').format(
        width, height, Markup("").join(parts)
    )


def harm_chart(diseases: list[dict[str, Any]]) -> Markup:
    """Return bars of the years of life lost with their intervals."""
    rows = [row for row in diseases if row["years_lost_rate"] and row["years_lost_rate"]["value"] > 0]
    most = max((row["years_lost_rate"]["high"] or row["years_lost_rate"]["value"] for row in rows), default=1.0)
    left, wide, step = 180, 400, 28
    parts = []
    for place, row in enumerate(rows):
        figure, y = row["years_lost_rate"], place * step
        scale = wide / most
        low, value, high = ((figure[name] or 0.0) * scale for name in ("low", "value", "high"))
        parts.append(
            Markup(
                '<g><text x="{}" y="{}" text-anchor="end">{}</text>'
                '<rect x="{}" y="{}" width="{:.1f}" height="16" rx="3" class="bar{}"/>'
                '<path d="M{:.1f} {}h{:.1f}m0 -4v8M{:.1f} {}v8" class="whisker"/>'
                '<text x="{:.1f}" y="{}" class="value">{:,.0f}</text></g>'
            ).format(
                left - 10,
                y + 17,
                _label(row),
                left,
                y + 5,
                value,
                "" if row["ranked"] else " mixed",
                left + low,
                y + 13,
                high - low,
                left + low,
                y + 9,
                left + max(high, value) + 8,
                y + 17,
                figure["value"],
            )
        )
    return Markup('<svg viewBox="0 0 {} {}" role="img" class="harm">{}</svg>').format(
        left + wide + 80, max(len(rows), 1) * step + 6, Markup("").join(parts)
    )


def sparkline(yearly: dict[Any, float | None]) -> Markup:
    """Return a small line of yearly rates from zero up; years that are suppressed leave a gap."""
    values = list(yearly.values())
    most = max((value for value in values if value is not None), default=0.0)
    if most <= 0 or sum(value is not None for value in values) < 3:
        return Markup("")
    wide, high = 92.0, 24.0
    place = wide / max(len(values) - 1, 1)
    path, pen = "", "M"
    for position, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        path += f"{pen}{2 + position * place:.1f} {2 + high * (1 - value / most):.1f}"
        pen = "L"
    return Markup('<svg viewBox="0 0 {} {}" class="spark" aria-hidden="true"><path d="{}"/></svg>').format(
        wide + 4, high + 4, path
    )


def shade(value: float | None, row: list[float | None]) -> str:
    """Return how dark a cell is, in percent of the accent colour, between the lowest and highest of its row.

    >>> shade(3.0, [1.0, 3.0, None]), shade(None, [1.0])
    ('55', '0')
    """
    there = [one for one in row if one is not None]
    if not value or not there:
        return "0"
    low, high = min(there), max(there)
    return f"{5 + 50 * (value - low) / (high - low):.0f}" if high > low else "20"
