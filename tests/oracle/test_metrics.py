"""The validation statistics against lifelines, scikit-survival, scikit-learn, pencil and known truth."""

from __future__ import annotations

from dataclasses import astuple
from typing import NamedTuple

import numpy as np
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.utils import concordance_index
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sksurv.metrics import (
    brier_score as sksurv_brier_score,
)
from sksurv.metrics import (
    concordance_index_censored,
    cumulative_dynamic_auc,
    integrated_brier_score,
)
from sksurv.nonparametric import CensoringDistributionEstimator, cumulative_incidence_competing_risks
from sksurv.util import Surv

from training import metrics

Floats = NDArray[np.float64]
HORIZON = 5.0


class Cohort(NamedTuple):
    """A simulated cohort whose true risks are known."""

    time: Floats
    status: NDArray[np.int8]
    risk: Floats
    """The true cumulative incidence at the horizon."""
    happened: Floats
    """Whether the event came by the horizon, had nobody been censored."""


def cohort(rows: int, seed: int, *, death: float = 0.02, censoring: float = 0.08, event: float = 0.03) -> Cohort:
    """Draw exponential times to event, competing death and censoring; hazards a person-year."""
    generator = np.random.default_rng(seed)
    z = generator.normal(size=rows)
    hazard, other = event * np.exp(z), np.maximum(death * np.exp(0.5 * z), 1e-300)
    to_event, to_death = generator.exponential(1 / hazard), generator.exponential(1 / other)
    to_censoring = np.minimum(generator.exponential(1 / max(censoring, 1e-300), rows), 9.0)
    time = np.minimum(np.minimum(to_event, to_death), to_censoring)
    status = np.where(time == to_event, 1, np.where(time == to_death, 2, 0)).astype(np.int8)
    risk = hazard / (hazard + other) * -np.expm1(-(hazard + other) * HORIZON)
    happened = ((to_event < to_death) & (to_event <= HORIZON)).astype(np.float64)
    return Cohort(time, status, risk, happened)


def rounded(values: Floats, steps: int) -> Floats:
    """Make ties by rounding up to 1 / steps."""
    return np.ceil(values * steps) / steps


def binary(c: Cohort) -> NDArray[np.void]:
    """For scikit-survival, which knows no competing death."""
    return Surv.from_arrays(c.status == 1, c.time)


# Censoring


def test_censoring_distribution_equals_lifelines_without_ties() -> None:
    c = cohort(400, 1)
    times, survival = metrics.censoring_survival(c.time, c.status)
    fitted = KaplanMeierFitter().fit(c.time, c.status == 0)
    np.testing.assert_allclose(survival, fitted.survival_function_at_times(times).to_numpy(), atol=1e-12)


def test_censoring_distribution_equals_scikit_survival_with_ties() -> None:
    c = cohort(400, 2)
    time = rounded(c.time, 4)
    times, survival = metrics.censoring_survival(time, c.status)
    fitted = CensoringDistributionEstimator().fit(Surv.from_arrays(c.status > 0, time))
    np.testing.assert_allclose(survival, fitted.predict_proba(times), atol=1e-12)


def test_weights_by_hand() -> None:
    # At 1 the event precedes the censoring, which so takes one of five: G(1) = 4/5. At 3 likewise one of two:
    # G(3) = 4/5 * 1/2.
    time = [1.0, 1.0, 2.0, 3.0, 3.0, 4.0]
    status = [1, 0, 2, 0, 1, 0]
    np.testing.assert_allclose(metrics.ipcw(time, status, 3.5), [1.0, 0.0, 1 / 0.8, 0.0, 1 / 0.8, 1 / 0.4], rtol=1e-15)


def test_someone_censored_exactly_at_the_horizon_was_followed_to_it() -> None:
    time, status = [1.0, 2.0, 5.0, 5.0, 5.0], [0, 1, 0, 0, 1]
    # One of five is lost at year 1; the administrative end at the horizon does not count as a loss.
    np.testing.assert_allclose(metrics.ipcw(time, status, 5.0), [0.0, 1.25, 1.25, 1.25, 1.25], rtol=1e-15)
    np.testing.assert_array_equal(metrics.outcome_at(time, status, 5.0), [0, 1, 0, 0, 1])


