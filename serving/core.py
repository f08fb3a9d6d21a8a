"""The scoring core: features in, risks and reasons out, the same for one person and for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.feature import Feature
from features.views import all_features
from models.design import design, needed_features
from models.risk_model import RiskModel
from serving.champions import Champion, Snapshot

TOP_REASONS = 5


@dataclass(frozen=True)
class Reason:
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


@dataclass(frozen=True)
class Risk:
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
class NotApplicable:
    """Why a model does not apply: `kind` is has_condition, age_outside, other_sex or died; `detail` names what."""

    kind: str
    detail: str


def score_matrix(
    snapshot: Snapshot, features: pd.DataFrame | Mapping[str, NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scorer's input matrix (n, columns) and the risks (n, models) of all champions.

    `features` are columns (n,) by name: a frame, or for few people the quicker mapping.
    """
    if snapshot.scorer is None:
        people = len(features["age"])
        return np.empty((people, 0)), np.empty((people, 0))
    names = snapshot.scorer.features
    stored = {name: np.asarray(features[name], dtype=np.float64) for name in needed_features(names)}
    columns = design(names, stored)
    matrix = np.column_stack([columns[name] for name in names])
    return matrix, snapshot.scorer.score(matrix).risk


def answer(
    snapshot: Snapshot, features: pd.DataFrame, models: list[str], died_on: dict[int, date] | None = None
) -> list[list[Risk]]:
    """Score people under the named models.

    Parameters
    ----------
    features
        One row a person, every stored feature as a column, NaN where missing.
    died_on
        Day of death by row number, for those who died.

    Returns
    -------
    list of list of Risk
        For every row of `features`, one answer a model, in the order of `models`.
    """
    champions = [snapshot.champion(name) for name in models]
    order = list(snapshot.champions)
    matrix, risks = score_matrix(snapshot, features)
    answers: list[list[Risk]] = [[] for _ in range(len(features))]
    for champion in champions:
        index = order.index(champion.declaration.name)
        shares = snapshot.scorer.contributions(matrix, index) if snapshot.scorer else np.empty((0, 0))
        for row, person in enumerate(answers):
            values = features.iloc[row]
            obstacle = _obstacle(champion.declaration, values, (died_on or {}).get(row))
            person.append(
                Risk(
                    champion=champion,
                    risk=None if obstacle else float(risks[row, index]),
                    tier=None if obstacle else champion.bundle.tiers.of(float(risks[row, index])),
                    reasons=() if obstacle else _reasons(snapshot, champion, matrix[row], shares[row]),
                    missing=tuple(name for name in champion.declaration.features if np.isnan(values[name])),
                    not_applicable=obstacle,
                )
            )
    return answers


def _obstacle(model: RiskModel, values: pd.Series[float], died: date | None) -> NotApplicable | None:
    if died is not None:
        return NotApplicable("died", died.isoformat())
    for condition in model.cohort.free_of:
        if values[condition] != 0:
            return NotApplicable("has_condition", condition)
    if model.cohort.sex and values["female"] != (model.cohort.sex == "women"):
        return NotApplicable("other_sex", model.cohort.sex)
    low, high = model.cohort.age
    if not low <= values["age"] <= high:
        return NotApplicable("age_outside", f"{values['age']:.0f}")
    return None


def _reasons(
    snapshot: Snapshot, champion: Champion, values: NDArray[np.float64], shares: NDArray[np.float64]
) -> tuple[Reason, ...]:
    """Return the features that move this risk most, strongest first; none that moves it by less than 1 %."""
    names = snapshot.scorer.features if snapshot.scorer else []
    log_odds = shares * champion.bundle.slope
    strongest = np.argsort(-np.abs(log_odds), kind="stable")[:TOP_REASONS]
    return tuple(
        Reason(names[column], float(values[column]), float(np.exp(log_odds[column])))
        for column in strongest
        if abs(log_odds[column]) > 0.01
    )


def describe(column: str) -> Feature | None:
    """Return the declaration of a scorer column; None for a published score."""
    return all_features().get(column)
