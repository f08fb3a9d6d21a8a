"""Promotion, rollback and the swap of champions under load.

Must never happen, 5: a model promoted that is worse than the one it replaces, or served with features in another
order than it was trained on.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx2
import numpy as np
import pandas as pd
import pytest
import uvicorn

from features.errors import NotReadyError, RefusedError
from features.sources import get_source
from features.staging import MANIFEST
from models.bundle import BUNDLE_ARTIFACT, Bundle, DamagedBundleError
from models.risk_model import get_model
from serving.api import create_app
from serving.service import Service
from tests.conftest import client_for, run, token_for
from training.pipeline import train_and_promote
from training.promotion import promote, rollback
from training.registry import artifact_folder, champion, register, set_champion, versions
from training.train import result_path

MODEL = "stroke_10y"


def altered_result(root: Path, name: str, *, bundle=None, risk=None) -> Path:
    """Return a copy of the model's training result with another bundle or other out-of-fold risks."""
    folder = root / name
    shutil.copytree(result_path("framingham", MODEL), folder)
    content = folder / BUNDLE_ARTIFACT
    if bundle is not None:
        text = json.dumps(bundle(json.loads((content / "model.json").read_text())))
        (content / "model.json").write_text(text)
        import hashlib

        (content / "checksum.json").write_text(json.dumps({"model.json": hashlib.sha256(text.encode()).hexdigest()}))
    if risk is not None:
        validation = pd.read_parquet(content / "validation.parquet")
        validation["risk"] = risk(validation["risk"].to_numpy())
        validation.to_parquet(content / "validation.parquet")
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"fingerprint": name}))
    return folder


@contextmanager
def serving(service):
    """Run the real server in a thread; yield its address."""
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)


def halved(content):
    """Return the bundle with another calibration, so that its risks can be told apart."""
    return content | {"intercept": content["intercept"] - 0.7}


def test_a_worse_challenger_is_refused_and_told_by_how_much(own_world):
    before = champion(MODEL)
    noise = np.random.default_rng(1).permutation
    version = register(altered_result(own_world, "worse", risk=noise))
    with pytest.raises(RefusedError, match=r"C-index 0\.\d+ against 0\.\d+ \(-0\.\d+\)"):
        promote(get_model(MODEL), version.number)
    assert champion(MODEL) == before
    # Good ranking is not enough: risks that are three times too high are refused as well.
    version = register(altered_result(own_world, "too_high", risk=lambda risk: np.minimum(risk * 3, 0.99)))
    with pytest.raises(RefusedError, match="Brier"):
        promote(get_model(MODEL), version.number)


def test_a_challenger_is_scored_in_the_shadow_and_nothing_changes(own_world):
    from training.shadow import shadow

    source, model, before = get_source("framingham"), get_model(MODEL), champion(MODEL)
    with pytest.raises(NotReadyError, match="no version after its champion"):
        shadow(source, model)
    same = shadow(source, model, before.number)
    assert same["mean_risk"] == same["mean_risk_challenger"]
    assert same["difference_95"] == 0
    assert same["rank_correlation"] == pytest.approx(1)
    assert same["listed_by_both"] == 1
    assert all(move["people"] == 0 for move in same["tiers"] if move["from"] != move["to"])
    version = register(altered_result(own_world, "lower", bundle=halved))
    found = shadow(source, model)
    assert (found["champion"], found["challenger"]) == (before.number, version.number)
    assert found["mean_risk"] / 2.1 < found["mean_risk_challenger"] < found["mean_risk"] / 1.5
    assert found["rank_correlation"] == pytest.approx(1)
    assert found["listed_by_both"] == 1
    fewer = next(m for m in found["tiers"] if (m["from"], m["to"]) == ("very_high", "high"))["people"]
    assert fewer > 0
    assert fewer % 5 == 0
    assert champion(MODEL) == before
    answer = run(own_world, "shadow", MODEL, "--version", "99", "--json")
    assert answer.returncode == 2
    assert "99" in answer.stderr


def test_other_feature_order_is_refused(own_world):
    def reordered(content):
        return content | {"inputs": content["inputs"][::-1]}

    version = register(altered_result(own_world, "reordered", bundle=reordered))
    with pytest.raises(RefusedError, match="trained on features"):
        promote(get_model(MODEL), version.number)
    # Even if somebody moves the alias by hand, it does not serve.
    set_champion(version, None)
    service = Service(get_source("framingham"))
    assert "trained on features" in service.snapshot.problems[MODEL]
    api = client_for(service)
    answer = api.get("/v1/risk-list", params={"model": MODEL})
    assert answer.status_code == 424
    assert answer.headers["content-type"] == "application/problem+json"


