"""Every kind of model as the Open Inference Protocol sees it: columns of features in, columns of numbers out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from features.errors import InvalidInputError
from features.views import all_features
from models.bundle import InputFeature
from models.cell_model import cell_models
from models.event_bundle import LATE
from models.tables import Array
from serving.access.roles import Permission
from serving.cells import CellChampions
from serving.champions import CellChampion, Champion, EventChampion, ModelUnavailableError, Snapshot
from serving.core import APPLIES, answers
from serving.records import Problem, read_columns, refused

WHERE = "{name}[{row}]"


@dataclass(frozen=True)
class TensorModel:
    """One model with its champion.

    Attributes
    ----------
    permission
        What asking it needs.
    inputs
        What it takes, in the order of training; more may be sent where a cohort rule asks for it.
    outputs
        Names and units of what it gives.
    predict
        From columns (n,) that were sent to outputs (n,).
    """

    name: str
    version: int
    permission: Permission
    inputs: tuple[InputFeature, ...]
    outputs: Mapping[str, str]
    predict: Callable[[Mapping[str, Array]], dict[str, Array]]


def tensor_model(name: str, version: str | None, snapshot: Snapshot, cells: CellChampions | None) -> TensorModel:
    """Return a model that serves.

    Parameters
    ----------
    version
        The version that is asked for; only the champion serves.
    cells
        What follows the champion, where `name` is a cell model.

    Raises
    ------
    UnknownNameError, ModelUnavailableError
        If there is no such model, or it cannot serve, or another version of it does.
    """
    found = _of_cells(name, cells) if cells is not None else _of_snapshot(name, snapshot)
    if version is not None and version != str(found.version):
        raise ModelUnavailableError(
            f"Version {version[:20]} of '{name}' does not serve, version {found.version} does: leave the version out."
        )
    return found


def is_cell_model(name: str) -> bool:
    """Return whether a name is that of a cell model."""
    return name in cell_models()


def _of_snapshot(name: str, snapshot: Snapshot) -> TensorModel:
    champion = snapshot.any_champion(name)
    if isinstance(champion, EventChampion):
        return _of_events(champion)
    return _of_residents(champion, snapshot)


def _of_residents(champion: Champion, snapshot: Snapshot) -> TensorModel:
    name = champion.declaration.name

    def predict(columns: Mapping[str, Array]) -> dict[str, Array]:
        found = answers(snapshot, read_columns(columns, {}, WHERE), [name])
        return {"risk": np.where(found.obstacle[:, 0] == APPLIES, found.risk[:, 0], np.nan)}

    inputs = {entry.name: entry for entry in champion.bundle.inputs}
    asked = ("age", "female", *champion.declaration.cohort.free_of)
    more = tuple(_as_input(feature) for feature in asked if feature not in inputs)
    outputs = {"risk": "1"}
    return TensorModel(name, champion.version, "score", (*inputs.values(), *more), outputs, predict)


def _as_input(name: str) -> InputFeature:
    feature = all_features()[name]
    return InputFeature(name, feature.unit, feature.low, feature.high, np.nan, np.nan)


def _of_events(champion: EventChampion) -> TensorModel:
    bundle = champion.bundle

    def predict(columns: Mapping[str, Array]) -> dict[str, Array]:
        return bundle.predict(_within(columns, bundle.inputs))

    outputs = {output: "1" if output == LATE else "h" for output in bundle.output_names}
    return TensorModel(champion.declaration.name, champion.version, "events", bundle.inputs, outputs, predict)


def _of_cells(name: str, cells: CellChampions) -> TensorModel:
    champion: CellChampion | None = cells.champion()
    if champion is None:
        raise ModelUnavailableError(f"The cell model '{name}' has no champion. Run `sanzao train --source quality`.")
    bundle = champion.bundle

    def predict(columns: Mapping[str, Array]) -> dict[str, Array]:
        return {"risk": bundle.risk(_within(columns, bundle.inputs))}

    return TensorModel(name, champion.version, "quality", bundle.inputs, {"risk": "1"}, predict)


def _within(columns: Mapping[str, Array], inputs: tuple[InputFeature, ...]) -> dict[str, Array]:
    """Return the columns of a model, missing ones as NaN throughout.

    Raises
    ------
    InvalidInputError
        If a column is not one of the model's, or a value is out of range.
    """
    known = {entry.name: entry for entry in inputs}
    if unknown := [name for name in columns if name not in known]:
        raise InvalidInputError(f"The model has no input '{unknown[0][:60]}'. It has: {', '.join(known)}.")
    problems: list[Problem] = []
    for name, values in columns.items():
        low, high = known[name].low, known[name].high
        wrong = np.flatnonzero(~np.isnan(values) & ~((values >= low) & (values <= high)))
        problems += [
            {
                "field": WHERE.format(name=name, row=row), "value": float(values[row]),
                "allowed": f"{low:g} to {high:g} {known[name].unit}", "fix": "correct the value",
            }
            for row in wrong.tolist()
        ]  # fmt: skip
    if problems:
        raise refused(problems)
    rows = len(next(iter(columns.values())))
    return {name: columns.get(name, np.full(rows, np.nan)) for name in known}
