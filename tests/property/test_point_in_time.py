"""Features at any moment equal those of an independent reading of the records, whatever the records."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.area_log import _open_areas
from features.contracts import contracts
from features.feature import Feature, Over
from features.journal import REPLACED, REWRITTEN
from features.log_writing import write_areas, write_bucket
from features.plan import evaluate, plan_of
from features.record_log import AREAS, DAY_US, _open_bucket
from features.streams import codes, household_sql
from features.views import all_features

ORIGIN = pd.Timestamp("2000-01-01", tz="UTC")
FIRST_DAY = round(ORIGIN.timestamp() / 86400)
DTYPES = {
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "date": "TIMESTAMPTZ",
    "timestamp": "TIMESTAMPTZ",
}

PRESSURE = all_features()["systolic_bp"].taken.stream
STROKE, VISIT = "diagnosed.stroke", "visit.any"
WINDOWS = (10.0, 40.5, math.inf)

EVENT = st.fixed_dictionaries(
    {
        "person": st.integers(1, 3),
        "stream": st.sampled_from([PRESSURE, PRESSURE, STROKE, VISIT]),
        "day": st.integers(0, 60),  # few days, so that ties are common
        "late": st.sampled_from([0, 0, 0, 3, 30, 3000]),
        "value": st.sampled_from([60.0, 70.0, 80.0, 130.5, None]),
    }
)
# Moments in the middle of a day as well.
MOMENT = st.tuples(st.integers(1, 4), st.integers(0, 3100), st.sampled_from([0.0, 0.25]))


def empty_lake() -> duckdb.DuckDBPyConnection:
    lake = duckdb.connect()
    lake.execute("SET TimeZone = 'UTC'")
    for contract in contracts().values():
        columns = ", ".join(f"{column.name} {DTYPES[column.dtype]}" for column in contract.columns)
        lake.execute(f"CREATE TABLE {contract.name} ({columns})")
    return lake


def day(number: int) -> pd.Timestamp:
    return ORIGIN + pd.Timedelta(days=number)


def fill(lake, events):
    for number, event in enumerate(events, 1):
        when, known = day(event["day"]), day(event["day"] + event["late"])
        match event["stream"]:
            case stream if stream == PRESSURE:
                row = [number, event["person"], 3004249, when, event["value"], "mm[Hg]", known]
                lake.execute("INSERT INTO measurement VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            case stream if stream == STROKE:
                row = [number, event["person"], 0, when, "I63", known]
                lake.execute("INSERT INTO condition_occurrence VALUES (?, ?, ?, ?, ?, ?)", row)
            case _:
                row = [number, event["person"], 9202, when, "clinic", known]
                lake.execute("INSERT INTO visit_occurrence VALUES (?, ?, ?, ?, ?, ?)", row)


def expected(events, person, now, stream, statistic, window):
    """Read the records one by one, as a careful person would."""
    by_day = defaultdict(list)
    for number, event in enumerate(events, 1):
        value = event["value"] if stream == PRESSURE else 1.0
        if event["person"] != person or event["stream"] != stream or value is None:
            continue
        known = event["day"] + event["late"]
        if event["day"] <= now and known <= now and now - event["day"] <= window:
            by_day[event["day"]].append((known, number, value))
    days = sorted(by_day)
    values = [max(by_day[when])[2] for when in days]
    if statistic == "count":
        return len(days)
    if statistic == "ever":
        return float(bool(days))
    if not days or (statistic in {"sd", "slope"} and len(days) < 2):
        return math.nan
    return {
        "last": lambda: values[-1],
        "mean": lambda: statistics.fmean(values),
        "sd": lambda: statistics.stdev(values),
        "slope": lambda: statistics.linear_regression(days, values).slope * 365.25,
        "lowest": lambda: min(values),
        "highest": lambda: max(values),
        "days_since": lambda: now - days[-1],
        "days_since_first": lambda: now - days[0],
        "total": lambda: sum(value for found in by_day.values() for _, _, value in found),
    }[statistic]()


def feature(taken: Over) -> Feature:
    name = f"{taken.statistic} of {taken.stream} in {taken.window_days}"
    return Feature(name, name, name, "1", 0, 1, 1, "continuous", taken, name)


ALL = tuple(
    feature(Over(statistic, stream, window))
    for statistic in (
        "last", "mean", "sd", "slope", "lowest", "highest", "count", "ever", "days_since", "days_since_first", "total",
    )
    for stream in (PRESSURE, STROKE, VISIT)
    for window in WINDOWS
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(EVENT, max_size=25), st.lists(MOMENT, min_size=1, max_size=8))
def test_every_statistic_equals_an_independent_oracle(tmp_path_factory, events, asked):
    folder = tmp_path_factory.mktemp("log")
    with empty_lake() as lake:
        fill(lake, events)
        write_bucket(lake, folder / "bucket=0", household_sql())
        write_areas(lake, folder / AREAS)
    records, areas = _open_bucket.__wrapped__(folder / "bucket=0", ""), _open_areas.__wrapped__(folder / AREAS, "")
    moments = np.array([round((FIRST_DAY + number + part) * DAY_US) for _, number, part in asked])
    rows = records.rows_of(np.array([person for person, _, _ in asked]))
    got = evaluate(records, areas, rows, moments, plan_of(ALL))
    for row, entry in enumerate(ALL):
        taken = entry.taken
        want = [
            expected(events, person, number + part, taken.stream, taken.statistic, taken.window_days)
            for person, number, part in asked
        ]
        np.testing.assert_allclose(got[row], want, rtol=1e-9, atol=1e-9, err_msg=entry.name)


AREA_ROW = st.tuples(st.integers(331001, 331003), st.integers(2015, 2019), st.integers(0, 60))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(AREA_ROW, max_size=12, unique_by=lambda row: row[:2]),
    st.lists(st.tuples(st.integers(331000, 331004), st.integers(0, 70)), min_size=1, max_size=6),
)
def test_area_columns_are_those_of_the_newest_year_known(tmp_path_factory, years, asked):
    folder = tmp_path_factory.mktemp("log")
    with empty_lake() as lake:
        for township, year, known in years:
            row = [str(township), year, float(year + known), 1.0, 0.1, 2, day(known)]
            lake.execute("INSERT INTO area_year VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        for person, (township, _) in enumerate(asked, 1):
            lake.execute(
                "INSERT INTO social (social_id, person_id, valid_from, township, known_at) VALUES (?, ?, ?, ?, ?)",
                [person, person, day(0), str(township), day(0)],
            )
        write_bucket(lake, folder / "bucket=0", household_sql())
        write_areas(lake, folder / AREAS)
    records, areas = _open_bucket.__wrapped__(folder / "bucket=0", ""), _open_areas.__wrapped__(folder / AREAS, "")
    moments = np.array([(FIRST_DAY + number) * DAY_US for _, number in asked])
    (got,) = evaluate(
        records, areas, records.rows_of(np.arange(1, len(asked) + 1)), moments, plan_of([all_features()["pm25"]])
    )
    for place, (township, now) in enumerate(asked):
        known = [(year, year + known) for code, year, known in years if code == township and known <= now]
        assert got[place] == pytest.approx(max(known)[1] if known else math.nan, nan_ok=True)


HOME = st.tuples(st.integers(1, 2), st.integers(1, 5), st.integers(0, 40))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(HOME, max_size=8, unique_by=lambda row: row[:2]),
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 50), st.integers(0, 5)), max_size=5),
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 60)), min_size=1, max_size=6),
)
def test_a_household_counts_once_both_membership_and_illness_are_known(tmp_path_factory, homes, ill, asked):
    folder = tmp_path_factory.mktemp("log")
    with empty_lake() as lake:
        for home, person, known in homes:
            row = [home, person, "spouse", day(known - 3), day(known)]
            lake.execute("INSERT INTO household_member VALUES (?, ?, ?, ?, ?)", row)
        for number, (person, when, late) in enumerate(ill, 1):
            row = [number, person, 0, day(when), "E11", day(when + late)]
            lake.execute("INSERT INTO condition_occurrence VALUES (?, ?, ?, ?, ?, ?)", row)
        write_bucket(lake, folder / "bucket=0", household_sql())
        write_areas(lake, folder / AREAS)
    records, areas = _open_bucket.__wrapped__(folder / "bucket=0", ""), _open_areas.__wrapped__(folder / AREAS, "")
    moments = np.array([(FIRST_DAY + number) * DAY_US for _, number in asked])
    rows = records.rows_of(np.array([person for person, _ in asked]))
    wanted = [all_features()["household_size"], all_features()["household_diabetes"]]
    size, diabetes = evaluate(records, areas, rows, moments, plan_of(wanted))
    for place, (person, now) in enumerate(asked):
        with_me = [
            other
            for home, other, known in homes
            if known <= now and any(h == home and p == person and k <= now for h, p, k in homes)
        ]
        assert size[place] == pytest.approx(len(with_me) or math.nan, nan_ok=True)
        sick = {person for person, when, late in ill if when + late <= now}
        assert diabetes[place] == float(bool(sick & set(with_me) - {person}))


def test_codes_fit_the_log():
    assert max(codes().values()) < min(REPLACED, REWRITTEN)
