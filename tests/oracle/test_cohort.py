"""Cohorts and refitted regressions against an independent reading of the original file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.sources import get_source
from features.sources.framingham import locate
from models.risk_model import get_model
from training.cohort import EVENT, build_cohort
from training.regression import TabulatedCox


@pytest.fixture(scope="module")
def raw():
    return pd.read_csv(locate())


def end_of_follow_up(people):
    """Return death or the last day on which an endpoint that was not reached would have been seen."""
    unreached = [people[day].where(people[flag] == 0) for flag, day in (("STROKE", "TIMESTRK"), ("CVD", "TIMECVD"))]
    return pd.concat([people["TIMEDTH"], *unreached], axis=1).min(axis=1)


@pytest.mark.parametrize(
    ("model", "excluded", "event"),
    [
        ("coronary_heart_disease_10y", ["PREVCHD"], ("ANYCHD", "TIMECHD")),
        ("stroke_10y", ["PREVSTRK"], ("STROKE", "TIMESTRK")),
        ("hypertension_10y", ["PREVHYP"], ("HYPERTEN", "TIMEHYP")),
    ],
)
def test_cohort_equals_the_file(world, raw, model, excluded, event):
    flag, when = event
    free = raw[(raw[excluded] == 0).all(axis=1)]
    # Two examinations fall on the very day of the first event: the event is there already.
    free = free[~((free[flag] == 1) & (free[when] <= free["TIME"])) & (end_of_follow_up(free) > free["TIME"])]
    cohort = build_cohort(get_source("framingham"), get_model(model))
    assert len(cohort.time) == len(free)
    assert (cohort.status == EVENT).sum() == free[flag].sum()
    ordered = free.sort_values(["RANDID", "TIME"])
    years = np.where(ordered[flag] == 1, ordered[when], end_of_follow_up(ordered)) - ordered["TIME"]
    np.testing.assert_allclose(cohort.time, years / 365.25, atol=1e-9)
    np.testing.assert_allclose(cohort.features["systolic_bp"], ordered["SYSBP"])
    # Where the examination did not measure it, a value of the last five years stands in.
    measured = ordered["TOTCHOL"].notna().to_numpy()
    np.testing.assert_allclose(cohort.features["total_cholesterol"][measured], ordered["TOTCHOL"][measured] / 38.67)


def test_cardiovascular_disease_is_the_adjudicated_composite_or_any_of_its_parts(world, raw):
    free = raw[(raw["PREVCHD"] == 0) & (raw["PREVSTRK"] == 0) & (end_of_follow_up(raw) > raw["TIME"])]
    parts = (("CVD", "TIMECVD"), ("MI_FCHD", "TIMEMIFC"), ("STROKE", "TIMESTRK"))
    first = pd.concat([free[when].where(free[flag] == 1) for flag, when in parts], axis=1).min(axis=1)
    coronary = free["TIMECHD"].where(free["ANYCHD"] == 1)
    at_risk = ~((first <= free["TIME"]) | (coronary <= free["TIME"]))
    cohort = build_cohort(get_source("framingham"), get_model("cardiovascular_disease_10y"))
    assert len(cohort.time) == at_risk.sum()
    assert (cohort.status == EVENT).sum() == first[at_risk].notna().sum()
    within = (first - free["TIME"] <= 10 * 365.25) & at_risk
    assert ((cohort.status == EVENT) & (cohort.time <= 10)).sum() == within.sum()


def test_a_person_never_straddles_folds(world):
    from training.folds import folds

    cohort = build_cohort(get_source("framingham"), get_model("stroke_10y"))
    split = folds(cohort, np.arange(len(cohort.time)), 5, seed=3)
    assert sum(len(test) for _, test in split) == len(cohort.time)
    for train, test in split:
        assert not set(cohort.person[train]) & set(cohort.person[test])
        assert 0.5 < cohort.status[test].__eq__(EVENT).mean() / (cohort.status == EVENT).mean() < 1.5


def natural_spline(values, quantiles):
    """Return a basis of the cubic splines that are straight beyond the outer knots, (n, knots - 1), by SciPy."""
    from scipy.interpolate import CubicSpline

    knots = np.quantile(values, quantiles)
    spline = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
    inside = np.clip(values, knots[0], knots[-1])
    return (spline(inside) + spline(inside, 1) * (values - inside)[:, None])[:, 1:]


def test_tabulated_cox_is_a_cox_model(world):
    """Against lifelines on the same terms: the tables add nothing but their resolution."""
    from lifelines import CoxPHFitter

    cohort = build_cohort(get_source("framingham"), get_model("stroke_10y"))
    names = ("age", "systolic_bp", "female")
    columns = {name: cohort.features[name].to_numpy() for name in names}
    event = cohort.status == EVENT
    form = TabulatedCox(names).fit(columns, cohort.time, event).form_
    age = natural_spline(np.log(columns["age"]), (0.05, 0.35, 0.65, 0.95))
    terms = pd.DataFrame(age, columns=["age1", "age2", "age3"])
    terms = terms.assign(sbp=np.log(columns["systolic_bp"]), female=columns["female"])
    oracle = CoxPHFitter().fit(terms.assign(time=cohort.time, event=event), "time", "event")
    linear = terms.to_numpy() @ oracle.params_.to_numpy()
    difference = form.raw(columns) - linear
    assert np.std(difference) < 0.03
    assert np.corrcoef(form.raw(columns), linear)[0, 1] > 0.9995
