"""Nested validation: `training.choice` chooses, an outer loop judges the choice on people it never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.feature import DAYS_PER_YEAR
from models.design import design, model_columns
from models.risk_model import RiskModel
from models.scores import published_scores
from models.tables import TableForm
from training.boosting import DEEP, fit_booster, prepare
from training.candidates import MOST_CONTROLS, Sample, candidates_of, fit_regression, on_log_odds
from training.choice import Choice, choose, fit_chosen
from training.cohort import CENSORED, EVENT, Cohort
from training.folds import outer_folds
from training.metrics import ipcw, outcome_at
from training.tuning import UNTUNED, Tuning

Array = NDArray[np.float64]

DEEP_ROUNDS = 75
FEW_EVENTS = 20


@dataclass(frozen=True)
class Validated:
    """Out-of-fold risks of the outer loop, (n,) each, what was chosen in each fold, and that model, calibrated."""

    risk: Array
    refit: Array
    deep: Array
    published: Array
    chosen: tuple[str, ...]
    forms: tuple[TableForm, ...] = ()


@dataclass(frozen=True)
class Temporal:
    """Risks of the later rows from a model chosen and fitted on the earlier ones only; NaN for all others, (n,)."""

    risk: Array
    refit: Array
    trained_on: int
    chosen: str


def sample_of(model: RiskModel, cohort: Cohort) -> Sample:
    """Return the cohort as columns, outcome at the horizon and censoring weights."""
    features = {name: cohort.features[name].to_numpy(dtype=np.float64) for name in map(str, cohort.features)}
    outcome = outcome_at(cohort.time, cohort.status, model.horizon_years)
    return Sample(
        columns=design(model_columns(model), features),
        time=cohort.time,
        event=cohort.status == EVENT,
        outcome=outcome,
        base=cohort.weight,
        weight=cohort.weight * known_at_horizon(cohort, model.horizon_years),
        learned=(cohort.status != EVENT) | (cohort.time * DAYS_PER_YEAR > model.blackout_days),
    )


def known_at_horizon(cohort: Cohort, horizon: float) -> Array:
    """Return the inverse probability of censoring weights (n,), worked out for each year of index dates by itself.

    Who got an index date late is followed less far, and much else differs with the year: what was measured, and how.
    One weight for all would let the deaths of a late year stand without its survivors, and a model could learn the
    year. Years of which nobody is followed to the horizon weigh nothing.
    """
    weights = np.zeros(len(cohort.time))
    years = cohort.index_date.astype("datetime64[Y]").astype(np.int64)
    for year in np.unique(years):
        rows = np.flatnonzero(years == year)
        time, status = cohort.time[rows], cohort.status[rows]
        if (time >= horizon).any() or not (status == CENSORED).any():
            weights[rows] = ipcw(time, status, horizon, cohort.weight[rows])
    return weights


def validate(
    model: RiskModel,
    cohort: Cohort,
    sample: Sample,
    seed: int,
    progress: Callable[[str], None],
    tuning: Tuning = UNTUNED,
) -> Validated:
    """Run the outer loop: every row is predicted by models that never saw its person."""
    count = len(sample.time)
    risk, refit, deep = np.full((3, count), np.nan)
    chosen, forms = [], []
    outer = outer_folds(cohort, seed)
    for number, (train_rows, test_rows) in enumerate(outer, start=1):
        progress(f"{model.name}: validation fold {number} of {len(outer)}")
        choice = choose(model, cohort, sample, train_rows, seed + number, tuning.study(f"fold {number}"))
        train, test = sample.take(train_rows).to_fit(seed), sample.take(test_rows)
        form, risk[test_rows], refit[test_rows] = predicted(choice, model, train, test, seed)
        if choice.rounds:  # where there are too few events for trees, deep ones have nothing to say either
            deep[test_rows] = _deep(model, train, test, seed)
        chosen.append(choice.name)
        forms.append(form.scaled(choice.calibration.slope))
    return Validated(risk, refit, deep, published_risk(model, cohort), tuple(chosen), tuple(forms))


def _deep(model: RiskModel, train: Sample, test: Sample, seed: int) -> Array:
    """Return the risks of `test` from deep trees, the reference for what readability costs."""
    booster = fit_booster(prepare(model, train.columns, train.outcome, train.weight, seed), DEEP, rounds=DEEP_ROUNDS)
    matrix = np.column_stack([test.columns[name] for name in model.features])
    return np.asarray(booster.predict(matrix), dtype=np.float64)


def predicted(
    choice: Choice, model: RiskModel, train: Sample, test: Sample, seed: int
) -> tuple[TableForm, Array, Array]:
    """Return what was chosen, fitted to `train`, and the risks of `test` from it and from the refitted regression."""
    cox = fit_regression(model, train)
    form = fit_chosen(choice, model, train, seed, candidates_of(cox, model, train))
    refitted = on_log_odds(cox.free_form_, train)
    return form, choice.calibration(form.raw(test.columns)), _sigmoid(refitted.raw(test.columns))


def validate_in_time(
    model: RiskModel,
    cohort: Cohort,
    sample: Sample,
    split: tuple[datetime, datetime] | None,
    seed: int,
    tuning: Tuning = UNTUNED,
) -> Temporal | None:
    """Choose, calibrate and fit on index dates before the first moment; predict those from the second on.

    Returns None where there is no split, or one of its sides has too few events to say anything. The later people need
    not be followed to the horizon: their events until then can be ranked all the same.
    """
    if split is None:
        return None
    before, after = (np.datetime64(moment.replace(tzinfo=None), "us") for moment in split)
    early, late = np.flatnonzero(cohort.index_date < before), np.flatnonzero(cohort.index_date >= after)
    learned = int((sample.outcome[early] * (sample.weight[early] > 0)).sum())
    if min(learned, int(sample.outcome[late].sum())) < FEW_EVENTS:
        return None
    choice = choose(model, cohort, sample, early, seed, tuning.study("early"))
    risk, refit = np.full((2, len(sample.time)), np.nan)
    train = sample.take(early).to_fit(seed, MOST_CONTROLS)
    _, risk[late], refit[late] = predicted(choice, model, train, sample.take(late), seed)
    return Temporal(risk, refit, len(early), choice.name)


def published_risk(model: RiskModel, cohort: Cohort) -> Array:
    """Return the published score's risk, as published, at the horizon (now, if the score is of that kind).

    A score that prints no risk gives its points, which can only rank. The median stands where it cannot be computed;
    NaN throughout where there is no score, or nobody's can be computed.
    """
    if model.published_score is None:
        return np.full(len(cohort.time), np.nan)
    features = {name: cohort.features[name].to_numpy(dtype=np.float64) for name in map(str, cohort.features)}
    score = published_scores()[model.published_score]
    if score.risk is None:
        risk = score.log_risk(features)
    else:
        risk = score.risk(features, model.horizon_years if score.horizon_years else 0)
    known = risk[~np.isnan(risk)]
    filled: Array = np.where(np.isnan(risk), np.median(known) if len(known) else np.nan, risk)
    return filled


def final_form(
    model: RiskModel, cohort: Cohort, sample: Sample, seed: int, tuning: Tuning = UNTUNED
) -> tuple[TableForm, Choice]:
    """Choose on everybody and fit the chosen candidate to everybody."""
    choice = choose(model, cohort, sample, np.arange(len(sample.time)), seed, tuning.study("everybody"))
    return fit_chosen(choice, model, sample.to_fit(seed, MOST_CONTROLS), seed), choice


def _sigmoid(log_odds: Array) -> Array:
    probability: Array = 1.0 / (1.0 + np.exp(-log_odds))
    return probability
