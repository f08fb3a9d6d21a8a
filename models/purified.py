"""The model as a reader wants to see it: one curve a feature, and for each pair only what the pair adds to its curves.

A feature's contribution (see `models.attribution`) takes its half of every pair map, so it is a number for each cell
of two features and cannot be drawn as a line. Here the part of a map that depends on one feature alone, averaged over
the background's other feature, moves into that feature's curve; the map keeps the rest. Nothing is approximated: base,
curves and maps still add up to the raw score.

References
----------
Lengerich B, Tan S, Chang CH, Hooker G, Caruana R. Purifying interaction effects with the functional ANOVA. AISTATS
2020;108:2402-2412. There the weights are those of the joint distribution, here the product of the margins, as in the
interventional game of `models.attribution`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.attribution import Attribution
from models.tables import Array, Curve, Surface, TableForm, bins, representatives


@dataclass(frozen=True, eq=False)
class Effects:
    """Base, curves and pair maps that add up to the raw score (log-odds before calibration).

    Attributes
    ----------
    base
        Raw score where every curve and map is 0.
    curves
        One a feature, in alphabetical order.
    surfaces
        One a pair of features, in the order of the form.
    """

    base: float
    curves: tuple[Curve, ...]
    surfaces: tuple[Surface, ...]

    def means(self, columns: Mapping[str, Array]) -> tuple[Array, Array]:
        """Return the mean over the rows of each curve, (c,), and of each map, (s,)."""
        curves = np.array([curve.lookup(columns).mean() for curve in self.curves])
        surfaces = np.array([surface.lookup(columns).mean() for surface in self.surfaces])
        return curves, surfaces

    def centred(self, curves: Array, surfaces: Array) -> Effects:
        """Return the same with these constants, as `means` gives them, moved into the base."""
        return Effects(
            self.base + float(curves.sum() + surfaces.sum()),
            tuple(Curve(c.feature, c.edges, c.values - by) for c, by in zip(self.curves, curves, strict=True)),
            tuple(Surface(s.features, s.edges, s.values - by) for s, by in zip(self.surfaces, surfaces, strict=True)),
        )


def purify(form: TableForm, attribution: Attribution) -> Effects:
    """Return curves and pair maps of `form`, each up to a constant; `Effects.centred` chooses the constants.

    Raises
    ------
    InvalidInputError
        If the contributions are those of another form.
    """
    attribution.check(form)
    parts: dict[str, list[Curve]] = {name: [] for name in form.features}
    for curve, values in zip(form.curves, attribution.curves, strict=True):
        parts[curve.feature].append(Curve(curve.feature, curve.edges, values))
    surfaces = []
    for surface, (first, second) in zip(form.surfaces, attribution.surfaces, strict=True):
        # The two shares of a cell differ by what the first feature does on average less what the second does.
        difference = first - second
        along_first = difference.mean(axis=1) - difference.mean()
        along_second = difference.mean() - difference.mean(axis=0)
        for name, edges, values in zip(surface.features, surface.edges, (along_first, along_second), strict=True):
            parts[name].append(Curve(name, edges, values))
        rest = first + second - along_first[:, np.newaxis] - along_second[np.newaxis, :]
        surfaces.append(Surface(surface.features, surface.edges, rest))
    return Effects(attribution.base, tuple(_sum(curves) for curves in parts.values()), tuple(surfaces))


def as_read(form: TableForm, attribution: Attribution, told: Mapping[str, Any] | None) -> Effects:
    """Return the purified model, centred on the cohort where that is known, else on the model's own bins.

    Parameters
    ----------
    told
        `effects` of the version's profile (see `training.profile`), None with versions that keep none.
    """
    effects = purify(form, attribution)
    if told is None:
        return effects.centred(
            np.array([float(np.median(curve.values[:-1])) for curve in effects.curves]),
            np.array([float(np.median(surface.values)) for surface in effects.surfaces]),
        )
    return effects.centred(
        np.array([told["curves"][curve.feature]["centre"] for curve in effects.curves]),
        np.array([entry["centre"] for entry in told["surfaces"]]),
    )


def _sum(curves: list[Curve]) -> Curve:
    """Return the sum of curves over one feature."""
    edges = np.unique(np.concatenate([curve.edges for curve in curves]))
    points = representatives(edges)
    total = sum((curve.values[bins(curve.edges, points)] for curve in curves), start=np.zeros(len(points)))
    return Curve(curves[0].feature, edges, total)
