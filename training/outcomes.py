"""What became of people after their index dates: the first diagnosis, death, or what a test showed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from features.concepts import CONDITIONS, MEASUREMENTS
from features.feature import DAYS_PER_YEAR
from features.lake import open_lake
from features.sources import Source
from models.risk_model import DEATH, SCREENED_WITHIN_DAYS, RiskModel

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Outcomes:
    """One entry an index date, (n,) each; days count from the index date, NaN where it never happened.

    Attributes
    ----------
    days_to_event
        To the first record of the outcome, negative where it lies before the index date.
    days_to_exclusion
        To the first record of a condition that ends the risk.
    screened
        Whether a screening test led to the event.
    tested
        Whether somebody looked: False for those whose state within the horizon nobody can know.
    """

    days_to_event: Array
    days_to_exclusion: Array
    screened: NDArray[np.bool_]
    tested: NDArray[np.bool_]


def outcomes(source: Source, model: RiskModel, index: pd.DataFrame) -> Outcomes:
    """Return what became of the people of `index` (person_id, index_date), in its order."""
    excluding = " OR ".join(CONDITIONS[name].sql("condition_source_value") for name in model.cohort.free_of) or "false"
    with open_lake(source.name) as lake:
        lake.register("landmarks", index[["person_id", "index_date"]].assign(row=np.arange(len(index))))
        excluded = _first(
            lake, f"SELECT person_id, condition_start_date AS day FROM condition_occurrence WHERE {excluding}"
        )
        if model.found_by:
            days, tested = _tests(lake, model, len(index))
            return Outcomes(days, excluded, np.zeros(len(index), dtype=bool), tested)
        event = _first(lake, _events(model))
        screened = _screened(lake, model, event) if model.screening_tests else np.zeros(len(index), dtype=bool)
    return Outcomes(event, excluded, screened, np.ones(len(index), dtype=bool))


def _events(model: RiskModel) -> str:
    """Return SQL for person_id and day of every record of the outcome."""
    if model.outcome == DEATH:
        return "SELECT person_id, death_date AS day FROM death"
    codes = CONDITIONS[model.outcome].sql("condition_source_value")
    return f"SELECT person_id, condition_start_date AS day FROM condition_occurrence WHERE {codes}"


def _first(lake: DuckDBPyConnection, records: str) -> Array:
    """Return the days from each index date to the first of a person's `records`, NaN where there is none."""
    return _column(lake, f"""
        SELECT date_diff('day', index_date, first_day)::DOUBLE FROM landmarks
        LEFT JOIN (SELECT person_id, min(day) AS first_day FROM ({records}) GROUP BY person_id) USING (person_id)
        ORDER BY row
    """)  # fmt: skip


def _screened(lake: DuckDBPyConnection, model: RiskModel, event: Array) -> NDArray[np.bool_]:
    """Return whether one of the model's screening tests was done within the days before the event."""
    tests = ", ".join(f"'{test}'" for test in model.screening_tests)
    days = _column(lake, f"""
        SELECT max(date_diff('day', landmarks.index_date, procedure_date))::DOUBLE FROM landmarks
        LEFT JOIN ({_events(model)}) AS events USING (person_id)
        LEFT JOIN procedure_occurrence ON procedure_occurrence.person_id = landmarks.person_id
            AND procedure_source_value IN ({tests}) AND procedure_date <= events.day
            AND procedure_date >= events.day - INTERVAL {SCREENED_WITHIN_DAYS} DAY
        GROUP BY row ORDER BY row
    """)  # fmt: skip
    return ~np.isnan(days) & ~np.isnan(event)


def _tests(lake: DuckDBPyConnection, model: RiskModel, rows: int) -> tuple[Array, NDArray[np.bool_]]:
    """Return days to the first positive test within the horizon, and who was tested there at all.

    A test counts from the day on which its result was known: what was known at the index date is a feature.
    """
    days, tested = np.full(rows, np.nan), np.zeros(rows, dtype=bool)
    horizon = round(model.horizon_years * DAYS_PER_YEAR)
    for test in model.found_by:
        measured = MEASUREMENTS[test.measurement]
        known = f"greatest({measured.table}_date, known_at)"
        found = lake.execute(f"""
            SELECT row, min(date_diff('day', index_date, moment)) FILTER (value_as_number >= {test.at_least}) AS days
            FROM landmarks JOIN (
                SELECT person_id, value_as_number, {measured.table}_date AS day, {known} AS moment
                FROM {measured.table} WHERE {measured.table}_concept_id = {measured.concept_id}
            ) USING (person_id)
            WHERE moment > index_date AND day >= index_date - INTERVAL 1 DAY
                AND day <= index_date + INTERVAL {horizon} DAY
            GROUP BY row
        """).df()  # fmt: skip
        at = found["row"].to_numpy()
        tested[at] = True
        days[at] = np.fmin(days[at], found["days"].to_numpy(dtype=np.float64))
    return np.minimum(days, horizon), tested


def _column(lake: DuckDBPyConnection, query: str) -> Array:
    (column,) = lake.execute(query).fetchnumpy().values()
    return np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)
