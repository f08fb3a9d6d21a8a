"""Outcomes as labels, each weighted by how many eligible people it stands for.

Two chances stand between an eligible person and a label: that of being invited, which the list knows exactly (1 for
those on it, the share of the lot for those drawn), and that of coming. A label's weight is the inverse of both (Horvitz
and Thompson, J Am Stat Assoc 1952;47:663). The chance of coming is the uptake expected at the invitation, scaled so
that among the invited it expects as many as came, and bounded so that nobody stands for more than `MOST` of the
invited (training bounds the weights of tests in the same way).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import select

from features.labels import write_labels
from serving.database import transaction
from serving.loop.tables import Task
from serving.loop.transitions import WAITING

Floats = NDArray[np.float64]

MOST = 20.0


def responses(uptake: Floats, came: NDArray[np.bool_]) -> Floats:
    """Return the chance of each invited person (n,) to come: the expected uptake, scaled to those who came."""
    expected = float(uptake.sum())
    scale = float(came.sum()) / expected if expected > 0 else 0.0
    return np.clip(uptake * scale, 1 / MOST, 1.0)


def weights(probability: Floats, response: Floats) -> Floats:
    """Return the inverse of both chances, (n,)."""
    return np.asarray(1.0 / (probability * response))


def labels(source: str, programme: str) -> pd.DataFrame:
    """Return the labels of a programme, one row a person with a result.

    Whoever still waits for a call has not had the chance to come, and counts neither as having come nor as not.

    Returns
    -------
    pandas.DataFrame
        person_id (int64), index_date (day of the list), label (0 or 1), weight, inclusion_probability, response.
    """
    query = (
        select(
            Task.person_id, Task.as_of, Task.result, Task.tested_on, Task.uptake, Task.inclusion_probability, Task.state
        )
        .where(Task.source == source, Task.programme == programme)
        .order_by(Task.id)
    )
    with transaction(source, reads=True) as session:
        found = pd.DataFrame(session.execute(query).all(), columns=[column.name for column in query.selected_columns])
    asked = found[~found["state"].isin(WAITING)]
    probability = asked["inclusion_probability"].to_numpy(np.float64)
    response = responses(asked["uptake"].to_numpy(np.float64), asked["tested_on"].notna().to_numpy())
    answer = pd.DataFrame(
        {
            "person_id": asked["person_id"].to_numpy(np.int64),
            "index_date": pd.to_datetime(asked["as_of"], utc=True).to_numpy(),
            "label": asked["result"].to_numpy(np.float64),
            "weight": weights(probability, response),
            "inclusion_probability": probability,
            "response": response,
        }
    )
    return answer[answer["label"].notna()].reset_index(drop=True)


def export_labels(source: str, programme: str) -> int:
    """Write a programme's labels where training finds them; return how many there are."""
    found = labels(source, programme)
    write_labels(source, programme, found)
    return len(found)
