"""The candidates among which validation chooses, each a table form on the log-odds scale.

    published   the score that a clinician would use, recalibrated
    cox         refitted Cox regression
    stumps      boosted trees of depth 1
    pairs       boosted trees of depth 2
    cox+stumps  depth 1 starting from the regression's log-risk
    cox+pairs   depth 2 starting from the regression's log-risk
    blend       mean of all fitted candidates, and of the published score where it ranks no worse than cox

All are sums of one- and two-feature tables. Deep trees are fitted beside them as the reference that shows what
readability costs; they cannot be chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.design import score_column
from models.risk_model import RiskModel
from models.tables import Curve, TableForm
from training.boosting import PAIRS, STAGES, STUMPS, Shape, boosted_form, fit_booster, staged_log_odds
from training.recalibration import Recalibration, recalibrate
from training.regression import TabulatedCox

Array = NDArray[np.float64]

# name -> (shape of the trees, whether they start from the regression)
BOOSTED: dict[str, tuple[Shape, bool]] = {
    "stumps": (STUMPS, False),
    "pairs": (PAIRS, False),
    "cox+stumps": (STUMPS, True),
    "cox+pairs": (PAIRS, True),
}
FITTED = ("cox", *BOOSTED)
SINGLE = ("published", *FITTED)

SCORE_STEP = 0.01  # resolution, in log cumulative hazard, on which a published score is tabulated


@dataclass(frozen=True)
class Sample:
    """Rows to fit to or to predict for; arrays are (n,)."""

    columns: dict[str, Array]
    time: Array
    event: NDArray[np.bool_]
    outcome: Array
    weight: Array

    def take(self, rows: NDArray[np.int64]) -> Sample:
        """Return the sample's `rows`."""
        return Sample(
            {name: column[rows] for name, column in self.columns.items()},
            self.time[rows],
            self.event[rows],
            self.outcome[rows],
            self.weight[rows],
        )


def on_log_odds(form: TableForm, sample: Sample) -> TableForm:
    """Return `form` stretched and shifted so that it predicts the log-odds of the event by the horizon."""
    fitted: Recalibration = recalibrate(form.raw(sample.columns), sample.outcome, sample.weight)
    stretched = form.scaled(fitted.slope)
    return replace(stretched, intercept=stretched.intercept + fitted.intercept)


def published_form(model: RiskModel, sample: Sample) -> TableForm:
    """Return the published score as one curve over its own log-risk; a missing score counts as the median."""
    name = score_column(model.published_score)
    seen = sample.columns[name][~np.isnan(sample.columns[name])]
    if seen.size == 0:
        return TableForm(intercept=0.0, curves=(), surfaces=())
    points = np.arange(np.floor(seen.min() / SCORE_STEP), np.ceil(seen.max() / SCORE_STEP) + 1) * SCORE_STEP
    curve = Curve(feature=name, edges=points[:-1] + SCORE_STEP / 2, values=np.append(points, np.median(seen)))
    return TableForm(intercept=0.0, curves=(curve,), surfaces=())


def regressions(model: RiskModel, sample: Sample) -> dict[str, TableForm]:
    """Fit the candidates that have no number of trees to choose."""
    cox = TabulatedCox(model.features).fit(sample.columns, sample.time, sample.event)
    return {
        "published": on_log_odds(published_form(model, sample), sample),
        "cox": on_log_odds(cox.form_, sample),
    }


def staged(model: RiskModel, train: Sample, valid: Sample, cox: TableForm, seed: int) -> dict[str, Array]:
    """Return for every boosted candidate its log-odds for `valid` after each of `STAGES`, (len(STAGES), n)."""
    predictions = {}
    for name, (shape, from_cox) in BOOSTED.items():
        start = cox.raw(train.columns) if from_cox else None
        booster = fit_booster(
            model, train.columns, train.outcome, train.weight, shape, rounds=STAGES[-1], start=start, seed=seed
        )
        steps = staged_log_odds(booster, model, valid.columns)
        predictions[name] = steps + cox.raw(valid.columns) if from_cox else steps
    return predictions


def fit_single(
    name: str, model: RiskModel, sample: Sample, rounds: dict[str, int], seed: int, fitted: dict[str, TableForm]
) -> TableForm:
    """Fit one single candidate to `sample`; `fitted` holds what `regressions` gave for the same sample."""
    if name in fitted:
        return fitted[name]
    shape, from_cox = BOOSTED[name]
    start = fitted["cox"].raw(sample.columns) if from_cox else None
    booster = fit_booster(
        model, sample.columns, sample.outcome, sample.weight, shape, rounds=rounds[name], start=start, seed=seed
    )
    form = boosted_form(booster, model)
    return fitted["cox"].add(form) if from_cox else form


def mean_form(forms: list[TableForm]) -> TableForm:
    """Return the mean of several forms, which is a form again."""
    return forms[0].add(*forms[1:]).scaled(1 / len(forms))


def blend_members(ranking: dict[str, float]) -> tuple[str, ...]:
    """Return the candidates that the blend is made of, given the C-index of each single one."""
    return SINGLE if ranking["published"] >= ranking["cox"] else FITTED
