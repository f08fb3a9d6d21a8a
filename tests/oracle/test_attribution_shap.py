"""Contributions read off the tables against SHAP's exact interventional values of the booster itself."""

from __future__ import annotations

import warnings

import lightgbm
import numpy as np
import pytest

from models.attribution import explain
from models.collapse import collapse
from models.tables import Array
from serving.kernel import Scorer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # shap's plots use what matplotlib is about to drop
    import shap

NAMES = [f"x{i}" for i in range(6)]


def sample(rows: int, seed: int, missing: float) -> Array:
    """Return correlated features (rows, 6), so that a joint and a product background differ."""
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(rows, 6)) + draw.normal(size=(rows, 1))
    values[:, 3] = np.round(values[:, 3])
    values[draw.random(values.shape) < missing] = np.nan
    return values


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_contributions_equal_interventional_shap(depth: int, missing: float) -> None:
    values = sample(1500, 1, missing)
    known = np.nan_to_num(values)
    signal = known[:, 0] * known[:, 1] + known[:, 2] - known[:, 3] * known[:, 4] + np.isnan(values[:, 5])
    outcome = signal + np.random.default_rng(2).normal(size=len(values)) > 0
    booster = lightgbm.train(
        {"objective": "binary", "max_depth": depth, "num_leaves": 2**depth, "num_threads": 1, "verbose": -1},
        lightgbm.Dataset(values, outcome.astype(float), feature_name=NAMES),
        num_boost_round=60,
    )
    background, people = sample(80, 3, missing), sample(60, 4, missing)
    form = collapse(booster, NAMES)
    attribution = explain(form, dict(zip(NAMES, background.T, strict=True)))
    oracle = shap.TreeExplainer(booster, data=background, feature_perturbation="interventional")
    expected = oracle.shap_values(people)
    columns = dict(zip(NAMES, people.T, strict=True))

    named = attribution.contributions(form, columns)
    plain = np.column_stack([named.get(name, np.zeros(len(people))) for name in NAMES])
    np.testing.assert_allclose(plain, expected, rtol=0, atol=1e-6)
    assert attribution.base == pytest.approx(float(oracle.expected_value), abs=1e-6)
    assert np.abs(expected).max() > 0.1  # there was something to compare

    scorer = Scorer([(form, attribution, 1.0, 0.0)], threads=1)
    chosen = [NAMES.index(name) for name in scorer.features]
    np.testing.assert_allclose(scorer.contributions(columns, 0), expected[:, chosen], rtol=0, atol=1e-6)
