"""A cell model from tables with known mistakes to served answers, by the real commands and routes."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from serving.problems import install
from serving.routes.quality import MOST_CELLS, router
from tests.conftest import SANZAO, environment, use


def clinics(seed, rows, slips):
    """Return a table of clinics with wrong cells, and the same without."""
    rng = np.random.default_rng(seed)
    which = rng.integers(0, 12, rows)
    towns = [f"town{letter * 3}" for letter in "abcdefghijkl"]
    clean = pd.DataFrame(
        {
            "clinic": [f"clinic {number:02d}" for number in which],
            "town": [towns[number] for number in which],
            "postcode": [f"3170{number:02d}" for number in which],
        }
    )
    dirty = clean.copy()
    for _ in range(slips):
        row, column = rng.integers(rows), rng.integers(3)
        dirty.iloc[row, column] = dirty.iloc[row, column][:-1] + "#"
    return dirty, clean


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return a folder in which the cell model was trained by the command line on three small tables."""
    import subprocess

    root = tmp_path_factory.mktemp("quality")
    for number in range(3):
        folder = root / "tables" / f"table{number}"
        folder.mkdir(parents=True)
        for name, frame in zip(("dirty", "clean"), clinics(number, 200, 15 + 10 * number), strict=True):
            frame.to_csv(folder / f"{name}.csv", index=False)
    answers = {}
    for verb in ("train", "evaluate"):
        done = subprocess.run(
            [SANZAO, verb, "--source", "quality", "--json"],
            env=environment(root, SANZAO_QUALITY=str(root / "tables")), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answers[verb] = json.loads(done.stdout)
    return root, answers


@pytest.fixture
def api(trained):
    root, _ = trained
    with use(root, SANZAO_QUALITY=str(root / "tables")):
        yield client()


def client():
    app = FastAPI()
    app.include_router(router)
    app.state.control = SimpleNamespace(enter=lambda *_: None)  # who may ask is tested with access
    install(app)
    return TestClient(app, raise_server_exceptions=False)


def post(api, **body):
    return api.post("/v1/score/cells", json=body)


def rows_with_a_slip():
    dirty, _ = clinics(9, 120, 0)
    rows = dirty.to_dict("records")
    right = rows[5]["town"]
    rows[5]["town"] = right[:-1] + "#"
    return rows, right


def test_train_registers_and_promotes_a_first_champion(trained):
    (verdict,) = trained[1]["train"]
    assert verdict["model"] == "wrong_cell"
    assert verdict["promoted"]
    assert "without labels" in verdict["reasons"][0]


def test_evaluate_prints_the_agreed_fields(trained):
    rows = trained[1]["evaluate"]
    assert {(row["table"], row["mode"]) for row in rows} == {
        (f"table{number}", mode) for number in range(3) for mode in ("no labels", "other tables", "few labels")
    }
    for row in rows:
        assert {"table", "mode", "precision", "recall", "f1"} <= set(row)
        assert 0 <= row["f1"] <= 1
    assert min(row["f1"] for row in rows if row["mode"] == "no labels") > 0.8


def test_a_second_training_of_the_same_is_the_same_version_and_rollback_has_nothing_to_give_back(trained):
    from features.errors import RefusedError
    from training import commands

    root, _ = trained
    with use(root, SANZAO_QUALITY=str(root / "tables")):
        (again,) = commands.train(source="quality", models=[], every=False, seed=None, quiet=True)
        assert again["version"] == 1
        assert commands.promote(model="wrong_cell", version=None)["promoted"]
        with pytest.raises(RefusedError, match="first champion"):
            commands.rollback(model="wrong_cell")


def test_a_worse_version_is_refused(trained):
    from models.cell_model import get_cell_model
    from models.told import Told
    from training.quality.promotion import _compare, judge
    from training.registry import artifact_folder, champion

    root, _ = trained
    with use(root, SANZAO_QUALITY=str(root / "tables")):
        current = champion("wrong_cell")
        assert judge(get_cell_model("wrong_cell"), current, current)[0] == []
        cells = pd.read_parquet(artifact_folder(current) / "validation.parquet")
        spoiled = cells.assign(risk=1 - cells["risk"])
        assert len(_compare(spoiled, cells["risk"], Told("version 1", "第 1 版"))[0]) == 2


def test_a_suspicious_cell_comes_with_probability_reasons_and_the_value_that_belongs_there(api):
    rows, right = rows_with_a_slip()
    answer = post(api, rows=rows)
    assert answer.status_code == 200, answer.text
    answer = answer.json()
    assert (answer["version"], answer["rows"], answer["columns"]) == (1, 120, 3)
    cell = answer["cells"][0]
    assert (cell["row"], cell["column"], cell["suggestion"]) == (5, "town", right)
    assert 0.5 <= cell["probability"] <= 1
    assert any(f"usually goes with town {right}" in reason["text"] for reason in cell["reasons"])
    assert all(reason["text_zh"] and reason["title"] for reason in cell["reasons"])


def test_without_a_champion_the_detectors_answer_alone(tmp_path):
    rows, right = rows_with_a_slip()
    with use(tmp_path):
        answer = post(client(), rows=rows).json()
    assert answer["version"] is None
    assert answer["cells"][0]["suggestion"] == right


def test_a_contract_speaks_where_it_is_named(api):
    row = {"person_id": 1, "death_date": "soon", "known_at": "2020-01-02"}
    reasons = post(api, rows=[row], contract="death").json()["cells"][0]["reasons"]
    assert "death_date" in reasons[0]["text"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rows": []},
        {"rows": [{}]},
        {"rows": [[1, 2]]},
        {"rows": [{"a": {"b": 1}}]},
        {"rows": [{"a": "x" * 501}]},
        {"rows": [{f"c{number}": 1 for number in range(101)}]},
        {"rows": [{f"c{number}": 1 for number in range(20)}] * (MOST_CELLS // 20 + 1)},
        {"rows": [{"a": "1"}], "threshold": 2},
        {"rows": [{"a": "1"}], "limit": 0},
        {"rows": [{"a": "1"}], "extra": 1},
        [],
        None,
    ],
)
def test_bad_tables_are_refused_as_problem_documents(api, body):
    answer = api.post("/v1/score/cells", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_odd_bytes_and_unknown_names_are_4xx(api):
    def send(content):
        return api.post("/v1/score/cells", content=content, headers={"content-type": "application/json"}).status_code

    assert send(b'{"rows": [{"a": NaN}]}') == 422
    assert send(b'{"rows": [{"a": "\\ud800"}]}') == 422
    assert send(b'{"rows": [{"\\udfff": "a"}]}') == 422
    assert send(b"{") == 422
    assert post(api, rows=[{"a": "1"}], contract="deth").status_code == 404
    assert post(api, rows=[{"a": "1"}], model="wrong_sell").status_code == 404
    assert post(api, rows=[{"a": 10**30}]).status_code == 200
    assert post(api, rows=[{"": "", "<script>": "'; DROP TABLE x; --"}] * 20).status_code == 200
