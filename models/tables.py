"""The table form of a model: an intercept, one-feature tables and two-feature tables, summed.

It is what every additive model of this project becomes (boosted trees of depth 1 or 2, tabulated regressions
and published scores, and blends of them): a person's raw score, on the log-odds scale, is found by looking up
one cell a table. Nothing here needs more than NumPy, so a score can be checked on paper; `serving.kernel` is
the fast path and gives the same numbers.

The bin rule is LightGBM's ("a value that does not exceed the threshold goes left"): the bin of x is the
number of edges strictly below x. With k edges there are the bins 0..k, and bin k + 1 for a missing value
(NaN); infinities are ordinary values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.errors import InvalidInputError, NotReadyError, UnknownNameError

Array = NDArray[np.float64]
Bins = NDArray[np.intp]


class DamagedTablesError(NotReadyError):
    """Stored tables that are cut short, altered or of another making."""


def bins(edges: Array, values: Array) -> Bins:
    """Return the bin of each value: edges strictly below it, or ``len(edges) + 1`` where it is NaN.

    >>> bins(np.array([1.0, 2.0]), np.array([1.0, 1.5, np.inf, -np.inf, np.nan])).tolist()
    [0, 1, 2, 0, 3]
    """
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="left"))


def representatives(edges: Array) -> Array:
    """Return a value of each bin, (k + 2,): the edges (each closes the bin below it), infinity, NaN."""
    return np.concatenate([edges, [np.inf, np.nan]])


def named_columns(columns: Mapping[str, ArrayLike], names: Iterable[str]) -> dict[str, Array]:
    """Return the columns `names` as float64 (n,).

    Raises
    ------
    UnknownNameError
        If a name is not among the columns.
    InvalidInputError
        If a column holds no numbers, is not one-dimensional, or is of another length than the others.
    """
    found: dict[str, Array] = {}
    for name in names:
        if name not in columns:
            raise UnknownNameError("column", name, columns)
        try:
            found[name] = np.asarray(columns[name], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InvalidInputError(f"Column '{name}' must hold numbers, NaN where missing ({error}).") from error
    shapes = {column.shape for column in found.values()}
    if len(shapes) > 1 or any(len(shape) != 1 for shape in shapes):
        listed = ", ".join(f"{name} {column.shape}" for name, column in found.items())
        raise InvalidInputError(f"Columns must be one-dimensional and equally long, not: {listed}.")
    return found


@dataclass(frozen=True, eq=False)
class Curve:
    """A table over one feature.

    Attributes
    ----------
    feature
        Name of the column.
    edges
        float64 (k,), finite and strictly increasing, in the feature's unit; may be empty.
    values
        float64 (k + 2,), what bins 0..k and the missing bin add to the log-odds.
    """

    feature: str
    edges: Array
    values: Array

    def __post_init__(self) -> None:
        """Keep read-only copies, so that no caller can change a model behind its checks."""
        label = _checked_name(self.feature)
        edges = _checked_edges(self.edges, label)
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "values", finite(self.values, f"the values of {label}", (len(edges) + 2,)))

    def lookup(self, columns: Mapping[str, Array]) -> Array:
        """Return what this table adds for each row, (n,)."""
        looked_up: Array = self.values[bins(self.edges, columns[self.feature])]
        return looked_up


@dataclass(frozen=True, eq=False)
class Surface:
    """A table over two features.

    Attributes
    ----------
    features
        Names of the columns along the first and the second axis.
    edges
        Two arrays float64 (k1,) and (k2,), each finite and strictly increasing.
    values
        float64 (k1 + 2, k2 + 2), bins as in `Curve`, the last of each axis for a missing value.
    """

    features: tuple[str, str]
    edges: tuple[Array, Array]
    values: Array

    def __post_init__(self) -> None:
        """Keep read-only copies, so that no caller can change a model behind its checks."""
        first, second = (_checked_name(name) for name in self.features)
        label = f"{first} by {second}"
        if first == second:
            raise InvalidInputError(f"The table {label} uses one feature twice. Make it a curve.")
        along_first, along_second = (_checked_edges(edges, label) for edges in self.edges)
        shape = (len(along_first) + 2, len(along_second) + 2)
        object.__setattr__(self, "features", (first, second))
        object.__setattr__(self, "edges", (along_first, along_second))
        object.__setattr__(self, "values", finite(self.values, f"the values of {label}", shape))

    def lookup(self, columns: Mapping[str, Array]) -> Array:
        """Return what this table adds for each row, (n,)."""
        looked_up: Array = self.values[self.cells(columns)]
        return looked_up

    def cells(self, columns: Mapping[str, Array]) -> tuple[Bins, Bins]:
        """Return the bins of each row along the first and the second axis, (n,) each."""
        first, second = self.features
        return bins(self.edges[0], columns[first]), bins(self.edges[1], columns[second])

    def transposed(self) -> Surface:
        """Return the same table with its features the other way round."""
        return Surface(self.features[::-1], self.edges[::-1], self.values.T)


@dataclass(frozen=True, eq=False)
class TableForm:
    """A model as a sum of tables.

    Attributes
    ----------
    intercept
        Raw score before any table, log-odds.
    curves
        At most one a feature.
    surfaces
        At most one an unordered pair of features.
    """

    intercept: float
    curves: tuple[Curve, ...]
    surfaces: tuple[Surface, ...]

    def __post_init__(self) -> None:
        """Refuse what would make the sum ambiguous."""
        object.__setattr__(self, "intercept", finite(self.intercept, "the intercept", ()).item())
        object.__setattr__(self, "curves", tuple(self.curves))
        object.__setattr__(self, "surfaces", tuple(self.surfaces))
        keys = [(curve.feature,) for curve in self.curves] + [_pair(surface) for surface in self.surfaces]
        if twice := sorted({" by ".join(key) for key in keys if keys.count(key) > 1}):
            raise InvalidInputError(f"There are several tables over {', '.join(twice)}. Merge them with `add`.")

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns that the tables look at, sorted."""
        names = {curve.feature for curve in self.curves}
        return tuple(sorted(names.union(*(surface.features for surface in self.surfaces))))

    def raw(self, columns: Mapping[str, Array]) -> Array:
        """Return the raw score of each row.

        Tables are added in their order, the curves first; `serving.kernel` adds in the same order, so that
        both agree to the last bit.

        Parameters
        ----------
        columns
            float64 arrays (n,) by name, NaN where missing; names that the model does not use are left alone.

        Returns
        -------
        ndarray
            float64 (n,), log-odds before calibration.

        Raises
        ------
        UnknownNameError
            If a column that the model needs is not there.
        InvalidInputError
            If the columns differ in length.
        """
        # A form without tables still needs to know how many rows there are, so it takes any column.
        given = named_columns(columns, self.features or list(columns)[:1])
        score = np.full(len(next(iter(given.values()))) if given else 0, self.intercept)
        for curve in self.curves:
            score += curve.lookup(given)
        for surface in self.surfaces:
            score += surface.lookup(given)
        return score

    def add(self, *others: TableForm) -> TableForm:
        """Return the sum of this form and `others`; tables over the same features merge on their edges."""
        forms = (self, *others)
        curves: dict[str, list[Curve]] = {}
        surfaces: dict[tuple[str, ...], list[Surface]] = {}
        for form in forms:
            for curve in form.curves:
                curves.setdefault(curve.feature, []).append(curve)
            for surface in form.surfaces:
                surfaces.setdefault(_pair(surface), []).append(surface)
        return TableForm(
            intercept=sum(form.intercept for form in forms),
            curves=tuple(reduce(_merged_curves, same) for same in curves.values()),
            surfaces=tuple(reduce(_merged_surfaces, same) for same in surfaces.values()),
        )

    def scaled(self, weight: float) -> TableForm:
        """Return the form whose raw score is `weight` times this one's."""
        return TableForm(
            intercept=self.intercept * weight,
            curves=tuple(Curve(c.feature, c.edges, c.values * weight) for c in self.curves),
            surfaces=tuple(Surface(s.features, s.edges, s.values * weight) for s in self.surfaces),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and floats; JSON writes floats so that they are read back bit for bit."""
        return {
            "intercept": self.intercept,
            "curves": [
                {"feature": c.feature, "edges": c.edges.tolist(), "values": c.values.tolist()} for c in self.curves
            ],
            "surfaces": [
                {
                    "features": list(s.features),
                    "edges": [edges.tolist() for edges in s.edges],
                    "values": s.values.tolist(),
                }
                for s in self.surfaces
            ],
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> TableForm:
        """Read what `to_dict` wrote.

        Raises
        ------
        DamagedTablesError
            If a part is missing, of the wrong type or shape, or not a finite number.
        """
        with reading_tables():
            return cls(
                intercept=content["intercept"],
                curves=tuple(Curve(c["feature"], c["edges"], c["values"]) for c in content["curves"]),
                surfaces=tuple(Surface(s["features"], s["edges"], s["values"]) for s in content["surfaces"]),
            )


@contextmanager
def reading_tables() -> Iterator[None]:
    """Turn whatever goes wrong while stored tables are read into `DamagedTablesError`."""
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, InvalidInputError) as error:
        what = f"the entry {error} is missing" if isinstance(error, KeyError) else str(error)
        raise DamagedTablesError(
            f"The stored tables of this model are damaged: {what}. "
            "Train it again with `sanzao train`, or go back with `sanzao rollback`."
        ) from error


def finite(numbers: ArrayLike, label: str, shape: tuple[int, ...] | None = None) -> Array:
    """Return a read-only float64 copy of `numbers`, after checking that they are finite and of this shape."""
    array = np.array(numbers)
    if array.dtype.kind not in "fiu":
        raise InvalidInputError(f"Expected numbers in {label}, found {array.dtype}.")
    if shape is not None and array.shape != shape:
        raise InvalidInputError(f"Expected the shape {shape} in {label}, found {array.shape}.")
    if not np.isfinite(array).all():
        raise InvalidInputError(f"Expected finite numbers in {label}.")
    array = array.astype(np.float64)
    array.flags.writeable = False
    return array


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise InvalidInputError(f"Expected the name of a feature, found {name!r}.")
    return name


def _checked_edges(edges: ArrayLike, label: str) -> Array:
    array = finite(edges, f"the edges of {label}")
    if array.ndim != 1 or (array[1:] <= array[:-1]).any():
        raise InvalidInputError(f"Expected strictly increasing edges in the table {label}.")
    return array


def _pair(surface: Surface) -> tuple[str, ...]:
    return tuple(sorted(surface.features))


def _merged_curves(one: Curve, other: Curve) -> Curve:
    edges = np.union1d(one.edges, other.edges)
    points = representatives(edges)
    refined = [curve.values[bins(curve.edges, points)] for curve in (one, other)]
    return Curve(one.feature, edges, refined[0] + refined[1])


def _merged_surfaces(one: Surface, other: Surface) -> Surface:
    if one.features != other.features:
        other = other.transposed()
    edges = (np.union1d(one.edges[0], other.edges[0]), np.union1d(one.edges[1], other.edges[1]))
    first, second = (representatives(axis) for axis in edges)
    refined = [s.values[np.ix_(bins(s.edges[0], first), bins(s.edges[1], second))] for s in (one, other)]
    return Surface(one.features, edges, refined[0] + refined[1])
