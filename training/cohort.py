"""Cohorts: people at risk at index dates, with their features and what became of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.concepts import CONDITIONS, MEASUREMENTS
from features.errors import InvalidInputError
from features.feature import DAYS_PER_YEAR
from features.history import history
from features.lake import open_lake
from features.sources import Source
from models.design import needed_features, score_column
from models.risk_model import RiskModel

CENSORED, EVENT, DIED = 0, 1, 2


@dataclass(frozen=True)
class Cohort:
    """What a model is trained and judged on; all arrays have one entry an index date, (n,).

    Attributes
    ----------
    person
        int64 pseudonyms; a person may have several index dates.
    index_date
        datetime64[us].
    features
        float64 columns, those that the model and its published score need.
    time
        Years from the index date to the event, the death or the end of follow-up, float64.
    status
        int8: 0 censored, 1 event, 2 died without the event.
    flow
        How many index dates were left after each step of the selection.
    """

    person: NDArray[np.int64]
    index_date: NDArray[np.datetime64]
    features: pd.DataFrame
    time: NDArray[np.float64]
    status: NDArray[np.int8]
    flow: dict[str, int]

    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits that change when a row, feature or outcome changes."""
        digest = hashlib.sha256(",".join(self.features.columns).encode())
        for array in (self.person, self.index_date.astype(np.int64), self.time, self.status):
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(np.ascontiguousarray(self.features.to_numpy(dtype=np.float64)).tobytes())
        return digest.hexdigest()[:16]


def build_cohort(source: Source, model: RiskModel) -> Cohort:
    """Return the cohort of `model` in `source`: every landmark of everybody who is at risk there.

    Raises
    ------
    InvalidInputError
        If nobody qualifies, or nobody has the outcome.
    """
    landmarks = _landmarks(source, model)
    flow = {"index dates": len(landmarks)}
    columns = needed_features([*model.features, score_column(model.published_score)])
    features = history(source.name, landmarks, list(dict.fromkeys([*columns, *model.cohort.free_of, "age"])))
    # An event that was already dated, though perhaps not yet known, ends the risk as well: it cannot happen again.
    at_risk = (features[list(model.cohort.free_of)] == 0).all(axis=1) & ~(landmarks["days_to_excluding"] <= 0)
    flow["free of " + " and ".join(model.cohort.free_of)] = int(at_risk.sum())
    low, high = model.cohort.age
    at_risk &= features["age"].between(low, high)
    flow[f"aged {low:g} to {high:g}"] = int(at_risk.sum())
    days_to_event = landmarks["days_to_event"].to_numpy(dtype=np.float64)
    days_to_end = landmarks["days_to_end"].to_numpy(dtype=np.float64)
    at_risk &= ~(days_to_event <= 0) & (days_to_end > 0)
    flow["followed up"] = int(at_risk.sum())
    keep = at_risk.to_numpy(dtype=bool)
    has_event = days_to_event <= days_to_end
    time = np.where(has_event, days_to_event, days_to_end) / DAYS_PER_YEAR
    status = np.where(has_event, EVENT, np.where(landmarks["died"], DIED, CENSORED)).astype(np.int8)
    if not np.any(status[keep] == EVENT):
        raise InvalidInputError(
            f"Model '{model.name}' cannot be trained on source '{source.name}': {int(keep.sum())} index dates are at "
            f"risk and none is followed by '{model.outcome}'. Check the code set and the cohort rule."
        )
    return Cohort(
        person=landmarks["person_id"].to_numpy(dtype=np.int64)[keep],
        index_date=landmarks["index_date"].dt.tz_convert(None).to_numpy(dtype="datetime64[us]")[keep],
        features=features.loc[keep, columns].reset_index(drop=True),
        time=time[keep],
        status=status[keep],
        flow=flow,
    )


def _some_of_them(source: Source, model: RiskModel) -> str:
    """Return SQL that leaves as many index dates of each resident as the source allows, chosen by a fixed hash."""
    if not source.index_dates_each:
        return ""
    last = source.as_of - timedelta(days=DAYS_PER_YEAR * model.horizon_years)
    return (
        f"AND index_date <= TIMESTAMPTZ '{last.isoformat()}' QUALIFY row_number() OVER "
        f"(PARTITION BY person_id ORDER BY md5(concat(person_id, ' ', index_date))) <= {source.index_dates_each}"
    )


def _landmarks(source: Source, model: RiskModel) -> pd.DataFrame:
    """Return one row an index date: person_id, index_date, days to event, to exclusion, to the end, and died.

    An index date is the moment at which a result is in a clinician's hands.
    """
    landmark = MEASUREMENTS[source.landmark_concept]
    event = CONDITIONS[model.outcome].sql("condition_source_value")
    excluding = " OR ".join(CONDITIONS[name].sql("condition_source_value") for name in model.cohort.free_of) or "false"
    with open_lake(source.name) as lake:
        return lake.execute(f"""
            WITH landmarks AS (
                SELECT DISTINCT person_id, greatest({landmark.table}_date, known_at) AS index_date FROM {landmark.table}
                WHERE {landmark.table}_concept_id = {landmark.concept_id} {_some_of_them(source, model)}
            ),
            excluded AS (
                SELECT person_id, min(condition_start_date) AS excluded_on
                FROM condition_occurrence WHERE {excluding} GROUP BY person_id
            ),
            dated AS (
                SELECT landmarks.*, min(condition_start_date) AS event_on
                FROM landmarks LEFT JOIN condition_occurrence
                    ON condition_occurrence.person_id = landmarks.person_id AND {event}
                GROUP BY ALL
            )
            SELECT dated.person_id, index_date,
                date_diff('day', index_date, event_on)::DOUBLE AS days_to_event,
                date_diff('day', index_date, excluded_on)::DOUBLE AS days_to_excluding,
                date_diff('day', index_date, observation_period_end_date)::DOUBLE AS days_to_end,
                coalesce(death_date <= observation_period_end_date, false) AS died
            FROM dated
            JOIN observation_period USING (person_id)
            LEFT JOIN excluded USING (person_id)
            LEFT JOIN death USING (person_id)
            ORDER BY dated.person_id, index_date
        """).df()
