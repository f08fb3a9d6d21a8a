"""What each feature adds to a person's score: exact interventional Shapley values, tabulated once a model.

The game is the usual one: v(S) is the mean raw score over a background sample when the features S are set to
the person's values and all others keep those of the background row. For a sum of one- and two-feature tables,
Shapley's formula is short enough to be written down: with background rows Z,

- a curve f gives its feature ``f(x) - mean f(Z)``;
- a surface f gives its first feature ``(f(x, y) - mean f(Zi, y) + mean f(x, Zj) - mean f(Zi, Zj)) / 2``, and
  its second feature the same with the parts of x and y exchanged; the last mean is over rows, so it sees how
  the two features go together in the background.

The values depend on a person only through the bins, so they form tables of the shape of the model's own, and
reading them costs what a score costs.

References
----------
Lundberg SM, Erion G, Chen H, et al. From local explanations to global understanding with explainable AI for
trees. Nature Machine Intelligence 2020;2:56-67 (interventional TreeSHAP, the oracle of the tests). Janzing D,
Minorics L, Bloebaum P. Feature relevance quantification in explainable AI: a causal problem. AISTATS 2020.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.errors import InvalidInputError
from models.tables import Array, Surface, TableForm, bins, finite, named_columns, reading_tables


@dataclass(frozen=True, eq=False)
class Attribution:
    """Contributions to the raw score (log-odds before calibration) as tables.

    Attributes
    ----------
    base
        Mean raw score of the background; base and contributions add up to the raw score.
    curves
        For each curve of the form, float64 of the shape of its values: what its feature contributes.
    surfaces
        For each surface of the form, two arrays float64 of the shape of its values: what its first and its
        second feature contribute.
    """

    base: float
    curves: tuple[Array, ...]
    surfaces: tuple[tuple[Array, Array], ...]

    @classmethod
    def of_nothing(cls, form: TableForm) -> Attribution:
        """Return tables of the right shapes that contribute nothing, for a form of which only the score is wanted."""
        return cls(
            base=0.0,
            curves=tuple(np.zeros_like(curve.values) for curve in form.curves),
            surfaces=tuple((np.zeros_like(s.values), np.zeros_like(s.values)) for s in form.surfaces),
        )

    def contributions(self, form: TableForm, columns: Mapping[str, Array]) -> dict[str, Array]:
        """Return the contribution of each feature of `form` for each row, float64 (n,), by plain lookup.

        Raises
        ------
        UnknownNameError, InvalidInputError
            As `TableForm.raw`; and if the tables are not those of `form`.
        """
        self.check(form)
        given = named_columns(columns, form.features)
        total = {name: np.zeros(len(column)) for name, column in given.items()}
        for curve, part in zip(form.curves, self.curves, strict=True):
            total[curve.feature] += part[bins(curve.edges, given[curve.feature])]
        for surface, parts in zip(form.surfaces, self.surfaces, strict=True):
            cell = surface.cells(given)
            for name, part in zip(surface.features, parts, strict=True):
                total[name] += part[cell]
        return total

    def check(self, form: TableForm) -> None:
        """Raise InvalidInputError unless these tables have the shapes of `form`."""
        shapes = [part.shape for part in self.curves] + [part.shape for pair in self.surfaces for part in pair]
        expected = [c.values.shape for c in form.curves] + [s.values.shape for s in form.surfaces for _ in s.features]
        if shapes != expected:
            raise InvalidInputError("These contributions belong to another model. Compute them anew with `explain`.")

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and floats; JSON writes floats so that they are read back bit for bit."""
        return {
            "base": self.base,
            "curves": [part.tolist() for part in self.curves],
            "surfaces": [[part.tolist() for part in pair] for pair in self.surfaces],
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Attribution:
        """Read what `to_dict` wrote.

        Raises
        ------
        DamagedTablesError
            If a part is missing, of the wrong type, or not a finite number.
        """
        label = "the contributions"
        with reading_tables():
            pairs = [(finite(first, label), finite(second, label)) for first, second in content["surfaces"]]
            return cls(
                base=finite(content["base"], label, ()).item(),
                curves=tuple(finite(part, label) for part in content["curves"]),
                surfaces=tuple(pairs),
            )


def explain(form: TableForm, background: Mapping[str, Array]) -> Attribution:
    """Return the exact interventional Shapley values of `form` against a background sample.

    Parameters
    ----------
    background
        float64 arrays (n,) by name, n >= 1, NaN where missing: the people that a contribution compares with,
        for instance the training sample.

    Returns
    -------
    Attribution
        Equal to ``shap.TreeExplainer(booster, data, feature_perturbation="interventional")`` where `form` is
        a collapsed booster.

    Raises
    ------
    UnknownNameError, InvalidInputError
        As `TableForm.raw`; and if the background has no rows.
    """
    given = named_columns(background, form.features)
    if any(len(column) == 0 for column in given.values()):
        raise InvalidInputError("Contributions need a background of at least one row.")
    base, curves, surfaces = form.intercept, [], []
    for curve in form.curves:
        mean = curve.lookup(given).mean()
        base += mean
        curves.append(curve.values - mean)
    for surface in form.surfaces:
        mean, pair = _surface_contributions(surface, given)
        base += mean
        surfaces.append(pair)
    return Attribution(float(base), tuple(curves), tuple(surfaces))


def _surface_contributions(surface: Surface, background: Mapping[str, Array]) -> tuple[float, tuple[Array, Array]]:
    """Return the mean of the surface over the background rows, and what each of its features contributes."""
    first, second = surface.cells(background)
    rows = len(first)
    share_first = np.bincount(first, minlength=surface.values.shape[0]) / rows
    share_second = np.bincount(second, minlength=surface.values.shape[1]) / rows
    given_first = (surface.values @ share_second)[:, np.newaxis]  # first feature the person's, second the background's
    given_second = (share_first @ surface.values)[np.newaxis, :]
    mean = surface.values[first, second].mean()
    both = surface.values - mean
    return mean, ((both + given_first - given_second) / 2, (both - given_first + given_second) / 2)