def test_weights_are_floored() -> None:
    time, status = np.r_[np.full(999, 1.0), 2.0], np.r_[np.zeros(999), 1]
    assert metrics.ipcw(time, status, 3.0)[-1] == 100.0
    assert metrics.ipcw(time, status, 3.0, floor=1e-9)[-1] == pytest.approx(1000.0)


# Cumulative incidence


@pytest.mark.parametrize("seed", range(3))
def test_incidence_equals_lifelines_without_ties(seed: int) -> None:
    c = cohort(300, seed)
    fitted = AalenJohansenFitter().fit(c.time, c.status, event_of_interest=1)
    at = fitted.cumulative_density_.index <= HORIZON
    bounds = fitted.confidence_interval_[at].iloc[-1]
    ours = metrics.cumulative_incidence(c.time, c.status, HORIZON)
    assert ours.estimate == pytest.approx(fitted.cumulative_density_[at].iloc[-1, 0], abs=1e-12)
    assert ours.variance == pytest.approx(fitted.variance_[at].iloc[-1], rel=1e-9)
    assert sorted([ours.low, ours.high]) == pytest.approx(sorted(bounds), abs=1e-9)


def test_incidence_curve_equals_scikit_survival_with_ties() -> None:
    c = cohort(300, 4)
    time = rounded(c.time, 3)
    times, theirs, bounds = cumulative_incidence_competing_risks(
        c.status.astype(int), time, conf_type="log-log", var_type="Dinse_Approx"
    )
    ours = metrics.incidence_curve(time, c.status)
    np.testing.assert_allclose(ours.times, times)
    np.testing.assert_allclose(ours.incidence, theirs[1], atol=1e-12)
    np.testing.assert_allclose(1.0 - ours.survival, theirs[0], atol=1e-12)
    seen = ours.incidence > 0
    np.testing.assert_allclose(ours.low[seen], bounds[1, 0][seen], atol=1e-9)
    np.testing.assert_allclose(ours.high[seen], bounds[1, 1][seen], atol=1e-9)


def test_incidence_by_hand() -> None:
    # Of five, one has the event at 1, so F is 1/5 and S is 4/5; one dies at 2, so S is 3/5; one is lost at 3;
    # of the two left one has the event at 4, which adds 3/5 / 2.
    curve = metrics.incidence_curve([1, 2, 3, 4, 5], [1, 2, 0, 1, 0])
    np.testing.assert_allclose(curve.incidence, [0.2, 0.2, 0.2, 0.5, 0.5], rtol=1e-15)
    np.testing.assert_allclose(curve.survival, [0.8, 0.6, 0.6, 0.3, 0.3], rtol=1e-15)
    np.testing.assert_allclose(curve.at_risk, [5, 4, 3, 2, 1], rtol=1e-15)


