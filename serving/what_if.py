"""What if a feature were another one: how predicted risk and expected cases move, for a person, an area or the city.

The model is asked twice, once with the features as they are and once with some of them moved; everything else stays.
That is a change of prediction: the model has learned from people as they were, and nobody has shown that moving a
feature moves the disease by as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    used = needed_features(champion.bundle.form.features)
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
        Stored features as float64 columns (n,), NaN where missing.
    """
    check(champion, changes)
    bundle = champion.bundle
    whole = Scorer([(bundle.form, bundle.attribution, bundle.slope, bundle.intercept)])
    stored = {name: np.asarray(people[name], dtype=np.float64) for name in needed_features(whole.features)}
    moved = dict(stored)
    for change in changes:
        moved[change.feature] = _moved(get_feature(change.feature), moved[change.feature], change)
    before = whole.score(design(whole.features, stored))
    # What changes is said by the tables that a moved feature enters; all others would add the same again.
    some = _concerned(bundle.form, {change.feature for change in changes})
    part = Scorer([(some, Attribution.of_nothing(some), bundle.slope, bundle.intercept)])
    was, is_now = (part.score(design(part.features, columns)).raw[:, 0] for columns in (stored, moved))
    raw = before.raw[:, 0] + (is_now - was)
    after = 1.0 / (1.0 + np.exp(-(bundle.intercept + bundle.slope * raw)))
    return Moved(before.risk[:, 0], after, applicable(champion.declaration, people))


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
