"""What if a feature were another one: how predicted risk and expected cases move, for a person, an area or the city.

The model is asked twice, once with the features as they are and once with some of them moved; everything else stays.
That is a change of prediction: the model has learned from people as they were, and nobody has shown that moving a
feature moves the disease by as much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InvalidInputError, suggest
from features.feature import Feature
from features.views import get_feature
from models.applicable import applicable
from models.attribution import Attribution
from models.design import design, needed_features
from models.tables import TableForm
from serving.champions import Champion
from serving.kernel import Scorer

Array = NDArray[np.float64]
How = Literal["set", "add", "at_most", "at_least"]


@dataclass(frozen=True)
class Change:
    """One feature that moves.

    Attributes
    ----------
    how
        `set` gives everybody the value, those without one too; `add` moves the value, within the feature's range;
        `at_most` and `at_least` move only those beyond. A missing value stays missing but for `set`.
    value
        In the feature's unit.
    """

    feature: str
    how: How
    value: float


@dataclass(frozen=True)
class Moved:
    """Risks (0..1) before and after, (n,), and whom the model applies to, (n,) bool."""

    before: Array
    after: Array
    applies: NDArray[np.bool_]


def check(champion: Champion, changes: Sequence[Change]) -> None:
    """Refuse changes that the model cannot answer.

    Raises
    ------
    InvalidInputError
        With one problem for each change of a feature that the model does not use, or of a value out of its range.
    """
    # An input that validation left without a table is one of the model's too: it moves nothing.
    inputs = {entry.name for entry in champion.bundle.inputs}
    used = sorted(inputs.union(needed_features(champion.bundle.form.features)))
    problems: list[dict[str, object]] = []
    for number, change in enumerate(changes):
        field = f"changes[{number}]"
        if change.feature not in used:
            fix = suggest(change.feature, used) or "name one of the model's features"
            problems.append({"field": f"{field}.feature", "value": change.feature, "allowed": used, "fix": fix})
            continue
        feature = get_feature(change.feature)
        widest = feature.high - feature.low
        low, high = (-widest, widest) if change.how == "add" else (feature.low, feature.high)
        if not low <= change.value <= high:
            allowed = f"{low:g} to {high:g} {feature.unit}"
            problems.append(
                {"field": f"{field}.value", "value": change.value, "allowed": allowed, "fix": "correct the value"}
            )
    if problems:
        raise InvalidInputError(f"{len(problems)} of the changes cannot be answered.", problems)


def what_if(champion: Champion, people: Mapping[str, Array] | pd.DataFrame, changes: Sequence[Change]) -> Moved:
    """Return what one model says of people before and after the changes.

    Parameters
    ----------
    people
        One row a person, stored features as float64 columns, NaN where missing.
    """
    check(champion, changes)
    bundle = champion.bundle
    whole = Scorer([(bundle.form, bundle.attribution, bundle.slope, bundle.intercept)])
    asked = [*whole.features, *(change.feature for change in changes)]  # some may be in no table, and move nothing
    stored = {name: np.asarray(people[name], dtype=np.float64) for name in needed_features(asked)}
    before = whole.score(design(whole.features, stored))
    risk = before.risk[:, 0]
    if not changes:
        return Moved(risk, risk, applicable(champion.declaration, people))
    by = shift(champion, stored, moved_columns(stored, changes), {change.feature for change in changes})
    return Moved(risk, raised(risk, bundle.slope * by), applicable(champion.declaration, people))


def raised(risk: Array, by: Array) -> Array:
    """Return risks (n,) whose log-odds rise; those that stay are the same to the last bit."""
    some = np.flatnonzero(by != 0.0)
    found = risk.copy()
    odds = risk[some] / (1.0 - risk[some]) * np.exp(by[some])
    found[some] = odds / (1.0 + odds)
    return found


def shift(champion: Champion, stored: Mapping[str, Array], moved: Mapping[str, Array], features: set[str]) -> Array:
    """Return by how much raw scores (n,) rise if `features` move from `stored` to `moved` and nothing else does.

    Only the tables that one of them enters are looked at; all others would add the same again.
    """
    bundle = champion.bundle
    some = _concerned(bundle.form, features)
    if not some.features:
        return np.zeros(len(next(iter(stored.values()))))
    part = Scorer([(some, Attribution.of_nothing(some), bundle.slope, bundle.intercept)])
    was, is_now = (part.score(design(part.features, columns)).raw[:, 0] for columns in (stored, moved))
    return np.asarray(is_now - was)


def moved_columns(stored: Mapping[str, Array], changes: Sequence[Change]) -> dict[str, Array]:
    """Return the columns as they are after the changes, one after the other."""
    moved = dict(stored)
    for change in changes:
        moved[change.feature] = _moved(get_feature(change.feature), moved[change.feature], change)
    return moved


def inputs_of_changes(champion: Champion, changes: Sequence[Change]) -> list[str]:
    """Return the stored features on which it hangs how the changes move the model's score."""
    some = _concerned(champion.bundle.form, {change.feature for change in changes})
    return needed_features([*some.features, *(change.feature for change in changes)])


def groups_moved(
    champion: Champion, stored: Mapping[str, Array], moved: Mapping[str, Array], changes: Sequence[Change]
) -> Iterator[NDArray[np.bool_]]:
    """Yield whose score (n,) each change moves beside all the others: those it lowers, raises, and gives a value."""
    for change in changes:
        name = change.feature
        differs = shift(champion, dict(moved) | {name: stored[name]}, moved, {name}) != 0.0
        yield differs & (moved[name] < stored[name])
        yield differs & (moved[name] > stored[name])
        yield differs & np.isnan(stored[name])


def _concerned(form: TableForm, features: set[str]) -> TableForm:
    """Return the tables that any of the stored features enters, through a published score too."""

    def enters(*columns: str) -> bool:
        return not features.isdisjoint(needed_features(columns))

    return TableForm(
        intercept=0.0,
        curves=tuple(curve for curve in form.curves if enters(curve.feature)),
        surfaces=tuple(surface for surface in form.surfaces if enters(*surface.features)),
    )


def _moved(feature: Feature, values: Array, change: Change) -> Array:
    if change.how == "set":
        return np.full(len(values), change.value)
    if change.how == "add":
        return np.clip(values + change.value, feature.low, feature.high)
    bound = np.minimum if change.how == "at_most" else np.maximum
    found: Array = bound(values, change.value)
    return found
