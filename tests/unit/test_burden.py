"""The pieces of a burden: person-time counted by hand, deaths shared out, trends, the order, and what is not told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import numpy as np
import pytest
from scipy.optimize import minimize

from features.concepts import CONDITIONS, FEMALE, MALE
from features.contracts import contracts
from features.errors import InvalidInputError
from features.lake.reading import rows_sql
from features.sources import get_source
from models.area.rates import Estimate
from models.area.trend import percent_change
from training.burden import screening
from training.burden.attribution import attribute
from training.burden.diseases import DISEASES, SCREENED_BY, UNIONS
from training.burden.life_years import YEARS_LEFT, years_left
from training.burden.person_time import Period, count, period_of

POSITION = {disease.name: position for position, disease in enumerate(DISEASES)}
SOURCE = replace(get_source("city"), as_of=datetime(2022, 1, 1, tzinfo=UTC))
KNOWN = "2021-06-01"

# Four residents, two of them in county 331002. The lake has one bucket.
ROWS = {
    "person": [(1, MALE, "1950-07-01"), (2, FEMALE, "1990-01-01"), (3, FEMALE, "1960-01-01"), (4, MALE, "1961-03-01")],
    "observation_period": [
        (1, "2020-01-01", "2021-04-10"),  # dies
        (2, "2020-01-01", "2020-12-31"),  # moves away
        (3, "2021-01-01", "2021-12-31"),
        (4, "2020-01-01", "2021-12-31"),
    ],
    "death": [(1, "2021-04-10", KNOWN)],
    "condition_occurrence": [
        (1, 1, 0, "2020-04-10", "I63.9", KNOWN),
        (2, 1, 0, "2020-09-01", "I63.9", KNOWN),  # a second stroke is no second case
        (3, 3, 0, "2010-01-01", "E11.9", KNOWN),  # an old diagnosis
        (4, 4, 0, "2021-12-01", "C34.9", "2022-03-01"),  # not known yet
        (5, 4, 0, "2021-03-01", "C34.9", KNOWN),
    ],
    "visit_occurrence": [
        (1, 1, 9201, "2020-04-10", "hospital", KNOWN),
        (2, 1, 9202, "2020-02-01", "clinic", KNOWN),
        (3, 2, 9202, "2020-02-01", "checkup", KNOWN),
    ],
    "procedure_occurrence": [(1, 4, 0, "2021-02-01", "ldct", KNOWN)],
    "screening_invitation": [
        (1, 4, "lung", "ldct", "2021-01-15", None, None, "2021-01-15"),
        (2, 3, "lung", "ldct", "2021-01-15", None, None, "2021-01-15"),
    ],
    "social": [
        (1, 1, "2020-01-01", None, "331002001", 1, "farmer", 1, 0, "resident", "local", 0, 1.0, KNOWN),
        (2, 3, "2021-01-01", None, "331002002", 1, "farmer", 5, 0, "none", "local", 0, 1.0, KNOWN),
    ],
}


@contextmanager
def lake(*_: object) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for contract in contracts().values():
        connection.execute(f"CREATE TABLE {contract.name} AS {rows_sql(contract, [])}")
        for row in ROWS.get(contract.name, []):
            values = [*row, *([KNOWN] if len(row) < len(contract.columns) else [])]
            connection.execute(f"INSERT INTO {contract.name} VALUES ({', '.join('?' * len(values))})", values)
    yield connection
    connection.close()


@pytest.fixture
def four(monkeypatch):
    for module in ("training.burden.person_time", "training.burden.screening"):
        monkeypatch.setattr(f"{module}.open_lake", lake)
        monkeypatch.setattr(f"{module}.lake_buckets", lambda _: 1)
    return count(SOURCE, Period(2020, 2021, 2020))


def test_person_time_is_what_counting_days_gives(four):
    cells = four.cells
    assert cells["person_years"].sum() * 365.25 == pytest.approx(466 + 366 + 365 + 731)
    # The first resident turns 70 on 1 July 2020, has a stroke on 10 April 2020 and dies a year later.
    his = cells[(cells["area"] == "331002") & ~cells["female"]]
    with_stroke = (his["known"].to_numpy() >> POSITION["stroke"]) & 1 == 1
    assert his[~with_stroke]["person_years"].sum() * 365.25 == pytest.approx(100)
    assert his[with_stroke]["person_years"].sum() * 365.25 == pytest.approx(366)
    by_age = his.groupby("age")["person_years"].sum() * 365.25
    assert by_age.to_dict() == pytest.approx({13: 182, 14: 284})
    assert his["deaths"].sum() == cells["deaths"].sum() == 1
    assert cells["years_lost"].sum() == pytest.approx(years_left(25851 / 365.25))
    assert cells[cells["area"] == ""]["person_years"].sum() * 365.25 == pytest.approx(366 + 731)


def test_only_first_diagnoses_after_arrival_that_are_known_are_cases(four):
    cases = four.cases.set_index("disease")["cases"]
    assert cases.to_dict() == {POSITION["stroke"]: 1, POSITION["lung_cancer"]: 1}
    ill = four.living[four.living["known"] > 0]
    assert ill.set_index("known")["people"].to_dict() == {1 << POSITION["diabetes"]: 1, 1 << POSITION["lung_cancer"]: 1}
    assert four.living.set_index("known").loc[1 << POSITION["diabetes"], "uninsured"]
    assert four.living["people"].sum() == 2


def test_contacts_fall_where_they_happened_and_check_ups_are_none(four):
    cells = four.cells
    with_stroke = (cells["known"].to_numpy() >> POSITION["stroke"]) & 1 == 1
    assert cells[with_stroke]["stays"].sum() == cells["stays"].sum() == 1
    assert cells[~with_stroke]["visits"].sum() == cells["visits"].sum() == 1


def test_a_case_is_found_by_a_test_that_came_before_it(four):
    found = screening.programmes(SOURCE, Period(2020, 2021, 2020))["lung_cancer"]
    assert (found.tests, found.found, found.others, found.cases, found.absent) == (1, 1, 0, 1, 1)
    assert found.first_year == 2021
    assert found.found_yield.value == 1000


def test_only_whole_years_under_observation_are_reported(four):
    assert period_of(SOURCE, 2, 15) == Period(2020, 2021, 2020)
    with pytest.raises(InvalidInputError, match="--years 1 to 2"):
        period_of(SOURCE, 3, 15)


def test_ranked_diseases_share_no_code():
    codes = [f"{letter}{number:02}.9" for letter in "BCEIJN" for number in range(100)] + ["I51.6"]
    with duckdb.connect() as connection:
        for code in codes:
            connection.execute("CREATE OR REPLACE TABLE c AS SELECT ? AS condition_source_value", [code])
            hits = [d.name for d in DISEASES if connection.execute(f"SELECT {d.codes} FROM c").fetchone() == (True,)]
            assert len(hits) <= 1, (code, hits)
    assert set(CONDITIONS) >= UNIONS
    assert set(SCREENED_BY.values()) <= {disease.name for disease in DISEASES}
    allowed = next(c.allowed for c in contracts()["screening_invitation"].columns if c.name == "programme")
    # What the others look for shows in a measurement, and no procedure tells who came.
    assert set(allowed) - set(SCREENED_BY) == {"diabetes", "hypertension", "copd"}
    assert set(SCREENED_BY) <= set(allowed)


def test_years_left_fall_by_less_than_a_year_a_year():
    ages, years = map(np.array, zip(*YEARS_LEFT, strict=True))
    assert len(YEARS_LEFT) == 21
    slope = np.diff(years) / np.diff(ages)
    assert np.all((slope < 0) & (slope > -1))


# --- deaths and contacts shared out ---


def test_with_one_disease_the_share_is_observed_less_expected():
    # Background 10 in 1,000 years; with the disease 30 in 1,000: 20 of the 30 are put down to it.
    shared = attribute(
        np.array([10.0, 30.0]), np.array([1000.0, 1000.0]), np.array([0, 0]), np.array([13, 13]),
        np.array([[False], [True]]),
    )  # fmt: skip
    assert shared.events(np.array([10.0, 30.0])) == pytest.approx([20.0], rel=1e-4)
    # Observed less expected has the variance 30 + 10: the error of the background counts as well.
    assert shared.error == pytest.approx([np.sqrt(40.0)], rel=1e-3)


def test_a_disease_that_protects_is_put_down_nothing():
    events, years = np.array([30.0, 10.0]), np.array([1000.0, 1000.0])
    shared = attribute(events, years, np.array([0, 0]), np.array([13, 13]), np.array([[False], [True]]))
    assert shared.events(events) == pytest.approx([0.0], abs=0.05)
    assert shared.interval(events)[0].low == 0


def test_sharing_out_finds_the_maximum_of_the_likelihood_and_counts_nothing_twice():
    rng = np.random.default_rng(3)
    known = np.array([[bool(bits >> d & 1) for d in range(3)] for bits in range(8)] * 4)
    stratum = np.repeat(np.arange(4), 8)
    age = np.where(stratum % 2 == 0, 5, 14)
    years = rng.uniform(200, 5000, 32)
    rate = np.array([0.002, 0.03, 0.004, 0.05])[stratum] + known @ np.array([0.01, 0.0, 0.05])
    events = rng.poisson(rate * years).astype(float)
    shared = attribute(events, years, stratum, age, known)
    assert shared.events(events).sum() <= events.sum()
    assert np.all(shared.shares >= 0)
    assert np.all(shared.shares.sum(axis=1) < 1 + 1e-9)

    broad = (age >= 12).astype(int)  # 14 is 70–74: the second of the broad ages
    design = np.zeros((32, 4 + 6))
    design[np.arange(32), stratum] = 1
    for disease in range(3):
        design[np.arange(32), 4 + 2 * disease + broad] += known[:, disease]

    def loss(level):
        mean = design @ level * years
        return float((mean - events * np.log(mean)).sum())

    best = minimize(loss, np.full(10, 0.01), bounds=[(1e-12, None)] * 10, method="L-BFGS-B", options={"ftol": 1e-15})
    by_optimiser = [
        sum((known[:, d] & (broad == b)) @ years * best.x[4 + 2 * d + b] for b in range(2)) for d in range(3)
    ]
    assert shared.events(events) == pytest.approx(by_optimiser, rel=0.01, abs=0.5)


# --- trend ---


def test_a_constant_rise_is_found_whatever_the_size_of_the_population():
    years = np.arange(2009, 2024)
    expected = np.linspace(500, 900, 15)
    change = percent_change(years, expected * 1.03 ** (years - 2009), expected)
    assert change.value == pytest.approx(3.0, abs=1e-6)
    assert change.low < 3 < change.high


def test_the_slope_is_that_of_an_independent_poisson_regression():
    from sklearn.linear_model import PoissonRegressor

    years, counts = np.arange(10), np.array([12, 15, 11, 18, 22, 19, 25, 24, 31, 28])
    people = np.linspace(1.0, 1.4, 10)
    fitted = PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000).fit(
        (years - 4.5)[:, None], counts / people, sample_weight=people
    )
    change = percent_change(years, counts, people)
    assert change.value == pytest.approx(100 * (np.exp(fitted.coef_[0]) - 1), abs=1e-4)


def test_too_little_to_tell_a_trend_from():
    assert np.isnan(percent_change([1, 2, 3, 4], [9, 9, 9, 9], [1, 1, 1, 1]).value)
    assert np.isnan(percent_change(range(6), [1, 0, 2, 1, 0, 2], [1] * 6).value)
    with pytest.raises(InvalidInputError, match="none were expected"):
        percent_change(range(6), [10] * 6, [0, 1, 1, 1, 1, 1])
    with pytest.raises(InvalidInputError, match="one each a period"):
        percent_change(range(6), [10] * 5, [1] * 6)


# --- screening ---


def test_what_screening_could_avert_is_bounded_by_reach_and_never_negative():
    programme = screening.Programme("lung", 2019, (40, 75), 1000, 10, 60, 100, 500, deaths=2, expected=20.0)
    assert not programme.pooled
    assert programme.mortality_ratio.value == pytest.approx(0.1)
    assert programme.avertable == Estimate(
        pytest.approx(0.6 * 0.9),
        pytest.approx(0.6 * (1 - 7.2247 / 20), abs=1e-4),
        pytest.approx(0.6 * (1 - 0.2422 / 20), abs=1e-4),
    )
    worse = replace(programme, deaths=40)
    assert worse.avertable.value == worse.avertable.low == 0
    rare = replace(programme, expected=2.0, all_deaths=9.0, all_expected=30.0)
    assert rare.pooled
    assert rare.mortality_ratio.value == pytest.approx(0.3)
    assert programme.undetected.value == pytest.approx(5)
