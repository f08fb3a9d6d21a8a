"""Which models a source can show, and what it takes to add one: a file."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from features.sources import get_source
from models.risk_model import models_for, risk_models
from tests.conftest import PROJECT


def test_the_teaching_cohort_shows_its_four_outcomes_at_ten_years():
    assert {model.horizon_years for model in models_for(get_source("framingham")).values()} == {10}
    assert len(models_for(get_source("framingham"))) == 4


def test_the_city_shows_every_disease_that_the_house_was_built_for():
    names = set(models_for(get_source("city")))
    risks = ("hypertension", "type2_diabetes", "stroke", "coronary_heart_disease", "copd", "chronic_kidney_disease")
    cancers = ("lung", "colorectal", "stomach", "liver", "oesophageal", "breast")
    assert {f"{name}_5y" for name in risks} | {f"{name}_cancer_5y" for name in cancers} | {"death_5y"} <= names
    assert {f"undetected_{name}" for name in ("diabetes", "hypertension", "copd", "lung_cancer")} <= names
    assert "cardiovascular_disease_10y" in names


@pytest.mark.parametrize("source", ["framingham", "city", "nhanes"])
def test_what_a_source_leaves_out_is_declared(source):
    assert get_source(source).left_out <= set(risk_models())


def test_a_new_disease_is_one_new_file(tmp_path):
    """A copy of the models with one more file declares one more model, and every source that can shows it."""
    house = tmp_path / "house"
    for room in ("features", "models"):
        shutil.copytree(PROJECT / room, house / room, ignore=shutil.ignore_patterns("__pycache__"))
    text = (PROJECT / "models/disease/stroke_10y.py").read_text()
    (house / "models/disease/stroke_by_age_10y.py").write_text(text.replace("stroke_10y", "stroke_by_age_10y"))
    code = (
        "from models.risk_model import models_for; from features.sources import get_source;"
        "print(*models_for(get_source('framingham')))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=house, capture_output=True, text=True, check=True)
    assert "stroke_by_age_10y" in found.stdout.split()


def test_a_file_must_bear_the_name_of_its_model(tmp_path):
    house = tmp_path / "house"
    for room in ("features", "models"):
        shutil.copytree(PROJECT / room, house / room, ignore=shutil.ignore_patterns("__pycache__"))
    (house / "models/disease/other.py").write_text((PROJECT / "models/disease/stroke_10y.py").read_text())
    code = "from models.risk_model import risk_models; risk_models()"
    found = subprocess.run([sys.executable, "-c", code], cwd=house, capture_output=True, text=True, check=False)
    assert found.returncode
    assert "must bear the model's name" in found.stderr
