"""Bad input of every kind that the issue names: a clear 4xx each, nothing half-written, no fault."""

from __future__ import annotations

import time

import jwt
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from features.journal import newest
from features.sources import get_source
from serving.access.keys import secret_key
from serving.access.roles import ROLES, allows
from serving.access.tables import AccountRow, ApiKeyRow, ConsentRow
from serving.database import transaction
from serving.loop.tables import Task
from serving.service import Service
from tests.conftest import client_for, token_for
from tests.contract.access_world import SOURCE, access_world

PERSON = {"age": 61, "female": 1}
KEPT = (AccountRow, ApiKeyRow, ConsentRow, Task)
SQL, HTML = "x'; DROP TABLE account; --", "<script>alert(1)</script>"
INFER = "/v2/models/stroke_10y/infer"


@pytest.fixture(scope="module")
def asked(built, tmp_path_factory):
    """Give an application's callers by role, and residents of its clinician."""
    with access_world(built, tmp_path_factory.mktemp("bad") / "world") as (own, _):
        app = client_for(Service(get_source(SOURCE))).app
        headers = {
            role: token_for(SOURCE, role, catchment=("*",) if role in ("clinician", "coordinator") else ())
            for role in ROLES
            if role not in ("app", "resident")
        }
        callers = {
            role: TestClient(app, raise_server_exceptions=False, headers=entry) for role, entry in headers.items()
        }
        yield callers, own


@pytest.fixture(autouse=True)
def nothing_is_written(asked):
    """Hold every test of this module to leaving accounts, keys, consents, tasks and records as they were."""
    before = written()
    yield
    assert written() == before


def written():
    with transaction(SOURCE, reads=True) as session:
        counts = [
            session.scalar(select(func.count()).select_from(t)) for t in (AccountRow, ApiKeyRow, ConsentRow, Task)
        ]
    return [*counts, newest(SOURCE)]


def refused(answer, *statuses, says=""):
    assert answer.status_code in statuses, (answer.status_code, answer.text[:500])
    protocol = answer.request.url.path.startswith("/v2")
    document = answer.json()
    assert document["error"] if protocol else document["detail"]
    assert answer.headers["content-type"] == ("application/json" if protocol else "application/problem+json")
    assert says in answer.text
    assert HTML not in answer.text or answer.headers["x-content-type-options"] == "nosniff"


def reading(person, number=3 * 10**9, **more):
    return {
        "measurement_id": number, "person_id": person, "measurement_concept_id": 3004249,
        "measurement_date": "1968-12-01", "value_as_number": 150, "unit_source_value": "mm[Hg]",
        "known_at": "1968-12-01T12:00:00Z",
    } | more  # fmt: skip


JSON_ROUTES = [
    ("clinician", "/v1/score"), ("dispatcher", "/v1/score/events"), ("steward", "/v1/score/cells"),
    ("steward", "/v1/records"), ("epidemiologist", "/v1/what-if"), ("coordinator", "/v1/worklists/colorectal/open"),
    ("coordinator", "/v1/tasks/1/outcome"), ("coordinator", "/v1/tasks/1/undo"), ("engineer", INFER),
]  # fmt: skip


@pytest.mark.parametrize(("role", "route"), JSON_ROUTES)
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[1,", b'"text"', b"null", b"NaN", b"{'a': 1}", b'{"a": 1}', b"\xff\xfe\x00", b"[" * 20_000,
        b'{"residents": [1e999]}', b'{"records": "\\ud800"}',
    ],
)  # fmt: skip
def test_malformed_json(asked, role, route, body):
    callers, _ = asked
    answer = callers[role].post(route, content=body, headers={"content-type": "application/json"})
    refused(answer, 400, 404, 422, 424)


@pytest.mark.parametrize(("role", "route"), JSON_ROUTES)
def test_a_body_of_ten_megabytes(asked, role, route):
    callers, _ = asked
    body = b'{"records": [' + b" " * 10_000_000 + b"]}"
    answer = callers[role].post(route, content=body, headers={"content-type": "application/json"})
    if route == INFER:  # tensors may be so large; these are none
        refused(answer, 422)
    else:
        refused(answer, 413, says="smaller parts")

    def chunks():
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    refused(callers[role].post(route, content=chunks()), 413, 422)


@pytest.mark.parametrize(
    ("features", "says"),
    [
        ({"total_cholesterol": {"value": 180, "unit": "mmol/L"}}, "would be plausible in mg/dL"),
        ({"total_cholesterol": {"value": 5, "unit": "stone"}}, "mmol/L or mg/dL"),
        ({"total_cholesterol": 5}, "a unit"),
        ({"systolic_bp": {"value": 2.4, "unit": "psi"}}, "mm[Hg]"),
        ({"systolic_bp": {"value": 1e308, "unit": "mmHg"}}, "to"),
    ],
)
def test_wrong_units(asked, features, says):
    callers, _ = asked
    refused(callers["clinician"].post("/v1/score", json={"records": [{"features": PERSON | features}]}), 422, says=says)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"measurement_date": "2999-01-01"}, "is not in the future"),
        ({"known_at": "2999-01-01T00:00:00Z"}, "is not in the future"),
        ({"measurement_date": "1968-13-45"}, "measurement_date"),
        ({"measurement_date": "yesterday"}, "measurement_date"),
        ({"measurement_concept_id": "SBP"}, "measurement_concept_id"),
        ({"unit_source_value": "furlong"}, "value_as_number"),
        ({"value_as_number": 1e9}, "value_as_number"),
        ({"person_id": 999}, "exists as person.person_id"),
        ({"person_id": 10**30}, "person_id"),
        ({"person_id": SQL}, "person_id"),
        ({"name": HTML}, "is a column of the table"),
    ],
)
def test_records_with_future_dates_unknown_codes_and_people(asked, change, says):
    callers, own = asked
    rows = [reading(own[0]), reading(own[0], 3 * 10**9 + 1) | change]
    refused(callers["steward"].post("/v1/records", json={"records": {"measurement": rows}}), 422, says=says)


