"""Our Cox regression against independent ones: same likelihood, same ridge, weights and ties included."""

from __future__ import annotations

import numpy as np
import pandas as pd

from training.cox import fit_cox


def people(seed: int, rows: int = 1500, terms: int = 5):
    draw = np.random.default_rng(seed)
    matrix = draw.normal(size=(rows, terms))
    effect = draw.normal(size=terms) * 0.4
    event_at = draw.exponential(np.exp(-matrix @ effect))
    censored_at = draw.exponential(1.5, rows)
    return matrix, np.minimum(event_at, censored_at), event_at <= censored_at


def test_equals_lifelines():
    from lifelines import CoxPHFitter

    matrix, time, event = people(1)
    frame = pd.DataFrame(matrix).assign(time=time, event=event)
    theirs = CoxPHFitter().fit(frame, "time", "event", fit_options={"precision": 1e-10}).params_
    np.testing.assert_allclose(fit_cox(matrix, time, event, np.ones(len(time)), 0.0), theirs, atol=2e-5)


def test_the_ridge_is_the_one_that_is_written_down():
    """Against a likelihood written out person by person and a general optimiser."""
    from scipy.optimize import minimize

    matrix, time, event = people(5, rows=300, terms=3)

    def loss(beta):
        line = matrix @ beta
        terms = [line[i] - np.log(np.exp(line[time >= time[i]]).sum()) for i in np.flatnonzero(event)]
        return -sum(terms) / len(time) + 0.05 / 2 * beta @ beta

    theirs = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-9}).x
    np.testing.assert_allclose(fit_cox(matrix, time, event, np.ones(len(time)), 0.05), theirs, atol=1e-5)


def test_ties_as_breslow_has_them():
    """statsmodels knows Breslow's rule; lifelines has Efron's."""
    from statsmodels.duration.hazard_regression import PHReg

    matrix, time, event = people(2)
    time = np.ceil(time * 4) / 4
    theirs = PHReg(time, matrix, status=event.astype(float), ties="breslow").fit().params
    np.testing.assert_allclose(fit_cox(matrix, time, event, np.ones(len(time)), 0.0), theirs, atol=1e-6)


def test_a_weight_stands_for_so_many_people():
    matrix, time, event = people(3, rows=400)
    weight = np.random.default_rng(3).integers(1, 4, len(time))
    rows = np.repeat(np.arange(len(time)), weight)
    once = fit_cox(matrix, time, event, weight.astype(float), 1e-3)
    np.testing.assert_allclose(
        once, fit_cox(matrix[rows], time[rows], event[rows], np.ones(len(rows)), 1e-3), atol=1e-8
    )


def test_order_of_the_rows_does_not_matter():
    matrix, time, event = people(4)
    time = np.ceil(time * 10) / 10
    shuffled = np.random.default_rng(0).permutation(len(time))
    ones = np.ones(len(time))
    np.testing.assert_allclose(
        fit_cox(matrix, time, event, ones, 1e-3),
        fit_cox(matrix[shuffled], time[shuffled], event[shuffled], ones, 1e-3),
        atol=1e-9,
    )


def test_a_term_against_the_known_direction_is_left_out_and_the_others_fitted_again():
    """Diastolic pressure truly protects here, beside a systolic one that goes with it."""
    from training.regression import TabulatedCox

    chance = np.random.default_rng(5)
    systolic = chance.normal(140, 20, 6000).clip(80, 220).round()
    diastolic = (0.5 * systolic + chance.normal(10, 8, 6000)).clip(40, 130).round()
    hazard = 0.05 * np.exp(0.03 * (systolic - 140) - 0.03 * (diastolic - 80))
    falls_ill = chance.exponential(1 / hazard)
    time, event = np.minimum(falls_ill, 10.0), falls_ill < 10
    columns = {"systolic_bp": systolic, "diastolic_bp": diastolic}
    names = tuple(columns)
    held = TabulatedCox(names, {"systolic_bp": "rises", "diastolic_bp": "rises"}).fit(columns, time, event)
    free = TabulatedCox(names).fit(columns, time, event)
    alone = TabulatedCox(("systolic_bp",)).fit(columns, time, event)
    assert [curve.feature for curve in held.form_.curves] == ["systolic_bp"]
    np.testing.assert_allclose(held.form_.raw(columns), alone.form_.raw(columns))
    np.testing.assert_allclose(held.free_form_.raw(columns), free.form_.raw(columns))
    assert len(free.form_.curves) == 2
