"""Whatever moment `up` is killed at, running it again ends in the same state as an undisturbed run."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import SANZAO, environment, run

MODEL = "hypertension_10y"
OTHER = "stroke_10y"  # two models, so that workers are started
WORDS = ("up", "--no-serve", "--model", MODEL, "--model", OTHER)
# What a run reports on its way, in order; each is reached whatever the runs before it left behind.
STAGES = (
    "measurement: looking for repeated keys",
    "bucket of the record log written",
    "filling online rows",
    "validation fold 2",
    "final fit",
    f"{MODEL}: registering",
    f"{OTHER}: registering",
)


def state(root: Path) -> dict[str, object]:
    """Return what a user of the finished state could tell apart."""
    with sqlite3.connect(root / "mlruns" / "mlflow.db") as database:
        versions = database.execute("SELECT name, version FROM model_versions ORDER BY 1, 2").fetchall()
        aliases = database.execute("SELECT name, alias, version FROM registered_model_aliases").fetchall()
        runs = database.execute("SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'").fetchone()
    bundles = [
        json.loads((root / "var/framingham/training" / model / "bundle/model.json").read_text())
        for model in (MODEL, OTHER)
    ]
    manifests = {
        folder: json.loads((root / "var/framingham" / folder / "manifest.json").read_text())
        for folder in ("lake", "features")
    }
    leftovers = [str(path) for path in (root / "var").rglob("*.staging")]
    return {
        "versions": versions,
        "aliases": aliases,
        "runs": runs,
        "bundles": bundles,
        "manifests": manifests,
        "leftovers": leftovers,
    }


def kill_at(root: Path, stage: str, *, workers_too: bool) -> None:
    """Start `up` and kill it, with or without its workers, at the moment it reports `stage`."""
    process = subprocess.Popen(
        [SANZAO, *WORDS], env=environment(root), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    reached = any(stage in line for line in process.stderr)
    assert reached, f"`up` ended without reporting '{stage}'"
    assert process.poll() is None
    if workers_too:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    process.stderr.close()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    root = tmp_path_factory.mktemp("undisturbed")
    result = run(root, *WORDS)
    assert result.returncode == 0, result.stderr
    return state(root)


def test_killed_again_and_again(undisturbed, tmp_path):
    # Each run starts where the one before was killed, so every room is hit: lake, features, training, registry.
    for number, stage in enumerate(STAGES):
        kill_at(tmp_path, stage, workers_too=number % 2 == 0)
    result = run(tmp_path, *WORDS)
    assert result.returncode == 0, result.stderr
    assert state(tmp_path) == undisturbed


def test_two_at_once_do_not_disturb_each_other(undisturbed, built, tmp_path):
    first = subprocess.Popen(
        [SANZAO, *WORDS], env=environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(3)
    second = run(tmp_path, *WORDS)
    assert first.wait() == 0
    # The second either waited out the first one's last moments, or was told that another is at work.
    assert second.returncode in {0, 2}
    if second.returncode == 2:
        assert "Another process is already" in second.stderr
    assert state(tmp_path) == undisturbed
