"""What a person is told when something about the machine or the call is wrong."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path

import pytest

from tests.conftest import run


def is_helpful(result, *words):
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_a_port_in_use_is_said_before_anything_is_built(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        is_helpful(run(tmp_path, "up", SANZAO_PORT=str(port)), f"Port {port}", "SANZAO_PORT=")
    assert not (tmp_path / "var").exists()


def test_an_unwritable_folder_is_named(tmp_path):
    # A file where the folder should be stops root too, whom permissions do not.
    (tmp_path / "var").write_text("in the way")
    is_helpful(run(tmp_path, "data", "build"), str(tmp_path / "var"), "SANZAO_STATE")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("train", "stroke_10"), "stroke_10y"),
        (("train",), "--all"),
        (("data", "build", "--source", "framinghan"), "framingham"),
        (("evaluate", "--all"), "sanzao train"),
        (("score", "2448"), "sanzao train"),
        (("rollback", "nope"), "no model"),
    ],
)
def test_wrong_use_says_what_to_do(tmp_path, words, says):
    is_helpful(run(tmp_path, *words), says)


def test_a_lake_of_another_version_is_said_to_be_one(own_world):
    import shutil

    from features.errors import NotReadyError
    from features.lake import lake_path, open_lake

    shutil.rmtree(lake_path("framingham") / "death")
    with pytest.raises(NotReadyError, match=r"death.*sanzao data build"):
        open_lake("framingham")


def test_errors_are_json_for_machines(tmp_path):
    result = run(tmp_path, "train", "nope", "--json")
    assert result.returncode == 2
    assert "nope" in json.loads(result.stdout)["error"]


def test_commands_answer_for_people_and_machines(own_world):
    table = run(own_world, "features", "list")
    assert "systolic_bp" in table.stdout
    figures = json.loads(run(own_world, "evaluate", "--all", "--json").stdout)
    wanted = {
        "model", "data_source", "n", "events", "horizon_years", "c_index", "c_index_refit", "c_index_published",
        "published_score", "calibration_slope", "observed_expected", "ici",
    }  # fmt: skip
    assert len(figures) == 4
    for row in figures:
        assert wanted <= set(row)
        assert 0.5 < row["c_index"] < 0.9
        assert row["c_index_low"] < row["c_index"] < row["c_index_high"]
    scored = json.loads(run(own_world, "score", "--all", "--json").stdout)
    assert len(scored) == 4
    assert all(row["data_source"] == "framingham" and row["listed"] > 0 for row in scored)
    import pandas as pd

    listed = pd.read_parquet(Path(scored[0]["folder"]) / "lists" / f"{scored[0]['model']}.parquet")
    one = json.loads(run(own_world, "score", str(listed["person_id"].iloc[0]), "--json").stdout)
    assert {row["model"] for row in one} == {row["model"] for row in scored}
    assert next(row["risk"] for row in one if row["model"] == scored[0]["model"]) == listed["risk"].iloc[0]


def test_one_model_without_a_champion_hides_none_of_the_others(own_world):
    from training.registry import CHAMPION_ALIAS, client

    client().delete_registered_model_alias("stroke_10y", CHAMPION_ALIAS)
    result = run(own_world, "evaluate", "--all", "--json")
    assert result.returncode == 0, result.stderr
    rows = {row["model"]: row for row in json.loads(result.stdout)}
    assert len(rows) == 4
    assert "sanzao train stroke_10y" in rows.pop("stroke_10y")["problem"]
    assert all(row["c_index"] > 0.5 for row in rows.values())
    is_helpful(run(own_world, "evaluate", "stroke_10y"), "sanzao train stroke_10y")


def test_nothing_of_this_machine_is_in_the_tree():
    project = Path(__file__).resolve().parents[2]
    listed = subprocess.run(["git", "ls-files"], cwd=project, capture_output=True, text=True, check=False)
    for name in listed.stdout.split():
        path = project / name
        if path.suffix in {".py", ".md", ".toml", ".json", ".html", ".css"} and path != Path(__file__):
            assert str(project.parent) + "/" not in path.read_text(encoding="utf-8"), name
