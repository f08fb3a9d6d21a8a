"""What-if: the same as scoring the moved features, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from fastapi.testclient import TestClient

from features.sources import get_source
from serving.service import Service
from serving.what_if import Change, what_if
from tests.conftest import client_for


@pytest.fixture
def service(world) -> Service:
    return Service(get_source("framingham"))


@pytest.fixture
def client(service) -> TestClient:
    return client_for(service)


def test_the_answer_is_that_of_people_whose_features_are_moved(service):
    champion = service.snapshot.champion("stroke_10y")
    people = service.population.features
    moved = what_if(champion, people, [Change("systolic_bp", "add", -10.0), Change("current_smoker", "set", 0.0)])
    other = people.assign(systolic_bp=np.clip(people["systolic_bp"] - 10, 50, None), current_smoker=0.0)
    for risk, frame in ((moved.before, people), (moved.after, other)):
        assert risk == pytest.approx(champion.bundle.risk({n: frame[n].to_numpy() for n in frame}), abs=1e-12)


def test_a_lower_blood_pressure_never_raises_the_risk_of_stroke(service):
    moved = what_if(
        service.snapshot.champion("stroke_10y"), service.population.features, [Change("systolic_bp", "at_most", 120.0)]
    )
    assert (moved.after <= moved.before + 1e-12).all()
    assert (moved.after < moved.before).any()


def test_the_city_and_one_resident_are_answered_and_called_a_change_of_prediction(client, service):
    asked = {"model": "stroke_10y", "changes": [{"feature": "systolic_bp", "how": "at_most", "value": 130}]}
    city = client.post("/v1/what-if", json=asked).json()
    assert city["expected_after"] < city["expected_before"]
    assert city["people"] % 5 == 0
    assert "not a proven effect" in city["meaning"]
    order = service.ranking.order["stroke_10y"]
    resident = int(service.population.residents.index[order[0]])
    one = client.post("/v1/what-if", json=asked | {"resident": resident}).json()
    assert one["mean_risk_after"] <= one["mean_risk_before"]
    column = list(service.snapshot.champions).index("stroke_10y")
    assert one["mean_risk_before"] == service.ranking.risks[order[0], column]


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"changes": [{"feature": "sysbp", "how": "add", "value": 1}]}, 422, "systolic_bp"),
        ({"changes": [{"feature": "systolic_bp", "how": "set", "value": 9999}]}, 422, "mm[Hg]"),
        ({"changes": [{"feature": "systolic_bp", "how": "halve", "value": 1}]}, 422, "how"),
        ({"changes": []}, 422, "changes"),
        ({"area": "331003"}, 404, "area"),
        ({"area": "1; DROP TABLE"}, 422, "area"),
        ({"area": "331003", "resident": 1}, 422, "not both"),
        ({"resident": 999_999_999}, 404, "resident"),
        ({"model": "plague"}, 404, "plague"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_reason(client, asked, status, words):
    good = {"model": "stroke_10y", "changes": [{"feature": "systolic_bp", "how": "add", "value": -5}]}
    answer = client.post("/v1/what-if", json=good | asked)
    assert answer.status_code == status
    assert words in answer.text
