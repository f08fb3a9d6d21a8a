"""Maps of the city as SVG: how often a disease is found against the whole city, how sure that is, and what is not told.

Colours run from blue (less) over white to vermillion (more), which people of every colour vision tell apart. An area
whose interval holds the city's level is drawn faint; one whose count is not told is hatched; one in a cluster, or
beyond the limits of chance, has a thick border.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from training.report.svg import INK, QUIET, number, rect, svg, text

WIDE = 330.0
SIMPLER = 0.004  # degrees, some 400 m: less is not seen at this size
STEPS: tuple[tuple[float, str], ...] = (
    (0.67, "#2166ac"), (0.8, "#67a9cf"), (0.95, "#d1e5f0"), (1.05, "#f7f7f7"), (1.25, "#fddbc7"), (1.5, "#ef8a62"),
    (float("inf"), "#b2182b"),
)  # fmt: skip
"""Upper end of a class of the ratio, and its colour (ColorBrewer RdBu, seven classes)."""
FAINT_AT = 0.45
LEGEND_HIGH = 74.0
HATCH = Markup(
    '<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" fill="#ffffff"/><path d="M0 0V5" stroke="#c3ccd0" stroke-width="1.3"/></pattern>'
)


def colour(ratio: float) -> str:
    """Return the colour of a ratio.

    >>> colour(1.0), colour(2.0), colour(0.5)
    ('#f7f7f7', '#b2182b', '#2166ac')
    """
    return next(shade for upper, shade in STEPS if ratio < upper)


def unsure(figure: Mapping[str, float]) -> bool:
    """Return whether the interval of a ratio holds one."""
    return figure["low"] <= 1 <= figure["high"]


def simplified(shapes: Mapping[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    """Return shapes with fewer corners; common borders stay common."""
    if not shapes:
        return {}
    return dict(zip(shapes, shapely.coverage_simplify(list(shapes.values()), SIMPLER), strict=True))


def counties_of(shapes: Mapping[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    """Return the counties that townships make up, by the first six digits of the code."""
    codes = sorted({code[:6] for code in shapes})
    return {code: shapely.union_all([one for name, one in shapes.items() if name.startswith(code)]) for code in codes}


def ratio_map(
    areas: Sequence[Mapping[str, Any]], shapes: Mapping[str, BaseGeometry], title: str, words: Mapping[str, str]
) -> Markup:
    """Return a map of smoothed ratios.

    Parameters
    ----------
    areas
        Each has code, label, ratio or smoothed (None where not told), beyond and clustered.
    shapes
        Of all townships.
    """
    townships = simplified(shapes)
    counties = counties_of(townships)
    small = any(len(area["code"]) > 6 for area in areas)
    drawn = townships if small else counties
    here = [area for area in areas if area["code"] in drawn]
    if not here:
        return Markup("")
    across, high = _projection([drawn[area["code"]] for area in here])
    parts = [Markup("<defs>{}</defs>").format(HATCH)]
    marked = []
    for area in here:
        figure = area["smoothed"] or area["ratio"]
        outline = _path(drawn[area["code"]], across)
        fill, opacity = ("url(#hatch)", 1.0) if not figure else (colour(figure["value"]), 1.0)
        if figure and unsure(figure):
            opacity = FAINT_AT
        parts.append(_shape(outline, fill, opacity, "#a7b2b7", 0.35))
        if area["clustered"] or area["beyond"] == "high":
            marked.append(drawn[area["code"]])
    inside = {area["code"][:6] for area in here}
    parts += [_shape(_path(counties[code], across), "none", 1.0, "#4b585e", 0.9) for code in sorted(inside)]
    if marked:
        parts.append(_shape(_path(shapely.union_all(marked), across), "none", 1.0, INK, 1.8))
    for code in sorted(inside):
        middle = across @ (*np.array(counties[code].representative_point().coords[0]), 1.0)
        label = next((area["county_label"] for area in here if area["code"][:6] == code), "")
        parts.append(_halo(float(middle[0]), float(middle[1]), label))
    return svg(WIDE, high + LEGEND_HIGH, (title, ""), [*parts, *_legend(high + 10, words)], css="chart map")


def _projection(shapes: Sequence[BaseGeometry]) -> tuple[np.ndarray, float]:
    """Return the matrix (2, 3) from degrees to places, true to shape in the middle of the map, and its height."""
    west, south, east, north = shapely.total_bounds(shapes)
    stretch = float(np.cos(np.radians((south + north) / 2)))
    scale = (WIDE - 8) / ((east - west) * stretch)
    matrix = np.array([[scale * stretch, 0, 4 - scale * stretch * west], [0, -scale, 4 + scale * north]])
    return matrix, float((north - south) * scale + 8)


def _path(shape: BaseGeometry, across: np.ndarray) -> str:
    """Return the outline of a shape; islands too small to be seen are left out."""
    parts: list[str] = []
    for polygon in sorted(getattr(shape, "geoms", [shape]), key=lambda part: -part.area):
        if polygon.geom_type != "Polygon":
            continue
        points = shapely.get_coordinates(polygon.exterior) @ across[:, :2].T + across[:, 2]
        if parts and np.ptp(points, axis=0).max() < 1.5:
            continue
        parts.append("M" + "L".join(f"{number(x)} {number(y)}" for x, y in points[:-1]) + "z")
    return "".join(parts)


def _shape(path: str, fill: str, opacity: float, stroke: str, width: float) -> Markup:
    faint = Markup(' fill-opacity="{}"').format(opacity) if opacity < 1 else Markup("")
    return Markup('<path d="{}" fill="{}"{} stroke="{}" stroke-width="{}" stroke-linejoin="round"/>').format(
        path, fill, faint, stroke, width
    )


def _halo(x: float, y: float, label: str) -> Markup:
    """Return a name that can be read on every colour."""
    plain = Markup('<text x="{}" y="{}" text-anchor="middle" class="place"{}>{}</text>')
    rim = Markup(' stroke="#ffffff" stroke-width="2.6" stroke-linejoin="round"')
    return plain.format(number(x), number(y), rim, label) + plain.format(number(x), number(y), "", label)


def _legend(top: float, words: Mapping[str, str]) -> list[Markup]:
    box, left = 30.0, 6.0
    parts = [text(left, top + 8, words["map_legend"], css="tick")]
    for place, (upper, shade) in enumerate(STEPS):
        parts.append(rect(left + place * box, top + 14, box, 9, shade))
        if np.isfinite(upper):
            parts.append(text(left + (place + 1) * box, top + 34, f"{upper:g}", anchor="middle", css="tick"))
    frame = Markup('<path d="M{} {}h{}v9h-{}z" fill="none" stroke="{}" stroke-width="0.5"/>')
    parts.append(frame.format(left, top + 14, number(box * len(STEPS)), number(box * len(STEPS)), QUIET))
    y = top + 46
    marks = (("hatch", "map_untold"), ("faint", "map_unsure"), ("thick", "map_beyond"))
    for place, (mark, word) in enumerate(marks):
        x = left + place * 108
        outline = f"M{number(x)} {number(y)}h14v10h-14z"
        if mark == "hatch":
            parts.append(_shape(outline, "url(#hatch)", 1.0, "#8a979d", 0.5))
        elif mark == "faint":
            parts.append(_shape(outline, STEPS[5][1], FAINT_AT, "#8a979d", 0.5))
        else:
            parts.append(_shape(outline, "none", 1.0, INK, 1.6))
        parts.append(text(x + 18, y + 9, words[word], css="tick"))
    return parts
