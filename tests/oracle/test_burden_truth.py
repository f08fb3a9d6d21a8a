"""The burden counted from the records against what the simulator knows to be true."""

from __future__ import annotations

import duckdb
import pytest

from features.sources import get_source
from training.burden import measure_burden


@pytest.fixture
def burden(city_world):
    return measure_burden(get_source("city"))


@pytest.fixture
def truth(city_world):
    with duckdb.connect() as connection:
        for name in ("latent", "person"):
            connection.execute(f"CREATE VIEW {name} AS FROM '{city_world}/var/truth/city/{name}/*/*.parquet'")
        yield connection


def test_incidence_is_that_of_the_true_diagnoses(burden, truth):
    true = dict(
        truth.execute("""
            SELECT disease, count(*) FROM latent JOIN person USING (person_id)
            WHERE diagnosis_date BETWEEN DATE '2019-01-01' AND DATE '2023-12-31' AND diagnosis_date > arrival_date
                AND (leaving_date IS NULL OR diagnosis_date < leaving_date)
                AND (death_date IS NULL OR diagnosis_date <= death_date)
            GROUP BY disease
        """).fetchall()
    )
    compared = [one for one in burden.city.diseases if one.disease.name in true]
    assert len(compared) == 15
    for one in compared:
        # Some records come later than the moment of the report, and a few codes are misspelt.
        assert 0.9 * true[one.disease.name] - 3 <= one.cases <= true[one.disease.name], one.disease.name


def test_person_years_and_deaths_are_those_of_everybody(burden, truth):
    years, deaths = truth.execute("""
        SELECT sum(greatest(datediff('day', greatest(arrival_date, DATE '2019-01-01'),
                least(coalesce(leaving_date, DATE '2024-01-01'), coalesce(death_date + 1, DATE '2024-01-01'),
                    DATE '2024-01-01')), 0)) / 365.25,
            count(*) FILTER (death_date >= DATE '2019-01-01'
                AND (leaving_date IS NULL OR death_date < leaving_date) AND arrival_date <= death_date)
        FROM person
    """).fetchone()
    assert burden.city.person_years == pytest.approx(years, rel=0.005)
    assert 0.95 * deaths <= burden.city.deaths <= deaths
    assert sum(area.person_years for area in burden.counties) == pytest.approx(burden.city.person_years, rel=0.01)
    assert sum(area.deaths for area in burden.counties) <= burden.city.deaths


def test_deaths_put_down_to_cancers_are_those_that_died_of_them(burden, truth):
    true = dict(
        truth.execute("""
            SELECT cause, count(*) FROM person WHERE death_date >= DATE '2019-01-01'
                AND (leaving_date IS NULL OR death_date < leaving_date) GROUP BY cause
        """).fetchall()
    )
    from features.sources._city.diseases import INDEX

    names = [name for name in INDEX if name.endswith("_cancer")]
    by_name = {one.disease.name: one for one in burden.city.diseases}
    for name in names:
        one = by_name[name]
        assert one.deaths.low - 5 <= true.get(INDEX[name], 0) <= one.deaths.high + 5, name
    put_down = sum(by_name[name].deaths.value for name in names)
    assert put_down == pytest.approx(sum(true.get(INDEX[name], 0) for name in names), rel=0.15)
    everything = sum(one.deaths.value for one in burden.city.diseases) + burden.city.unattributed
    assert everything == pytest.approx(burden.city.deaths)


def test_risk_factors_that_kill_through_other_diseases_are_put_down_little(burden):
    by_name = {one.disease.name: one for one in burden.city.diseases}
    for name in ("hypertension", "hepatitis_b", "thyroid_cancer"):
        assert by_name[name].deaths.value < 0.03 * burden.city.deaths, name
