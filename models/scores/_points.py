"""Points sheets: the points of a measurement's bands, and the risk that a source prints for a band of points."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from models.scores._score import FloatArray, log_hazard_from_risk

ByPoints = Callable[[FloatArray], FloatArray]
"""Takes numbers (n,) and returns what belongs to each, float64 (n,); NaN for NaN."""


def bands(lowest: float, *steps: tuple[float, float]) -> ByPoints:
    """Return the points of a measurement: `lowest`, and from each edge of `steps` on the points beside it.

    >>> age = bands(0, (45, 2), (55, 3))
    >>> age(np.array([44.9, 45.0, 60.0, np.nan])).tolist()
    [0.0, 2.0, 3.0, nan]
    """
    edges = np.array([edge for edge, _ in steps] + [math.inf])  # a missing value is sorted behind infinity
    points = np.array([lowest] + [points for _, points in steps] + [math.nan])

    def points_of(values: FloatArray) -> FloatArray:
        found: FloatArray = points[np.searchsorted(edges, values, side="right")]
        return found

    return points_of


def above(edge: float) -> float:
    """Return the edge of a band that starts above `edge`, and not at it."""
    return math.nextafter(edge, math.inf)


def of_sex(female: FloatArray, women: FloatArray, men: FloatArray) -> FloatArray:
    """Return the points (n,) of women where `female` is 1, those of men where it is 0, NaN where it is NaN."""
    return men + female * (women - men)


def log_hazard_of_points(highest: int, centres: Sequence[float], risks: Sequence[float]) -> ByPoints:
    """Return the log cumulative hazard of a sum of points, from the risks that a source prints for bands of points.

    Parameters
    ----------
    highest
        The most points that the sheet can give; the least is 0.
    centres, risks
        Middle and printed risk of each band, both rising. Each risk is taken to hold at the middle; between, and
        beyond the outer two, the log cumulative hazard is taken as linear in the points, so that it rises with each.

    Returns
    -------
    Callable
        Takes whole points, float64 (n,), and returns float64 (n,).
    """
    printed, at = log_hazard_from_risk(np.asarray(risks, np.float64)), np.asarray(centres, np.float64)
    slopes = np.diff(printed) / np.diff(at)
    points = np.arange(highest + 1)
    segment = np.clip(np.searchsorted(at, points) - 1, 0, len(slopes) - 1)
    table = np.append(printed[segment] + slopes[segment] * (points - at[segment]), np.nan)

    def log_hazard(points: FloatArray) -> FloatArray:
        place = np.where(np.isnan(points), highest + 1, points).astype(np.intp)
        found: FloatArray = table[place]
        return found

    return log_hazard
