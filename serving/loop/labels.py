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
from sqlalchemy import func, select

from features.labels import read_labels, write_labels
from models.screening_programme import get_programme, programmes
from serving.database import transaction
from serving.loop.actor import DIAGNOSIS, RECORDS
from serving.loop.tables import Task, Transition
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

    Whoever still waits for a call has not had the chance to come, and counts neither as having come nor as not. A
    positive result is a case where the test is what diagnoses (`Programme.diagnoses`); else only once a diagnosis or a
    treatment has followed, or the task was closed with it, and until then it is no label.

    Returns
    -------
    pandas.DataFrame
        person_id (int64), index_date (day of the list), label (0 or 1), weight, inclusion_probability, response.
    """
    query = (
        select(
            Task.id,
            Task.person_id,
            Task.as_of,
            Task.result,
            Task.tested_on,
            Task.uptake,
            Task.inclusion_probability,
            Task.state,
        )
        .where(Task.source == source, Task.programme == programme)
        .order_by(Task.id)
    )
    diagnosed = select(Transition.task_id).where(
        Transition.after == "positive", Transition.actor == RECORDS, Transition.note.startswith(DIAGNOSIS)
    )
    with transaction(source, reads=True) as session:
        found = pd.DataFrame(session.execute(query).all(), columns=[column.name for column in query.selected_columns])
        confirmed = found["id"].isin(list(session.scalars(diagnosed)))
    confirmed |= found["state"].isin(("treated", "closed")) | get_programme(programme).diagnoses
    found["result"] = found["result"].where((found["result"] == 0) | confirmed)
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


def export_new_labels(source: str, upto: int) -> int:
    """Write the labels of every programme where training finds them, unless nothing happened since step `upto`.

    Returns
    -------
    int
        The newest step that they hold.
    """
    with transaction(source, reads=True) as session:
        newest = session.scalar(select(func.max(Transition.id))) or 0
    if newest > upto:
        for name in programmes():
            found = labels(source, name)
            if len(found) or read_labels(source, name) is not None:
                write_labels(source, name, found)
    return newest
