"""Exact counts of people and cases out of the records, in columnar passes; only `serving.area_cells` may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb
import numpy as np
from numpy.typing import NDArray

from features.concepts import CONDITIONS, FEMALE
from features.standard_populations import GROUP_YEARS, GROUPS
from models.risk_model import SCREENED_WITHIN_DAYS

Counts = NDArray[np.float64]

YEARS = 5  # before now: the window in which diagnoses and tests are counted


def observed_people(lake: duckdb.DuckDBPyConnection, now: datetime, shape: tuple[int, ...]) -> Counts:
    """Return who was under observation in the middle of each year of the window.

    Parameters
    ----------
    lake
        With a table `home` of person_id and place.
    shape
        Of the answer: (places, sexes, years, age groups), oldest year first.
    """
    return _table(lake.execute(_PEOPLE_SQL, {"now": now}), shape)


def observed_cases(lake: duckdb.DuckDBPyConnection, disease: str, now: datetime, shape: tuple[int, ...]) -> Counts:
    """Return first diagnoses by the year of the window in which they fall; see `observed_people`."""
    return _table(lake.execute(_cases_sql(disease), {"now": now}), shape)


def tested_persons(lake: duckdb.DuckDBPyConnection, tests: Sequence[str], now: datetime) -> NDArray[np.int64]:
    """Return the numbers of residents who had one of the tests (`procedure_source_value`) in the window."""
    found = lake.execute(f"SELECT DISTINCT person_id FROM ({_TESTS_SQL})", {"now": now, "tests": list(tests)})
    return np.asarray(found.fetchnumpy()["person_id"], dtype=np.int64)


def found_by_tests(
    lake: duckdb.DuckDBPyConnection, disease: str, tests: Sequence[str], now: datetime
) -> NDArray[np.int64]:
    """Return the numbers of residents whose first diagnosis followed one of the tests of the window closely enough."""
    query = f"""
        WITH tests AS ({_TESTS_SQL}), first AS ({_first_sql(disease)})
        SELECT DISTINCT person_id FROM first JOIN tests USING (person_id)
        WHERE tests.day BETWEEN first.day - {SCREENED_WITHIN_DAYS} AND first.day
    """
    found = lake.execute(query, {"now": now, "tests": list(tests)})
    return np.asarray(found.fetchnumpy()["person_id"], dtype=np.int64)


def _table(answer: duckdb.DuckDBPyConnection, shape: tuple[int, ...]) -> Counts:
    """Return columns place, female, year, age, people as an array of that shape."""
    found = answer.fetchnumpy()
    if not len(found["people"]):
        return np.zeros(shape)
    axes = tuple(np.asarray(found[name], dtype=np.int64) for name in ("place", "female", "year", "age"))
    cell = np.ravel_multi_index(axes, shape)
    size = int(np.prod(shape))
    return np.bincount(cell, found["people"], size).astype(np.float64).reshape(shape)


def _age_sql(day: str) -> str:
    return f"least(greatest(datesub('year', birth_date, {day}), 0) // {GROUP_YEARS}, {GROUPS - 1})"


def _first_sql(disease: str) -> str:
    return f"""
        SELECT person_id, CAST(min(condition_start_date) AS DATE) AS day
        FROM condition_occurrence
        WHERE known_at <= $now AND {CONDITIONS[disease].sql("condition_source_value")}
        GROUP BY person_id
    """


_PEOPLE_SQL = f"""
    SELECT place, gender_concept_id = {FEMALE} AS female, year, {_age_sql("middle")} AS age, count(*) AS people
    FROM person JOIN home USING (person_id) JOIN observation_period USING (person_id)
    CROSS JOIN (
        SELECT y AS year, CAST($now::TIMESTAMPTZ AS DATE) - CAST(365.25 * ({YEARS} - y - 0.5) AS INTEGER) AS middle
        FROM range({YEARS}) AS years(y)
    )
    WHERE middle BETWEEN observation_period_start_date AND observation_period_end_date AND birth_date <= middle
        AND person.known_at <= $now
    GROUP BY ALL
"""


def _cases_sql(disease: str) -> str:
    return f"""
        WITH first AS ({_first_sql(disease)})
        SELECT place, gender_concept_id = {FEMALE} AS female,
            {YEARS - 1} - CAST(floor((CAST($now::TIMESTAMPTZ AS DATE) - day) / 365.25) AS INTEGER) AS year,
            {_age_sql("day")} AS age, count(DISTINCT person_id) AS people
        FROM first JOIN home USING (person_id) JOIN person USING (person_id)
            JOIN observation_period USING (person_id)
        WHERE day > observation_period_start_date AND day <= observation_period_end_date
            AND year BETWEEN 0 AND {YEARS - 1}
        GROUP BY ALL
    """


_TESTS_SQL = f"""
    SELECT person_id, CAST(procedure_date AS DATE) AS day FROM procedure_occurrence
    WHERE known_at <= $now AND procedure_date <= $now::TIMESTAMPTZ
        AND procedure_date > $now::TIMESTAMPTZ - INTERVAL {YEARS} YEAR
        AND list_contains($tests::VARCHAR[], procedure_source_value)
"""
