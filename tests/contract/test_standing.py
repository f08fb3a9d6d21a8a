"""Where a resident stands on a model's curves, and what a list says of each champion."""

from __future__ import annotations

import numpy as np
import pytest

from features.sources import get_source
from models.kept import drift_file, write_kept
from serving.access.audit import newest_rows
from serving.service import Service
from tests.conftest import client_for
from tests.contract.test_model_pages import read_off

MODEL, SOURCE = "stroke_10y", "framingham"


@pytest.fixture
def api(own_world):
    return client_for(Service(get_source(SOURCE)))


def test_what_stands_on_the_curves_adds_up_to_the_risk(api):
    shape = api.get(f"/v1/models/{MODEL}/shape").json()
    listed = api.get("/v1/risk-list", params={"model": MODEL, "limit": 3}).json()["people"]
    assert len(listed) == 3
    for person in listed:
        told = api.get(f"/v1/residents/{person['resident']}/models/{MODEL}").json()
        columns = {
            one["feature"]: [np.nan if one["value"] is None else one["value"]] for one in told["values"]
        }  # fmt: skip
        assert {curve["feature"] for curve in shape["curves"]} == set(columns)
        added = 1 / (1 + np.exp(-read_off(shape, columns, 0)))
        assert told["risk"]["risk"] == pytest.approx(added, abs=1e-4)
        assert told["risk"]["risk"] == pytest.approx(person["risk"]["risk"])
        assert (told["resident"], told["risk"]["model"], told["synthetic"]) == (person["resident"], MODEL, False)


def test_looking_at_somebody_is_kept_and_refused_to_those_who_may_not(api):
    resident = api.get("/v1/risk-list", params={"model": MODEL, "limit": 1}).json()["people"][0]["resident"]
    before = newest_rows(SOURCE, 1)[0]["seq"]
    assert api.get(f"/v1/residents/{resident}/models/{MODEL}").status_code == 200
    (seen,) = newest_rows(SOURCE, 1)
    assert seen["seq"] == before + 1
    assert str(resident) in str(seen)
    counts_only = client_for(api.app.state.service, "epidemiologist")
    assert counts_only.get(f"/v1/residents/{resident}/models/{MODEL}").status_code == 403
    assert api.get(f"/v1/residents/{resident}/models/strok_10y").status_code == 404
    assert api.get(f"/v1/residents/987654321/models/{MODEL}").status_code == 404


def test_the_list_holds_the_figures_and_the_drift_of_every_champion(api):
    (row,) = (one for one in api.get("/v1/models").json()["models"] if one["name"] == MODEL)
    metrics = api.get(f"/v1/models/{MODEL}").json()["metrics"]
    assert row["figures"]["ranking"] == metrics["c_index"]
    assert row["figures"]["ranking_published"] == metrics["c_index_published"]
    assert row["figures"]["observed_expected_low"] == metrics["observed_expected_low"]
    assert row["figures"]["events"] % 5 == 0
    for version, retrain, verdict in ((1, True, "retrain"), (1, False, "keep"), (7, True, None)):
        write_kept(drift_file(SOURCE, MODEL), {"version": version, "retrain": retrain})
        (row,) = (one for one in api.get("/v1/models").json()["models"] if one["name"] == MODEL)
        assert row["drift"] == verdict
