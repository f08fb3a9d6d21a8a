"""Where areas lie: their shapes, neighbours and middles. A county is its townships together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.area.neighbours import Neighbours, in_km, queen

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

BORDER_GAP = 1e-4  # degrees, about ten metres: borders that were cut apart still touch
SHOWN_DEGREES = 5  # decimals of a coordinate, about a metre


class AreaShapes:
    """The shapes of one level's areas.

    Attributes
    ----------
    whole
        Whether every area has one; without that there are no neighbours and no middles.
    """

    def __init__(self, townships: Mapping[str, BaseGeometry], codes: Sequence[str]) -> None:
        self.codes = codes
        self._shapes = {code: shape for code in codes if (shape := _shape(townships, code)) is not None}
        self.whole = bool(codes) and len(self._shapes) == len(codes)

    def geometries(self) -> dict[str, dict[str, Any]]:
        """Return GeoJSON geometries by code, to a metre."""
        from shapely import set_precision, to_geojson

        return {
            code: json.loads(to_geojson(set_precision(shape, 10.0**-SHOWN_DEGREES)))
            for code, shape in self._shapes.items()
        }

    def neighbours(self) -> Neighbours | None:
        """Return which areas touch; None where shapes are missing."""
        return queen([self._shapes[code] for code in self.codes], BORDER_GAP) if self.whole else None

    def places(self) -> NDArray[np.float64] | None:
        """Return the middles, (areas, 2) in kilometres; None where shapes are missing."""
        if not self.whole:
            return None
        middles = [self._shapes[code].representative_point() for code in self.codes]
        return in_km(np.array([(middle.x, middle.y) for middle in middles]))


def _shape(townships: Mapping[str, BaseGeometry], code: str) -> BaseGeometry | None:
    if code in townships:
        return townships[code]
    within = [shape for township, shape in townships.items() if township.startswith(code)]
    if not within:
        return None
    from shapely import union_all

    return union_all(within)
