"""A list as people work it: what a page needs, invitations among the records, tasks that close by themselves."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from features.concepts import MEASUREMENTS
from features.homes import NO_HOME
from features.lake import open_lake
from features.online import online
from features.sources import get_source
from models.screening_programme import get_programme
from serving.api import create_app
from serving.database import transaction
from serving.loop.invitations import TABLE, invitation_id, record_invitations
from serving.loop.tables import List
from serving.loop.transitions import TRANSITIONS
from serving.worklists import candidates
from tests.conftest import token_for
from tests.contract.city_by_hand import city_by_hand, everybody, is_problem

NOW = get_source("city").as_of
DAY = NOW.date().isoformat()
FIRST_ID = 5 * 10**9


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with city_by_hand(tmp_path_factory.mktemp("city")) as service:
        yield service


@pytest.fixture(scope="module")
def app(service):
    return create_app(service)


@pytest.fixture(scope="module")
def api(app):
    return TestClient(app, headers=token_for("city", "coordinator", catchment=("*",)), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def opened(api):
    answer = api.post("/v1/worklists/hypertension/open", json={"capacity": 40})
    assert answer.status_code == 201, answer.text
    return api.get("/v1/tasks", params={"programme": "hypertension", "limit": 100}).json()["tasks"]


def send(app, **tables):
    steward = TestClient(app, headers=token_for("city", "steward"))
    answer = steward.post("/v1/records", json={"records": tables})
    assert answer.status_code == 200, answer.text
    app.state.service.live.settle()
    app.state.follower.catch_up()
    return answer.json()


def pressure(person, number, systolic, diastolic, day=DAY):
    return [
        {
            "measurement_id": number + place, "person_id": person, "measurement_date": day,
            "measurement_concept_id": MEASUREMENTS[name].concept_id, "value_as_number": value,
            "unit_source_value": "mm[Hg]", "known_at": f"{day}T00:00:00Z",
        }
        for place, (name, value) in enumerate((("systolic_bp", systolic), ("diastolic_bp", diastolic)))
    ]  # fmt: skip


def test_every_line_says_what_a_page_needs(api):
    people, page = everybody(api, "colorectal", capacity=40, limit=500)
    for line in people:
        assert 0 < line["risk"]["risk"] < 1
        assert line["risk"]["tier"] in ("very_high", "high", "usual")
        assert all(reason["text"] and reason["text_zh"] for reason in line["risk"]["reasons"])
        assert line["due"] in ("never_tested", "due", "overdue")
        assert line["due_label"]
        assert line["due_label_zh"]
        assert (line["due_on"] is None) == (line["overdue_days"] is None) == (line["due"] == "never_tested")
        assert line["township_name"] != line["township"]
        assert line["township_name_zh"]
        assert line["offer"]["label_zh"]
        assert all(test["label_zh"] for test in line["last_tests"])
        assert line["last_contact"] is None or line["last_contact"]["label_zh"]
    assert any(line["last_contact"] for line in people)
    shares = page["townships"]
    assert sum(one["invited"] for one in shares) == page["expected"]["invited"] == 40
    assert sum(one["by_lot"] for one in shares) == page["by_lot"]
    assert sum(one["eligible"] for one in shares) == page["eligible"]
    assert sum(one["cases_found"] for one in shares) == pytest.approx(page["expected"]["cases_found"])
    listed = pd.Series([line["township"] for line in people]).value_counts()
    assert {one["code"]: one["invited"] for one in shares if one["invited"]} == listed.to_dict()
    assert [one["invited"] for one in shares] == sorted((one["invited"] for one in shares), reverse=True)


def test_a_task_says_what_may_follow_and_until_when_it_may_be_taken_back(api, app, opened):
    words = api.get("/v1/tasks/words").json()["words"]
    assert {entry["name"] for entry in words["state"]} == set(TRANSITIONS)
    assert all(entry["label"] and entry["label_zh"] for group in words.values() for entry in group)
    task = opened[10]
    assert task["person"]["risk"]["risk"] == pytest.approx(task["risk"])
    assert task["person"]["offer"]["name"] == task["test"]
    assert [choice["outcome"] for choice in task["choices"]] == task["allowed"]
    needs = {choice["outcome"]: choice["needs"] for choice in task["choices"]}
    assert (needs["refused"], needs["contraindicated"], needs["agreed"]) == ("reason", "note", None)
    assert task["undo_until"] is None
    address = f"/v1/tasks/{task['id']}"
    body = {"version": 1, "outcome": "refused", "reason": "cost"}
    answer = api.post(f"{address}/outcome", json=body).json()["task"]
    shown = api.get(address).json()
    assert shown["task"]["undo_until"] == answer["undo_until"]
    moments = [pd.Timestamp(answer[name]) for name in ("undo_until", "changed_at")]
    assert moments[0] - moments[1] == pd.Timedelta(minutes=10)
    assert (shown["history"][-1]["reason_label_zh"], shown["history"][-1]["after_label"]) == ("费用原因", "refused")
    # Somebody else may not take it back, and is not told that they may.
    other = TestClient(app, headers=token_for("city", "coordinator", catchment=("*",), name="other"))
    assert other.get(address).json()["task"]["undo_until"] is None
    (listed,) = [
        one for one in api.get("/v1/tasks", params={"state": "refused"}).json()["tasks"] if one["id"] == task["id"]
    ]
    assert listed["undo_until"] == answer["undo_until"]
    undone = api.post(f"{address}/undo", json={"version": 2}).json()["task"]
    assert undone["undo_until"] is None


def test_an_opened_list_stands_among_the_records_with_its_chances(api, app, opened, service):
    service.live.settle()
    with open_lake("city") as lake:
        rows = lake.execute(
            f"SELECT * FROM {TABLE} WHERE programme = 'hypertension' ORDER BY screening_invitation_id"
        ).df()
    by_person = {task["resident"]: task for task in opened}
    assert sorted(rows["person_id"]) == sorted(by_person)
    assert (rows["chosen_by"] == "lot").sum() == 2
    for row in rows.itertuples():
        task = by_person[row.person_id]
        assert row.screening_invitation_id == invitation_id("hypertension", task["week"], task["resident"])
        assert row.inclusion_probability == pytest.approx(task["inclusion_probability"])
        assert (row.chosen_by == "lot") == task["by_lot"]
        assert row.known_at == pd.Timestamp(NOW)  # it does not move what counts as now
    assert service.population.now == NOW
    # Features see it, and so does the next list: they were met today.
    person = opened[0]["resident"]
    before = api.get("/v1/tasks").json()["tasks"][0]["person"]["last_contact"]
    assert before["on"] == DAY
    assert online("city", [person])["invitations"].item() >= 1
    # What is recorded again is there once.
    with transaction("city") as session:
        session.execute(update(List).values(recorded_at=None))
    assert record_invitations("city", service.recorder.submit) == 0


def test_a_result_that_arrives_closes_the_task_by_itself(api, app, opened):
    task = opened[0]
    address = f"/v1/tasks/{task['id']}"
    agreed = api.post(f"{address}/outcome", json={"version": 1, "outcome": "agreed", "note": "on Monday"})
    assert agreed.status_code == 200
    rows = pressure(task["resident"], FIRST_ID, 124, 78)
    assert send(app, measurement=rows)["kept"] == 2
    shown = api.get(address).json()
    assert (shown["task"]["state"], shown["task"]["result"]) == ("closed", 0)
    assert [step["after"] for step in shown["history"]] == ["to_call", "agreed", "tested", "negative", "closed"]
    for step in shown["history"][2:]:
        assert (step["by"], step["note"].startswith("test blood_pressure")) == ("records", True)
        assert step["at"]
    is_problem(api.post(f"{address}/outcome", json={"version": 2, "outcome": "tested"}), 409, "records set 'tested'")
    # Sent again, and looked at again by a server that starts, it changes nothing.
    assert send(app, measurement=rows)["already_there"] == 2
    from serving.loop.follower import Follower

    Follower(app.state.service).catch_up()
    assert len(api.get(address).json()["history"]) == 5


def test_what_people_decided_later_is_not_undone_by_an_old_record(api, app, opened):
    task = opened[1]
    address = f"/v1/tasks/{task['id']}"
    send(app, measurement=pressure(task["resident"], FIRST_ID + 10, 171, 99))
    shown = api.get(address).json()["task"]
    assert shown["state"] == "positive"
    said = {"version": shown["version"], "outcome": "negative", "note": "white coat: normal at home"}
    assert api.post(f"{address}/outcome", json=said).status_code == 200
    from serving.loop.follower import Follower

    Follower(app.state.service).catch_up()
    assert api.get(address).json()["task"]["state"] == "negative"


def test_lists_notice_who_moved_in_the_ranking(api, app, service):
    lists = app.state.lists
    programme = get_programme("hypertension")
    before = lists.candidates(programme)
    assert lists.candidates(programme) is before
    eligible, _ = everybody(api, "hypertension", capacity=100_000, limit=500)
    tested, ill = (line["resident"] for line in eligible[50:52])
    diagnosis = {
        "condition_occurrence_id": FIRST_ID, "person_id": ill, "condition_concept_id": 0, "condition_start_date": DAY,
        "condition_source_value": "I10", "known_at": f"{DAY}T00:00:00Z",
    }  # fmt: skip
    send(app, measurement=pressure(tested, FIRST_ID + 20, 118, 75), condition_occurrence=diagnosis)
    now, _ = everybody(api, "hypertension", capacity=100_000, limit=500)
    assert {line["resident"] for line in eligible} - {line["resident"] for line in now} == {tested, ill}
    # What was kept up is what is worked out from nothing.
    from serving.circumstances import Circumstances

    anew = candidates(programme, service.ranking, Circumstances(service.live))
    kept = lists.candidates(programme)
    for name in ("person", "risk", "uptake", "benefit", "township", "overdue", "second"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(anew, name))
    fresh, kept_up = Circumstances(service.live), lists.refreshed()
    fresh.refresh()
    for name, days in kept_up.contact.items():
        np.testing.assert_array_equal(days, fresh.contact[name])


def newcomer(person, township):
    day = (NOW - timedelta(days=1)).date().isoformat()
    known = {"known_at": f"{day}T00:00:00Z"}
    return {
        "person": {"person_id": person, "gender_concept_id": 8532, "birth_date": "1960-05-01"} | known,
        "social": {
            "social_id": person, "person_id": person, "valid_from": day, "valid_to": None, "township": township,
            "education": 2, "occupation": "worker", "income_band": 3, "minimum_living_allowance": 0,
            "insurance": "resident", "hukou": "local", "living_alone": 0, "clinic_distance_km": 1.0,
        } | known,
    }  # fmt: skip


def test_a_newcomer_is_found_by_lists_areas_and_the_own_clinic(api, app, service, monkeypatch):
    from serving import areas as module
    from serving.areas import Areas, areas_of

    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.0)
    answered = areas_of(service)
    assert areas_of(service) is answered
    township = api.get("/v1/worklists/hypertension").json()["people"][0]["township"]
    areas = Areas(service)  # made before: its columns stay as long as they were
    before = areas.cells.predicted("undetected_hypertension")
    person = FIRST_ID + 77
    send(app, **newcomer(person, township))
    after = areas.cells.predicted("undetected_hypertension")
    np.testing.assert_array_equal(after.people, before.people)
    assert areas.cells.screened("colorectal_cancer").people.shape[:2] == before.people.shape[:2]
    assert service.population.townships.of(np.array([person])).tolist() == [int(township)]
    people, _ = everybody(api, "hypertension", capacity=100_000, clinic=township, limit=500)
    assert person in {line["resident"] for line in people}
    own = TestClient(app, headers=token_for("city", "clinician", catchment=(township,), name="own"))
    assert own.get(f"/v1/residents/{person}/risks").status_code == 200
    elsewhere = next(code for code in service.source.area_names if len(code) == 9 and code != township)
    other = TestClient(app, headers=token_for("city", "clinician", catchment=(elsewhere,), name="elsewhere"))
    assert other.get(f"/v1/residents/{person}/risks").status_code == 403
    # The next cells count them: people have moved in the ranking, whatever moved them.
    exact = service.population.homes()
    assert areas_of(service) is not answered
    assert (areas_of(service).cells.place >= 0).sum() == (exact != NO_HOME).sum() == (areas.cells.place >= 0).sum() + 1


def test_a_timeline_tells_what_the_records_tell_newest_first(api, app, opened):
    task = opened[3]
    person = task["resident"]
    body = {"version": 1, "outcome": "refused", "reason": "afraid", "note": "fell last time"}
    assert api.post(f"/v1/tasks/{task['id']}/outcome", json=body).status_code == 200
    told = api.get(f"/v1/residents/{person}/timeline", params={"limit": 500})
    assert told.status_code == 200, told.text
    entries = told.json()["entries"]
    assert [entry["on"] for entry in entries] == sorted((entry["on"] for entry in entries), reverse=True)
    tables = {
        "measurement": "measurement_date", "condition_occurrence": "condition_start_date",
        "drug_exposure": "drug_exposure_start_date", "visit_occurrence": "visit_start_date",
        "procedure_occurrence": "procedure_date", "screening_invitation": "invitation_date",
        "observation": "observation_date",
    }  # fmt: skip
    with open_lake("city") as lake:
        counts = {
            table: lake.execute(
                f"SELECT count(*) FROM {table} WHERE person_id = {person} AND greatest({day}, known_at) <= $now",
                {"now": NOW},
            ).fetchone()[0]
            for table, day in tables.items()
        }
    kinds = pd.Series([entry["kind"] for entry in entries]).value_counts()
    assert kinds["measurement"] == counts["measurement"] > 0
    assert kinds["visit"] == counts["visit_occurrence"] > 0
    assert kinds["invitation"] == counts["screening_invitation"] > 0
    assert len(entries) == sum(counts.values()) + kinds["contact"]
    assert all(entry["label"] and entry["label_zh"] and entry["kind_label_zh"] for entry in entries)
    assert any(entry["label_zh"] == "收缩压" and entry["unit"] == "mm[Hg]" for entry in entries)
    smoking = next(entry for entry in entries if entry["label"] == "smoking")
    assert (smoking["answer"], smoking["answer_zh"]) == (("yes", "是") if smoking["value"] else ("no", "否"))
    assert {entry["answer"] for entry in entries if entry["unit"] != "1"} == {None}
    contact = next(entry for entry in entries if entry["kind"] == "contact")
    assert (contact["code"], contact["by"]) == ("refused", "test-coordinator")
    assert "fell last time" in contact["note"]
    few = api.get(f"/v1/residents/{person}/timeline", params={"limit": 3}).json()
    assert few["entries"] == entries[:3]
    assert few["more"] is True
    # Who works no lists is not told what was said on the telephone.
    doctor = TestClient(app, headers=token_for("city", "clinician", catchment=("*",), name="doctor"))
    seen = doctor.get(f"/v1/residents/{person}/timeline").json()["entries"]
    assert [(entry["by"], entry["note"]) for entry in seen if entry["kind"] == "contact"] == [(None, None)]
    is_problem(api.get("/v1/residents/999999999/timeline"), 404)
    is_problem(api.get(f"/v1/residents/{10**30}/timeline"), 404)
    is_problem(api.get(f"/v1/residents/{person}/timeline", params={"limit": 0}), 422)


def test_results_become_labels_that_training_learns_from(app, opened):
    from dataclasses import fields

    from features.history import history
    from features.labels import labels_path, read_labels
    from models.risk_model import get_model
    from training.cohort import EVENT, build_cohort
    from training.loop_labels import STEP, with_loop_labels
    from training.train import result_fingerprint

    city, model = get_source("city"), get_model("undetected_hypertension")
    cohort = build_cohort(city, model)
    path = labels_path("city", "hypertension")
    path.unlink(missing_ok=True)
    before = result_fingerprint(city, model, 1)
    assert with_loop_labels(city, model, cohort) == (cohort, None)  # nothing came back: the very same cohort
    ill = [task for task in opened if task["by_lot"]] + opened[20:24]
    send(app, measurement=[
        row for place, task in enumerate(ill)
        for row in pressure(task["resident"], FIRST_ID + 100 + 10 * place, 155 if place % 2 else 121, 80)
    ])  # fmt: skip
    from serving.loop.follower import Follower

    Follower(app.state.service).catch_up()  # as a server does every few seconds
    came = read_labels("city", "hypertension")
    assert {task["resident"] for task in ill} <= set(came["person_id"])
    joined, said = with_loop_labels(city, model, cohort)
    extra = len(joined.time) - len(cohort.time)
    assert extra == len(came) == joined.flow[STEP]
    for field in fields(cohort):
        if field.name not in ("flow", "features", "groups"):
            old, new = getattr(cohort, field.name), getattr(joined, field.name)
            np.testing.assert_array_equal(new[: len(old)], old)
            assert new.dtype == old.dtype
    pd.testing.assert_frame_equal(joined.features.iloc[:-extra], cohort.features)
    # The last rows are the people of the list on its day, as they were known then, and what was found.
    index = came[["person_id", "index_date"]]
    known = history("city", index, list(cohort.features))
    pd.testing.assert_frame_equal(joined.features.iloc[-extra:].reset_index(drop=True), known, check_exact=True)
    assert (joined.status[-extra:] == EVENT).tolist() == (came["label"] == 1).tolist()
    assert set(came["label"]) == {0.0, 1.0}
    by_lot = came["inclusion_probability"] < 1
    assert by_lot.sum() == 2
    assert joined.weight[-extra:][by_lot].min() > joined.weight[-extra:][~by_lot].max()
    assert said["weight_high"] == joined.weight[-extra:].max()
    assert result_fingerprint(city, model, 1) != before
    path.unlink()
    assert result_fingerprint(city, model, 1) == before
