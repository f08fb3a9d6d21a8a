"""Cox regression in table form: each linear term is tabulated on the resolution of its feature."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.views import get_feature
from models.tables import Curve, TableForm

Array = NDArray[np.float64]

# A little shrinkage keeps rare binary features from separating the data; it moves no estimate visibly.
PENALTY = 1e-3


class TabulatedCox:
    """Cox proportional hazards model whose log-hazard is a sum of curves.

    Continuous features enter as their natural logarithm where they cannot be zero, as in the Framingham functions,
    and are told apart only at their declared resolution (`Feature.step`), in training as in scoring; so the tables
    are the model and not an approximation of it. Outside the range seen in training a curve stays level. A missing
    value counts as the training median.

    Attributes
    ----------
    form_ : TableForm
        The log-hazard relative to the median person.
    """

    def __init__(self, features: tuple[str, ...]) -> None:
        self.features = features

    def fit(self, columns: dict[str, Array], time: Array, event: NDArray[np.bool_]) -> TabulatedCox:
        """Fit to `columns` (n,), `time` in years and `event`; deaths are censored (cause-specific hazard)."""
        from lifelines import CoxPHFitter

        grids = {name: _Grid(name, columns[name]) for name in self.features}
        terms = pd.DataFrame({name: grid.transformed(columns[name]) for name, grid in grids.items()})
        scale = terms.std(ddof=0)
        varying = scale.index[scale > 1e-12]
        standardised = (terms[varying] / scale[varying]).assign(time=time, event=event)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # lifelines warns of low variance and of its own pandas use
            fitter = CoxPHFitter(penalizer=PENALTY).fit(standardised, "time", "event")
        coefficients = fitter.params_ / scale[varying]
        curves = tuple(grids[name].curve(float(coefficients[name])) for name in varying)
        self.form_ = TableForm(intercept=0.0, curves=curves, surfaces=())
        return self


class _Grid:
    """The resolution on which one feature is told apart, and its transformation.

    Points are whole numbers of steps over the range seen; the edge between two points lies half-way. Training and
    scoring find the bin by the same comparison with the same edges.
    """

    def __init__(self, name: str, values: Array) -> None:
        feature = get_feature(name)
        self.name = name
        log = feature.kind == "continuous" and feature.low > 0
        seen = values[~np.isnan(values)]
        if seen.size == 0:
            seen = np.array([feature.low])
        points = np.arange(round(seen.min() / feature.step), round(seen.max() / feature.step) + 1, dtype=np.float64)
        self.edges: Array = (points[:-1] + 0.5) * feature.step
        scale: Array = np.log(points * feature.step) if log else points * feature.step
        self.terms: Array = scale - scale[np.searchsorted(self.edges, np.median(seen))]

    def transformed(self, values: Array) -> Array:
        """Return the regression term for each value, relative to the median."""
        bins = np.searchsorted(self.edges, values)
        return np.where(np.isnan(values), 0.0, self.terms[np.minimum(bins, len(self.terms) - 1)])

    def curve(self, coefficient: float) -> Curve:
        """Return the term as a table; a missing value counts as the median."""
        return Curve(feature=self.name, edges=self.edges, values=np.append(coefficient * self.terms, 0.0))
