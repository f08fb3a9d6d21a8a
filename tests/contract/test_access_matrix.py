"""Every role at every route, for residents of the own catchment and of another.

Must never happen, 3: a person's row shown to a role or catchment that has no right to it, or shown without a trace in
the audit log.
"""

from __future__ import annotations

import json
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from features.sources import get_source
from serving.access.accounts import add_account, disable_account
from serving.access.audit import newest_rows, verify
from serving.access.consent import give_consent
from serving.access.needs import OPEN_PATHS, UndeclaredRouteError, declared, needs, require_declared
from serving.access.roles import ROLES, allows
from serving.api import create_app
from serving.service import Service
from tests.contract.access_world import SOURCE, access_world, headers_of_every_role

# Who sees residents at all, said here once more and not read from the code.
SEE_PERSONS = {"clinician", "coordinator", "app", "resident"}
NOBODY = 999_999_937  # a number that no resident has
METHODS = {"HEAD", "OPTIONS"}
FILLED = {"name": "stroke_10y", "app": "test-app"}


@pytest.fixture(scope="module")
def asked(built, tmp_path_factory):
    """Give an application, residents of both counties, headers by role, and a pseudonym."""
    with access_world(built, tmp_path_factory.mktemp("access") / "world") as (own, other):
        app = create_app(Service(get_source(SOURCE)))
        headers, pseudonym = headers_of_every_role(own[0])
        client = TestClient(app, raise_server_exceptions=False)
        yield client, own, other, headers, pseudonym


def routes(app):
    """Return path, method and needs of every route, new ones included."""
    for path, methods, found in declared(app):
        for method in sorted(methods - METHODS):
            if path not in OPEN_PATHS:
                yield path, method, found


def send(client, path, method, headers, resident):
    """Ask a route for a resident, wherever it takes one."""
    values = FILLED | {"resident": resident}
    address = re.sub(r"{(\w+)(?::\w+)?}", lambda found: str(values.get(found[1], "1")), path)
    params = {"model": "stroke_10y", "number": str(resident)} if method == "GET" else None
    body = {"residents": [resident]} if method != "GET" else None
    return client.request(method, address, headers=headers, params=params, json=body)


def name_of(role, person, pseudonym, own):
    """Return what a role calls a resident."""
    return pseudonym if role == "app" and person == own[0] else person


def numbers_in(text: str) -> set[int]:
    """Return the resident numbers that an answer of the API tells."""
    return {int(number) for number in re.findall(r'"resident":\s*(\d+)', text)}


def test_every_route_says_what_it_needs(asked):
    client, *_ = asked
    found = list(routes(client.app))
    assert {"/v1/models", "/v1/score", "/v1/risk-list", "/v1/residents/{resident}/risks", "/v1/token", "/healthz"} <= {
        path for path, *_ in found
    }
    assert all(needs for *_, needs in found)


def test_an_application_with_a_silent_route_does_not_start():
    app = FastAPI()

    @app.get("/v1/everything")
    def everything() -> None: ...

    with pytest.raises(UndeclaredRouteError, match="/v1/everything"):
        require_declared(app)

    other = FastAPI()
    other.add_api_route("/v1/everything", everything, dependencies=[needs("aggregates")])
    require_declared(other)
    other.mount("/v1/mounted", FastAPI())
    with pytest.raises(UndeclaredRouteError, match="/v1/mounted"):
        require_declared(other)


