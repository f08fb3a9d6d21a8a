"""Cox regression in table form: each linear term is tabulated on the resolution of its feature."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from features.views import get_feature
from models.risk_model import Direction
from models.tables import Curve, TableForm
from training.cox import fit_cox

Array = NDArray[np.float64]

# A little shrinkage keeps rare binary features from separating the data; it moves no estimate visibly.
PENALTY = 1e-3
# Risk does not go up with these in one line: death competes at high ages, and both lean and heavy people fall ill more.
BENDING = frozenset({"age", "bmi"})
# Where a restricted cubic spline of four knots has them, as quantiles (Harrell FE. Regression Modeling Strategies, 2nd
# edition, Springer 2015, table 2.3).
KNOTS = (0.05, 0.35, 0.65, 0.95)
BENDS = ("bend 1", "bend 2")
# Share of missing values from which on a term says that they are: what fewer of them say is luck. In Framingham, where
# hardly anything is missing, such terms took 0.003 of the C-index of coronary disease.
MISSING_OFTEN = 0.05
VARIES = 1e-6  # standard deviation above which a term is not a constant
MOST_POINTS = 500  # of a curve


class TabulatedCox:
    """Cox proportional hazards model whose log-hazard is a sum of curves.

    Continuous features enter as their natural logarithm where they cannot be zero, as in the Framingham functions,
    and are told apart only at their declared resolution (`Feature.step`), in training as in scoring; so the tables
    are the model and not an approximation of it. Outside the range seen in training a curve stays level. That a value
    is missing is a term of its own beside the median, if that is often so: who is tested, and who is not, differ. Age
    and body mass index enter as restricted cubic splines.

    A term that comes out against the direction which medicine knows is left out, and the others are fitted again:
    what is left of a feature beside those that go with it may turn its sign, and no doctor would believe that.

    Attributes
    ----------
    form_ : TableForm
        The log-hazard relative to the median person, held to `directions`.
    free_form_ : TableForm
        The same from all terms: the refitted regression that every model is compared with.
    """

    def __init__(self, features: tuple[str, ...], directions: Mapping[str, Direction] | None = None) -> None:
        self.features = features
        self.signs = {name: 1 if way == "rises" else -1 for name, way in (directions or {}).items()}

    def fit(
        self, columns: dict[str, Array], time: Array, event: NDArray[np.bool_], weight: Array | None = None
    ) -> TabulatedCox:
        """Fit to `columns` (n,), `time` in years and `event`; deaths are censored (cause-specific hazard)."""
        grids = {name: _Grid(name, columns[name]) for name in self.features}
        terms, owner = [], []
        for name, grid in grids.items():
            for kind, term in grid.kinds(columns[name]).items():
                if np.std(term) > VARIES:
                    terms.append(term)
                    owner.append((name, kind))
        if not terms:
            self.form_ = self.free_form_ = TableForm(intercept=0.0, curves=(), surfaces=())
            return self
        matrix = np.column_stack(terms)
        scale = matrix.std(axis=0)
        matrix = (matrix - matrix.mean(axis=0)) / scale
        base = np.ones(len(time)) if weight is None else weight
        kept = np.ones(len(owner), dtype=bool)

        def fitted() -> Array:
            found = np.zeros(len(owner))
            if kept.any():
                found[kept] = fit_cox(matrix[:, kept], time, event, base, PENALTY) / scale[kept]
            return found

        def form(found: Array) -> TableForm:
            return _tabulated(grids, dict(zip(owner, found.tolist(), strict=True)))

        found = fitted()
        self.free_form_ = form(found)
        while (
            against := np.array([self._against(*key, value) for key, value in zip(owner, found, strict=True)])
        ).any():
            kept &= ~against
            found = fitted()
        self.form_ = form(found)
        return self

    def _against(self, name: str, kind: str, coefficient: float) -> bool:
        """Return whether a coefficient goes against the declared direction; what bends has none in one line."""
        return kind == "value" and name not in BENDING and coefficient * self.signs.get(name, 0) < 0


def _tabulated(grids: Mapping[str, _Grid], coefficients: Mapping[tuple[str, str], float]) -> TableForm:
    """Return the terms as curves, one for each feature that has any."""
    of = {name: {kind: value for (owner, kind), value in coefficients.items() if owner == name} for name in grids}
    curves = tuple(grid.curve(of[name]) for name, grid in grids.items() if any(of[name].values()))
    return TableForm(intercept=0.0, curves=curves, surfaces=())


class _Grid:
    """The resolution on which one feature is told apart, and its transformation.

    Points are whole numbers of steps over the range seen; the edge between two points lies half-way. Training and
    scoring find the bin by the same comparison with the same edges. A range of very many steps is told apart more
    coarsely, at whole multiples of the step.
    """

    def __init__(self, name: str, values: Array) -> None:
        feature = get_feature(name)
        self.name = name
        log = feature.kind == "continuous" and feature.low > 0
        seen = values[~np.isnan(values)]
        if seen.size == 0:
            seen = np.array([feature.low])
        step = feature.step * max(1, math.ceil((seen.max() - seen.min()) / feature.step / MOST_POINTS))
        points = np.arange(round(seen.min() / step), round(seen.max() / step) + 1, dtype=np.float64)
        self.edges: Array = (points[:-1] + 0.5) * step
        scale: Array = np.log(np.maximum(points * step, feature.low)) if log else points * step
        self.terms: Array = scale - scale[np.searchsorted(self.edges, np.median(seen))]
        quantiles = KNOTS if name in BENDING else ()
        self.knots: Array = np.unique(np.quantile(self.transformed(seen), quantiles))

    def transformed(self, values: Array) -> Array:
        """Return the regression term for each value, relative to the median, which a missing one counts as."""
        bins = np.searchsorted(self.edges, values)
        return np.where(np.isnan(values), 0.0, self.terms[np.minimum(bins, len(self.terms) - 1)])

    def kinds(self, values: Array) -> dict[str, Array]:
        """Return the terms that the feature enters as, by kind."""
        absent = np.isnan(values)
        line = self.transformed(values)
        kinds = {"value": line}
        if absent.mean() >= MISSING_OFTEN:
            kinds["absent"] = absent.astype(np.float64)
        return kinds | dict(zip(BENDS, self.bends(line), strict=False))

    def bends(self, terms: Array) -> list[Array]:
        """Return what bends the line, 0 at the median: a column for each knot but the last two, none of two knots.

        The restricted cubic spline of Devlin and Weeks as in Harrell, section 2.4.5: straight beyond the outer knots.
        """
        *first, before, last = self.knots if len(self.knots) > 2 else (0.0, 0.0)
        return [self._bend(terms, knot, before, last) - self._bend(np.zeros(1), knot, before, last) for knot in first]

    def _bend(self, terms: Array, knot: float, before: float, last: float) -> Array:
        def cube(at: float) -> Array:
            return np.maximum(terms - at, 0.0) ** 3

        tail = cube(before) * (last - knot) - cube(last) * (before - knot)
        bend: Array = (cube(knot) - tail / (last - before)) / (last - self.knots[0]) ** 2
        return bend

    def curve(self, coefficients: Mapping[str, float]) -> Curve:
        """Return the terms as a table, from their coefficients; `absent` is what a missing value adds to the median."""
        values = coefficients.get("value", 0.0) * self.terms
        for kind, bend in zip(BENDS, self.bends(self.terms), strict=False):
            values = values + coefficients.get(kind, 0.0) * bend
        return Curve(self.name, self.edges, np.append(values, coefficients.get("absent", 0.0)))
