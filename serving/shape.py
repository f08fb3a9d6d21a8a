"""The whole of a model as its tables say it: base, curves and pair maps on the scale on which they add up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from features.errors import UnknownNameError
from models.attribution import Attribution
from models.event_bundle import LATE
from models.event_model import EventModel
from models.kept import PROFILE, read_kept
from models.purified import as_read
from models.tables import Array, Curve, Surface, TableForm
from serving.champions import Champion, EventChampion, ModelUnavailableError
from serving.present import column_of
from serving.schemas_models import FoldCurves, Histogram, ShapeCurve, ShapeMap

DECIMALS = 5  # of log odds: a hundred-thousandth is no one's risk

Profile = Mapping[str, Any]


class Head(NamedTuple):
    """One output of a model: its tables, its calibration intercept + slope * raw, and the scale that this is on."""

    form: TableForm
    attribution: Attribution
    slope: float
    intercept: float
    scale: Literal["log odds", "log(1 + hours)"]


class Shape(NamedTuple):
    """What adds up to one output."""

    base: float
    curves: list[ShapeCurve]
    maps: list[ShapeMap]


def outputs_of(champion: Champion | EventChampion) -> tuple[str, ...]:
    """Return what a model says."""
    return champion.bundle.output_names


def head_of(champion: Champion | EventChampion, output: str | None) -> tuple[str, Head]:
    """Return one output of a champion, the first unless one is named.

    Raises
    ------
    UnknownNameError
        If there is no such output.
    ModelUnavailableError
        If it is made of deep trees, which no curves can show.
    """
    name = outputs_of(champion)[0] if output is None else output
    if name not in outputs_of(champion):
        raise UnknownNameError("output", name, outputs_of(champion))
    if isinstance(champion, Champion):
        bundle = champion.bundle
        return name, Head(bundle.form, bundle.attribution, bundle.slope, bundle.intercept, "log odds")
    head = champion.bundle.outputs[name]
    if not isinstance(head.form, TableForm) or head.attribution is None:
        raise ModelUnavailableError(
            f"The output '{name}' of '{champion.declaration.name}' is made of deep trees: there are no curves to show."
        )
    scale: Literal["log odds", "log(1 + hours)"] = "log odds" if name == LATE else "log(1 + hours)"
    return name, Head(head.form, head.attribution, head.slope, head.intercept, scale)


def shape_of(champion: Champion | EventChampion, head: Head) -> Shape:
    """Return the curves and maps of one output, those that move most first."""
    profile = read_kept(champion.folder / PROFILE) if champion.folder else None
    told = profile["effects"] if profile else None
    effects = as_read(head.form, head.attribution, told)
    declared = {} if isinstance(champion.declaration, EventModel) else champion.declaration.directions
    curves = [
        _curve(curve, head.slope, declared.get(curve.feature), _told(profile, curve.feature))
        for curve in effects.curves
    ]
    maps = [
        _map(surface, head.slope, told["surfaces"][place] if told else {})
        for place, surface in enumerate(effects.surfaces)
    ]
    return Shape(
        head.intercept + head.slope * effects.base,
        sorted(curves, key=lambda entry: -(entry.spread or 0.0)),
        sorted(maps, key=lambda entry: -(entry.spread or 0.0)),
    )


def _told(profile: Profile | None, feature: str) -> tuple[Profile, Profile]:
    """Return what a profile says of a feature and of its curve; nothing where there is none."""
    if profile is None:
        return {}, {}
    return profile["features"][feature], profile["effects"]["curves"][feature]


def _curve(
    curve: Curve, slope: float, direction: Literal["rises", "falls"] | None, told: tuple[Profile, Profile]
) -> ShapeCurve:
    known, fitted = told
    column = column_of(curve.feature)
    values = np.round(slope * curve.values, DECIMALS)
    turns = np.flatnonzero(np.diff(values[:-1]))  # an edge between equal contributions says nothing
    return ShapeCurve(
        feature=curve.feature,
        **column.names,
        unit=column.unit,
        kind=column.kind,
        direction=direction,
        edges=curve.edges[turns].tolist(),
        contributions=values[[*turns.tolist(), len(curve.edges)]].tolist(),
        missing=float(values[-1]),
        spread=fitted.get("spread", _spread(values[:-1])),
        cohort=_histogram(known) if known else None,
        folds=_folds(fitted) if fitted.get("folds") else None,
    )


def _map(surface: Surface, slope: float, told: Profile) -> ShapeMap:
    first, second = (column_of(name) for name in surface.features)
    values = np.round(slope * surface.values, DECIMALS)
    return ShapeMap(
        features=surface.features,
        labels=(first.label, second.label),
        labels_zh=(first.label_zh, second.label_zh),
        units=(first.unit, second.unit),
        edges=(surface.edges[0].tolist(), surface.edges[1].tolist()),
        contributions=values.tolist(),
        spread=told.get("spread", _spread(values)),
    )


def _spread(values: Array) -> float:
    return float(np.std(values))


def _histogram(known: Profile) -> Histogram:
    return Histogram(
        levels=known.get("levels"), edges=known.get("edges"), shares=known.get("shares", []), missing=known["missing"]
    )


def _folds(fitted: Profile) -> FoldCurves:
    return FoldCurves(points=fitted["points"], contributions=fitted["folds"], missing=fitted["missing_folds"])
