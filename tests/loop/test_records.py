"""Records over HTTP: kept before they are acknowledged, once, whole requests or nothing; and the lists follow."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from features.journal import newest
from features.lake import open_lake
from features.online import online
from features.sources import get_source
from serving.live import Change
from serving.service import Service
from tests.conftest import client_for, token_for

SOURCE = "framingham"
NOW = get_source(SOURCE).as_of
MODEL = "stroke_10y"
FIRST_ID = 2 * 10**9


@pytest.fixture
def service(own_world):
    service = Service(get_source(SOURCE))
    yield service
    service.stop()


@pytest.fixture
def api(service):
    client = client_for(service)  # reads lists; a steward's token sends records
    steward = token_for(SOURCE, "steward")

    def post(url, **sent):
        return TestClient.post(client, url, headers=steward | sent.pop("headers", {}), **sent)

    client.post = post
    return client


def reading(person: int, number: int, value: float = 180, **more) -> dict:
    day = (NOW - pd.Timedelta(days=1)).date().isoformat()
    return {
        "measurement_id": number, "person_id": person, "measurement_concept_id": 3004249, "measurement_date": day,
        "value_as_number": value, "unit_source_value": "mm[Hg]", "known_at": day + "T12:00:00Z",
    } | more  # fmt: skip


def send(api, **tables):
    return api.post("/v1/records", json={"records": tables})


def listed(api, person: int, model: str = MODEL) -> tuple[int, float] | None:
    """Return rank and risk of somebody on a list, found page by page."""
    cursor = None
    while True:
        page = api.get("/v1/risk-list", params={"model": model, "limit": 500} | ({"cursor": cursor} if cursor else {}))
        document = page.json()
        for entry in document["people"]:
            if entry["resident"] == person:
                return entry["rank"], entry["risk"]["risk"]
        cursor = document["next_cursor"]
        if cursor is None:
            return None


def test_a_record_moves_its_resident_in_the_list_and_in_the_online_row(service, api):
    everybody = service.ranking.lists[MODEL]
    person = int(everybody.stretch(2000, 2001).person[0])
    before = listed(api, person)
    told: list[Change] = []
    service.live.listen(told.append)
    answer = send(api, measurement=reading(person, FIRST_ID, 240))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["kept"], answer.json()["already_there"]) == (1, 0)
    service.live.settle()
    assert api.get("/v1/risk-list", params={"model": MODEL}).json()["arrived"] == answer.json()["batch"]
    after = listed(api, person)
    assert after[1] > before[1]
    assert after[0] < before[0]
    assert online(SOURCE, [person])["systolic_bp"].item() == 240
    (change,) = [change for change in told if person in change.persons]
    row, column = change.persons.tolist().index(person), change.models.index(MODEL)
    assert (change.before[row, column], change.after[row, column]) == (before[1], after[1])
    (single,) = [r for r in api.get(f"/v1/residents/{person}/risks").json()["risks"] if r["model"] == MODEL]
    assert single["risk"] == after[1]


def test_who_dies_or_falls_ill_leaves_the_list_and_who_is_born_into_it_joins(service, api):
    with open_lake(SOURCE) as lake:
        dying = {person for (person,) in lake.execute("SELECT person_id FROM death").fetchall()}
    top = service.ranking.lists[MODEL].stretch(0, 200).person.tolist()
    first, second = [person for person in top if person not in dying][:2]
    day = (NOW - pd.Timedelta(days=2)).date().isoformat()
    known = {"known_at": day + "T00:00:00Z"}
    stroke = {
        "condition_occurrence_id": FIRST_ID, "person_id": second, "condition_concept_id": 0,
        "condition_start_date": day, "condition_source_value": "I63.9",
    } | known  # fmt: skip
    newcomer = {"person_id": FIRST_ID, "gender_concept_id": 8507, "birth_date": "1910-05-01"} | known
    count = service.ranking.at_risk(MODEL)
    answer = send(
        api, death={"person_id": first, "death_date": day} | known, condition_occurrence=[stroke], person=[newcomer],
        measurement=[reading(FIRST_ID, FIRST_ID, 171)],
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    service.live.settle()
    assert listed(api, first) is None
    assert listed(api, second) is None
    assert listed(api, FIRST_ID) is not None
    assert service.ranking.at_risk(MODEL) == count - 1
    risks = {r["model"]: r for r in api.get(f"/v1/residents/{first}/risks").json()["risks"]}
    assert not risks[MODEL]["applicable"]
    assert "died" in risks[MODEL]["not_applicable_because"]


def test_what_is_sent_again_changes_nothing(service, api):
    persons = service.population.residents.index[:20].tolist()
    rows = [reading(person, FIRST_ID + place, 150) for place, person in enumerate(persons)]
    assert send(api, measurement=rows).json()["kept"] == 20
    service.live.settle()
    before, batch = service.population.features.copy(), newest(SOURCE)
    again = send(api, measurement=[*rows, *rows]).json()
    assert (again["kept"], again["already_there"]) == (0, 40)
    with open_lake(SOURCE) as lake:  # records that the lake was built from
        rows = json.loads(
            lake.execute("SELECT * FROM measurement ORDER BY measurement_id LIMIT 5").df()
            .to_json(orient="records", date_format="iso")
        )  # fmt: skip
    for row in rows:
        row["measurement_date"] = row["measurement_date"][:10]
        row["known_at"] = row["known_at"][:19] + "Z"
    assert send(api, measurement=rows).json()["already_there"] == 5
    service.live.settle()
    assert newest(SOURCE) == batch
    pd.testing.assert_frame_equal(service.population.features, before, check_exact=True)


BAD = [
    ({"measurement": {"value_as_number": 1800}}, "value_as_number", "50 to 300 mm[Hg]"),
    ({"measurement": {"unit_source_value": "kPa"}}, "value_as_number", "mm[Hg]"),
    ({"measurement": {"known_at": "2999-01-01T00:00:00Z"}}, "known_at", "at most"),
    ({"measurement": {"measurement_date": "2999-01-01"}}, "measurement_date", "at most"),
    ({"measurement": {"measurement_date": "1968-02-30"}}, "measurement_date", "a day"),
    ({"measurement": {"measurement_date": "1968-02-03T08:00:00Z"}}, "measurement_date", ""),
    ({"measurement": {"person_id": 1}}, "person_id", "person.person_id"),
    ({"measurement": {"person_id": None}}, "person_id", ""),
    ({"measurement": {"measurement_id": 2**70}}, "measurement_id", "whole number"),
    ({"measurement": {"measurement_id": "1; DROP TABLE batch"}}, "measurement_id", "whole number"),
    ({"measurement": {"value_as_number": [1]}}, "value_as_number", "a number"),
    ({"measurement": {"unit_source_value": "\ud800"}}, "unit_source_value", "text"),
    ({"measurement": {"valeu_as_number": 3}}, "valeu_as_number", "value_as_number"),
]


@pytest.mark.parametrize(("change", "column", "allowed"), BAD)
def test_a_broken_row_is_named_and_nothing_of_its_request_is_kept(service, api, change, column, allowed):
    person = int(service.population.residents.index[0])
    right = reading(person, FIRST_ID)
    ((table, cells),) = change.items()
    wrong = reading(person, FIRST_ID + 1) | cells
    answer = api.post("/v1/records", content=json.dumps({"records": {table: [right, wrong]}}))
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = next(problem for problem in answer.json()["problems"] if problem["column"] == column)
    assert (problem["table"], problem["row"]) == ("measurement", 1)
    assert allowed in problem["allowed"]
    assert problem["fix"]
    assert newest(SOURCE) == 0
    assert send(api, measurement=right).json()["kept"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b"\xff\xfe", 422),
        (b'{"records": {"measurement": [{"value_as_number": NaN}]}}', 422),
        (b'{"records": {"measurment": [{}]}}', 422),
        (b'{"records": {"<script>": [{}]}}', 422),
        (b'{"records": {"person": {}}}', 422),
        (b'{"records": {"measurement": 3}}', 422),
        (b'{"records": {}}', 422),
        (b'{"records": [1], "more": 2}', 422),
        (b"[" * 100_000, 422),
        (b'{"records": {"death": ' + b"9" * 5000 + b"}}", 422),
        (b'{"records": {"death": [' + b"{}," * 9_999 + b"{}]}}", 413),
        (b" " * 10_000_001, 413),
    ],
)
def test_a_malformed_body_is_refused_without_a_fault(service, api, body, status):
    answer = api.post("/v1/records", content=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["problems"] or status == 413
    assert newest(SOURCE) == 0


def test_the_same_number_with_other_content_is_refused_and_named(service, api):
    person = int(service.population.residents.index[0])
    assert send(api, measurement=reading(person, FIRST_ID, 150)).status_code == 200
    other = send(api, measurement=reading(person, FIRST_ID, 151))
    assert other.status_code == 422
    assert "one content" in other.json()["problems"][0]["rule"]


def test_a_new_day_brings_everybody_to_it_as_a_full_batch_does(service, api):
    person = int(service.population.residents.index[3])
    later = {"known_at": (NOW + pd.Timedelta(days=40, hours=5)).isoformat()}
    assert send(api, measurement=reading(person, FIRST_ID, 199, **later)).status_code == 200
    service.live.settle()
    assert service.population.now == NOW + pd.Timedelta(days=41)
    anew = Service(get_source(SOURCE))
    assert anew.population.now == service.population.now
    same(service, anew)


def test_every_worker_follows_what_another_one_took_in(service, api):
    other = Service(get_source(SOURCE))
    other.live.start()
    try:
        person = int(service.ranking.lists[MODEL].stretch(1500, 1501).person[0])
        batch = send(api, measurement=reading(person, FIRST_ID, 222)).json()["batch"]
        service.live.settle()
        deadline = time.monotonic() + 30
        while other.ranking.arrived < batch and time.monotonic() < deadline:
            time.sleep(0.01)
        same(other, service)
    finally:
        other.stop()


def same(one: Service, other: Service) -> None:
    """Check that two services hold the same, bit for bit."""
    features = one.population.features.sort_index()
    pd.testing.assert_frame_equal(features, other.population.features.sort_index(), check_exact=True)
    alive = features.index[one.population.residents["died_on"].sort_index().isna()]
    pd.testing.assert_frame_equal(online(SOURCE, alive.tolist()), features.loc[alive], check_exact=True)
    for name, listed in one.ranking.lists.items():
        mine, theirs = listed.stretch(0, len(listed)), other.ranking.lists[name].stretch(0, len(listed))
        assert len(listed) == len(other.ranking.lists[name])
        np.testing.assert_array_equal(mine.person, theirs.person)
        np.testing.assert_array_equal(mine.fall, theirs.fall)
