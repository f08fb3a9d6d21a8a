"""All headline numbers of one model at one horizon, with intervals, and the difference between two models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from training.metrics.auc import ranked_auc
from training.metrics.bootstrap import Interval, bootstrap_interval, paired_bootstrap_interval
from training.metrics.brier import null_brier, scaled, weighted_brier
from training.metrics.calibration import fit_intercept, fit_slope, intercept_and_line, mean_risk
from training.metrics.censoring import known_weights, require_reached
from training.metrics.concordance import ranked_concordance
from training.metrics.followup import COMPETING_DEATH, Floats, FollowUp, dense_ranks, probabilities
from training.metrics.incidence import observed_risk
from training.metrics.logistic import predict_logistic
from training.metrics.net_benefit import THRESHOLDS, benefits
from training.metrics.smoothing import curve_form, error_of, fit_curve, logit

HEADLINES = (
    "c_index",
    "auc",
    "brier",
    "scaled_brier",
    "calibration_slope",
    "calibration_intercept",
    "observed",
    "expected",
    "observed_expected",
    "ici",
    "e50",
    "e90",
)
"""The metrics that have an interval, in the order of :meth:`Validation.headlines`."""


class Validation:
    """One model's predictions beside what happened, arranged once so that a bootstrap repeat is cheap.

    Parameters are those of :func:`evaluate`.
    """

    def __init__(
        self,
        time: ArrayLike,
        status: ArrayLike,
        risk: ArrayLike,
        horizon: float,
        weights: ArrayLike | None = None,
    ) -> None:
        self.followup = followup = FollowUp.of(time, status, horizon, weights)
        self.risk = risk_in_order = probabilities("risk", risk, followup.rows)[followup.order]
        require_reached(followup, known_weights(followup))
        self._ranks = dense_ranks(risk_in_order)
        self._line = logit(risk_in_order)
        self._straight = intercept_and_line(self._line)
        self._form = curve_form(followup, risk_in_order)
        self._curved = self._form.design(risk_in_order)
        # Where the regressions of a repeat start from: the solution on all rows, once there is one.
        self._slope: Floats | None = None
        self._intercept: Floats | None = None
        self._curve: Floats | None = None
        self.estimates = self.headlines()

    def headlines(self, counts: Floats | None = None) -> Floats:
        """Return :data:`HEADLINES`, float64 (12,), with each row counted as often as `counts` (n,) says.

        `counts` stands in the order of the input. NaN as the functions for each metric document it.
        """
        if counts is None:
            followup = self.followup
        else:
            followup = self.followup.weighing(self.followup.weights * counts[self.followup.order])
        weights, outcome = followup.weights, followup.outcome
        known = known_weights(followup)
        joint = known * weights
        observed, expected = observed_risk(followup), mean_risk(followup, self.risk)
        brier = weighted_brier(followup, known, self.risk)
        slope = fit_slope(self._straight, outcome, joint, self._slope)
        intercept = fit_intercept(self._line, outcome, joint, self._intercept)
        curve = fit_curve(self._form, self._curved, outcome, joint, self._curve)
        error = error_of(predict_logistic(self._curved, curve), self.risk, weights)
        if counts is None:
            self._slope, self._intercept, self._curve = slope, intercept, curve
        return np.array(
            [
                ranked_concordance(followup, self._ranks, weights),
                ranked_auc(self._ranks, outcome, joint),
                brier,
                scaled(brier, null_brier(followup, known)),
                slope[1],
                intercept[0],
                observed,
                expected,
                observed / expected if expected > 0.0 else np.nan,
                error.ici,
                error.e50,
                error.e90,
            ]
        )


def evaluate(
    time: ArrayLike,
    status: ArrayLike,
    risk: ArrayLike,
    horizon: float,
    person: ArrayLike | None = None,
    *,
    repeats: int = 200,
    seed: int | np.random.Generator = 0,
    thresholds: Sequence[float] = THRESHOLDS,
    weights: ArrayLike | None = None,
) -> dict[str, Any]:
    """Validate predicted risks against what happened.

    Parameters
    ----------
    time
        Years from the index date to the first of event, competing death and censoring, (n,).
    status
        0 censored, 1 event, 2 competing death, (n,).
    risk
        Predicted cumulative incidence at the horizon, 0..1, (n,).
    horizon
        Years from the index date.
    person
        Who each row is about, integers (n,), if people have several index dates: intervals then resample
        people.
    repeats
        Of the bootstrap; with 0 all intervals are NaN. A million rows take seconds without, minutes with it.
    seed
        A number for repeatable intervals, or a NumPy generator.
    thresholds
        Risks at which to compute the net benefit, each above 0 and below 1.
    weights
        Sampling weights (n,).

    Returns
    -------
    dict
        `n`, and `events` and `deaths` (competing) by the horizon, as plain counts of rows; each of
        :data:`HEADLINES`, with `<name>_low` and `<name>_high` (95 %, percentiles of the bootstrap);
        `net_benefit`, a list of `{threshold, model, treat_all}`. A number that the data cannot give is NaN,
        never a guess: without events that is everything but `brier`, `observed`, `expected` and
        `observed_expected`, and every interval but that of `expected`.

    Raises
    ------
    InvalidInputError
        If the input is empty, lengths differ, a value is out of its range, or nobody is followed to the
        horizon.

    Notes
    -----
    `ici`, `e50` and `e90` cannot be negative, and each resampling adds its own error to them. Where
    calibration is nearly perfect, their interval may therefore lie above the estimate: read its upper end as
    "not worse than".
    """
    model = Validation(time, status, risk, horizon, weights)
    followup = model.followup
    interval = bootstrap_interval(model.headlines, followup.rows, person, repeats=repeats, seed=seed)
    by_horizon = followup.time <= followup.horizon
    result: dict[str, Any] = {
        "n": followup.rows,
        "events": int(followup.outcome.sum()),
        "deaths": int(((followup.status == COMPETING_DEATH) & by_horizon).sum()),
    }
    result |= _named(model.estimates, interval)
    chosen = ("threshold", "model", "treat_all")
    curve = [asdict(point) for point in benefits(followup, model.risk, thresholds)]
    result["net_benefit"] = [{key: point[key] for key in chosen} for point in curve]
    return result


def compare(
    time: ArrayLike,
    status: ArrayLike,
    risk: ArrayLike,
    reference: ArrayLike,
    horizon: float,
    person: ArrayLike | None = None,
    *,
    repeats: int = 200,
    seed: int | np.random.Generator = 0,
    weights: ArrayLike | None = None,
) -> dict[str, float]:
    """Difference of every headline metric, `risk` minus `reference`, two predictions for the same rows.

    Parameters are those of :func:`evaluate`; `reference` is shaped like `risk`. Both are computed on the same
    draws, so the interval is that of the difference itself.

    Returns
    -------
    dict
        For each of :data:`HEADLINES` its difference, `<name>_low` and `<name>_high`.
    """
    ours = Validation(time, status, risk, horizon, weights)
    theirs = Validation(time, status, reference, horizon, weights)
    interval = paired_bootstrap_interval(
        ours.headlines, theirs.headlines, ours.followup.rows, person, repeats=repeats, seed=seed
    )
    return _named(ours.estimates - theirs.estimates, interval)


def _named(estimates: Floats, interval: Interval) -> dict[str, float]:
    """Pair each metric with its interval."""
    low, high = np.broadcast_arrays(estimates, interval.low, interval.high)[1:]
    only_one_class = np.isnan(estimates[HEADLINES.index("auc")])
    result: dict[str, float] = {}
    for place, name in enumerate(HEADLINES):
        # What was never seen cannot be drawn: resamples of a cohort without events are without events too.
        unknowable = only_one_class and name != "expected"
        result[name] = float(estimates[place])
        result[f"{name}_low"] = np.nan if unknowable else float(low[place])
        result[f"{name}_high"] = np.nan if unknowable else float(high[place])
    return result
