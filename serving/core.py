"""The scoring core: features in, risks and reasons out, the same for one person and for everybody.

Everything is worked out in columns, for all people under all models at once (`answers`); `Answers.risks` reads one
person off them, for whoever shows people one by one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.feature import Feature
from features.views import all_features
from models.design import design, needed_features
from models.risk_model import RiskModel
from models.tables import Array
from serving.champions import Champion, Snapshot

TOP_REASONS = 5
LEAST = 0.01  # a feature that moves the log odds by less than 1 % is no reason

# Why a model does not apply, by code; a condition that is there already is `HAS_CONDITION` and its place in `free_of`.
APPLIES, DIED, OTHER_SEX, AGE_OUTSIDE, HAS_CONDITION = range(5)

Columns = Mapping[str, Array]


class Reason(NamedTuple):
    """One feature's share in a risk.

    Attributes
    ----------
    feature
        Name of the column: a stored feature, or `score:<name>` for a published score.
    value
        Its value in canonical units; NaN where missing.
    odds_ratio
        How much it multiplies the odds against the average of the training cohort; above 1 raises the risk.
    """

    feature: str
    value: float
    odds_ratio: float


class NotApplicable(NamedTuple):
    """Why a model does not apply: `kind` is has_condition, age_outside, other_sex or died; `detail` names what."""

    kind: str
    detail: str


class Risk(NamedTuple):
    """One model's answer for one person.

    Attributes
    ----------
    risk
        Probability within the horizon, or None where the model does not apply.
    not_applicable
        Why it does not apply, else None.
    missing
        Names of the model's features that were not measured.
    """

    champion: Champion
    risk: float | None
    tier: str | None
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    not_applicable: NotApplicable | None


@dataclass(frozen=True)
class Answers:
    """What m models say of n people.

    Attributes
    ----------
    champions
        The models.
    columns
        The stored features, (n,) each.
    names, values
        Names of the scorer's columns, and their values (n, len(names)).
    risk
        float64 (n, m), of those to whom a model does not apply as well.
    obstacle
        int8 (n, m): `APPLIES`, or why not.
    feature
        int16 (n, m, `TOP_REASONS`): place in `names` of what moves a risk most, strongest first; -1 beyond the last.
    log_odds
        float64, of the same shape: by how much.
    """

    champions: tuple[Champion, ...]
    columns: Columns
    names: tuple[str, ...]
    values: Array
    risk: Array
    obstacle: NDArray[np.int8]
    feature: NDArray[np.int16]
    log_odds: Array
    died_on: Mapping[int, date]

    def __len__(self) -> int:
        """Return how many people there are."""
        return len(self.risk)

    def risks(self, row: int) -> list[Risk]:
        """Return every model's answer for one person."""
        values, odds = self.values[row].tolist(), np.exp(self.log_odds[row]).tolist()
        used = {name for champion in self.champions for name in champion.declaration.features}
        missing = {name for name in used if math.isnan(self.columns[name].item(row))}
        features, obstacles = self.feature[row].tolist(), self.obstacle[row].tolist()
        found = []
        for place, (champion, risk) in enumerate(zip(self.champions, self.risk[row].tolist(), strict=True)):
            applies = obstacles[place] == APPLIES
            reasons = zip(features[place], odds[place], strict=True) if applies else ()
            found.append(
                Risk(
                    champion=champion,
                    risk=risk if applies else None,
                    tier=champion.bundle.tiers.of(risk) if applies else None,
                    reasons=tuple(Reason(self.names[f], values[f], odd) for f, odd in reasons if f >= 0),
                    missing=tuple(name for name in champion.declaration.features if name in missing),
                    not_applicable=None if applies else self._obstacle(champion.declaration, row, obstacles[place]),
                )
            )
        return found

    def _obstacle(self, model: RiskModel, row: int, code: int) -> NotApplicable:
        if code == DIED:
            return NotApplicable("died", self.died_on[row].isoformat())
        if code == OTHER_SEX:
            return NotApplicable("other_sex", str(model.cohort.sex))
        if code == AGE_OUTSIDE:
            return NotApplicable("age_outside", f"{self.columns['age'][row]:.0f}")
        return NotApplicable("has_condition", model.cohort.free_of[code - HAS_CONDITION])