def test_champions_are_swapped_under_load_without_a_failed_request_and_rolled_back(own_world):
    service = Service(get_source("framingham"))
    answers: list[tuple[int, int, float]] = []
    stop = threading.Event()
    headers = token_for("framingham", "clinician", catchment=("*",))
    with serving(service) as address, httpx2.Client(base_url=address, headers=headers, timeout=30) as api:
        person = api.get("/v1/risk-list", params={"model": MODEL, "limit": 1}).json()["people"][0]["resident"]

        def ask():
            with httpx2.Client(base_url=address, headers=headers, timeout=30) as own:
                while not stop.is_set():
                    answer = own.post("/v1/score", json={"residents": [person], "models": [MODEL]})
                    risk = answer.json()["results"][0]["risks"][0] if answer.status_code == 200 else {}
                    answers.append((answer.status_code, risk.get("version"), risk.get("risk")))

        def wait_for(version):
            for _ in range(200):
                if api.get("/v1/models/" + MODEL).json()["version"] == version:
                    return
                stop.wait(0.05)
            raise AssertionError(f"version {version} was not picked up")

        clients = [threading.Thread(target=ask) for _ in range(3)]
        for thread in clients:
            thread.start()
        second = register(altered_result(own_world, "second", bundle=halved))
        promote(get_model(MODEL), second.number)
        wait_for(2)
        rollback(MODEL)
        wait_for(1)
        stop.set()
        for thread in clients:
            thread.join()
    assert {status for status, *_ in answers} == {200}
    risk_of = {}
    for _, version, risk in answers:
        assert risk_of.setdefault(version, risk) == risk, "a version answered with another version's risk"
    assert set(risk_of) == {1, 2}
    assert risk_of[2] < risk_of[1]


def test_what_was_rolled_back_is_not_promoted_again_by_itself(own_world):
    second = register(altered_result(own_world, "second"))
    promote(get_model(MODEL), second.number)
    rollback(MODEL)
    with pytest.raises(RefusedError, match="nothing to go back to"):
        rollback(MODEL)
    shutil.rmtree(result_path("framingham", MODEL))
    shutil.copytree(own_world / "second", result_path("framingham", MODEL))
    verdicts = register_again()
    assert verdicts["promoted"] is False
    assert "rolled back" in verdicts["reasons"][0]
    assert champion(MODEL).number == 1
    assert promote(get_model(MODEL), second.number).promoted


def register_again():
    from training.pipeline import _registered

    return _registered(get_model(MODEL), result_path("framingham", MODEL), lambda _: None)


def test_training_again_changes_nothing(own_world):
    before = versions(MODEL)
    (verdict,) = train_and_promote(get_source("framingham"), [get_model(MODEL)])
    assert verdict["promoted"]
    assert versions(MODEL) == before


@pytest.mark.parametrize("damage", ["cut", "altered", "missing"])
def test_a_damaged_artifact_is_named_and_the_others_go_on(own_world, damage):
    folder = artifact_folder(champion(MODEL))
    path = folder / "model.json"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif damage == "altered":
        path.write_text(path.read_text().replace('"slope": ', '"slope": 1'))
    else:
        path.unlink()
    with pytest.raises(DamagedBundleError, match="sanzao rollback"):
        Bundle.load(folder)
    service = Service(get_source("framingham"))
    api = client_for(service)
    states = {model["name"]: model for model in api.get("/v1/models").json()["models"]}
    assert states[MODEL]["status"] == "unavailable"
    assert "model.json" in states[MODEL]["problem"] or "missing" in states[MODEL]["problem"]
    assert api.get(f"/v1/models/{MODEL}").status_code == 424
    assert api.get("/v1/risk-list", params={"model": MODEL}).status_code == 424
    assert api.get("/readyz").status_code == 200
    assert api.get("/v1/models/hypertension_10y").status_code == 200


def test_a_champion_damaged_later_leaves_its_predecessor_serving(own_world):
    service = Service(get_source("framingham"))
    broken = register(altered_result(own_world, "broken"))
    (artifact_folder(broken) / "model.json").write_text("{")
    set_champion(broken, None)
    assert not service.refresh() or service.snapshot.champion(MODEL).version == 1
    assert service.snapshot.champion(MODEL).version == 1
