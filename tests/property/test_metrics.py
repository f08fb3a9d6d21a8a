"""What must hold for the validation statistics whatever the data, and what they refuse to judge."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from features.errors import InvalidInputError
from training import metrics

Floats = NDArray[np.float64]
Cohort = tuple[Floats, NDArray[np.int8], Floats, float]

untimed = settings(deadline=None)  # the first call of each kernel compiles it


@st.composite
def cohorts(draw: st.DrawFn, *, censoring: bool = True) -> Cohort:
    """Small cohorts full of ties, in time, in risk and with the horizon; somebody is always followed."""
    rows = draw(st.integers(2, 40))
    steps = draw(st.lists(st.integers(1, 8), min_size=rows, max_size=rows))
    codes = draw(st.lists(st.sampled_from([0, 1, 2]), min_size=rows, max_size=rows))
    risks = draw(st.lists(st.integers(0, 20), min_size=rows, max_size=rows))
    horizon = draw(st.sampled_from([1.0, 2.0, 2.25, 3.0]))
    time = np.append(np.array(steps) / 2.0, 9.0)
    status = np.append(codes, 0).astype(np.int8)
    if not censoring:
        time[(status == 0) & (time < horizon)] = 9.0
    return time, status, np.append(risks, draw(st.integers(0, 20))) / 20.0, horizon


def alike(a: object, b: object, tolerance: float = 1e-9) -> None:
    """Equal as numbers, NaN being equal to NaN."""
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)  # type: ignore[call-overload]


# Weights for censoring


@untimed
@given(cohorts())
def test_weights_sum_to_the_number_of_rows(cohort: Cohort) -> None:
    time, status, _, horizon = cohort
    weights = metrics.ipcw(time, status, horizon)
    alike(weights.sum(), len(time))
    lost = (status == 0) & (time < horizon)
    assert (weights[lost] == 0).all()
    assert (weights[~lost] >= 1).all()


@untimed
@given(cohorts())
def test_weighted_share_of_events_is_the_cumulative_incidence(cohort: Cohort) -> None:
    time, status, _, horizon = cohort
    share = np.mean(metrics.ipcw(time, status, horizon) * metrics.outcome_at(time, status, horizon))
    alike(share, metrics.cumulative_incidence(time, status, horizon).estimate)


@untimed
@given(cohorts(censoring=False))
def test_without_censoring_all_is_as_in_complete_data(cohort: Cohort) -> None:
    time, status, risk, horizon = cohort
    outcome = (status == 1) & (time <= horizon)
    alike(metrics.ipcw(time, status, horizon), np.ones(len(time)))
    seen = metrics.cumulative_incidence(time, status, horizon)
    alike(seen.estimate, outcome.mean())
    if 0 < outcome.mean() < 1:
        alike(seen.variance, outcome.mean() * (1 - outcome.mean()) / len(time))
    alike(metrics.brier_score(time, status, risk, horizon), np.mean((outcome - risk) ** 2))
    odds = 0.25 / 0.75
    treated = risk >= 0.25
    benefit = np.mean(treated & outcome) - np.mean(treated & ~outcome) * odds
    alike(metrics.decision_curve(time, status, risk, horizon, [0.25])[0].model, benefit)


@untimed
@given(cohorts())
def test_curve_and_single_moment_agree_and_stay_in_bounds(cohort: Cohort) -> None:
    time, status, _, horizon = cohort
    one = metrics.cumulative_incidence(time, status, horizon)
    curve = metrics.incidence_curve(time, status)
    before = curve.times <= horizon
    alike(one.estimate, curve.incidence[before][-1] if before.any() else 0.0)
    other = metrics.incidence_curve(time, np.choose(status, [0, 2, 1]))
    alike(curve.incidence + other.incidence + curve.survival, np.ones(len(curve.times)))
    assert (np.diff(curve.incidence) >= 0).all()
    assert 0 <= one.low <= one.estimate <= one.high <= 1


# Discrimination


@untimed
@given(cohorts(), st.sampled_from([np.exp, np.cbrt, lambda x: 3 * x - 7, lambda x: x**5 + x]))
def test_discrimination_sees_the_order_of_risks_only(cohort: Cohort, transform: Callable[[Floats], Floats]) -> None:
    time, status, risk, horizon = cohort
    for metric in (metrics.c_index, metrics.dynamic_auc):
        value = metric(time, status, risk, horizon)
        alike(metric(time, status, transform(risk), horizon), value)
        alike(metric(time, status, -risk, horizon), 1 - value)
        assert np.isnan(value) or 0 <= value <= 1


@untimed
@given(cohorts())
def test_c_index_equals_its_definition_over_all_pairs(cohort: Cohort) -> None:
    time, status, risk, horizon = cohort
    event, stop = (status == 1) & (time <= horizon), np.minimum(time, horizon)
    right = comparable = 0.0
    for i in np.flatnonzero(event):
        for j in range(len(time)):
            if stop[j] > stop[i] or (stop[j] == stop[i] and not event[j]):
                comparable += 1
                right += 1.0 if risk[i] > risk[j] else 0.5 if risk[i] == risk[j] else 0.0
    alike(metrics.c_index(time, status, risk, horizon), right / comparable if comparable else np.nan)


@untimed
@given(cohorts(), st.integers(0, 2**32 - 1))
def test_what_happens_after_the_horizon_does_not_matter(cohort: Cohort, seed: int) -> None:
    time, status, risk, horizon = cohort
    generator = np.random.default_rng(seed)
    later = time > horizon
    time2, status2 = time.copy(), status.copy()
    time2[later] = horizon + generator.exponential(5.0, int(later.sum())) + 1e-6
    status2[later] = generator.integers(0, 3, int(later.sum()))
    before = metrics.Validation(time, status, risk, horizon).estimates
    alike(metrics.Validation(time2, status2, risk, horizon).estimates, before)


# All headline numbers at once


@untimed
@given(cohorts(), st.data())
def test_whole_number_weights_are_repeated_rows(cohort: Cohort, data: st.DataObject) -> None:
    time, status, risk, horizon = cohort
    rows = len(time)
    times = np.array(data.draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows)))
    times[-1] = 1  # the one who is followed stays
    drawn = np.repeat(np.arange(rows), times)
    sample = (time[drawn], status[drawn], risk[drawn], horizon)
    for metric in (metrics.c_index, metrics.dynamic_auc, metrics.brier_score, metrics.scaled_brier_score):
        alike(metric(time, status, risk, horizon, times), metric(*sample))
    ours, theirs = metrics.recalibration(time, status, risk, horizon, times), metrics.recalibration(*sample)
    alike([ours.slope, ours.intercept], [theirs.slope, theirs.intercept], 1e-6)
    for a, b in zip(
        metrics.decision_curve(time, status, risk, horizon, [0.1, 0.5], times),
        metrics.decision_curve(*sample, [0.1, 0.5]),
        strict=True,
    ):
        alike([a.model, a.treat_all], [b.model, b.treat_all])


@untimed
@given(cohorts(), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(cohort: Cohort, seed: int) -> None:
    time, status, risk, horizon = cohort
    mixed = np.random.default_rng(seed).permutation(len(time))
    before = metrics.Validation(time, status, risk, horizon).estimates
    alike(metrics.Validation(time[mixed], status[mixed], risk[mixed], horizon).estimates, before, 1e-7)
    alike(metrics.ipcw(time[mixed], status[mixed], horizon), metrics.ipcw(time, status, horizon)[mixed])


@settings(max_examples=50, deadline=None)
@given(cohorts())
def test_numbers_are_in_bounds_or_missing_and_nothing_warns(cohort: Cohort) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = metrics.evaluate(*cohort, repeats=20)
        metrics.calibration_curve(*cohort)
    for name in ("c_index", "auc", "brier", "observed", "expected", "ici", "e50", "e90"):
        value, low, high = (result[name + end] for end in ("", "_low", "_high"))
        # A weighted mean of squared errors may pass 1 by rounding only: the weights sum to n.
        assert np.isnan(value) or 0 <= value <= 1 + 1e-9
        assert np.isnan(low) == np.isnan(high)
        assert np.isnan(low) or low <= high
    assert not np.isinf([result[name] for name in metrics.HEADLINES]).any()
    assert np.isnan(result["scaled_brier"]) or result["scaled_brier"] <= 1
    if result["events"] == 0:
        assert np.isnan([result["c_index"], result["auc"], result["calibration_slope"], result["ici"]]).all()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_observed_over_expected_of_the_truth_is_about_one(seed: int) -> None:
    generator = np.random.default_rng(seed)
    risk = generator.beta(1.0, 6.0, 20_000)
    event = generator.random(20_000) < risk
    time = np.where(event, generator.uniform(0, 5, 20_000), 6.0)
    lost = generator.exponential(8.0, 20_000)
    status = np.where(event & (time <= lost), 1, 0)
    ours = metrics.observed_expected(np.minimum(time, lost), status, risk, 5.0)
    error = np.log(ours.high / ours.low) / (2 * 1.96)
    assert abs(np.log(ours.ratio)) < 5 * error
    assert error < 0.03
    fit = metrics.recalibration(np.minimum(time, lost), status, risk, 5.0)
    assert abs(fit.slope - 1) < 0.2
    assert metrics.calibration_error(np.minimum(time, lost), status, risk, 5.0).ici < 0.02


# Bootstrap


@untimed
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30), st.integers(0, 1000))
def test_people_are_drawn_whole_and_as_many_as_there_are(person: list[int], seed: int) -> None:
    names = np.array(person)
    once = list(metrics.resamples(len(names), names, repeats=3, seed=seed))
    for counts in once:
        drawn = {name: set(counts[names == name]) for name in set(person)}
        assert all(len(number) == 1 for number in drawn.values())
        assert sum(number.pop() for number in drawn.values()) == len(drawn)
    for counts, again in zip(once, metrics.resamples(len(names), names, repeats=3, seed=seed), strict=True):
        np.testing.assert_array_equal(counts, again)


def test_other_seeds_draw_others() -> None:
    a, b = (next(metrics.resamples(50, repeats=1, seed=seed)) for seed in (0, 1))
    assert (a != b).any()


def test_an_interval_is_missing_if_the_statistic_often_is() -> None:
    samples = np.c_[np.arange(100.0), np.arange(100.0), np.full(100, np.nan)]
    samples[:5, 0] = np.nan
    samples[:20, 1] = np.nan
    low, high = metrics.percentile_interval(samples)
    alike(low, [np.quantile(np.arange(5.0, 100.0), 0.025), np.nan, np.nan])
    alike(high, [np.quantile(np.arange(5.0, 100.0), 0.975), np.nan, np.nan])


# Edges

TIME, STATUS, RISK = np.array([1.0, 2.0, 6.0, 7.0]), np.array([1, 2, 0, 0]), np.array([0.4, 0.1, 0.3, 0.2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time": []}, "time is empty"),
        ({"time": TIME[:3]}, "status has 4 rows, but time has 3"),
        ({"time": -TIME}, "time must not be negative"),
        ({"time": [1, 2, np.nan, 7]}, "time has missing or infinite values in 1 rows"),
        ({"time": ["soon", "late", 1, 2]}, "time must hold numbers only"),
        ({"time": TIME[:, None]}, "time must be a flat list"),
        ({"status": [1, 3, 0, 0]}, "status must be 0 .censored., 1 .event. or 2"),
        ({"risk": RISK * 100}, "risk must lie between 0 and 1, but ranges from 10 to 40"),
        ({"risk": [0.1, 0.2, np.nan, 0.3]}, "risk has missing"),
        ({"horizon": 0.0}, "horizon must be a positive number"),
        ({"horizon": 8.0}, "Nobody is followed to the horizon of 8 years .the longest follow-up is 7 years."),
        ({"person": [1, 2, 3]}, "person must name one person for each of the 4 rows"),
        ({"weights": [0, 0, 0, 0]}, "weights must not be negative, and at least one must be positive"),
        ({"weights": [1, 1, 1, -1]}, "weights must not be negative"),
        ({"thresholds": [0.1, 1.0]}, "A threshold must lie between 0 and 1, but one is 1"),
        ({"repeats": -1}, "repeats must not be negative"),
    ],
)
def test_input_that_cannot_be_judged_is_refused_in_a_sentence(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"time": TIME, "status": STATUS, "risk": RISK, "horizon": 5.0, "repeats": 2}
    with pytest.raises(InvalidInputError, match=message):
        metrics.evaluate(**(arguments | change))


def test_without_events_only_what_is_known_is_said() -> None:
    result = metrics.evaluate([1.0, 6.0, 7.0], [2, 0, 0], [0.1, 0.2, 0.3], 5.0, repeats=20)
    assert (result["events"], result["deaths"], result["observed"], result["observed_expected"]) == (
        0,
        1,
        0,
        0,
    )
    assert result["brier"] == pytest.approx((0.01 + 0.04 + 0.09) / 3)
    for name in set(metrics.HEADLINES) - {"brier", "observed", "expected", "observed_expected"}:
        assert np.isnan(result[name]), name
    for name in set(metrics.HEADLINES) - {"expected"}:
        assert np.isnan(result[f"{name}_low"]), name


def test_everyone_with_the_event_is_one_class_too() -> None:
    result = metrics.evaluate([1.0, 2.0, 3.0], [1, 1, 1], [0.3, 0.2, 0.1], 5.0, repeats=5)
    assert (result["observed"], result["c_index"]) == (1.0, 1.0)
    assert np.isnan([result["auc"], result["scaled_brier"], result["calibration_intercept"], result["ici"]]).all()


def test_one_risk_for_all_ranks_nobody_but_has_an_intercept() -> None:
    result = metrics.evaluate(TIME, STATUS, np.full(4, 0.5), 5.0, repeats=0)
    assert (result["c_index"], result["auc"], result["brier"]) == (0.5, 0.5, 0.25)
    assert result["scaled_brier"] == pytest.approx(1 - 0.25 / (0.25 * 0.75))
    assert np.isnan(result["calibration_slope"])
    assert result["calibration_intercept"] == pytest.approx(np.log(0.25 / 0.75))
    assert (result["ici"], result["e50"], result["e90"]) == pytest.approx((0.25, 0.25, 0.25))


def test_perfect_separation_has_no_slope() -> None:
    apart = metrics.recalibration(TIME, STATUS, [0.9, 0.1, 0.2, 0.3], 5.0)
    touching = metrics.recalibration(TIME, STATUS, [0.3, 0.1, 0.2, 0.3], 5.0)
    overlapping = metrics.recalibration(TIME, STATUS, [0.25, 0.1, 0.2, 0.3], 5.0)
    assert np.isnan([apart.slope, touching.slope]).all()
    assert np.isfinite([apart.intercept, touching.intercept, overlapping.slope]).all()
    assert np.isnan(metrics.calibration_error(TIME, STATUS, [0.9, 0.1, 0.2, 0.3], 5.0).ici)
    assert np.isnan(metrics.calibration_error(TIME, STATUS, [0.3, 0.1, 0.2, 0.3], 5.0).ici)
    assert np.isfinite(metrics.calibration_error(TIME, STATUS, [0.25, 0.1, 0.2, 0.3], 5.0).ici)


def test_separation_by_a_curve_has_no_smooth_calibration() -> None:
    # All with the event were given a middling risk: a slope exists, but a curve can follow without bound.
    risk = np.r_[np.linspace(0.2, 0.3, 100), np.linspace(0.01, 0.05, 100), np.linspace(0.7, 0.9, 100)]
    time, status = np.r_[np.full(100, 1.0), np.full(200, 9.0)], np.r_[np.ones(100), np.zeros(200)]
    assert np.isfinite(metrics.recalibration(time, status, risk, 5.0).slope)
    assert np.isnan(metrics.calibration_error(time, status, risk, 5.0).ici)


def test_everyone_censored_exactly_at_the_horizon_was_followed() -> None:
    result = metrics.evaluate([1.0, 5.0, 5.0, 5.0], [1, 0, 0, 2], [0.4, 0.1, 0.3, 0.2], 5.0, repeats=0)
    assert (result["observed"], result["events"], result["deaths"], result["c_index"]) == (0.25, 1, 1, 1.0)


def test_risks_of_exactly_nought_and_one_have_finite_answers() -> None:
    time, status = np.r_[np.full(50, 1.0), np.full(50, 9.0)], np.r_[np.ones(50), np.zeros(50)]
    risk = np.r_[np.ones(40), np.zeros(10), np.zeros(40), np.ones(10)]
    result = metrics.evaluate(time, status, risk, 5.0, repeats=0)
    assert result["brier"] == pytest.approx(0.2)
    # Of those given 1 a share of 0.8 had the event, of those given 0 one of 0.2: logits +-1.386 for +-13.8.
    assert result["calibration_slope"] == pytest.approx(np.log(4) / np.log((1 - 1e-6) / 1e-6), rel=1e-6)
    assert result["ici"] == pytest.approx(0.2, rel=1e-6)
    nobody = metrics.observed_expected(time, status, np.zeros(100), 5.0)
    assert nobody.expected == 0.0
    assert np.isnan([nobody.ratio, nobody.low, nobody.high]).all()


def test_equal_risks_share_a_group() -> None:
    curve = metrics.calibration_curve(np.full(100, 9.0), np.zeros(100), np.repeat([0.1, 0.2], [70, 30]), 5.0)
    np.testing.assert_array_equal(curve.count, [70, 30])
    alike(curve.expected, [0.1, 0.2])


def test_a_group_that_nobody_follows_to_the_horizon_is_left_open() -> None:
    time, status = np.r_[np.full(5, 1.0), np.full(5, 9.0)], np.r_[1, np.zeros(8), 0]
    risk = np.r_[np.full(5, 0.9), np.full(5, 0.1)]
    curve = metrics.calibration_curve(time, status, risk, 5.0, groups=2)
    assert curve.observed[0] == 0.0
    assert np.isnan([curve.observed[1], curve.low[1], curve.high[1]]).all()
    high, low = metrics.decision_curve(time, status, risk, 5.0, [0.5, 0.05])
    assert np.isnan(high.model)
    assert np.isfinite(low.model)
    assert metrics.decision_curve(time, status, risk, 5.0, [0.95])[0].model == 0.0


def test_few_events_get_a_plainer_curve() -> None:
    generator = np.random.default_rng(0)
    for events, knots in ((10, 0), (45, 3), (300, 4)):
        time = np.r_[np.full(events, 1.0), np.full(1_000, 9.0)]
        status = np.r_[np.ones(events), np.zeros(1_000)]
        risk = generator.beta(1, 8, events + 1_000)
        curve = metrics.smooth_calibration(time, status, risk, 5.0)
        assert len(curve.knots) == knots
        assert np.isfinite(curve.observed([0.01, 0.1, 0.5])).all()
    # What counts is the rarer of the two known outcomes: here 30 known to be free of the event, and 900 lost.
    time, status = (
        np.r_[np.full(300, 0.5), np.full(900, 1.0), np.full(30, 9.0)],
        np.r_[np.ones(300), np.zeros(930)],
    )
    assert len(metrics.smooth_calibration(time, status, generator.beta(1, 8, 1_230), 5.0).knots) == 0
