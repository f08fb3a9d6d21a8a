"""Programmes, worklists and tasks over HTTP, on a small simulated city whose models are written by hand."""

from __future__ import annotations

import csv
import io
import json

import pytest

from features.concepts import CONDITIONS
from features.lake import open_lake
from features.residents import residents
from features.sources import get_source
from models.screening_programme import get_programme, programmes
from tests.conftest import client_for
from tests.contract.city_by_hand import SERVED, city_by_hand, everybody, is_problem


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with city_by_hand(tmp_path_factory.mktemp("city")) as service:
        yield service


@pytest.fixture
def api(service):
    return client_for(service, "coordinator", catchment=("*",))


@pytest.fixture(scope="module")
def tasks(service):
    """Open the week's list of hypertension once; return its tasks."""
    api = client_for(service, "coordinator", catchment=("*",))
    answer = api.post("/v1/worklists/hypertension/open", json={"capacity": 40}, headers={"Idempotency-Key": "once"})
    assert answer.status_code == 201, answer.text
    again = api.post("/v1/worklists/hypertension/open", json={"capacity": 40}, headers={"Idempotency-Key": "once"})
    assert again.json() == answer.json()
    assert answer.json()["invited"] == 40
    assert answer.json()["by_lot"] == 2
    is_problem(api.post("/v1/worklists/hypertension/open", json={"capacity": 40}), 409, "open already")
    return api.get("/v1/tasks", params={"limit": 100}).json()["tasks"]


def test_every_programme_is_shown_with_the_source_of_its_numbers(api):
    shown = api.get("/v1/programmes").json()
    assert {entry["name"] for entry in shown["programmes"]} == set(programmes())
    assert shown["synthetic"] is True
    assert "simulated" in shown["notice"].lower() or "synthetic" in shown["notice"].lower()
    for entry in shown["programmes"]:
        assert entry["uptake"]["source"]
        assert (entry["status"] == "serving") == (entry["model"] in SERVED)
    one = api.get("/v1/programmes/colorectal").json()["programme"]
    assert one["follow_up"]["name"] == "colonoscopy"
    assert "colorectal" in is_problem(api.get("/v1/programmes/colrectal"), 404)["detail"]


def test_the_list_holds_only_who_is_eligible_and_due_by_the_lake(api):
    people, page = everybody(api, "colorectal", capacity=100_000, limit=500)
    assert page["eligible"] == len(people) == page["expected"]["invited"] > 100
    listed = {person["resident"] for person in people}
    now = get_source("city").as_of
    with open_lake("city") as lake:
        # Written anew, from the rule's words and not from its code.
        eligible = lake.execute(
            f"""
            SELECT person_id FROM person
            ANTI JOIN (FROM death WHERE greatest(death_date, known_at) <= $now) USING (person_id)
            ANTI JOIN (
                FROM condition_occurrence WHERE {CONDITIONS["colorectal_cancer"].sql("condition_source_value")}
                    AND greatest(condition_start_date, known_at) <= $now
            ) USING (person_id)
            ANTI JOIN (
                FROM procedure_occurrence WHERE greatest(procedure_date, known_at) <= $now
                    AND procedure_source_value = 'colonoscopy' AND date_diff('day', procedure_date, $now) < 10 * 365.25
            ) USING (person_id)
            WHERE date_diff('day', birth_date, $now) / 365.25 BETWEEN 50 AND 75.0 AND known_at <= $now
            """,
            {"now": now},
        ).fetchall()  # fmt: skip
        recent = lake.execute(
            """
            SELECT DISTINCT person_id FROM procedure_occurrence WHERE procedure_source_value = 'fit'
                AND greatest(procedure_date, known_at) <= $now AND date_diff('day', procedure_date, $now) <= 365
            UNION SELECT person_id FROM measurement WHERE measurement_concept_id = 40761014
                AND greatest(measurement_date, known_at) <= $now AND date_diff('day', measurement_date, $now) <= 365
            """,
            {"now": now},
        ).fetchall()
    eligible, recent = ({person for (person,) in rows} for rows in (eligible, recent))
    eligible &= set(residents(get_source("city"), now).index)  # who moved away is on no list
    second = {person["resident"] for person in people if person["offer"]["name"] == "colonoscopy"}
    assert listed - second == (eligible - recent) - second
    for person in people:
        days = {entry["test"]: entry["on"] for entry in person["last_tests"]}
        assert (person["due"] == "never_tested") == (person["overdue_days"] is None)
        if person["resident"] in second:
            assert days.get("colonoscopy", "") < days["fit"]
            assert any("fa" in reason["label"] for reason in person["risk"]["reasons"])