def test_nobody_comes_in_without_saying_who_they_are(asked):
    client, own, *_ = asked
    for path, method, found in routes(client.app):
        answer = send(client, path, method, {}, own[0])
        if set(found) == {"open"}:
            assert answer.status_code not in (401, 403) or path in ("/v1/token", "/v1/session"), path
        else:
            assert answer.status_code == 401, path
            assert "Bearer" in answer.headers["www-authenticate"]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_role_at_every_route_in_both_catchments(asked, role):
    client, own, other, headers, pseudonym = asked
    reach = {own[0]} if role in ("app", "resident") else set(own)
    for path, method, found in routes(client.app):
        for person in (own[0], other[0], NOBODY, *own[1:2]):
            answer = send(client, path, method, headers[role], name_of(role, person, pseudonym, own))
            give_consent(SOURCE, "test-app", own[0])  # one of the routes withdraws it
            where = (role, method, path, person, answer.status_code, answer.text[:300])
            assert answer.status_code < 500, where
            if not all(allows(role, need) for need in found):
                assert answer.status_code == 403, where
            elif "{resident}" in path or path == "/v1/score":
                inside = role in SEE_PERSONS and person in reach
                assert answer.status_code == (200 if inside else 403), where
            elif path.endswith("/infer"):  # for every kind of model; this one is of residents
                assert (answer.status_code != 403) == allows(role, "score"), where
            elif set(found) != {"open"}:
                assert answer.status_code not in (401, 403), where
            told = numbers_in(answer.text)
            assert told <= (reach if role in SEE_PERSONS - {"app"} else set()), where
            if role not in SEE_PERSONS:
                assert not re.search(r'"resident":\s*["\d]', answer.text), where
    assert verify(SOURCE)["ok"]


def test_an_unknown_number_and_one_outside_get_the_same_answer(asked):
    client, own, other, headers, _ = asked
    for role in ("clinician", "resident", "app"):
        for path, method in (
            ("/v1/residents/{resident}/risks", "GET"),
            ("/v1/residents/{resident}/timeline", "GET"),
            ("/v1/score", "POST"),
        ):
            answers = [send(client, path, method, headers[role], person) for person in (other[0], NOBODY, 10**30)]
            texts = {
                re.sub(r"\d{3,}|p-\w+", "#", answer.text.replace(str(person), "#"))
                for answer, person in zip(answers, (other[0], NOBODY, 10**30), strict=True)
            }
            assert {answer.status_code for answer in answers} == {403}
            assert len(texts) == 1, texts
    one_inside = {"residents": [own[0], other[0]]}
    assert client.post("/v1/score", json=one_inside, headers=headers["clinician"]).status_code == 403


