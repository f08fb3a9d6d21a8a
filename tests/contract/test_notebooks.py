"""Every notebook runs from top to bottom, and comes to what it is about."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"


def cohort(found: dict[str, Any]) -> None:
    assert found["flow"].is_monotonic_decreasing
    assert found["table"].loc["men", "value"] > found["table"].loc["women", "value"] > 0
    assert all(found["naive"][name] > found["observed"][name].estimate for name in ("men", "women"))


def burden(found: dict[str, Any]) -> None:
    assert found["table"].index[0] == "stroke"
    assert found["shares"].sum() == pytest.approx(1)
    assert found["order"].to_numpy().min() > 0.8
    assert found["counties"].shape[1] == 9


def against_score(found: dict[str, Any]) -> None:
    assert found["table"].loc["c_index", "ours"] > 0.7
    assert found["table"].loc["observed_expected", "ours"] == pytest.approx(1, abs=0.2)
    assert len(found["benefit"]) == 15


def missed(found: dict[str, Any]) -> None:
    assert 0 < found["missed"] < 1
    assert {"men", "women"} <= set(found["table"].loc["sex"].index)
    young = found["found_young"]
    assert young["by risk for their age"] > young["by risk"]


def capacity(found: dict[str, Any]) -> None:
    table = found["table"]
    assert table["our risk"].is_monotonic_increasing
    assert (table["our risk"] > table["by lot"]).all()
    assert found["places_saved"] >= 0


def small_areas(found: dict[str, Any]) -> None:
    table = found["table"]
    assert len(table) > 80
    assert table["risk"].std() < table["raw"].std()
    assert table["above"].between(0, 1).all()


# Notebook -> the world it runs in, and what must hold after it.
NOTEBOOKS: dict[str, tuple[str, Callable[[dict[str, Any]], None]]] = {
    "question_to_cohort": ("world", cohort),
    "disease_burden": ("city_world", burden),
    "model_against_score": ("world", against_score),
    "who_is_missed": ("world", missed),
    "screening_at_capacity": ("world", capacity),
    "small_area_rates": ("city_world", small_areas),
}


def test_every_notebook_is_run():
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_runs(request, name):
    world, holds = NOTEBOOKS[name]
    request.getfixturevalue(world)
    mpl.use("Agg")
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text())["cells"]
    assert 10 <= len(cells) <= 20
    namespace: dict[str, Any] = {"__name__": "notebook"}
    for cell in cells:
        source = "".join(cell["source"])
        assert "._" not in source, "notebooks use public names only"
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], "results of another machine do not belong into the repository"
            exec(compile(source, name, "exec"), namespace)  # noqa: S102
    plt.close("all")
    holds(namespace)
