"""Where a disease is more frequent than sex, age and chance explain: counties by funnel, townships on a map.

All from shown counts; only how the city's rates differ by sex and age, from which expected cases follow, is exact. A
place whose count is not told has no ratio and is left out of the scan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from models.area.funnel import FAR, funnel_limits
from models.area.neighbours import in_km
from models.area.rates import Estimate, standardised_ratios
from models.area.scan import circular_scan
from models.area.shrinkage import shrink
from training.bulletin.counting import Floats

TOLD_AT_LEAST = 0.5  # share of townships that must be told for a map of townships (our own choice)
SIGNIFICANT = 0.05
HIGH, LOW = "high", "low"
LEAST_PLACES = 4


@dataclass(frozen=True)
class Place:
    """One area.

    Attributes
    ----------
    ratio
        Cases over those expected at the city's rates by sex and age, with interval.
    smoothed
        The ratio drawn towards the city's by empirical Bayes, with interval.
    beyond
        `HIGH` or `LOW` beyond the 99.8 % limits of chance.
    clustered
        Whether it lies in a circle of more cases than chance puts together.
    """

    code: str
    cases: float | None
    expected: float
    ratio: Estimate | None
    smoothed: Estimate | None
    beyond: str | None
    clustered: bool = False


def places(
    codes: tuple[str, ...], cases: Floats, expected: Floats, shapes: Mapping[str, BaseGeometry] | None = None
) -> list[Place]:
    """Return the areas of one level for one disease.

    Parameters
    ----------
    cases, expected : array (areas,)
        Cases as shown, NaN where not told.
    shapes
        Where given, cases are looked through for clusters.
    """
    told = np.isfinite(cases) & (expected > 0)
    ratios = standardised_ratios(np.where(told, cases, 0.0), np.where(told, expected, np.nan))
    smoothed: dict[int, Estimate] = {}
    if told.sum() >= LEAST_PLACES and cases[told].sum() > 0:
        drawn = shrink(cases[told], expected[told])
        triples = zip(np.flatnonzero(told), drawn.risk, drawn.low, drawn.high, strict=True)
        smoothed = {int(at): Estimate(float(risk), float(low), float(high)) for at, risk, low, high in triples}
    low, high = funnel_limits(np.where(told, expected, 1.0), FAR)
    clustered = _clusters(codes, cases, expected, told, shapes) if shapes else np.zeros(len(codes), bool)
    return [
        Place(
            code=code,
            cases=float(cases[at]) if told[at] else None,
            expected=float(expected[at]),
            ratio=Estimate(*(float(one[at]) for one in (ratios.value, ratios.low, ratios.high))) if told[at] else None,
            smoothed=smoothed.get(at),
            beyond=None if not told[at] else HIGH if cases[at] > high[at] else LOW if cases[at] < low[at] else None,
            clustered=bool(clustered[at]),
        )
        for at, code in enumerate(codes)
    ]


def _clusters(
    codes: tuple[str, ...],
    cases: Floats,
    expected: Floats,
    told: NDArray[np.bool_],
    shapes: Mapping[str, BaseGeometry],
) -> NDArray[np.bool_]:
    """Return which areas lie in a significant circle of many cases, bool (areas,)."""
    inside = np.zeros(len(codes), bool)
    if told.sum() < LEAST_PLACES or not set(codes) <= set(shapes):
        return inside
    middles = [shapes[code].representative_point() for code in codes]
    where = in_km(np.array([(middle.x, middle.y) for middle in middles]))
    scan = circular_scan(np.where(told, cases, 0.0), np.where(told, expected, 0.0), where)
    for cluster in scan.clusters:
        if cluster.p <= SIGNIFICANT and cluster.relative_risk > 1:
            inside[list(cluster.areas)] = True
    return inside & told


def as_row(place: Place, names: tuple[str, str]) -> dict[str, Any]:
    """Return a place as it may be printed."""
    return {
        "code": place.code,
        "name": names[0],
        "name_zh": names[1],
        "cases": place.cases,
        "expected": figure(place.expected),
        "ratio": estimate(place.ratio),
        "smoothed": estimate(place.smoothed),
        "beyond": place.beyond,
        "clustered": place.clustered,
    }


def estimate(told: Estimate | None, factor: float = 1.0) -> dict[str, float | None] | None:
    """Return an estimate as a dictionary; None where there is none."""
    if told is None or not np.isfinite(told.value):
        return None
    return {name: figure(getattr(told, name) * factor) for name in ("value", "low", "high")}


def figure(value: float) -> float | None:
    """Return a figure with as many digits as are told; None where there is none."""
    return float(f"{value:.4g}") if np.isfinite(value) else None