def test_no_event_still_has_an_upper_bound() -> None:
    # Clopper and Pearson for 0 of 20: 1 - 0.025^(1/20) = 0.16843.
    none = metrics.cumulative_incidence(np.full(20, 9.0), np.zeros(20), HORIZON)
    assert (none.estimate, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(0.16843, abs=1e-5)


def test_equal_sampling_weights_change_neither_estimate_nor_interval() -> None:
    c = cohort(200, 5)
    plain = metrics.cumulative_incidence(c.time, c.status, HORIZON)
    weighted = metrics.cumulative_incidence(c.time, c.status, HORIZON, np.full(200, 30_000.0))
    assert astuple(weighted) == pytest.approx(astuple(plain), rel=1e-9)


# Discrimination


@pytest.mark.parametrize("steps", [3, 20, 10_000])
def test_c_index_equals_lifelines_and_scikit_survival(steps: int) -> None:
    c = cohort(300, steps)
    time, risk = rounded(c.time, steps), rounded(c.risk, 4 * steps)
    event = (c.status == 1) & (time <= HORIZON)
    stop = np.minimum(time, HORIZON)
    ours = metrics.c_index(time, c.status, risk, HORIZON)
    assert ours == pytest.approx(concordance_index(stop, -risk, event), abs=1e-12)
    assert ours == pytest.approx(concordance_index_censored(event, stop, risk)[0], abs=1e-12)


def test_c_index_by_hand() -> None:
    # The event at 1 can be compared with the other three, the event at 3 with the one censored then.
    # In order: right, right, tied, and wrong.
    value = metrics.c_index([1, 2, 3, 3], [1, 2, 1, 0], [0.5, 0.1, 0.2, 0.5], HORIZON)
    assert value == (2 + 0.5) / 4


def test_auc_equals_scikit_survival_without_competing_deaths() -> None:
    c = cohort(500, 7, death=0.0)
    for horizon in (2.0, 5.0, 8.0):
        theirs = cumulative_dynamic_auc(binary(c), binary(c), c.risk, horizon)[0][0]
        assert metrics.dynamic_auc(c.time, c.status, c.risk, horizon) == pytest.approx(theirs, abs=1e-12)


def test_auc_equals_scikit_learn_without_censoring_deaths_being_controls() -> None:
    c = cohort(500, 8, censoring=0.0)
    risk = rounded(c.risk, 30)
    value = metrics.dynamic_auc(c.time, c.status, risk, HORIZON)
    assert value == pytest.approx(roc_auc_score(c.happened, risk), abs=1e-12)


def test_auc_equals_its_definition_over_all_pairs() -> None:
    c = cohort(200, 9)
    risk = rounded(c.risk, 20)
    weights, outcome = metrics.ipcw(c.time, c.status, HORIZON), metrics.outcome_at(c.time, c.status, HORIZON)
    pair = np.outer(weights * outcome, weights * (1 - outcome))
    order = np.sign(risk[:, None] - risk[None, :]) / 2 + 0.5
    expected = (pair * order).sum() / pair.sum()
    assert metrics.dynamic_auc(c.time, c.status, risk, HORIZON) == pytest.approx(expected, abs=1e-12)


# Brier score


def test_brier_score_equals_scikit_survival_without_competing_deaths() -> None:
    c = cohort(500, 10, death=0.0)
    _, theirs = sksurv_brier_score(binary(c), binary(c), 1 - c.risk, HORIZON)
    assert metrics.brier_score(c.time, c.status, c.risk, HORIZON) == pytest.approx(theirs[0], abs=1e-12)


def test_brier_score_integrates_as_scikit_surv_integrates() -> None:
    c = cohort(300, 11, death=0.0)
    horizons = np.linspace(1.0, 8.0, 15)
    risks = -np.expm1(np.log1p(-c.risk)[:, None] * horizons / HORIZON)
    theirs = integrated_brier_score(binary(c), binary(c), 1 - risks, horizons)
    ours = [metrics.brier_score(c.time, c.status, risks[:, k], horizon) for k, horizon in enumerate(horizons)]
    assert np.trapezoid(ours, horizons) / (horizons[-1] - horizons[0]) == pytest.approx(theirs, abs=1e-12)


def test_brier_score_equals_scikit_learn_without_censoring() -> None:
    c = cohort(300, 12, censoring=0.0)
    value = metrics.brier_score(c.time, c.status, c.risk, HORIZON)
    null = c.happened.mean() * (1 - c.happened.mean())
    assert value == pytest.approx(brier_score_loss(c.happened, c.risk), abs=1e-12)
    scaled = metrics.scaled_brier_score(c.time, c.status, c.risk, HORIZON)
    assert scaled == pytest.approx(1 - value / null, abs=1e-12)


# Calibration


def test_recalibration_equals_scikit_learn_and_a_root_finder() -> None:
    c = cohort(2_000, 13)
    risk = c.risk**1.3
    line = np.log(risk / (1 - risk))
    weights, outcome = metrics.ipcw(c.time, c.status, HORIZON), metrics.outcome_at(c.time, c.status, HORIZON)
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000)
    fitted.fit(line[:, None], outcome, sample_weight=weights)

    def score(intercept: float) -> float:
        return float(weights @ (outcome - 1 / (1 + np.exp(-intercept - line))))

    ours = metrics.recalibration(c.time, c.status, risk, HORIZON)
    assert ours.slope == pytest.approx(fitted.coef_[0, 0], abs=1e-6)
    assert ours.intercept == pytest.approx(brentq(score, -5, 5, xtol=1e-13), abs=1e-9)


