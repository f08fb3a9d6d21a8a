"""The columns a model is computed from: its features, and published scores made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from features.views import all_features
from models.scores import published_scores

Array = NDArray[np.float64]

SCORE_PREFIX = "score:"


def score_column(score: str) -> str:
    """Return the name of the column that holds the log-risk of a published score."""
    return SCORE_PREFIX + score


def needed_features(columns: Sequence[str]) -> list[str]:
    """Return the stored features that `columns` are made from, in alphabetical order."""
    needed: set[str] = set()
    for column in columns:
        if column.startswith(SCORE_PREFIX):
            score = published_scores()[column.removeprefix(SCORE_PREFIX)]
            # An optional input that no view stores is missing for everybody; the score says what that means.
            needed.update(name for name in score.inputs if name in all_features() or name not in score.optional_inputs)
        else:
            needed.add(column)
    return sorted(needed)


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
