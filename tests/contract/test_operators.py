"""What operators and other programs rely on: /metrics, the log, and the OpenAPI page with its examples."""

from __future__ import annotations

import json
import logging

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from features.settings import settings
from features.sources import get_source
from serving import logs
from serving.openapi import PROBLEM
from serving.service import Service
from tests.conftest import client_for, token_for, use

SOURCE = "framingham"


@pytest.fixture(scope="module")
def api(built):
    with use(built):
        yield client_for(Service(get_source(SOURCE)))


def samples(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def requests(found, **labels):
    return found.get(("sanzao_requests_total", *sorted(labels.items())), 0)


def test_metrics_count_requests_by_the_template_of_their_route_and_name_nobody(api):
    resident = int(api.app.state.service.population.residents.index[0])
    before = samples(api.get("/metrics").text)
    api.get(f"/v1/residents/{resident}/risks")
    api.get("/v1/residents/999/risks")
    api.get(f"/nowhere/{resident}")
    api.request("BREW", "/v1/models")
    answer = api.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    after = samples(answer.text)
    route = "/v1/residents/{resident}/risks"
    for labels in (
        {"method": "GET", "route": route, "status": "200"}, {"method": "GET", "route": route, "status": "404"},
        {"method": "GET", "route": "none", "status": "404"},
    ):  # fmt: skip
        assert requests(after, **labels) == requests(before, **labels) + 1
    assert any(dict(labels).get("method") == "other" for name, *labels in after if name == "sanzao_requests_total")
    assert after[("sanzao_request_seconds_count", ("method", "GET"), ("route", route))] >= 2
    assert not any(f"/{number}" in answer.text for number in (resident, 999))
    assert after[("sanzao_models_serving",)] == len(api.app.state.service.snapshot.versions) > 0
    assert after[("sanzao_snapshot_age_seconds",)] > 0


def test_metrics_are_open_unless_the_operator_says_otherwise(api, monkeypatch):
    from serving.api import create_app

    nobody = TestClient(api.app)
    assert nobody.get("/metrics").status_code == 200
    monkeypatch.setenv("SANZAO_METRICS_OPEN", "false")
    settings.cache_clear()
    closed = TestClient(create_app(api.app.state.service))
    assert closed.get("/metrics").status_code == 401
    assert closed.get("/metrics", headers=token_for(SOURCE, "leader")).status_code == 403
    assert closed.get("/metrics", headers=token_for(SOURCE, "engineer")).status_code == 200
    monkeypatch.undo()
    settings.cache_clear()


def test_records_are_counted(own_world):
    from tests.loop.test_killed_server import body

    service = Service(get_source(SOURCE))
    with client_for(service, "steward") as steward:
        before = samples(steward.get("/metrics").text).get(("sanzao_records_total", ("outcome", "kept")), 0)
        person = int(service.population.residents.index[0])
        for _ in range(2):
            assert steward.post("/v1/records", content=body(person, 7 * 10**9)).status_code == 200
        after = samples(steward.get("/metrics").text)
    assert after[("sanzao_records_total", ("outcome", "kept"))] == before + 3
    assert after[("sanzao_records_total", ("outcome", "already_there"))] >= 3


@pytest.fixture
def logged(monkeypatch):
    """Give the lines that the server's log would hold, as JSON."""
    lines = []

    class Kept(logging.Handler):
        def emit(self, record):
            record.request_id = logs.request_id.get()
            lines.append(json.loads(logs.AsJson().format(record)))

    handler = Kept()
    logs.access.addHandler(handler)
    monkeypatch.setattr(logs.access, "level", logging.INFO)
    logs.access._cache.clear()
    yield lines
    logs.access.removeHandler(handler)


def test_a_request_leaves_one_line_that_names_nobody(api, logged):
    resident = int(api.app.state.service.population.residents.index[0])
    api.get(f"/v1/residents/{resident}/risks", headers={"X-Request-ID": "trace-7"})
    api.get("/v1/models/nothing?secret=hidden")
    first, second = logged
    assert (first["request_id"], first["method"], first["status"]) == ("trace-7", "GET", 200)
    assert first["route"] == "/v1/residents/{resident}/risks"
    assert first["ms"] > 0
    assert set(first) == {"at", "level", "logger", "request_id", "message", "method", "route", "status", "ms"}
    assert (second["route"], second["status"]) == ("/v1/models/{name}", 404)
    told = json.dumps(logged)
    for secret in (f'"{resident}"', f"/{resident}", "hidden", "test-clinician", "testclient"):
        assert secret not in told


def documents(page):
    """Yield where it stands, the media type and its object, of every body that the page describes."""
    for path, entry in page["paths"].items():
        for method, operation in entry.items():
            for kind, media in operation.get("requestBody", {}).get("content", {}).items():
                yield f"{method} {path} request {kind}", kind, media
            for status, response in operation["responses"].items():
                for kind, media in response.get("content", {}).items():
                    yield f"{method} {path} {status} {kind}", kind, media


def test_every_shape_on_the_page_has_an_example_that_it_allows(api):
    page = api.get("/openapi.json").json()
    checked = 0
    for where, kind, media in documents(page):
        if not kind.endswith("json") or "schema" not in media:
            continue
        schema = media["schema"] | {"components": page["components"]}
        examples = [media["example"]] if "example" in media else [e["value"] for e in media["examples"].values()]
        examples += media["schema"].get("examples", [])
        for example in examples:
            errors = [str(error)[:300] for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(example)]
            assert not errors, (where, errors)
            checked += 1
    assert checked > 150
    for name, schema in page["components"]["schemas"].items():
        whole = schema | {"components": page["components"]}
        for example in [*schema.get("examples", []), *([schema["example"]] if "example" in schema else [])]:
            assert jsonschema_rs.Draft202012Validator(whole).is_valid(example), name


def test_every_operation_is_titled_described_tagged_and_says_its_errors(api):
    page = api.get("/openapi.json").json()
    told = {tag["name"] for tag in page["tags"] if tag["description"]}
    for path, entry in page["paths"].items():
        for method, operation in entry.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert set(operation["tags"]) <= told, where
            refusals = {code: answer for code, answer in operation["responses"].items() if int(code) >= 400}
            if "health" not in path:
                assert {"401", "422"} <= set(refusals), where
            kind = "application/json" if path.startswith("/v2") else PROBLEM
            for answer in refusals.values():
                assert set(answer["content"]) == {kind}, where
    assert page["info"]["title"] == "Sanzao"
    assert "not for clinical use" in page["info"]["description"]


def test_the_examples_of_requests_are_answered(api):
    page = api.get("/openapi.json").json()
    example = page["paths"]["/v1/score"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert api.post("/v1/score", json=example).status_code == 200
    infer = page["paths"]["/v2/models/{name}/infer"]["post"]["requestBody"]["content"]["application/json"]["example"]
    answer = api.post("/v2/models/stroke_10y/infer", json=infer)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["outputs"][0]["data"]) == 2