def test_smooth_calibration_equals_a_regression_on_cardinal_natural_splines() -> None:
    c = cohort(3_000, 14)
    risk = c.risk**1.5
    line = np.log(risk / (1 - risk))
    weights, outcome = metrics.ipcw(c.time, c.status, HORIZON), metrics.outcome_at(c.time, c.status, HORIZON)
    knots = np.quantile(line, [0.05, 0.35, 0.65, 0.95])
    # Another basis of the same curves: one natural interpolating spline for each knot, straight outside.
    spline = CubicSpline(knots, np.eye(4), bc_type="natural")
    inside = np.clip(line, knots[0], knots[-1])
    basis = spline(inside) + (line - inside)[:, None] * spline(inside, 1)
    fitted = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000, fit_intercept=False)
    theirs = fitted.fit(basis, outcome, sample_weight=weights).predict_proba(basis)[:, 1]
    curve = metrics.smooth_calibration(c.time, c.status, risk, HORIZON)
    np.testing.assert_allclose(curve.knots, knots, rtol=1e-12)
    np.testing.assert_allclose(curve.observed(risk), theirs, atol=1e-5)
    error = metrics.calibration_error(c.time, c.status, risk, HORIZON)
    distance = np.abs(theirs - risk)
    assert error.ici == pytest.approx(distance.mean(), abs=1e-5)
    assert error.e50 == pytest.approx(np.quantile(distance, 0.5, method="inverted_cdf"), abs=1e-5)
    assert error.e90 == pytest.approx(np.quantile(distance, 0.9, method="inverted_cdf"), abs=1e-5)


def test_calibration_curve_equals_lifelines_in_each_tenth() -> None:
    c = cohort(2_000, 15)
    curve = metrics.calibration_curve(c.time, c.status, c.risk, HORIZON)
    np.testing.assert_array_equal(curve.count, np.full(10, 200))
    for group, rows in enumerate(np.array_split(np.argsort(c.risk), 10)):
        fitted = AalenJohansenFitter().fit(c.time[rows], c.status[rows], event_of_interest=1)
        at = fitted.cumulative_density_.index <= HORIZON
        assert curve.observed[group] == pytest.approx(fitted.cumulative_density_[at].iloc[-1, 0], abs=1e-12)
        assert curve.expected[group] == pytest.approx(c.risk[rows].mean(), abs=1e-12)
        assert curve.low[group] < curve.observed[group] < curve.high[group]


def test_observed_expected_is_the_incidence_over_the_mean_risk() -> None:
    c = cohort(1_000, 16)
    seen = metrics.cumulative_incidence(c.time, c.status, HORIZON)
    ours = metrics.observed_expected(c.time, c.status, c.risk, HORIZON)
    mean = c.risk.mean()
    assert (ours.ratio, ours.low, ours.high) == pytest.approx(
        (seen.estimate / mean, seen.low / mean, seen.high / mean), rel=1e-12
    )


# Net benefit


def test_net_benefit_by_hand() -> None:
    # Ten people, two events. At 0.2 four are treated, both events among them: 2/10 - 2/10 * 0.2/0.8 = 0.15.
    # Treating all: 2/10 - 8/10 * 0.25 = 0.
    time, status = np.r_[1.0, 2.0, np.full(8, 9.0)], np.r_[1, 1, np.zeros(8)]
    risk = np.r_[0.9, 0.2, 0.3, 0.2, np.full(6, 0.1)]
    point = metrics.decision_curve(time, status, risk, HORIZON, [0.2])[0]
    assert point.model == pytest.approx(0.15, abs=1e-15)
    assert point.treat_all == pytest.approx(0.0, abs=1e-15)
    assert point.treat_none == 0.0


def test_net_benefit_takes_the_incidence_among_those_treated() -> None:
    c = cohort(2_000, 17)
    for point in metrics.decision_curve(c.time, c.status, c.risk, HORIZON, [0.05, 0.3]):
        treated = c.risk >= point.threshold
        fitted = AalenJohansenFitter().fit(c.time[treated], c.status[treated], event_of_interest=1)
        at = fitted.cumulative_density_.index <= HORIZON
        events = fitted.cumulative_density_[at].iloc[-1, 0]
        odds = point.threshold / (1 - point.threshold)
        assert point.model == pytest.approx(treated.mean() * (events - (1 - events) * odds), abs=1e-12)


# Bootstrap


def test_a_repeat_equals_the_metrics_of_the_rows_drawn() -> None:
    c = cohort(800, 18)
    time, risk = rounded(c.time, 12), rounded(c.risk, 200)
    model = metrics.Validation(time, c.status, risk, HORIZON)
    for counts in metrics.resamples(800, repeats=3, seed=1):
        drawn = np.repeat(np.arange(800), counts.astype(int))
        sample = (time[drawn], c.status[drawn], risk[drawn], HORIZON)
        again = metrics.recalibration(*sample)
        ratio = metrics.observed_expected(*sample)
        expected = {
            "c_index": metrics.c_index(*sample),
            "auc": metrics.dynamic_auc(*sample),
            "brier": metrics.brier_score(*sample),
            "scaled_brier": metrics.scaled_brier_score(*sample),
            "calibration_slope": again.slope,
            "calibration_intercept": again.intercept,
            "observed": ratio.observed,
            "expected": ratio.expected,
            "observed_expected": ratio.ratio,
        }
        ours = dict(zip(metrics.HEADLINES, model.headlines(counts), strict=True))
        assert {name: ours[name] for name in expected} == pytest.approx(expected, rel=1e-8)


