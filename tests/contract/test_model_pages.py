"""What the API tells of a model to look at: its versions, its whole shape, its figures, its drift and its report."""

from __future__ import annotations

import getpass
import json

import numpy as np
import pytest

from features.online import online
from features.sources import get_source
from models.bundle import PROMOTED_WHY_ZH_TAG
from models.design import design
from models.kept import FIGURES, drift_file, read_kept, write_kept
from models.risk_model import models_for
from models.told import Told
from serving.access.released import released_drift
from serving.service import Service
from tests.conftest import client_for, run
from training.registry import artifact_folder, champion, client, set_champion

MODEL, SOURCE = "stroke_10y", "framingham"


@pytest.fixture
def api(world):
    return client_for(Service(get_source(SOURCE)), "epidemiologist")


def test_every_version_says_who_let_it_serve_and_why(api):
    detail = api.get(f"/v1/models/{MODEL}").json()
    (version,) = detail["versions"]
    assert (version["version"], version["status"], version["replaced"]) == (1, "champion", None)
    assert version["promoted_by"] == getpass.getuser()
    assert any("C-index" in reason for reason in version["promoted_because"])
    assert any("C 指数" in reason for reason in version["promoted_because_zh"])
    assert len(version["promoted_because"]) == len(version["promoted_because_zh"])
    assert version["promoted_at"] >= version["registered_at"][:19]
    assert version["data_fingerprint"] == detail["data_fingerprint"]
    assert version["data_source"] == SOURCE
    assert all(version[name] for name in ("code", "result", "run_id"))


def read_off(shape, columns, row):
    """Return what base, curves and maps add up to for one person, by the rule that the answer describes."""

    def place(edges, value):
        return sum(edge < value for edge in edges)

    total = shape["base"]
    for curve in shape["curves"]:
        value = columns[curve["feature"]][row]
        total += curve["missing"] if np.isnan(value) else curve["contributions"][place(curve["edges"], value)]
    for pair in shape["maps"]:
        at = [
            len(edges) + 1 if np.isnan(columns[name][row]) else place(edges, columns[name][row])
            for name, edges in zip(pair["features"], pair["edges"], strict=True)
        ]
        total += pair["contributions"][at[0]][at[1]]
    return total


@pytest.mark.parametrize("name", sorted(models_for(get_source(SOURCE))))
def test_the_shape_is_the_whole_model(api, name):
    """What anybody can add up from the answer is the risk that the score gives, for real people, missing values too."""
    shape = api.get(f"/v1/models/{name}/shape").json()
    service = api.app.state.service
    bundle = service.snapshot.champion(name).bundle
    people = online(SOURCE, service.population.residents.index[:40].tolist())
    stored = {entry.name: people[entry.name].to_numpy(dtype=float) for entry in bundle.inputs}
    columns = design(bundle.form.features, stored)
    added = np.array([read_off(shape, columns, row) for row in range(len(people))])
    assert np.isnan(np.array(list(columns.values()))).any()
    assert 1 / (1 + np.exp(-added)) == pytest.approx(bundle.risk(stored), abs=1e-4)
    assert (shape["scale"], shape["output"], shape["outputs"]) == ("log odds", "risk", ["risk"])
    assert {curve["feature"] for curve in shape["curves"]} == set(bundle.form.features)
    spreads = [curve["spread"] for curve in shape["curves"]]
    assert spreads == sorted(spreads, reverse=True)
    for curve in shape["curves"]:
        assert curve["label"] != curve["label_zh"]
        assert len(curve["contributions"]) == len(curve["edges"]) + 1
        assert curve["edges"] == sorted(set(curve["edges"]))
        assert curve["cohort"]["shares"]
        if curve["direction"]:
            steps = np.diff(curve["contributions"]) * (1 if curve["direction"] == "rises" else -1)
            assert (steps >= -1e-4).all()
    assert api.get(f"/v1/models/{name}/shape", params={"output": "hours"}).status_code == 404


