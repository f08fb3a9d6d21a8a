"""The HTTP API as its users meet it."""

from __future__ import annotations

import json

import pytest

from features.sources import get_source
from models.risk_model import risk_models
from serving.service import Service
from tests.conftest import client_for

FRAMINGHAM = {name for name, model in risk_models().items() if model.horizon_years == 10}
PERSON = {
    "age": 61,
    "female": 1,
    "systolic_bp": {"value": 124, "unit": "mmHg"},
    "total_cholesterol": {"value": 180, "unit": "mg/dL"},
    "hdl_cholesterol": {"value": 47, "unit": "mg/dL"},
    "current_smoker": 1,
    "diabetes": 0,
}


@pytest.fixture
def api(world):
    return client_for(Service(get_source("framingham")))


def post(api, body):
    return api.post("/v1/score", json=body)


def is_problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert document["detail"]
    return document


def test_ready_names_the_champions(api):
    answer = api.get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json()["models"]) == FRAMINGHAM
    assert api.get("/healthz").status_code == 200


def test_every_answer_names_its_data_source(api):
    """Must never happen, 6: a teaching or simulated result presented as a clinical one."""
    resident = api.get("/v1/risk-list", params={"model": "stroke_10y", "limit": 1}).json()["people"][0]["resident"]
    answers = [
        api.get("/v1/models"),
        api.get("/v1/models/stroke_10y"),
        api.get(f"/v1/residents/{resident}/risks"),
        post(api, {"records": [{"features": PERSON}]}),
        api.get("/v1/risk-list", params={"model": "stroke_10y"}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.json()["data_source"] == "framingham"
        assert answer.json()["synthetic"] is False
        assert "not for clinical use" in answer.json()["notice"]
        assert "不得用于临床" in answer.json()["notice_zh"]


def test_model_detail_keeps_the_order_of_training(api):
    detail = api.get("/v1/models/stroke_10y").json()
    names = [entry["name"] for entry in detail["inputs"]]
    assert tuple(names[: len(risk_models()["stroke_10y"].features)]) == risk_models()["stroke_10y"].features
    assert 0.5 < detail["metrics"]["c_index"] < 1


def test_a_raw_record_is_scored_with_reasons_and_missing_counted(api):
    answer = post(api, {"records": [{"features": PERSON}]})
    assert answer.status_code == 200
    risks = {risk["model"]: risk for risk in answer.json()["results"][0]["risks"]}
    risk = risks["cardiovascular_disease_10y"]
    assert 0 < risk["risk"] < 1
    assert risk["tier"] in {"very_high", "high", "usual"}
    assert {"bmi", "glucose", "heart_rate"} <= set(risk["missing"])
    assert risk["missing_count"] == len(risk["missing"])
    for reason in risk["reasons"]:
        assert (reason["direction"] == "raises") == (reason["odds_ratio"] >= 1)
        assert reason["text"]
        assert reason["text_zh"]


def test_units_are_converted(api):
    other = PERSON | {"total_cholesterol": {"value": 180 / 38.67, "unit": "mmol/L"}}
    first, second = (post(api, {"records": [{"features": f}]}).json()["results"][0]["risks"] for f in (PERSON, other))
    assert [risk["risk"] for risk in first] == [risk["risk"] for risk in second]


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"systolic_bp": {"value": 1200, "unit": "mmHg"}}, "systolic_bp", "50 to 300 mm[Hg]"),
        ({"age": -3}, "age", "18 to 120 a"),
        ({"total_cholesterol": {"value": 240, "unit": "mmol/L"}}, "total_cholesterol", "mg/dL"),
        ({"total_cholesterol": 5.0}, "total_cholesterol", "unit"),
        ({"total_cholesterol": {"value": 5, "unit": "furlong"}}, "total_cholesterol", "mmol/L or mg/dL"),
        ({"hdl_cholestrol": 1.2}, "hdl_cholestrol", "hdl_cholesterol"),
        ({"education_level": 2.5}, "education_level", "whole number"),
        ({"diabetes": 7}, "diabetes", "0 to 1"),
    ],
)
def test_a_bad_value_is_refused_by_field_value_range_and_fix(api, change, field, says):
    document = is_problem(post(api, {"records": [{"features": PERSON | change}]}), 422)
    (problem,) = document["problems"]
    assert problem["field"] == f"records[0].features.{field}"
    assert says in json.dumps(problem, ensure_ascii=False)
    assert problem["fix"]


