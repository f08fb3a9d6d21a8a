"""An event model from records to answers: trained, registered, gated, rolled back, served, and refused where worse."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from features.errors import InvalidInputError, NotReadyError, RefusedError
from features.sources import get_source
from models.bundle import BUNDLE_ARTIFACT
from models.event_bundle import EventBundle
from serving.service import Service
from tests.conftest import client_for, use
from tests.requests_311 import write_requests
from training import commands
from training.promotion import promote, rollback
from training.registry import artifact_folder, champion, register
from training.train import result_path

NAME = "late_close_311"
FIELDS = {
    "late_auc", "late_auc_baseline", "hours_median_abs_error", "hours_median_abs_error_baseline", "hours_log_error",
    "hours_log_error_baseline", "coverage_90",
}  # fmt: skip
EVENT = {
    "request_type": "type 3",
    "department": "agency 1",
    "created_at": "2019-02-01T10:00:00Z",
    "due_at": "2019-02-05T10:00:00Z",
    "township": "place 2",
    "channel": "Phone",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("events")
    folder = write_requests(root / "311")
    with use(root, SANZAO_SOURCE="baltimore311", SANZAO_BALTIMORE311=str(folder)):
        (verdict,) = commands.train(source=None, models=[], every=False, seed=None, quiet=True)
        assert verdict["promoted"], verdict
        yield root


@pytest.fixture(scope="module")
def client(trained: Path) -> Iterator[TestClient]:
    with client_for(Service(get_source("baltimore311")), "dispatcher") as opened:
        yield opened


def test_evaluate_judges_the_latest_requests_beside_the_past(trained):
    (figures,) = commands.evaluate(source="baltimore311", models=[], every=False, seed=None, quiet=True)
    assert set(figures) >= FIELDS | {"model", "data_source", "n", "events", "synthetic"}
    assert figures["n"] == 270  # the latest 30 % of 900
    assert figures["late_auc"] > figures["late_auc_baseline"] - 0.002
    assert figures["hours_log_error"] < figures["hours_log_error_baseline"] * 1.005
    assert 0.85 <= figures["coverage_90"] <= 0.95


def test_training_again_repeats_nothing(trained):
    (verdict,) = commands.train(source="baltimore311", models=[NAME], every=False, seed=None, quiet=True)
    assert (verdict["version"], verdict["promoted"]) == (1, True)


def worse(trained: Path) -> Path:
    """Return a training result like that of the champion, but with its predictions turned round."""
    folder = trained / "worse"
    shutil.copytree(result_path("baltimore311", NAME), folder)
    content = folder / BUNDLE_ARTIFACT
    validation = pd.read_parquet(content / "validation.parquet")
    validation["predicted_late"] = 1 - validation["predicted_late"]
    validation["predicted_hours_median"] *= 5
    validation.to_parquet(content / "validation.parquet")
    EventBundle.load(content).save(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"fingerprint": "worse"}))
    return folder


def test_the_gate_refuses_a_worse_version_and_rollback_needs_a_predecessor(trained):
    version = register(worse(trained))
    assert version.number == 2
    with pytest.raises(RefusedError, match=r"AUC 0\.\d+ against 0\.\d+ of version 1"):
        commands.promote(model=NAME, version=2)
    found = champion(NAME)
    assert found is not None
    assert found.number == 1
    with pytest.raises(RefusedError, match="first champion"):
        rollback(NAME)


def test_an_event_model_is_trained_only_on_the_events_it_is_of(trained):
    with pytest.raises(InvalidInputError, match="does not learn from source 'baltimore311'"):
        commands.train(source="baltimore311", models=["late_close"], every=False, seed=None, quiet=True)
    with pytest.raises(NotReadyError, match="no champion"):
        commands.evaluate(source="city", models=["late_close"], every=False, seed=None, quiet=True)


def test_the_registered_model_gives_what_the_bundle_gives(trained):
    import mlflow
    import numpy as np

    found = champion(NAME)
    assert found is not None
    bundle = EventBundle.load(artifact_folder(found))
    features = pd.DataFrame({entry.name: [entry.median, np.nan] for entry in bundle.inputs})
    told = mlflow.pyfunc.load_model(f"models:/{NAME}/1").predict(features)
    expected = bundle.predict({name: features[name].to_numpy() for name in features})
    for name, values in expected.items():
        np.testing.assert_array_equal(told[name], values)


def test_a_request_is_scored_with_reasons_and_notice(client):
    answer = client.post("/v1/score/events", json={"events": [EVENT, EVENT | {"due_at": None, "township": "new"}]})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["model"], body["version"], body["synthetic"]) == (NAME, 1, False)
    assert "draw" in body["notice"]
    first, second = body["results"]
    assert 0 < first["late"] < 1
    assert 0 < first["hours_median"] <= first["hours_90"]
    assert first["reasons_hours"]
    assert "hours ×" in first["reasons_hours"][0]["text"]
    assert "时长" in first["reasons_hours"][0]["text_zh"]
    assert second["late"] is None  # without a time limit nothing is late
    assert second["unseen"] == ["township"]


def test_the_same_request_is_scored_as_training_saw_it(trained, client):
    from features.events.requests import RequestHistory
    from training.events.sample import read_requests

    source = get_source("baltimore311")
    row = read_requests(source).iloc[[800]]
    found = champion(NAME)
    assert found is not None
    bundle = EventBundle.load(artifact_folder(found))
    expected = bundle.predict(RequestHistory(read_requests(source)).features(row))
    sent = {
        name: None if pd.isna(row[name].iloc[0]) else str(row[name].iloc[0])
        for name in ("request_type", "department", "township", "channel", "created_at", "due_at")
    }
    (told,) = client.post("/v1/score/events", json={"events": [sent]}).json()["results"]
    assert told["hours_median"] == pytest.approx(expected["hours_median"][0], rel=1e-12)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"request_type": "type 33"}, 422),
        ({"department": "<script>"}, 422),
        ({"created_at": "2999-01-01T00:00:00Z"}, 422),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, 422),
        ({"created_at": "9999-12-31T23:59:59-14:00"}, 422),
        ({"due_at": "2018-01-01T00:00:00Z"}, 422),
        ({"due_at": "9999-12-31T23:59:59Z"}, 422),
        ({"created_at": "soon"}, 422),
        ({"request_type": ""}, 422),
        ({"extra": 1}, 422),
    ],
)
def test_bad_events_are_refused_by_field(client, change, status):
    answer = client.post("/v1/score/events", json={"events": [EVENT, EVENT | change]})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert all(next(iter(change)) in entry["field"] for entry in answer.json()["problems"])


def test_other_bad_requests_are_refused(client):
    assert client.post("/v1/score/events", json={"events": []}).status_code == 422
    assert client.post("/v1/score/events", json={"events": [EVENT] * 1001}).status_code == 422
    assert client.post("/v1/score/events", json={"events": [EVENT], "model": "no such"}).status_code == 404
    assert client.post("/v1/score/events", json={"events": [EVENT], "model": "stroke_5y"}).status_code == 424
    assert client.post("/v1/score/events", content=b"{").status_code == 422


def test_the_event_model_is_listed_and_described(client):
    (listed,) = client.get("/v1/models").json()["models"]
    assert (listed["name"], listed["entity"], listed["status"]) == (NAME, "event", "serving")
    shown = client.get(f"/v1/models/{NAME}").json()
    assert shown["metrics"]["n"] == 270
    assert client.get("/readyz").json()["models"] == {NAME: 1}


def test_a_version_of_another_source_is_not_compared(trained):
    import dataclasses

    from models.kinds import get_declared
    from training.events.gate import judge_event

    content = result_path("baltimore311", NAME) / BUNDLE_ARTIFACT
    other = trained / "other"
    shutil.copytree(content, other)
    dataclasses.replace(EventBundle.load(content), data_source="city").save(other)
    model = get_declared(NAME)
    objections, _ = judge_event(model, content, other, 7)
    assert "too few to compare" in objections[0].en
    assert promote(model, 1).promoted
