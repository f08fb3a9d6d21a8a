"""Bulk, online and API risks of the same resident at the same moment are the same number, to the last bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.history import history
from features.online import online
from features.sources import get_source
from features.views import all_features
from models.design import design
from models.risk_model import risk_models
from serving.core import score_matrix
from serving.service import Service
from tests.conftest import client_for

FRAMINGHAM = {name for name, model in risk_models().items() if model.horizon_years == 10}
SAMPLE = 150


@pytest.fixture
def service(world):
    return Service(get_source("framingham"))


@pytest.fixture
def people(service):
    return np.random.default_rng(5).choice(service.population.residents.index.to_numpy(), SAMPLE, replace=False)


def test_features_are_the_same_in_bulk_and_online(service, people):
    bulk = service.population.features.loc[people]
    one_by_one = online("framingham", people.tolist())
    pd.testing.assert_frame_equal(one_by_one, bulk, check_exact=True, check_index_type=False)
    index = pd.DataFrame({"person_id": people, "index_date": service.population.now})
    past = history("framingham", index).set_index(bulk.index)
    pd.testing.assert_frame_equal(past, bulk, check_exact=True)


def test_risks_are_the_same_in_bulk_online_and_over_http(service, people):
    api = client_for(service)
    rows = service.population.residents.index.get_indexer(people)
    bulk = service.ranking.risks[rows]
    one_by_one = np.vstack([score_matrix(service.snapshot, online("framingham", [int(p)]))[1] for p in people[:40]])
    np.testing.assert_array_equal(one_by_one, bulk[:40])
    order = list(service.snapshot.champions)
    answer = api.post("/v1/score", json={"residents": people.tolist()}).json()["results"]
    checked = 0
    for row, person in enumerate(answer):
        single = api.get(f"/v1/residents/{person['resident']}/risks").json()["risks"] if row < 20 else person["risks"]
        assert single == person["risks"]
        for risk in person["risks"]:
            if risk["applicable"]:
                assert risk["risk"] == bulk[row, order.index(risk["model"])]
                checked += 1
    assert checked > SAMPLE


def test_raw_records_give_the_same_risk_as_the_resident(service, people):
    api = client_for(service)
    features = service.population.features.loc[people[:30]]
    units = {name: feature.unit for name, feature in all_features().items()}
    records = [
        {
            "features": {
                name: {"value": value, "unit": units[name]} for name, value in row.items() if not np.isnan(value)
            }
        }
        for row in features.to_dict("records")
    ]
    by_record = api.post("/v1/score", json={"records": records}).json()["results"]
    by_number = api.post("/v1/score", json={"residents": people[:30].tolist()}).json()["results"]
    for sent, known in zip(by_record, by_number, strict=True):
        for a, b in zip(sent["risks"], known["risks"], strict=True):
            if b["applicable"]:
                assert a["risk"] == b["risk"]


def test_contributions_add_up_to_the_risk(service, people):
    matrix, risks = score_matrix(service.snapshot, service.population.features.loc[people])
    scorer = service.snapshot.scorer
    for place, champion in enumerate(service.snapshot.champions.values()):
        raw = scorer.base[place] + scorer.contributions(matrix, place).sum(axis=1)
        log_odds = champion.bundle.intercept + champion.bundle.slope * raw
        np.testing.assert_allclose(1 / (1 + np.exp(-log_odds)), risks[:, place], rtol=1e-9)


def test_serving_equals_mlflow_and_the_plain_tables(service, people):
    """A generic MLflow client gets the same risk from the same version."""
    import mlflow

    from training.registry import client

    client()
    features = service.population.features.loc[people]
    _, risks = score_matrix(service.snapshot, features)
    for place, (name, champion) in enumerate(service.snapshot.champions.items()):
        loaded = mlflow.pyfunc.load_model(f"models:/{name}@champion")
        inputs = features[[entry.name for entry in champion.bundle.inputs]].reset_index(drop=True)
        np.testing.assert_allclose(loaded.predict(inputs)["risk"], risks[:, place], rtol=1e-12)
        stored = {entry: features[entry].to_numpy() for entry in features}
        raw = champion.bundle.form.raw(design(champion.bundle.form.features, stored))
        plain = 1 / (1 + np.exp(-(champion.bundle.intercept + champion.bundle.slope * raw)))
        np.testing.assert_allclose(plain, risks[:, place], rtol=1e-12)
    assert set(service.snapshot.champions) == FRAMINGHAM