def test_if_we_can_call_forty(api):
    forty, page = everybody(api, "hypertension", capacity=40, limit=7)
    assert [person["rank"] for person in forty] == list(range(1, 41))
    benefits = [person["expected_benefit"] for person in forty]
    assert benefits == sorted(benefits, reverse=True)
    assert page["by_lot"] == sum(person["chosen_by"] == "lot" for person in forty) == 2
    assert all((p["inclusion_probability"] == 1) == (p["chosen_by"] == "benefit") for p in forty)
    expected = page["expected"]
    assert expected["tests"] == pytest.approx(sum(person["uptake"] for person in forty))
    found = sum(person["uptake"] * person["risk"]["risk"] for person in forty)
    assert expected["cases_found"] == pytest.approx(found)
    assert expected["number_needed_to_screen"] == pytest.approx(expected["tests"] / found)
    eighty, wider = everybody(api, "hypertension", capacity=80, limit=500)
    best = {person["resident"] for person in forty if person["chosen_by"] == "benefit"}
    assert best <= {person["resident"] for person in eighty}
    assert wider["expected"]["cases_found"] > expected["cases_found"]
    for person in forty:
        assert person["risk"]["reasons"]
        assert all(reason["text"] and reason["text_zh"] for reason in person["risk"]["reasons"])
        assert person["offer"]["label_zh"] == "血压测量"


def test_a_clinic_sees_its_own_township(api):
    people, page = everybody(api, "hypertension", limit=500)
    slots = get_programme("hypertension").slots_per_week.value
    township = people[0]["township"]
    clinic, own = everybody(api, "hypertension", clinic=township, limit=500)
    assert {person["township"] for person in clinic} == {township}
    assert own["capacity"] == slots
    assert page["capacity"] == slots * len({person["township"] for person in everybody(api, "hypertension",
                                            capacity=100_000, limit=500)[0]})  # fmt: skip
    county, _ = everybody(api, "hypertension", area=township[:6], limit=500)
    assert {person["township"][:6] for person in county} == {township[:6]}