def test_the_evaluation_is_that_of_the_report(api, world):
    shown = api.get(f"/v1/models/{MODEL}/evaluation").json()
    detail = api.get(f"/v1/models/{MODEL}").json()
    assert shown["version"] == detail["version"]
    (own,) = (curve for curve in shown["roc"] if curve["name"] == "risk")
    assert own["auc"] == pytest.approx(detail["metrics"]["auc"], abs=0.002)
    assert own["points"][0][0] == 0
    assert own["points"][-1] == [1, 1]
    assert own["points"] == sorted(own["points"])
    groups = shown["calibration"]["groups"]
    assert [group["expected"] for group in groups] == sorted(group["expected"] for group in groups)
    for group in groups:
        assert group["n"] % 5 == 0
        assert group["low"] <= group["observed"] <= group["high"]
    assert set(shown["decision"]["lines"]) >= {"risk", "all"}
    assert all(len(line) == len(shown["decision"]["thresholds"]) for line in shown["decision"]["lines"].values())
    assert {row["group"] for row in shown["fairness"]}
    page = api.get(f"/v1/models/{MODEL}/report")
    assert page.status_code == 200
    assert page.text == (artifact_folder(champion(MODEL)) / "report.html").read_text(encoding="utf-8")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "script" not in page.headers["content-security-policy"]


def test_a_version_from_before_these_figures_says_train_again(own_world):
    folder = artifact_folder(champion(MODEL))
    for name in (FIGURES, "profile.json", "report.html"):
        (folder / name).unlink()
    api = client_for(Service(get_source(SOURCE)))
    for page in ("evaluation", "report"):
        answer = api.get(f"/v1/models/{MODEL}/{page}")
        assert (answer.status_code, "sanzao train" in answer.json()["detail"]) == (424, True)
    curve = api.get(f"/v1/models/{MODEL}/shape").json()["curves"][0]
    assert (curve["cohort"], curve["folds"]) == (None, None)


def test_drift_is_shown_once_somebody_asked_and_for_the_version_that_serves(own_world):
    api = client_for(Service(get_source(SOURCE)))
    path = f"/v1/models/{MODEL}/drift"
    drift_file(SOURCE, MODEL).unlink(missing_ok=True)
    before = api.get(path)
    assert (before.status_code, "sanzao drift" in before.json()["detail"]) == (404, True)
    answer = run(own_world, "drift", MODEL, "--json")
    assert answer.returncode == 0, answer.stderr
    (found,) = json.loads(answer.stdout)
    shown = api.get(path).json()
    assert (shown["retrain"], shown["reasons"]) == (False, found["reasons"])
    assert shown["reasons_zh"][0].startswith("训练之后")
    assert shown["people"] == 5 * round(found["people"] / 5)
    assert [column["feature"] for column in shown["features"]] == [column["feature"] for column in found["features"]]
    assert shown["risk"]["label_zh"] == "预测风险"
    assert shown["features"][0]["verdict"] == "stable"
    assert shown["calibration"]["since"] == 0
    kept = read_kept(drift_file(SOURCE, MODEL))
    before = {name: value for name, value in kept.items() if not name.endswith("_zh")}  # as they were kept once
    write_kept(drift_file(SOURCE, MODEL), before)
    assert api.get(path).json()["reasons_zh"] == found["reasons"]
    write_kept(drift_file(SOURCE, MODEL), kept | {"version": 7})
    assert "version 7" in api.get(path).json()["detail"]
    drift_file(SOURCE, MODEL).write_text("{")
    assert api.get(path).status_code == 404


def test_drift_of_few_people_is_not_told():
    column = {"feature": "age", "psi": 0.12345, "missing_then": 0.004, "missing_now": 0.5, "verdict": "stable"}
    outcomes = {"since": 3, "index_dates": 400, "events": 6, "observed_expected": 1.23456, "first": "1960-01-01"}
    report = {"people": 1003, "risk": column | {"against_cohort": column}, "features": [], "calibration": outcomes}
    shown = released_drift(report)
    assert shown["people"] == 1005
    assert shown["risk"]["against_cohort"] == column | {"psi": 0.123, "missing_then": None}
    assert shown["calibration"] == {
        "since": None, "index_dates": 400, "events": None, "observed_expected": None, "first": "1960-01-01",
    }  # fmt: skip
    enough = released_drift(report | {"calibration": outcomes | {"events": 41}})["calibration"]
    assert (enough["events"], enough["observed_expected"]) == (40, 1.23)


def test_a_promotion_that_was_taken_back_is_told(own_world):
    set_champion(champion(MODEL), None, [Told("rolled back from version 2", "由第 2 版回退")])
    api = client_for(Service(get_source(SOURCE)))
    (version,) = api.get(f"/v1/models/{MODEL}").json()["versions"]
    assert version["promoted_because"] == ["rolled back from version 2"]
    assert version["promoted_because_zh"] == ["由第 2 版回退"]
    client().delete_model_version_tag(MODEL, "1", PROMOTED_WHY_ZH_TAG)  # as versions of before have none
    (version,) = api.get(f"/v1/models/{MODEL}").json()["versions"]
    assert version["promoted_because_zh"] == ["rolled back from version 2"]