def test_calibration_error_of_a_repeat_uses_the_counts_as_weights() -> None:
    c = cohort(1_500, 19)
    counts = next(metrics.resamples(1_500, repeats=1, seed=2))
    ours = metrics.Validation(c.time, c.status, c.risk, HORIZON).headlines(counts)[-3:]
    # The same knots (quantiles of all rows), the same weights: only the path differs.
    error = metrics.calibration_error(c.time, c.status, c.risk, HORIZON, counts)
    assert ours == pytest.approx([error.ici, error.e50, error.e90], rel=1e-6)


def test_repeating_everybody_changes_nothing_if_people_are_drawn() -> None:
    c = cohort(300, 20)
    once = metrics.evaluate(c.time, c.status, c.risk, HORIZON, np.arange(300), repeats=20, seed=3)
    four = [np.tile(part, 4) for part in (c.time, c.status, c.risk)]
    person = np.tile(np.arange(300), 4)
    many = metrics.evaluate(*four, HORIZON, person, repeats=20, seed=3)
    alone = metrics.evaluate(*four, HORIZON, repeats=20, seed=3)
    for name in ("c_index", "auc", "brier", "calibration_slope", "observed_expected"):
        for key in (name, f"{name}_low", f"{name}_high"):
            assert many[key] == pytest.approx(once[key], rel=1e-7)
        assert alone[f"{name}_high"] - alone[f"{name}_low"] < many[f"{name}_high"] - many[f"{name}_low"]


def test_bootstrap_interval_of_a_mean_is_that_of_normal_theory() -> None:
    values = np.random.default_rng(4).exponential(size=2_000)
    ours = metrics.bootstrap_interval(lambda counts: counts @ values / counts.sum(), 2_000, repeats=2_000, seed=5)
    half = 1.96 * values.std() / np.sqrt(2_000)
    # The end of an interval from 2,000 repeats errs by about 4 % of its half width.
    assert ours.low[0] == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert ours.high[0] == pytest.approx(values.mean() + half, abs=0.15 * half)


def test_comparison_is_the_difference_on_the_same_draws() -> None:
    c = cohort(1_500, 21)
    noise = np.random.default_rng(6).normal(size=1_500)
    worse = 1 / (1 + np.exp(-np.log(c.risk / (1 - c.risk)) - noise))
    a = metrics.evaluate(c.time, c.status, c.risk, HORIZON, repeats=60, seed=7)
    b = metrics.evaluate(c.time, c.status, worse, HORIZON, repeats=60, seed=7)
    d = metrics.compare(c.time, c.status, c.risk, worse, HORIZON, repeats=60, seed=7)
    assert d["c_index"] == pytest.approx(a["c_index"] - b["c_index"], abs=1e-12)
    assert d["c_index_low"] > 0
    assert d["brier_high"] < 0
    separate = a["c_index_high"] - a["c_index_low"] + b["c_index_high"] - b["c_index_low"]
    assert d["c_index_high"] - d["c_index_low"] < separate
    # Nothing differs from itself, in no draw: this fails unless both sides are drawn together.
    same = metrics.compare(c.time, c.status, c.risk, c.risk.copy(), HORIZON, repeats=10, seed=8)
    assert set(same.values()) == {0.0}


# Known truth


@pytest.fixture(scope="module")
def city() -> Cohort:
    """60,000 people, one in three lost before the horizon, one in fourteen dead of something else."""
    return cohort(60_000, 22, censoring=0.10)


