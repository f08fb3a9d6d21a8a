"""Open requests are censored: the weights give what Kaplan and Meier give."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from features.events.requests import HOUR
from models.event_model import event_models
from tests.requests_311 import as_contract, made_up
from training.events.fitting import weighted_quantile
from training.events.sample import Requests, censoring_weights


def test_weighted_shares_are_those_of_lifelines():
    rng = np.random.default_rng(4)
    ends, leaves = rng.exponential(30, 400), rng.exponential(60, 400)
    hours, ended = np.minimum(ends, leaves), ends <= leaves
    weight = censoring_weights(hours, ended, 1e9)
    curve = KaplanMeierFitter().fit(hours, ended)
    for moment in (5, 20, 40, 60):
        share = weight[ended & (hours <= moment)].sum() / len(hours)
        assert share == pytest.approx(1 - curve.predict(moment), abs=1e-9)


def test_the_weighted_quantile_is_the_quantile_of_lifelines():
    rng = np.random.default_rng(6)
    ends, leaves = rng.exponential(30, 2000), rng.exponential(80, 2000)
    hours, ended = np.minimum(ends, leaves), ends <= leaves
    weight = censoring_weights(hours, ended, 1e9)
    median = weighted_quantile(hours[ended], weight[ended], 0.5)
    assert median == pytest.approx(KaplanMeierFitter().fit(hours, ended).median_survival_time_, rel=0.03)
    assert np.median(hours[ended]) < median - 3  # whoever leaves the open ones out takes them for quick


def test_at_a_moment_only_what_was_known_then_is_known():
    model = event_models()["late_close_311"]
    requests = Requests.of(model, as_contract(made_up(300, 2)))
    moment = int(requests.created[200])
    rows = requests.before(moment)
    known = requests.known(rows, moment)
    age = (moment - requests.created[rows]) / HOUR
    assert (known.hours <= age + 1e-9).all()
    still_open = requests.closed[rows] >= moment
    assert still_open.any()
    longest = known.hours[~still_open].max()
    assert (known.hours_weight[still_open & (age < longest)] == 0).all()
    assert (known.hours_weight[still_open & (age >= longest)] > 0).all()  # older than any closed one
    due = requests.due[rows]
    assert (known.late[due >= moment] == 0).all()  # nobody is late before the time is up
    assert (known.late_weight[still_open & (due >= moment)] == 0).all()
    overdue = still_open & (due < moment)
    assert overdue.any()
    assert (known.late[overdue] == 1).all()
