"""Which areas lie next to each other, and where their middles are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from features.errors import InvalidInputError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

EARTH_KM = 6371.0088  # mean radius, IUGG

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Neighbours:
    """Pairs of areas that touch, each pair in both directions, sorted.

    Attributes
    ----------
    areas
        How many areas there are.
    first, second
        Positions of the two areas of each link, int64 (links,).
    """

    areas: int
    first: Places
    second: Places

    @classmethod
    def of_pairs(cls, areas: int, pairs: Iterable[tuple[int, int]]) -> Neighbours:
        """Return the neighbours that are named by pairs of positions, in either direction or both.

        Raises
        ------
        InvalidInputError
            If a position is none of the areas, or an area is called its own neighbour.
        """
        links = {(a, b) for one, two in pairs for a, b in ((one, two), (two, one))}
        wrong = [link for link in links if link[0] == link[1] or not 0 <= min(link) <= max(link) < areas]
        if wrong:
            raise InvalidInputError(f"{min(wrong)} is no pair of two of the {areas} areas, which are 0 to {areas - 1}.")
        table = np.array(sorted(links), dtype=np.int64).reshape(-1, 2)
        return cls(areas, table[:, 0], table[:, 1])

    def among(self, kept: NDArray[np.bool_]) -> Neighbours:
        """Return the links among some of the areas, (areas,), counted anew."""
        place = np.cumsum(kept) - 1
        both = kept[self.first] & kept[self.second]
        return Neighbours(int(kept.sum()), place[self.first[both]], place[self.second[both]])

    def matrix(self) -> csr_array:
        """Return 1 for each link, (areas, areas)."""
        return csr_array((np.ones(len(self.first)), (self.first, self.second)), shape=(self.areas, self.areas))

    def with_self(self) -> csr_array:
        """Return 1 for each link and on the diagonal, (areas, areas)."""
        every = np.arange(self.areas)
        places = np.concatenate([self.first, every]), np.concatenate([self.second, every])
        return csr_array((np.ones(len(places[0])), places), shape=(self.areas, self.areas))

    @cached_property
    def weights(self) -> Any:
        """The links as a `libpysal.weights.W` for `esda`, weighing one together; areas without a neighbour stay in."""
        return self._weights("r")

    @cached_property
    def weights_with_self(self) -> Any:
        """The same with each area in its own neighbourhood, all weighing one."""
        from libpysal.weights import fill_diagonal  # type: ignore[import-untyped]

        weights = fill_diagonal(self._weights("b"), 1)
        weights.transform = "b"
        return weights

    def _weights(self, transform: str) -> Any:
        from libpysal.weights import W

        found: dict[int, list[int]] = {area: [] for area in range(self.areas)}
        for one, two in zip(self.first.tolist(), self.second.tolist(), strict=True):
            found[one].append(two)
        weights = W(found, silence_warnings=True)
        weights.transform = transform
        return weights


def queen(shapes: Sequence[BaseGeometry], gap: float = 0.0) -> Neighbours:
    """Return the areas whose shapes share a point (queen contiguity).

    Parameters
    ----------
    gap
        Shapes that come so near count as touching, in the unit of the coordinates: borders drawn separately may miss
        each other by a rounding.
    """
    from shapely import STRtree

    tree = STRtree(list(shapes))
    one, two = tree.query(list(shapes), predicate="dwithin", distance=gap)
    return Neighbours.of_pairs(len(shapes), [(a, b) for a, b in zip(one.tolist(), two.tolist(), strict=True) if a < b])


def in_km(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return longitude and latitude (places, 2) in degrees as kilometres east and north of their mean.

    An equirectangular projection: within a city it is off by less than one in a thousand.
    """
    middle = degrees.mean(axis=0)
    east = np.cos(np.radians(middle[1]))
    return np.asarray(np.radians(degrees - middle) * EARTH_KM * np.array([east, 1.0]))