def test_estimates_recover_the_truth_under_censoring_and_competing_death(city: Cohort) -> None:
    e = metrics.evaluate(city.time, city.status, city.risk, HORIZON, repeats=0)
    truth, happened = city.risk, city.happened
    pairs = roc_auc_score(happened, truth)
    squared = np.square(happened - truth)
    assert (city.status[city.time < HORIZON] == 0).mean() > 0.5  # or the correction would not be tested
    # Tolerances are four standard errors: by formula, or as found in 40 draws of such a cohort.
    assert e["observed"] == pytest.approx(happened.mean(), abs=4 * np.sqrt(0.14 * 0.86 / 60_000))
    assert e["brier"] == pytest.approx(squared.mean(), abs=4 * squared.std() / np.sqrt(60_000))
    assert e["auc"] == pytest.approx(pairs, abs=4 * 0.0014)
    assert e["calibration_slope"] == pytest.approx(1.0, abs=4 * 0.015)
    assert e["calibration_intercept"] == pytest.approx(0.0, abs=4 * 0.014)
    assert e["observed_expected"] == pytest.approx(1.0, abs=4 * 0.0094)
    assert e["ici"] < 0.008  # its sampling error; of 40 other draws none had more than 0.006
    # What ignoring the censoring would give is far outside: the test can tell.
    naive = metrics.outcome_at(city.time, city.status, HORIZON)
    assert naive.mean() < happened.mean() - 0.02
    assert np.square(naive - truth).mean() < squared.mean() - 0.005


def test_counting_deaths_as_censored_would_overstate_the_risk(city: Cohort) -> None:
    cause_only = np.where(city.status == 1, 1, 0)
    naive = metrics.cumulative_incidence(city.time, cause_only, HORIZON).estimate
    right = metrics.cumulative_incidence(city.time, city.status, HORIZON)
    assert right.low < city.happened.mean() < right.high
    assert naive > right.high


def test_calibration_error_recovers_a_known_miscalibration(city: Cohort) -> None:
    line = np.log(city.risk / (1 - city.risk))
    predicted = 1 / (1 + np.exp(-(line - 0.4) / 0.7))  # so that the truth is 0.4 + 0.7 logit(predicted)
    distance = np.abs(city.risk - predicted)
    e = metrics.evaluate(city.time, city.status, predicted, HORIZON, repeats=0)
    assert e["calibration_slope"] == pytest.approx(0.7, abs=4 * 0.012)
    assert e["ici"] == pytest.approx(distance.mean(), abs=0.004)
    assert e["e50"] == pytest.approx(np.median(distance), abs=0.006)
    assert e["e90"] == pytest.approx(np.quantile(distance, 0.9), abs=0.008)


def test_calibration_error_follows_a_curve_that_no_straight_line_mends(city: Cohort) -> None:
    line = np.log(city.risk / (1 - city.risk))
    predicted = 1 / (1 + np.exp(-(line + 0.25 * (line + 2.0) ** 2 - 0.3)))
    distance = np.abs(city.risk - predicted)
    error = metrics.calibration_error(city.time, city.status, predicted, HORIZON)
    assert error.ici == pytest.approx(distance.mean(), rel=0.2)


def test_net_benefit_recovers_the_truth(city: Cohort) -> None:
    for point in metrics.decision_curve(city.time, city.status, city.risk, HORIZON, [0.05, 0.1, 0.2]):
        treated = city.risk >= point.threshold
        odds = point.threshold / (1 - point.threshold)
        truth = (treated * city.happened).mean() - (treated * (1 - city.happened)).mean() * odds
        assert point.model == pytest.approx(truth, abs=4 * np.sqrt(0.14 * 0.86 / 60_000) * (1 + odds))
        assert point.model > max(point.treat_all, 0.0)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    hits = dict.fromkeys(("observed", "calibration_slope", "calibration_intercept"), 0)
    truth = {
        "observed": cohort(400_000, 23).risk.mean(),
        "calibration_slope": 1.0,
        "calibration_intercept": 0.0,
    }
    for seed in range(60):
        c = cohort(400, 100 + seed)
        # Each person has three index dates, all alike: drawn as rows, intervals would be too narrow.
        time, status, risk = (np.repeat(part, 3) for part in (c.time, c.status, c.risk))
        person = np.repeat(np.arange(400), 3)
        e = metrics.evaluate(time, status, risk, HORIZON, person, repeats=80, seed=seed)
        for name in hits:
            hits[name] += e[f"{name}_low"] <= truth[name] <= e[f"{name}_high"]
    # Of 60 intervals of 95 %, 57 should cover, and fewer than 50 do so once in a thousand times. Were rows
    # drawn, intervals would be narrower by sqrt(3), and 74 % would cover, that is 44.
    assert min(hits.values()) >= 50
