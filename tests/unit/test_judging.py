"""Subgroups, capacity, recalibration across halves, and features that know too much."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import RefusedError
from models.risk_model import get_model
from training.candidates import CONTROLS, Sample
from training.capacity import at_capacity, wilson
from training.leaks import lone_auc, refuse_leaks
from training.recalibration import in_both, in_the_large, recalibrate, recalibrate_across, recalibrate_cautiously
from training.selection import weights_of_tested
from training.subgroups import subgroup_figures, worst


def cohort(rows: int = 4000, seed: int = 0):
    draw = np.random.default_rng(seed)
    risk = draw.uniform(0.02, 0.4, rows)
    event = draw.random(rows) < risk
    time = np.where(event, draw.uniform(0.1, 5.0, rows), 5.0)
    return time, event.astype(np.int8), risk


def frame(rows: int = 4000):
    time, status, risk = cohort(rows)
    draw = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "time": time,
            "status": status,
            "risk": risk,
            "weight": 1.0,
            "female": draw.integers(0, 2, rows).astype(float),
            "age": draw.uniform(20, 95, rows),
            "schooling": draw.integers(1, 5, rows).astype(float),
            "education_level": np.nan,
            "insurance": np.nan,
            "hukou": np.nan,
            "area_income": np.nan,
        }
    )


def test_subgroups_are_the_ones_that_the_records_know():
    figures = subgroup_figures(frame(), 5.0)
    assert {entry["group"] for entry in figures} == {"sex", "age", "schooling"}
    people = frame()
    women = people[people["female"] == 1]
    mine = next(entry for entry in figures if entry["level"] == "women")
    assert mine["n"] == len(women)
    assert mine["events"] == women["status"].sum()
    assert mine["observed_expected"] == pytest.approx(women["status"].mean() / women["risk"].mean())


def test_the_worst_subgroup_is_the_one_that_was_made_wrong():
    people = frame()
    people.loc[people["female"] == 1, "risk"] *= 0.5
    found = worst(subgroup_figures(people, 5.0))
    assert found is not None
    assert found["level"] == "women"
    assert found["observed_expected"] > 1.6


def test_small_subgroups_are_not_shown():
    people = frame()
    people["hukou"] = 0.0
    people.loc[people.index[:5], "hukou"] = 2.0
    assert "another province" not in {entry["level"] for entry in subgroup_figures(people, 5.0)}


def test_capacity_counts_who_is_found():
    time, status, risk = cohort()
    rows = at_capacity(time, status, risk, 5.0, np.ones(len(time)))
    everybody = next(row for row in rows if row["share"] == 0.10 and row["uptake"] == 1.0)
    invited = np.argsort(-risk)[:400]
    assert everybody["ppv"] == pytest.approx(status[invited].mean())
    assert everybody["sensitivity"] == pytest.approx(status[invited].sum() / status.sum())
    assert everybody["number_needed_to_screen"] == pytest.approx(1 / status[invited].mean())
    some = next(row for row in rows if row["share"] == 0.10 and row["uptake"] == 0.4)
    assert some["sensitivity"] == pytest.approx(0.4 * everybody["sensitivity"])
    assert some["ppv"] == everybody["ppv"]


def test_wilson_against_scipy():
    from scipy.stats import binomtest

    interval = binomtest(7, 90).proportion_ci(method="wilson")
    assert wilson(7 / 90, 90) == pytest.approx((interval.low, interval.high))


def test_recalibration_mends_a_shift_and_a_stretch():
    time, status, risk = cohort(20_000)
    log_odds = np.log(risk / (1 - risk))
    wrong = 1 / (1 + np.exp(-(0.8 + 1.6 * log_odds)))
    person = np.arange(len(risk))
    ones = np.ones(len(risk))
    shifted = recalibrate_across(person, time, status, wrong, 5.0, ones, in_the_large)
    assert shifted.mean() == pytest.approx(status.mean(), rel=0.03)
    both = recalibrate_across(person, time, status, wrong, 5.0, ones, in_both)
    assert np.abs(both - risk).mean() < 0.01


def test_those_tested_stand_for_all():
    draw = np.random.default_rng(5)
    sick = draw.normal(size=20_000)
    tested = draw.random(20_000) < 1 / (1 + np.exp(-(sick - 1)))
    outcome = draw.random(20_000) < 1 / (1 + np.exp(-(sick - 2)))
    weights = weights_of_tested(pd.DataFrame({"sick": sick}), tested, pd.Series(np.arange(20_000)))
    naive, weighted = outcome[tested].mean(), np.average(outcome[tested], weights=weights[tested])
    assert abs(weighted - outcome.mean()) < abs(naive - outcome.mean()) / 3


def sample(columns, outcome):
    rows = len(outcome)
    return Sample(
        columns, np.full(rows, 5.0), outcome > 0, outcome, np.ones(rows), np.ones(rows), np.ones(rows, dtype=bool)
    )


def test_controls_stand_for_those_that_were_not_drawn():
    outcome = np.zeros(100_000)
    outcome[:500] = 1
    some = sample({"age": np.arange(100_000.0)}, outcome).to_fit(1)
    assert len(some.time) == 500 + CONTROLS
    assert some.weight.sum() == pytest.approx(100_000)
    assert some.weight[some.event].sum() == 500


def test_events_within_the_blackout_are_not_learned():
    outcome = np.repeat([1.0, 0.0], 50)
    whole = sample({"age": np.arange(100.0)}, outcome)
    learned = np.ones(100, dtype=bool)
    learned[:10] = False
    from dataclasses import replace

    assert replace(whole, learned=learned).to_fit(1).event.sum() == 40


def test_a_planted_future_feature_is_refused():
    """Must never happen, 1: a feature that holds what became known only afterwards."""
    model = get_model("stroke_10y")
    draw = np.random.default_rng(0)
    outcome = (draw.random(5000) < 0.05).astype(float)
    columns = {name: draw.normal(size=5000) for name in model.features}
    refuse_leaks(model, sample(columns, outcome))
    columns["heart_rate"] = np.where(draw.random(5000) < 0.02, np.nan, outcome * 30 + draw.normal(size=5000))
    with pytest.raises(RefusedError, match="heart_rate"):
        refuse_leaks(model, sample(columns, outcome))


def test_a_feature_that_is_only_asked_of_the_sick_is_refused_too():
    model = get_model("stroke_10y")
    draw = np.random.default_rng(0)
    outcome = (draw.random(5000) < 0.05).astype(float)
    columns = {name: draw.normal(size=5000) for name in model.features}
    columns["glucose"] = np.where(outcome == 1, 5.0, np.nan)
    with pytest.raises(RefusedError, match="glucose"):
        refuse_leaks(model, sample(columns, outcome))


def test_lone_auc_of_noise_is_a_half():
    draw = np.random.default_rng(0)
    assert lone_auc(draw.normal(size=20_000), (draw.random(20_000) < 0.1) * 1.0, np.ones(20_000)) == pytest.approx(
        0.5, abs=0.03
    )


def test_a_slope_of_few_events_stays_near_one_and_of_many_is_what_they_say():
    draw = np.random.default_rng(3)
    log_odds = draw.normal(-3, 1, 40_000)
    outcome = (draw.random(40_000) < 1 / (1 + np.exp(-(0.3 + 0.6 * log_odds)))).astype(float)
    ones = np.ones(40_000)
    many, plain = recalibrate_cautiously(log_odds, outcome, ones), recalibrate(log_odds, outcome, ones)
    assert many.slope == pytest.approx(plain.slope, abs=0.02)
    few = slice(0, 150)
    assert abs(recalibrate_cautiously(log_odds[few], outcome[few], ones[few]).slope - 1) < abs(
        recalibrate(log_odds[few], outcome[few], ones[few]).slope - 1
    )
    assert many(log_odds).mean() == pytest.approx(outcome.mean(), rel=0.01)
