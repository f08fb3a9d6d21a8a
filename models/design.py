"""The columns a model is computed from: its features, and published scores made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from features.errors import InvalidInputError
from features.views import all_features
from models.risk_model import RiskModel
from models.scores import PublishedScore, published_scores

Array = NDArray[np.float64]

SCORE_PREFIX = "score:"


def score_column(score: str) -> str:
    """Return the name of the column that holds the log-risk of a published score."""
    return SCORE_PREFIX + score


def model_columns(model: RiskModel) -> list[str]:
    """Return the columns that candidates for `model` are made from: its features, and its published score if any."""
    return [*model.features, *([score_column(model.published_score)] if model.published_score else [])]


def needed_features(columns: Sequence[str]) -> list[str]:
    """Return the stored features that `columns` are made from, in alphabetical order.

    Raises
    ------
    InvalidInputError
        If `columns` name a published score that needs a feature which no view stores. Scores of that kind stand in
        the library for people whose inputs come from elsewhere; a model cannot use them.
    """
    needed: set[str] = set()
    for column in columns:
        if column.startswith(SCORE_PREFIX):
            needed.update(_stored_inputs(published_scores()[column.removeprefix(SCORE_PREFIX)]))
        else:
            needed.add(column)
    return sorted(needed)


def _stored_inputs(score: PublishedScore) -> list[str]:
    """Return those inputs of a score that are features; an optional one that is not counts as missing for everybody."""
    lacking = [name for name in score.inputs if name not in all_features() and name not in score.optional_inputs]
    if lacking:
        message = (
            f"A model cannot use the score '{score.name}': no feature view stores {', '.join(lacking)}. "
            "Add a view that does, or choose another score."
        )
        raise InvalidInputError(message, [{"field": name, "problem": "not stored"} for name in lacking])
    return [name for name in score.inputs if name in all_features()]


def design(columns: Sequence[str], features: Mapping[str, Array]) -> dict[str, Array]:
    """Return `columns` as float64 arrays (n,): features as they are, published scores computed from them."""
    return {
        column: (
            published_scores()[column.removeprefix(SCORE_PREFIX)].log_risk(features)
            if column.startswith(SCORE_PREFIX)
            else np.asarray(features[column], dtype=np.float64)
        )
        for column in columns
    }
