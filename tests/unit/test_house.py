"""The architecture, held to what the design says."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "features": {"features"},
    "models": {"models", "features"},
    "training": {"training", "models", "features"},
    "serving": {"serving", "models", "features"},
}
ROOMS = set(MAY_IMPORT)


def imported_rooms(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names & ROOMS


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_what_it_may(room):
    for path in (PROJECT / room).rglob("*.py"):
        assert imported_rooms(path) <= MAY_IMPORT[room], path


def test_help_waits_for_no_heavy_import():
    heavy = ["numpy", "pandas", "feast", "mlflow", "lightgbm", "numba", "pydantic"]
    code = f"import sys, sanzao; sanzao.parser().format_help(); print([n for n in {heavy} if n in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert answer.stdout.strip() == "[]"


def test_every_verb_explains_itself(capsys):
    import sanzao

    for words in (["--help"], ["data", "--help"], ["train", "--help"], ["up", "--help"]):
        with pytest.raises(SystemExit) as stop:
            sanzao.main(words)
        assert stop.value.code == 0
    assert "--source" in capsys.readouterr().out


def test_registries_are_found_by_folder():
    from features.contracts import contracts
    from features.sources import sources
    from features.views import views
    from models.risk_model import risk_models
    from models.scores import published_scores

    assert {"person", "measurement", "death"} <= set(contracts())
    assert "framingham" in sources()
    assert {"demographics", "vitals", "labs", "lifestyle", "conditions", "medication"} <= set(views())
    assert {"stroke_5y", "lung_cancer_5y", "death_5y", "undetected_diabetes"} <= set(risk_models())
    assert {model.published_score for model in risk_models().values()} - {None} <= set(published_scores())


def test_event_models_use_only_declared_features_and_are_named_by_a_source():
    from features.events.requests import REQUEST_FEATURES
    from features.sources import sources
    from models.event_model import event_models
    from models.risk_model import risk_models

    assert {"late_close", "late_close_311"} <= set(event_models())
    assert set().union(*(source.events for source in sources().values())) == set(event_models())
    assert not set(event_models()) & set(risk_models())  # one registry holds them all, by name
    for model in event_models().values():
        assert set(model.features) <= set(REQUEST_FEATURES)
        assert len(set(model.features)) == len(model.features)


def test_the_lock_names_no_registry():
    text = (PROJECT / "requirements.lock").read_text()
    assert "://" not in text
    assert "--hash=sha256:" in text


def test_models_use_only_declared_features_and_known_conditions():
    from features.concepts import CONDITIONS, MEASUREMENTS
    from features.views import all_features
    from models.risk_model import risk_models

    for model in risk_models().values():
        assert set(model.features) <= set(all_features())
        assert set(model.directions) <= set(all_features())
        assert set(model.cohort.free_of) <= set(all_features())
        assert model.outcome in {*CONDITIONS, "death"}
        assert {test.measurement for test in model.found_by} <= set(MEASUREMENTS)
        assert len(set(model.features)) == len(model.features)


def test_every_feature_says_what_it_is():
    from features.feature import Over
    from features.plan import plan
    from features.views import all_features, views

    assert sum(len(view.features) for view in views().values()) == len(all_features())  # no name stands twice
    assert len(all_features()) >= 80
    for feature in all_features().values():
        assert feature.description
        assert feature.unit
        assert feature.label
        assert feature.label_zh
        assert feature.low < feature.high
        assert feature.step > 0
        if isinstance(feature.taken, Over):
            assert feature.window_days > 0
    assert plan()  # every stream and every input of a formula is there


def test_an_error_travels_from_a_worker_process():
    import pickle

    from features.errors import UnknownNameError

    error = UnknownNameError("feature", "systolic_pb", ["systolic_bp"])
    received = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (str(received), received.kind, received.name) == (str(error), error.kind, error.name)


def test_every_route_is_found_by_folder_and_described():
    from fastapi import APIRouter

    from features.folder import load_folder

    routers = load_folder("serving.routes", "router")
    assert {"models", "records", "residents", "risk_list", "score"} <= set(routers)
    assert all(isinstance(router, APIRouter) for router in routers.values())
    assert all(route.description for router in routers.values() for route in router.routes)


def test_what_mlflow_has_to_settle_with_sqlalchemy_is_told_to_nobody(tmp_path):
    # Feast lets all deprecations through when it is imported; MLflow's tables are mapped after that.
    code = (
        "import warnings, features.settings; from features.store import import_feast; import_feast(); "
        "from training.registry import client; client(); warnings.warn('another', UserWarning)"
    )
    folders = {"SANZAO_STATE": str(tmp_path / "var"), "SANZAO_MLRUNS": str(tmp_path / "mlruns")}
    result = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | folders, capture_output=True, text=True, check=True
    )
    assert "noload" not in result.stderr
    assert "another" in result.stderr
