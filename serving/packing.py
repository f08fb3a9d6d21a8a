"""How all models lie in memory for the kernel: shared edges, one array of cells, one of remaps, and their index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.errors import InvalidInputError
from models.attribution import Attribution
from models.tables import Array, TableForm, bins, representatives

Remaps = NDArray[np.uint32]
Index = NDArray[np.uint64]  # unsigned: compiled indexing then need not look for negative places

MOST_EDGES = np.iinfo(np.uint16).max - 1


class Tables:
    """The tables of all models in flat arrays; `_bin` and `_score` say what each of them holds."""

    def __init__(
        self, features: tuple[str, ...], forms: Sequence[TableForm], attributions: Sequence[Attribution]
    ) -> None:
        unions = {name: union_edges(name, forms) for name in features}
        points = {name: representatives(edges) for name, edges in unions.items()}
        places = {name: place for place, name in enumerate(features)}
        curves, surfaces = [], []
        remaps, cells = Flat(np.empty(0, np.uint32)), Flat(np.empty((3, 0)))
        for model, (form, attribution) in enumerate(zip(forms, attributions, strict=True)):
            attribution.check(form)
            for curve, part in zip(form.curves, attribution.curves, strict=True):
                spread = bins(curve.edges, points[curve.feature])
                start = cells.append(np.stack([curve.values, part, np.zeros_like(part)])[:, spread])
                curves.append((model, places[curve.feature], start))
            for surface, pair in zip(form.surfaces, attribution.surfaces, strict=True):
                first, second = surface.features
                along = remaps.append(bins(surface.edges[0], points[first]) * surface.values.shape[1])
                across = remaps.append(bins(surface.edges[1], points[second]))
                start = cells.append(np.stack([surface.values, *pair]).reshape(3, -1))
                surfaces.append((model, places[first], places[second], along, across, start))
        self.curves: Index = np.array(curves, dtype=np.uint64).reshape(-1, 3)
        self.surfaces: Index = np.array(surfaces, dtype=np.uint64).reshape(-1, 6)
        self.remaps: Remaps = remaps.joined().astype(np.uint32)
        self.cells: Array = cells.joined()
        self.edges, self.axes = search_grid(list(unions.values()))
        # Cut once: every reason of every person begins with it.
        self._of = [(_of(self.curves, model), _of(self.surfaces, model)) for model in range(len(forms))]

    def of(self, model: int) -> tuple[Index, Index]:
        """Return the curves and the surfaces of one model."""
        return self._of[model]


def _of(tables: Index, model: int) -> Index:
    """Return the rows of one model; tables lie in the order of the models."""
    first, after = np.searchsorted(tables[:, 0], [model, model + 1])
    return tables[first:after]


class Flat:
    """Arrays laid end to end along their last axis."""

    def __init__(self, empty: NDArray[Any]) -> None:
        self._arrays, self._length = [empty], 0

    def append(self, array: NDArray[Any]) -> int:
        """Add an array and return where it starts."""
        start = self._length
        self._arrays.append(array)
        self._length += int(array.shape[-1])
        return start

    def joined(self) -> NDArray[Any]:
        """Return all arrays as one."""
        return np.concatenate(self._arrays, axis=-1)


def union_edges(name: str, forms: Sequence[TableForm]) -> Array:
    """Return all edges of any model along one feature."""
    found = [curve.edges for form in forms for curve in form.curves if curve.feature == name]
    surfaces = [surface for form in forms for surface in form.surfaces if name in surface.features]
    found += [surface.edges[surface.features.index(name)] for surface in surfaces]
    edges = np.unique(np.concatenate(found))
    if len(edges) > MOST_EDGES:
        raise InvalidInputError(
            f"Feature '{name}' has {len(edges)} edges, at most {MOST_EDGES} fit. Tabulate it in larger steps."
        )
    return edges


def search_grid(unions: Sequence[Array]) -> tuple[Array, Index]:
    """Return the edges of all features, filled up for `_bin`, and where each feature finds its own."""
    flat, axes = Flat(np.empty(0)), []
    for edges in unions:
        filled = (1 << len(edges).bit_length()) - 1
        axes.append((flat.append(np.append(edges, np.full(filled - len(edges), np.inf))), len(edges), filled))
    return flat.joined(), np.array(axes, dtype=np.uint64).reshape(-1, 3)