def test_a_list_holds_own_people_only_and_pages_join(asked):
    client, own, _, headers, _ = asked
    listed, cursor, ranks = [], None, []
    while True:
        params = {"model": "stroke_10y", "limit": 500} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/risk-list", params=params, headers=headers["clinician"]).json()
        listed += [entry["resident"] for entry in page["people"]]
        ranks += [entry["rank"] for entry in page["people"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(listed) == len(set(listed)) == page["at_risk"] > 500
    assert set(listed) < set(own)
    assert ranks == list(range(1, len(ranks) + 1))


def test_an_app_learns_pseudonyms_and_no_number(asked):
    client, own, _other, headers, pseudonym = asked
    answers = [
        client.get("/v1/consents", headers=headers["app"]),
        client.get("/v1/risk-list", params={"model": "stroke_10y", "limit": 1}, headers=headers["app"]),
        client.get(f"/v1/residents/{pseudonym}/risks", headers=headers["app"]),
        client.post("/v1/score", json={"residents": [pseudonym]}, headers=headers["app"]),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert f'"{own[0]}"' not in answer.text
        assert not numbers_in(answer.text)
    assert answers[0].json() == {"residents": [pseudonym]}
    assert answers[2].json()["resident"] == pseudonym


def test_a_resident_gives_and_withdraws_consent(asked):
    client, _own, _, headers, pseudonym = asked
    address = "/v1/consents/test-app"
    risks = f"/v1/residents/{pseudonym}/risks"
    assert client.delete(address, headers=headers["resident"]).json()["consents"] is False
    assert client.get(risks, headers=headers["app"]).status_code == 403
    assert client.get("/v1/consents", headers=headers["app"]).json() == {"residents": []}
    assert client.put(address, headers=headers["resident"]).json()["consents"] is True
    assert client.get(risks, headers=headers["app"]).status_code == 200
    assert client.put("/v1/consents/no-such-app", headers=headers["resident"]).status_code == 404


def test_a_resident_sees_which_apps_there_are_and_what_each_may(asked):
    client, own, _, headers, _ = asked

    def told(*there: str) -> dict[str, bool]:
        apps = client.get("/v1/consents/mine", headers=headers["resident"]).json()["apps"]
        assert all((entry["since"] is not None) == entry["consents"] for entry in apps)
        return {entry["app"]: entry["consents"] for entry in apps if entry["app"] in there}

    add_account(SOURCE, "another-app", "app")
    client.put("/v1/consents/test-app", headers=headers["resident"])
    assert told("test-app", "another-app") == {"test-app": True, "another-app": False}
    give_consent(SOURCE, "another-app", own[1])  # what somebody else allows is not one's own
    client.delete("/v1/consents/test-app", headers=headers["resident"])
    assert told("test-app", "another-app") == {"test-app": False, "another-app": False}
    client.put("/v1/consents/test-app", headers=headers["resident"])
    disable_account(SOURCE, "another-app")
    assert told("test-app", "another-app") == {"test-app": True}


def test_who_was_shown_stands_in_the_log_before_the_answer_leaves(asked):
    client, own, other, headers, _ = asked
    named = headers["clinician"] | {"X-Request-ID": "trace-1"}
    answer = client.get(f"/v1/residents/{own[0]}/risks", headers=named)
    assert answer.headers["x-request-id"] == "trace-1"
    assert answer.headers["cache-control"] == "no-store"
    (row,) = newest_rows(SOURCE, 1)
    assert (row["who"], row["role"], row["outcome"]) == ("test-clinician", "clinician", "shown")
    assert json.loads(row["which"]) == [own[0]]
    assert row["what"] == "GET /v1/residents/{resident}/risks"
    assert row["request_id"] == "trace-1"
    client.get(f"/v1/residents/{other[0]}/risks", headers=headers["clinician"])
    (row,) = newest_rows(SOURCE, 1)
    assert (row["outcome"], json.loads(row["which"])) == ("refused", [other[0]])
    listed = client.get("/v1/risk-list", params={"model": "stroke_10y"}, headers=headers["clinician"]).json()
    (row,) = newest_rows(SOURCE, 1)
    assert row["persons"] == len(listed["people"]) > 0


def test_an_answer_that_forgot_the_log_does_not_leave(asked):
    _client, own, *_, headers, _ = asked
    app = create_app(Service(get_source(SOURCE)))

    @app.get("/v1/forgetful", dependencies=[needs("persons")])
    def forgetful() -> dict[str, int]:
        return {"resident": own[0]}

    api = TestClient(app, raise_server_exceptions=False)
    answer = api.get("/v1/forgetful", headers=headers["clinician"])
    assert answer.status_code == 500
    assert str(own[0]) not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_nobody_is_shown_while_the_log_cannot_be_written(asked, monkeypatch):
    from sqlalchemy.exc import OperationalError

    from serving.access import audit

    client, own, *_, headers, _ = asked

    def full(*_):
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(audit, "_write", full)
    for address in (f"/v1/residents/{own[0]}/risks", "/v1/risk-list?model=stroke_10y"):
        answer = client.get(address, headers=headers["clinician"])
        assert answer.status_code == 503
        assert not numbers_in(answer.text)


def test_a_resident_who_moves_away_is_the_new_clinicians(asked):
    import pandas as pd

    from features.push import push
    from tests.contract.access_world import homes_of

    client, own, _, headers, _ = asked
    mover = own[-1]
    address = f"/v1/residents/{mover}/risks"
    assert client.get(address, headers=headers["clinician"]).status_code == 200
    now = pd.Timestamp(get_source(SOURCE).as_of)
    moved = homes_of([mover], 10**9, township="331082001", valid_from=now - pd.Timedelta(days=1), known_at=now)
    assert push(SOURCE, {"social": moved}).kept == 1
    client.app.state.service.live.settle()  # as the thread of a server does
    assert client.get(address, headers=headers["clinician"]).status_code == 403
    page = client.get("/v1/risk-list", params={"model": "stroke_10y", "limit": 500}, headers=headers["clinician"])
    assert mover not in numbers_in(page.text)