def test_a_record_whose_number_is_taken(asked):
    callers, own = asked
    rows = [reading(own[0]), reading(own[0], value_as_number=151)]
    answer = callers["steward"].post("/v1/records", json={"records": {"measurement": rows}})
    refused(answer, 422, says="a record's number stands for one content")


def test_unknown_codes_elsewhere(asked):
    callers, _ = asked
    refused(callers["steward"].post("/v1/records", json={"records": {"tumour": [{}]}}), 422, says="tumour")
    refused(callers["epidemiologist"].get("/v1/areas/street?disease=stroke"), 404, 422, 424)
    refused(callers["epidemiologist"].get("/v1/areas/county?disease=gout"), 404, 422, 424)
    refused(callers["coordinator"].get("/v1/worklists/eyes"), 404)
    refused(callers["clinician"].get("/v1/risk-list?model=stroke_11y"), 404, says="stroke_10y")
    change = {"feature": "shoe_size", "how": "add", "value": 1}
    asks = {"model": "stroke_10y", "changes": [change]}
    refused(callers["epidemiologist"].post("/v1/what-if", json=asks), 422, says="shoe_size")


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("app", "resident")])
@pytest.mark.parametrize(
    ("need", "method", "route", "body"),
    [
        ("score", "POST", "/v1/score", {"records": [{"features": PERSON}]}),
        ("records", "POST", "/v1/records", {"records": {"measurement": []}}),
        ("quality", "POST", "/v1/score/cells", {"rows": [{"a": 1}]}),
        ("events", "POST", "/v1/score/events", {"events": []}),
        ("programmes", "POST", "/v1/worklists/colorectal/open", {}),
        ("consent", "PUT", "/v1/consents/somebody", None),
        ("models", "GET", "/v1/models/stroke_10y/shape", None),
    ],
)
def test_a_wrong_role(asked, role, need, method, route, body):
    callers, _ = asked
    answer = callers[role].request(method, route, json=body)
    if allows(role, need):
        assert answer.status_code not in (401, 403)
        return
    refused(answer, 403, says=need)


@pytest.mark.parametrize(("role", "route"), JSON_ROUTES)
def test_forged_and_expired_tokens(asked, role, route):
    callers, _ = asked
    now = int(time.time())
    claims = {"iss": "sanzao", "aud": f"sanzao:{SOURCE}", "sub": f"test-{role}", "iat": now, "exp": now + 60}
    nobody = TestClient(callers[role].app, raise_server_exceptions=False)
    for token in (
        jwt.encode(claims, "x" * 32, algorithm="HS256"),
        jwt.encode(claims | {"exp": now - 1}, secret_key("token"), algorithm="HS256"),
        jwt.encode(claims | {"sub": SQL}, secret_key("token"), algorithm="HS256"),
        jwt.encode(claims | {"role": "clinician", "sub": HTML}, secret_key("token"), algorithm="HS256"),
    ):
        refused(nobody.post(route, json={}, headers={"Authorization": f"Bearer {token}"}), 401)


@pytest.mark.parametrize("name", [SQL, HTML, "%00", "..%2f..%2fetc%2fpasswd", "a" * 5000, "模型", "%ff", "\u202e"])
def test_sql_and_html_in_names(asked, name):
    callers, _ = asked
    for role, route in (
        ("clinician", "/v1/models/{}"), ("clinician", "/v1/models/{}/shape"), ("clinician", "/v1/models/{}/drift"),
        ("clinician", "/v1/models/{}/evaluation"), ("clinician", "/v1/residents/{}/risks"), ("leader", "/v2/models/{}"),
        ("clinician", "/v1/risk-list?model={}"), ("clinician", "/v1/risk-list?model=stroke_10y&cursor={}"),
        ("clinician", "/v1/models/stroke_10y/shape?output={}"), ("coordinator", "/v1/worklists/{}"),
        ("coordinator", "/v1/tasks?programme={}"), ("leader", "/v1/areas/{}/profile"),
    ):  # fmt: skip
        refused(callers[role].get(route.format(name)), 404, 422, 424)
    token = callers["clinician"].post("/v1/token", data={"username": name, "password": name})
    refused(token, 401, 422)
    score = {"records": [{"features": PERSON | {name: 1}}], "models": [name]}
    refused(callers["clinician"].post("/v1/score", json=score), 404, 422)


def test_ten_thousand_ids_at_once(asked):
    callers, own = asked
    many = (own * 10_000)[:10_000]
    refused(callers["clinician"].post("/v1/score", json={"residents": many}), 422, says="1000")
    named = {"residents": [10**9 + place for place in range(1000)]}
    refused(callers["clinician"].post("/v1/score", json=named), 404)
    refused(callers["epidemiologist"].post("/v1/score", json={"residents": own[:10]}), 403)
    rows = [reading(own[0], 4 * 10**9 + place) for place in range(5_001)]
    refused(callers["steward"].post("/v1/records", json={"records": {"measurement": rows}}), 413)
