"""Screening coverage and diagnoses of areas out of the simulated city's records, against counting person by person."""

from __future__ import annotations

from threading import Lock
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from features.homes import NO_HOME
from features.lake import open_lake
from features.residents import residents
from features.sources import get_source
from models.risk_model import models_for
from serving.area_cells import YEARS, AreaCells


@pytest.fixture
def cells(city_world):
    """Return the cells of the city as it is now, without a model that serves."""
    source = get_source("city")
    known = residents(source, source.as_of)
    with open_lake("city") as lake:
        people = lake.execute(
            """
            SELECT person_id, datediff('day', birth_date, $now::TIMESTAMPTZ) / 365.25 AS age,
                (gender_concept_id = 8532)::INTEGER AS female,
                (SELECT arg_max(township, valid_from) FROM social
                 WHERE social.person_id = person.person_id AND social.known_at <= $now) AS township
            FROM person WHERE known_at <= $now ORDER BY person_id
            """,
            {"now": source.as_of},
        ).df().set_index("person_id")  # fmt: skip
    people = people.loc[known.index]
    homes = np.array([NO_HOME if pd.isna(code) else int(code) for code in people["township"]])
    population = SimpleNamespace(
        source=source, now=source.as_of, residents=known, features=people, living=known["died_on"].isna().to_numpy(),
        lock=Lock(), townships=SimpleNamespace(of=lambda _: homes), homes=lambda: homes,
    )  # fmt: skip
    ranking = SimpleNamespace(population=population, snapshot=SimpleNamespace(champions={}), version=0)
    return AreaCells(ranking, models_for(source))


def rounded(count):
    return np.nan if 1 <= count <= 7 else float(int(count / 5 + 0.5) * 5)


def test_coverage_counts_eligible_residents_who_were_tested(cells):
    assert {"colorectal_cancer", "lung_cancer", "breast_cancer"} & set(cells.screened_diseases)
    source, population = get_source("city"), cells.ranking.population
    disease = "colorectal_cancer"
    models = [m for m in models_for(source).values() if m.outcome == disease and m.screening_tests]
    tests = {test for model in models for test in model.screening_tests}
    with open_lake("city") as lake:
        done = lake.execute(
            "SELECT person_id, procedure_source_value, procedure_date FROM procedure_occurrence WHERE known_at <= $now",
            {"now": source.as_of},
        ).fetchall()
    since = source.as_of.replace(year=source.as_of.year - YEARS).date()
    tested = {
        person for person, test, day in done
        if test in tests and since < pd.Timestamp(day).date() <= source.as_of.date()
    }  # fmt: skip
    exact = np.zeros((len(cells.townships), 2, 2))
    place = {code: number for number, code in enumerate(cells.townships)}
    dead = population.residents["died_on"].notna()
    for (person, row), home in zip(population.features.iterrows(), population.homes(), strict=True):
        fits = any(m.cohort.age[0] <= row["age"] <= m.cohort.age[1] for m in models)
        if fits and not dead[person] and home != NO_HOME:
            exact[place[home], int(row["female"]), 0] += 1
            exact[place[home], int(row["female"]), 1] += person in tested
    shown = cells.screened(disease)
    assert exact[:, :, 1].sum() > 100
    for told, counts in ((shown.eligible, exact[:, :, 0]), (shown.tested, exact[:, :, 1])):
        np.testing.assert_array_equal(told, np.vectorize(rounded)(counts))


def test_expected_cases_add_up_to_those_found_in_the_city(cells):
    with open_lake("city") as lake:
        found = lake.execute(
            """
            SELECT count(*) FROM (
                SELECT person_id, min(condition_start_date)::DATE AS day FROM condition_occurrence
                WHERE known_at <= $now AND starts_with(condition_source_value, 'I6') GROUP BY person_id
            ) JOIN observation_period USING (person_id) JOIN person USING (person_id)
            WHERE day > observation_period_start_date AND day <= observation_period_end_date
                AND day > $now::TIMESTAMPTZ::DATE - CAST(365.25 * 5 AS INTEGER)
            """,
            {"now": get_source("city").as_of},
        ).fetchone()[0]
    stroke = cells.observed["stroke"]
    assert stroke.expected.sum() == pytest.approx(found, rel=0.1)
    assert stroke.people.shape == (len(cells.townships), 2, YEARS)
    assert np.nansum(stroke.people) / YEARS == pytest.approx(len(cells.ranking.population.residents), rel=0.15)
    shown = stroke.cases[np.isfinite(stroke.cases)]
    assert set(shown % 5) == {0}
