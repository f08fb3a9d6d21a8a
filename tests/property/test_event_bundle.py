"""What an event bundle promises of any forms: quantiles in order, saved and read alike, contributions that add up."""

from __future__ import annotations

import json

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from models.attribution import explain
from models.bundle import DamagedBundleError, InputFeature
from models.deep_form import DeepForm
from models.event_bundle import LATE, LONG, MEDIAN, EventBundle, Head
from models.kinds import load_bundle
from models.tables import Curve, DamagedTablesError, Surface, TableForm

NAMES = ("hours_allowed", "hour")


def head(seed: int, size: float) -> Head:
    rng = np.random.default_rng(seed)
    curve = Curve("hour", np.array([6.0, 12.0]), rng.normal(0, size, 4))
    surface = Surface(NAMES, (np.array([24.0]), np.array([12.0])), rng.normal(0, size, (3, 3)))
    form = TableForm(float(rng.normal(0, size)), (curve,), (surface,))
    return Head(form, explain(form, columns(seed)), float(rng.uniform(0.5, 1.5)), float(rng.normal()))


def columns(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed + 1)
    hours = rng.uniform(0, 100, 50)
    hours[::7] = np.nan
    return {"hours_allowed": hours, "hour": rng.uniform(0, 24, 50)}


def deep_head(seed: int) -> Head:
    import lightgbm

    rng = np.random.default_rng(seed)
    matrix = rng.uniform(0, 24, (400, 2))
    target = np.sin(matrix[:, 0]) * matrix[:, 1]
    data = lightgbm.Dataset(matrix, target, feature_name=list(NAMES), params={"verbose": -1, "num_threads": 1})
    grown = lightgbm.train({"num_leaves": 8, "verbose": -1, "num_threads": 1}, data, num_boost_round=5)
    return Head(DeepForm(NAMES, grown.model_to_string()), None)


def bundle(seed: int, size: float, median: Head | None = None) -> EventBundle:
    outputs = {LATE: head(seed, size), MEDIAN: median or head(seed + 10, size), LONG: head(seed + 20, size)}
    inputs = tuple(InputFeature(name, "h", 0.0, 100.0, 0.0, 1.0) for name in NAMES)
    return EventBundle("late_close", inputs, outputs, "pairs", "city", "n", "n", True, "f", {"late_auc": 0.5})


@hypothesis.given(seed=st.integers(0, 10_000), size=st.floats(0.1, 50), moved=st.floats(-100, 100))
def test_the_quantiles_never_cross(seed, size, moved):
    made = bundle(seed, size)
    for by in (None, np.full(50, moved), np.full(50, np.nan)):
        told = made.predict(columns(seed), by)
        assert (told[LONG] >= told[MEDIAN]).all()
        assert (told[MEDIAN] >= 0).all()
        assert np.isfinite(told[LONG]).all()
        assert ((told[LATE] >= 0) & (told[LATE] <= 1)).all()


@pytest.mark.parametrize("deep", [False, True])
def test_a_bundle_is_read_as_it_was_written(tmp_path, deep):
    made = bundle(3, 1.0, deep_head(3) if deep else None)
    made.save(tmp_path)
    read = load_bundle(tmp_path)
    assert isinstance(read, EventBundle)
    for name, values in made.predict(columns(3)).items():
        np.testing.assert_array_equal(read.predict(columns(3))[name], values)


def test_an_altered_bundle_is_refused(tmp_path):
    bundle(3, 1.0).save(tmp_path)
    path = tmp_path / "model.json"
    path.write_text(path.read_text().replace('"late_auc": 0.5', '"late_auc": 0.9'))
    with pytest.raises(DamagedBundleError, match="checksum"):
        load_bundle(tmp_path)


@pytest.mark.parametrize("deep", [False, True])
def test_contributions_add_up_to_the_score(deep):
    made = deep_head(5) if deep else head(5, 1.0)
    given = columns(5)
    raw, shares = made.of_raw(made.form.raw(given)), made.contributions(given)
    rest = raw - np.sum(list(shares.values()), axis=0)
    np.testing.assert_allclose(rest, rest[0], atol=1e-9)  # what is left is the mean of training, the same for all


def test_damaged_trees_are_told_when_the_model_is_loaded():
    content = json.loads(json.dumps(deep_head(1).form.to_dict()))
    with pytest.raises(DamagedTablesError):
        DeepForm.from_dict(content | {"features": ["hour", "hours_allowed"]})