def score_matrix(snapshot: Snapshot, features: pd.DataFrame | Columns) -> tuple[Array, Array]:
    """Return the scorer's input matrix (n, columns) and the risks (n, models) of all champions.

    `features` are columns (n,) by name: a frame, or for few people the quicker mapping.
    """
    if snapshot.scorer is None:
        people = len(features["age"])
        return np.empty((people, 0)), np.empty((people, 0))
    matrix = _matrix(snapshot.scorer.features, features)
    return matrix, snapshot.scorer.score(matrix).risk


def _matrix(names: tuple[str, ...], features: pd.DataFrame | Columns) -> Array:
    stored = {name: np.asarray(features[name], dtype=np.float64) for name in _needed(names)}
    columns = design(names, stored)
    return np.column_stack([columns[name] for name in names])


_needed = lru_cache(maxsize=8)(needed_features)  # of the few scorers that serve one after the other


def answers(
    snapshot: Snapshot,
    features: pd.DataFrame | Columns,
    models: Sequence[str],
    died_on: Mapping[int, date] | None = None,
) -> Answers:
    """Score people under the named models.

    Parameters
    ----------
    features
        Every stored feature as a column (n,), NaN where missing: a frame, or the quicker mapping.
    died_on
        Day of death by row number, for those who died.
    """
    champions = tuple(snapshot.champion(name) for name in models)
    died = died_on or {}
    if isinstance(features, pd.DataFrame):
        columns: Columns = {str(name): column.to_numpy(dtype=np.float64) for name, column in features.items()}
    else:
        columns = features
    people = len(columns["age"])
    if snapshot.scorer is None:
        nothing = np.empty((people, 0))
        empty = np.empty((people, 0, TOP_REASONS))
        return Answers((), columns, (), nothing, nothing, nothing.astype(np.int8), empty.astype(np.int16), empty, died)
    names = snapshot.scorer.features
    matrix = _matrix(names, columns)
    order = {name: place for place, name in enumerate(snapshot.champions)}
    places = [order[name] for name in models]
    scores, reasons = snapshot.scorer.score_and_explain(matrix, places, TOP_REASONS)
    slopes = np.array([champion.bundle.slope for champion in champions])
    log_odds = reasons.contribution * slopes[:, np.newaxis]
    return Answers(
        champions=champions,
        columns=columns,
        names=names,
        values=matrix,
        risk=scores.risk[:, places],
        obstacle=_obstacles([champion.declaration for champion in champions], columns, list(died)),
        feature=np.where(np.abs(log_odds) > LEAST, reasons.feature, np.int16(-1)),
        log_odds=log_odds,
        died_on=died,
    )


def answer(
    snapshot: Snapshot,
    features: pd.DataFrame | Columns,
    models: Sequence[str],
    died_on: Mapping[int, date] | None = None,
) -> list[list[Risk]]:
    """Score people as `answers` does; return one list a person, one answer a model."""
    found = answers(snapshot, features, models, died_on)
    return [found.risks(row) for row in range(len(found))]


def _obstacles(models: Sequence[RiskModel], columns: Columns, died: list[int]) -> NDArray[np.int8]:
    """Return why each model does not apply to whom, (n, models).

    Of several reasons it is the first of: death, a condition that is there already, the other sex, age. What is not
    known is an obstacle.
    """
    age, female = columns["age"], columns["female"]
    codes = np.full((len(age), len(models)), APPLIES, dtype=np.int8)
    for place, model in enumerate(models):
        code = codes[:, place]
        low, high = model.cohort.age
        code[~((age >= low) & (age <= high))] = AGE_OUTSIDE
        if model.cohort.sex:
            code[female != (model.cohort.sex == "women")] = OTHER_SEX
        for number in reversed(range(len(model.cohort.free_of))):
            code[columns[model.cohort.free_of[number]] != 0] = HAS_CONDITION + number
        code[died] = DIED
    return codes


def describe(column: str) -> Feature | None:
    """Return the declaration of a scorer column; None for a published score."""
    return all_features().get(column)
