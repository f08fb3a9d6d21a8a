"""Features at any index date equal those of an independent reading of the records, whatever the records."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from features.concepts import MEASUREMENTS
from features.history import at_index
from features.states import state_sql
from features.views import all_features, views

ORIGIN = pd.Timestamp("2000-01-01", tz="UTC")
EPOCH_DAY = ORIGIN.timestamp() / 86400
NAMES = ("systolic_bp", "diastolic_bp", "heart_rate", "bmi")

record = st.fixed_dictionaries(
    {
        "person": st.integers(1, 3),
        "name": st.sampled_from(NAMES),
        "day": st.integers(0, 40),  # few days, so that ties are common
        "late": st.sampled_from([0, 0, 0, 3, 30, 3000]),
        "value": st.sampled_from([60.0, 70.0, 80.0]),
    }
)


def lake(records: list[dict[str, object]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    frame = pd.DataFrame(
        {
            "measurement_id": range(1, len(records) + 1),
            "person_id": [r["person"] for r in records],
            "measurement_concept_id": [MEASUREMENTS[r["name"]].concept_id for r in records],
            "measurement_date": [ORIGIN + pd.Timedelta(days=r["day"]) for r in records],
            "known_at": [ORIGIN + pd.Timedelta(days=r["day"] + r["late"]) for r in records],
            "value_as_number": [r["value"] for r in records],
        }
    )
    connection.register("measurement", frame)
    return connection


def expected(records: list[dict[str, object]], person: int, index: int, name: str, window: int) -> float:
    """Read the records one by one, as a careful person would."""
    usable = [
        (r["day"], r["day"] + r["late"], number, r["value"])
        for number, r in enumerate(records)
        if r["person"] == person and r["name"] == name and max(r["day"], r["day"] + r["late"]) <= index
    ]
    if not usable:
        return np.nan
    day, _, _, value = max(usable)
    return value if index - day <= window else np.nan


@settings(max_examples=150, deadline=None)
@given(
    st.lists(record, max_size=25), st.lists(st.tuples(st.integers(1, 3), st.integers(0, 5000)), min_size=1, max_size=8)
)
def test_point_in_time_equals_an_independent_oracle(records, asked):
    states = lake(records).execute(state_sql(views()["vitals"])).df() if records else pd.DataFrame()
    index = pd.DataFrame(asked, columns=["person_id", "day"])
    index["at"] = ORIGIN + pd.to_timedelta(index["day"], unit="D")
    index["row"] = range(len(index))
    names = [column for name in NAMES for column in (name, f"{name}_day")]
    if records:
        left = index.astype({"at": "datetime64[us, UTC]"}).sort_values("at")
        right = states.astype({"event_timestamp": "datetime64[us, UTC]"}).sort_values("event_timestamp")
        found = pd.merge_asof(left, right, left_on="at", right_on="event_timestamp", by="person_id").sort_values("row")
    else:
        found = index.assign(**dict.fromkeys(names, np.nan))
    stored = {name: found[name].to_numpy(dtype=np.float64) for name in names}
    others = dict.fromkeys(
        (column for name in all_features() for column in (name, f"{name}_day") if column not in stored),
        np.full(len(index), np.nan),
    )
    features = at_index(stored | others, EPOCH_DAY + index["day"].to_numpy(dtype=np.float64))
    for name in NAMES:
        window = all_features()[name].taken.window_days
        want = [expected(records, person, day, name, window) for person, day in asked]
        np.testing.assert_array_equal(features[name], want)
