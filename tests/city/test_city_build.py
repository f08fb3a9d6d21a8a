"""The simulated city on disk: the same bytes for the same seed, whole or not at all, and its truth out of reach."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.conftest import run

PROJECT = Path(__file__).resolve().parents[2]
WORDS = ("data", "simulate", "--residents", "24000", "--json")


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    root = tmp_path_factory.mktemp("city")
    result = run(root, *WORDS, SANZAO_THREADS="2")
    assert result.returncode == 0, result.stderr
    return root, json.loads(result.stdout)


def test_the_same_seed_gives_the_same_bytes_on_one_core_and_on_two(simulated, tmp_path):
    root, told = simulated
    assert run(tmp_path, *WORDS, SANZAO_THREADS="1").returncode == 0
    assert digests(tmp_path / "var") == digests(root / "var")
    assert told["records"] == sum(told["rows"].values()) > 24_000 * 50
    other = run(tmp_path / "other", *WORDS, "--seed", "5", SANZAO_THREADS="2")
    assert other.returncode == 0
    assert digests(tmp_path / "other" / "var") != digests(root / "var")


def test_truth_lies_apart_and_no_room_reads_it(simulated):
    """The truth of the simulated city is for judging models; a feature that read it would know the future."""
    root, _ = simulated
    assert digests(root / "var" / "truth")
    assert not [path for path in (root / "var" / "city").rglob("*") if "truth" in path.name]
    names = {"latent", "risk", "survey", "error"}
    assert not names & {path.name for path in (root / "var/city/records").iterdir()}
    simulator = PROJECT / "features" / "sources" / "_city"
    for room in ("features", "models", "training", "serving"):
        for path in (PROJECT / room).rglob("*.py"):
            if simulator not in path.parents:
                text = path.read_text()
                if path != PROJECT / "training" / "quality" / "city.py":  # which mistakes were put in: to judge only
                    assert "truth_path" not in text, path
                assert "_city.truth" not in text, path
                # `Source.truth` is for judging: one module asks it, and the command that prints what it says.
                if path.name not in {"oracle.py", "_source.py", "city.py"}:
                    assert ".truth" not in text, path
                if path.name not in {"oracle.py", "commands.py", "command.py", "page.py"}:
                    assert "oracle_figures" not in text, path


def test_an_impossible_size_is_refused(tmp_path):
    result = run(tmp_path, "data", "simulate", "--residents", "3")
    assert result.returncode == 2
    assert "1,000" in result.stderr
