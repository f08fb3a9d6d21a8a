"""Screening coverage of counties: who of those of an age to be screened had a test within five years.

The same measure as `screening` of the area answers of the HTTP API (`serving.area_cells`), at the end of a month and by
county: eligible are residents of the ages and sex of the models that a test can find the disease of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.concepts import CONDITIONS, FEMALE
from features.lake import open_lake
from features.sources import Source
from models.risk_model import models_for
from training.bulletin.counting import Floats
from training.bulletin.months import Month
from training.burden.person_time import COUNTY

YEARS = 5


@dataclass(frozen=True)
class Coverage:
    """Exact counts by county and disease; arrays (areas, diseases)."""

    areas: tuple[str, ...]
    diseases: tuple[str, ...]
    tests: dict[str, tuple[str, ...]]
    ages: dict[str, tuple[float, float]]
    eligible: Floats
    tested: Floats


@dataclass(frozen=True)
class _Aim:
    """Whom the tests of one disease are for."""

    ages: tuple[float, float]
    sex: str | None
    tests: tuple[str, ...]


def coverage(source: Source, month: Month) -> Coverage:
    """Count who is eligible, and who of these was tested in the five years to the end of a month.

    Raises
    ------
    NotReadyError
        If the lake has not been built.
    """
    aims = _aims(source)
    known = f"known_at <= TIMESTAMPTZ '{source.as_of.isoformat()}'"
    names = tuple(sorted(aims))
    with open_lake(source.name) as lake:
        lake.execute(_present(month, known))
        codes = tuple(code for (code,) in lake.execute("SELECT DISTINCT area FROM present ORDER BY 1").fetchall())
        eligible, tested = (np.zeros((len(codes), len(names))) for _ in range(2))
        for column, name in enumerate(names):
            rows = lake.execute(_counts(month, known, aims[name]), {"tests": list(aims[name].tests)}).fetchall()
            for area, everybody, came in rows:
                eligible[codes.index(area), column], tested[codes.index(area), column] = everybody, came
    return Coverage(
        codes, names, {name: aims[name].tests for name in names}, {name: aims[name].ages for name in names}, eligible,
        tested,
    )  # fmt: skip


def _aims(source: Source) -> dict[str, _Aim]:
    found: dict[str, _Aim] = {}
    for model in models_for(source).values():
        if not model.screening_tests or model.outcome not in CONDITIONS:
            continue
        before = found.get(model.outcome, _Aim(model.cohort.age, model.cohort.sex, ()))
        (low, high), (young, old) = before.ages, model.cohort.age
        sex = model.cohort.sex if model.cohort.sex == before.sex else None
        tests = tuple(sorted({*before.tests, *model.screening_tests}))
        found[model.outcome] = _Aim((min(low, young), max(high, old)), sex, tests)
    return found


def _present(month: Month, known: str) -> str:
    """Return SQL for the residents who were there and alive at the end of the month, and the county they lived in."""
    end = f"DATE '{month.last.isoformat()}'"
    return f"""
        CREATE TEMP TABLE present AS
        WITH home AS (
            SELECT person_id, left(arg_max(township, row(valid_from, known_at, social_id)), {COUNTY}) AS area
            FROM social WHERE {known} AND valid_from <= {end} GROUP BY person_id
        )
        SELECT person_id, area, gender_concept_id = {FEMALE} AS female,
            datediff('day', CAST(birth_date AS DATE), {end} + 1) / 365.25 AS age
        FROM person JOIN home USING (person_id) JOIN observation_period USING (person_id)
        LEFT JOIN (SELECT person_id, death_date FROM death WHERE {known}) USING (person_id)
        WHERE person.{known} AND observation_period_start_date <= {end} AND observation_period_end_date >= {end}
            AND coalesce(death_date > {end}, true)
    """


def _counts(month: Month, known: str, aim: _Aim) -> str:
    end = f"DATE '{month.after.isoformat()}'"
    sex = {"women": "AND female", "men": "AND NOT female", None: ""}[aim.sex]
    return f"""
        SELECT area, count(*), count(*) FILTER (person_id IN (
            SELECT person_id FROM procedure_occurrence
            WHERE {known} AND list_contains($tests::VARCHAR[], procedure_source_value)
                AND procedure_date < {end} AND procedure_date > {end} - INTERVAL {YEARS} YEAR
        ))
        FROM present WHERE age BETWEEN {aim.ages[0]} AND {aim.ages[1]} {sex} GROUP BY area
    """