def test_all_bad_fields_are_named_at_once(api):
    records = [{"features": PERSON | {"age": 300, "bmi": 1}}, {"features": {"female": 1}}]
    fields = {problem["field"] for problem in is_problem(post(api, {"records": records}), 422)["problems"]}
    assert fields == {"records[0].features.age", "records[0].features.bmi", "records[1].features.age"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"residents": [], "records": []},
        {"residents": [1], "records": [{"features": PERSON}]},
        {"records": [{"features": {"age": "old"}}]},
        {"records": [{"features": {"age": {"value": "NaN", "unit": "a"}}}]},
        {"records": "all"},
        {"residents": ["x"]},
        {"extra": 1},
        [],
        None,
    ],
)
def test_a_malformed_request_is_a_problem_document(api, body):
    is_problem(post(api, body), 422)


def test_nan_and_infinity_and_broken_json_are_refused(api):
    for value in ("NaN", "Infinity", "1e999"):
        body = f'{{"records": [{{"features": {{"age": {value}, "female": 1}}}}]}}'
        answer = api.post("/v1/score", content=body, headers={"content-type": "application/json"})
        is_problem(answer, 422)
    is_problem(api.post("/v1/score", content="{", headers={"content-type": "application/json"}), 422)


def test_unknown_names_are_404_and_say_what_was_meant(api):
    assert "stroke_10y" in is_problem(api.get("/v1/models/stroke_10"), 404)["detail"]
    assert "999" in is_problem(api.get("/v1/residents/999/risks"), 404)["detail"]
    is_problem(post(api, {"residents": [999]}), 404)
    is_problem(post(api, {"records": [{"features": PERSON}], "models": ["nope"]}), 404)
    is_problem(api.get("/v1/nothing"), 404)
    is_problem(api.get("/v1/score"), 405)
    is_problem(api.get(f"/v1/residents/{10**30}/risks"), 404)


def test_the_list_is_ordered_and_pages_join_without_gap_or_repeat(api):
    def pages(limit):
        people, cursor = [], None
        while True:
            page = api.get(
                "/v1/risk-list", params={"model": "stroke_10y", "limit": limit} | ({"cursor": cursor} if cursor else {})
            )
            assert page.status_code == 200
            people += page.json()["people"]
            cursor = page.json()["next_cursor"]
            if cursor is None or len(people) > 300:
                return people, page.json()["at_risk"]

    people, at_risk = pages(100)
    risks = [person["risk"]["risk"] for person in people]
    assert risks == sorted(risks, reverse=True)
    assert [person["rank"] for person in people] == list(range(1, len(people) + 1))
    assert len({person["resident"] for person in people}) == len(people) <= at_risk
    smaller, _ = pages(37)
    assert [p["resident"] for p in smaller[:300]] == [p["resident"] for p in people[:300]]


@pytest.mark.parametrize(
    "params",
    [
        {"model": "stroke_10y", "limit": 0},
        {"model": "stroke_10y", "limit": 10**9},
        {},
        {"model": "stroke_10y", "cursor": "rubbish"},
        {"model": "stroke_10y", "cursor": "W10"},
    ],
)
def test_bad_list_requests_are_refused(api, params):
    is_problem(api.get("/v1/risk-list", params=params), 422)


def test_nobody_with_the_disease_or_dead_is_listed(api, world):
    from features.lake import open_lake

    listed = set()
    cursor = None
    while True:
        params = {"model": "stroke_10y", "limit": 500} | ({"cursor": cursor} if cursor else {})
        page = api.get("/v1/risk-list", params=params).json()
        listed |= {person["resident"] for person in page["people"]}
        cursor = page["next_cursor"]
        if cursor is None:
            break
    with open_lake("framingham") as lake:
        now = get_source("framingham").as_of
        sick = lake.execute(
            "SELECT DISTINCT person_id FROM condition_occurrence "
            "WHERE condition_source_value = 'I64' AND known_at <= $now",
            {"now": now},
        ).fetchall()
        dead = lake.execute("SELECT person_id FROM death WHERE death_date <= $now", {"now": now}).fetchall()
    assert sick
    assert dead
    assert not listed & {person for (person,) in sick + dead}
    answer = api.get(f"/v1/residents/{dead[0][0]}/risks").json()
    assert all(not risk["applicable"] and risk["risk"] is None for risk in answer["risks"])
    assert "died on" in answer["risks"][0]["not_applicable_because"]


def test_the_description_loads_nothing_from_elsewhere(api):
    assert api.get("/openapi.json").json()["paths"].keys() >= {"/v1/models", "/v1/score", "/v1/risk-list"}
    for address in ("/docs", "/redoc"):
        assert "://" not in api.get(address).text.replace("http://testserver", "")
