"""A search that goes on where it stopped, and a champion judged on people of whom it knows nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.sources import get_source
from models.bundle import Bundle
from models.risk_model import get_model
from training.candidates import SHAPES
from training.cohort import build_cohort
from training.external import external_figures
from training.folds import inner_folds
from training.registry import artifact_folder, champion
from training.tuning import UNTUNED, Tuning
from training.validation import sample_of

MODEL = "stroke_10y"


def trials(journal):
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(journal)))
    name = f"{MODEL}, everybody, stumps"
    return optuna.load_study(study_name=name, storage=storage).get_trials()


def test_a_search_is_continued_and_never_worse_than_what_is_declared(world, tmp_path):
    model = get_model(MODEL)
    cohort = build_cohort(get_source("framingham"), model)
    sample = sample_of(model, cohort)
    splits = inner_folds(cohort, np.arange(len(cohort.time)), seed=1)[:1]
    tuning = Tuning(trials=2, journal=tmp_path / "tuning" / "journal.log").study("everybody")
    first = tuning.shapes(model, sample, splits, 1)
    assert set(first) == set(SHAPES)
    done = trials(tuning.journal)
    assert len(done) == 2
    assert done[0].params["learning_rate"] == SHAPES["stumps"].learning_rate  # the declared shape is tried first
    assert min(trial.value for trial in done) <= done[0].value
    # The same budget again searches nothing and finds the same; a larger one adds what is lacking.
    assert tuning.shapes(model, sample, splits, 1) == first
    assert len(trials(tuning.journal)) == 2
    replace(tuning, trials=3).shapes(model, sample, splits, 1)
    assert [trial.number for trial in trials(tuning.journal)] == [0, 1, 2]
    assert UNTUNED.shapes(model, sample, splits, 1) == SHAPES


def test_a_miscalibrated_champion_is_judged_elsewhere_before_and_after_recalibration(world):
    source, model = get_source("framingham"), get_model(MODEL)
    bundle = Bundle.load(artifact_folder(champion(MODEL)))
    right = external_figures(model, bundle, source)
    wrong = external_figures(model, replace(bundle, intercept=bundle.intercept - 0.7, slope=bundle.slope / 2), source)
    assert wrong["c_index"] == pytest.approx(right["c_index"], abs=1e-9)  # ranking does not ask for calibration
    assert wrong["calibration_slope"] == pytest.approx(2 * right["calibration_slope"], rel=1e-3)
    assert abs(wrong["observed_expected"] - 1) > 0.3
    assert wrong["observed_expected_recalibrated_in_the_large"] == pytest.approx(1, abs=0.1)
    assert wrong["observed_expected_recalibrated"] == pytest.approx(1, abs=0.1)
    assert wrong["calibration_slope_recalibrated"] == pytest.approx(1, abs=0.15)
    assert wrong["trained_on"] == "framingham"
    assert wrong["absent"] == []