def test_exports_say_the_same_as_the_pages(api):
    people, _ = everybody(api, "hypertension", capacity=30)
    lines = api.get("/v1/worklists/hypertension/export", params={"capacity": 30}).text.splitlines()
    read = [json.loads(line) for line in lines]
    assert [line["resident"] for line in read] == [person["resident"] for person in people]
    assert all(line["synthetic"] for line in read)
    table = api.get("/v1/worklists/hypertension/export", params={"capacity": 30, "format": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    assert [int(row["resident"]) for row in rows] == [person["resident"] for person in people]
    assert all(row["notice"] and row["reasons_zh"] for row in rows)


def test_a_task_goes_its_way_over_http(api, tasks):
    task = tasks[0]
    address = f"/v1/tasks/{task['id']}"
    answer = api.post(f"{address}/outcome", json={"version": 1, "outcome": "call_later"})
    assert answer.status_code == 200, answer.text
    later = answer.json()["task"]
    assert later["state"] == "call_later"
    assert later["call_again_on"]
    assert "tested" in later["allowed"]
    waiting = api.get("/v1/tasks", params={"to_call": True, "limit": 100}).json()["tasks"]
    assert task["id"] not in {entry["id"] for entry in waiting}
    problem = is_problem(api.post(f"{address}/outcome", json={"version": 1, "outcome": "agreed"}), 409)
    assert "test-coordinator set 'call_later' at" in problem["detail"]
    problem = is_problem(api.post(f"{address}/outcome", json={"version": 2, "outcome": "treated"}), 409)
    assert "Allowed here: agreed" in problem["detail"]
    undone = api.post(f"{address}/undo", json={"version": 2}).json()["task"]
    assert (undone["state"], undone["version"]) == ("to_call", 3)
    key = {"Idempotency-Key": "a"}
    body = {"version": 3, "outcome": "refused", "reason": "too_far", "note": "<b>'; DROP TABLE loop_task; --"}
    first = api.post(f"{address}/outcome", json=body, headers=key)
    assert api.post(f"{address}/outcome", json=body, headers=key).json() == first.json()
    detail = api.get(address).json()
    assert [step["after"] for step in detail["history"]] == ["to_call", "call_later", "to_call", "refused"]
    assert detail["history"][-1]["note"] == body["note"]
    assert all(step["by"] and step["at"] for step in detail["history"])
    # Who refused is left alone: not on the list any more.
    people, _ = everybody(api, "hypertension", capacity=40)
    assert task["resident"] not in {person["resident"] for person in people}
    others = {person["resident"]: person["task"] for person in people}
    assert others[tasks[1]["resident"]]["state"] == "to_call"


def test_pages_of_tasks_join(api, tasks):
    found, after = [], 0
    while after is not None:
        page = api.get("/v1/tasks", params={"programme": "hypertension", "limit": 7, "after": after}).json()
        found += [task["id"] for task in page["tasks"]]
        after = page["next_cursor"]
    assert found == [task["id"] for task in tasks]


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/v1/worklists/nothing", {}, 404),
        ("/v1/worklists/lung", {}, 424),
        ("/v1/worklists/colorectal", {"capacity": 0}, 422),
        ("/v1/worklists/colorectal", {"capacity": "many"}, 422),
        ("/v1/worklists/colorectal", {"clinic": "999999999"}, 422),
        ("/v1/worklists/colorectal", {"area": ""}, 422),
        ("/v1/worklists/colorectal", {"area": "' OR 1=1"}, 422),
        ("/v1/worklists/colorectal", {"area": "331", "clinic": "331"}, 422),
        ("/v1/worklists/colorectal", {"cursor": "rubbish"}, 422),
        ("/v1/worklists/colorectal/export", {"format": "xls"}, 422),
        ("/v1/tasks", {"state": "asleep"}, 422),
        ("/v1/tasks", {"programme": "nothing"}, 404),
        ("/v1/tasks", {"clinic": "\x00"}, 422),
        ("/v1/tasks", {"after": 2**63}, 422),
        ("/v1/tasks/999999", {}, 404),
        ("/v1/tasks/-1", {}, 404),
        (f"/v1/tasks/{10**30}", {}, 404),
        ("/v1/tasks/one", {}, 422),
    ],
)
def test_bad_questions_are_refused(api, path, params, status):
    is_problem(api.get(path, params=params), status)


def test_half_a_character_in_a_note_is_refused(api, tasks):
    body = b'{"version": 1, "outcome": "agreed", "note": "\\ud800"}'
    address = f"/v1/tasks/{tasks[6]['id']}"
    answer = api.post(f"{address}/outcome", content=body, headers={"content-type": "application/json"})
    is_problem(answer, 422)
    assert len(api.get(address).json()["history"]) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"version": 1}, 422),
        ({"version": 1, "outcome": "dancing"}, 422),
        ({"version": 0, "outcome": "agreed"}, 422),
        ({"version": 99, "outcome": "agreed"}, 409),
        ({"version": 1, "outcome": "refused"}, 422),
        ({"version": 1, "outcome": "refused", "reason": "moon"}, 422),
        ({"version": 1, "outcome": "agreed", "note": "x" * 501}, 422),
        ({"version": 1, "outcome": "agreed", "note": "a\x00b"}, 422),
        ({"version": 1, "outcome": "agreed", "extra": 1}, 422),
        ({"version": 1, "outcome": "tested", "tested_on": "2999-01-01"}, 422),
        ({"version": 1, "outcome": "call_later", "call_again_on": "yesterday"}, 422),
        ([], 422),
        (None, 422),
    ],
)
def test_bad_outcomes_are_refused_and_nothing_is_written(api, tasks, body, status):
    address = f"/v1/tasks/{tasks[5]['id']}"
    is_problem(api.post(f"{address}/outcome", json=body), status)
    assert len(api.get(address).json()["history"]) == 1
