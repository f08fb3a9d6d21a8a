"""The simulated city goes through lake, record log and store like any other source."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.history import history
from features.lake import build_lake, open_lake
from features.online import online
from features.snapshot import read_snapshot, take_snapshot
from features.sources import get_source
from features.store import build_store
from features.views import all_features, views
from tests.conftest import use

RESIDENTS = 1_500

# What wider health checks measure, and the simulated one does not.
NOT_OF_THE_CITY = {feature.name for feature in views()["blood"].features} | {
    "waist_circumference",
    "waist_height_ratio",
    "physically_active",
    "self_rated_health",
    "income_poverty_ratio",
}


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    root = tmp_path_factory.mktemp("city")
    with use(root, SANZAO_CITY_RESIDENTS=str(RESIDENTS)):
        source = get_source("city")
        build_lake(source)
        build_store(source)
        yield source


def test_history_snapshot_and_online_row_agree_to_the_last_bit(city):
    take_snapshot("city", city.as_of)
    snapshot = pa.concat_tables(list(read_snapshot("city", city.as_of))).to_pandas().set_index("person_id")
    assert len(snapshot) > RESIDENTS
    people = snapshot.index.to_numpy()
    past = history("city", pd.DataFrame({"person_id": people, "index_date": city.as_of}))
    np.testing.assert_array_equal(past.to_numpy(), snapshot.to_numpy())
    np.testing.assert_array_equal(online("city", people.tolist()).to_numpy(), snapshot.to_numpy())


def test_features_that_a_city_records_are_seen(city):
    with open_lake("city") as lake:
        people = lake.execute("SELECT person_id FROM person").fetchnumpy()["person_id"]
    features = history("city", pd.DataFrame({"person_id": people, "index_date": city.as_of}))
    seen = features.notna().mean()
    # Hepatitis B antigen is tested in too few of so small a city to be sure of one.
    assert set(seen.index[seen == 0]) <= {
        "hbsag",
        "helicobacter",
        "afp",
        "ldct_nodule",
        "fev1_fvc_slope",
        "hba1c_slope",
        *NOT_OF_THE_CITY,
    }
    assert features["pm25"].between(1, 100).mean() > 0.9
    assert features["household_size"].max() > 2
    varying = features.max() > features.min()
    assert varying.sum() > 80, list(varying.index[~varying])


def test_one_column_asked_for_is_the_one_of_all(city):
    with open_lake("city") as lake:
        people = lake.execute("SELECT person_id FROM person LIMIT 300").fetchnumpy()["person_id"]
    index = pd.DataFrame({"person_id": people, "index_date": pd.Timestamp("2019-05-05 13:00", tz="UTC")})
    everything = history("city", index)
    some = history("city", index, ["pulse_pressure", "pm25", "age", "glucose_slope"])
    assert list(some) == ["pulse_pressure", "pm25", "age", "glucose_slope"]
    pd.testing.assert_frame_equal(some, everything[list(some)], check_exact=True)
    assert len(all_features()) == everything.shape[1]
