"""Figures of areas as rows of an answer: named, rounded, null where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.concepts import CONDITIONS
from models.area.funnel import FAR, NEAR, funnel_limits
from serving.area_measures import Figures

DIGITS = 4  # significant ones: more would be read as precision
FUNNEL_POINTS = 48  # enough for curves to look smooth
FUNNEL_FROM = 0.5  # expected cases; areas that tell less say nothing, and would squeeze all others together
LIMITS = ("near_low", "near_high", "far_low", "far_high")
FIGURES = (
    "count", "estimate", "denominator", "value", "low", "high", "expected", "ratio", "ratio_low", "ratio_high",
    "weight", "smoothed", "smoothed_low", "smoothed_high", "exceedance",
)  # fmt: skip


def row(figures: Figures, place: int) -> dict[str, Any]:
    """Return the figures of one area."""
    return {name: number(getattr(figures, name)[place]) for name in FIGURES} | {
        "suppressed_cells": int(figures.suppressed[place]),
        "suppressed": bool(np.isnan(figures.value[place])),
    }


def rows(codes: tuple[str, ...], names: Mapping[str, tuple[str, str]], level: str, figures: Figures) -> list[Any]:
    """Return the figures of every area of a level, with its names."""
    listed = []
    for place, code in enumerate(codes):
        name, name_zh = names.get(code, (code, code))
        listed.append({"code": code, "level": level, "name": name, "name_zh": name_zh, **row(figures, place)})
    return listed


def funnel(figures: Figures, place: int) -> dict[str, float | None]:
    """Return the limits of an area's ratio if nothing but chance moved it."""
    weight = figures.weight[place]
    return _limits(weight) if weight > 0 else dict.fromkeys(LIMITS)


def funnel_curve(figures: Figures) -> list[dict[str, float | None]]:
    """Return the limits between the least and the most that any area can tell, for a plot."""
    weights = figures.weight[figures.weight >= FUNNEL_FROM]
    if not len(weights):
        return []
    return [
        {"weight": number(weight)} | _limits(weight)
        for weight in np.geomspace(weights.min(), weights.max(), FUNNEL_POINTS)
    ]


def _limits(weight: float) -> dict[str, float | None]:
    limits = [limit[0] / weight for level in (NEAR, FAR) for limit in funnel_limits([weight], level)]
    return dict(zip(LIMITS, map(number, limits), strict=True))


def labels(disease: str) -> tuple[str, str]:
    """Return the English and Chinese name of a disease."""
    return CONDITIONS[disease].label, CONDITIONS[disease].label_zh


def number(value: float) -> float | None:
    """Return a figure with as many digits as are told; None where there is none."""
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
