"""Nested validation: an inner loop chooses the candidate, an outer loop judges the choice on people it never saw.

All index dates of a person fall into the same fold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.settings import settings
from models.design import design, score_column
from models.risk_model import RiskModel
from models.scores import published_scores
from models.tables import TableForm
from training.boosting import DEEP, STAGES, fit_booster
from training.candidates import (
    BOOSTED,
    SINGLE,
    Sample,
    blend_members,
    fit_single,
    mean_form,
    regressions,
    staged,
)
from training.cohort import EVENT, Cohort
from training.metrics import c_index, ipcw, outcome_at
from training.recalibration import Recalibration, recalibrate

Array = NDArray[np.float64]

DEEP_ROUNDS = 75

# A mean of candidates is steadier than any of them, so a single one must rank this much better to be taken instead,
# in C-index: about the noise of choosing among seven on a thousand events.
SINGLE_BETTER_BY = 0.001
BLEND = "blend"


@dataclass(frozen=True)
class Choice:
    """What the inner loop found.

    Attributes
    ----------
    name
        The chosen candidate.
    members
        The single candidates that it is the mean of; itself where it is a single one.
    concordance
        C-index of every candidate, out of fold.
    rounds
        Number of trees for every boosted candidate.
    calibration
        Recalibration of the chosen candidate, fitted out of fold.
    """

    name: str
    members: tuple[str, ...]
    concordance: dict[str, float]
    rounds: dict[str, int]
    calibration: Recalibration


@dataclass(frozen=True)
class Validated:
    """Out-of-fold risks of the outer loop, (n,) each, and what was chosen in each fold."""

    risk: Array
    refit: Array
    deep: Array
    published: Array
    chosen: tuple[str, ...]


def sample_of(model: RiskModel, cohort: Cohort) -> Sample:
    """Return the cohort as columns, outcome at the horizon and censoring weights."""
    names = [*model.features, score_column(model.published_score)]
    features = {name: cohort.features[name].to_numpy(dtype=np.float64) for name in map(str, cohort.features)}
    return Sample(
        columns=design(names, features),
        time=cohort.time,
        event=cohort.status == EVENT,
        outcome=outcome_at(cohort.time, cohort.status, model.horizon_years),
        weight=ipcw(cohort.time, cohort.status, model.horizon_years),
    )


def folds(cohort: Cohort, rows: NDArray[np.int64], count: int, seed: int) -> list[tuple[NDArray[np.int64], ...]]:
    """Split `rows` of the cohort into `count` folds of whole persons, each with its share of the events."""
    from sklearn.model_selection import StratifiedKFold

    persons, of_row = np.unique(cohort.person[rows], return_inverse=True)
    has_event = np.zeros(len(persons), dtype=bool)
    np.logical_or.at(has_event, of_row, cohort.status[rows] == EVENT)
    splitter = StratifiedKFold(n_splits=count, shuffle=True, random_state=seed)
    fold_of_person = np.zeros(len(persons), dtype=np.int64)
    for number, (_, test) in enumerate(splitter.split(persons, has_event)):
        fold_of_person[test] = number
    fold = fold_of_person[of_row]
    return [(rows[fold != number], rows[fold == number]) for number in range(count)]


def choose(model: RiskModel, cohort: Cohort, sample: Sample, rows: NDArray[np.int64], seed: int) -> Choice:
    """Run the inner loop on `rows`: number of trees, candidate and calibration, all out of fold."""
    position = np.full(len(sample.time), -1)
    position[rows] = np.arange(len(rows))
    flat = {name: np.zeros(len(rows)) for name in ("published", "cox")}
    stages = {name: np.zeros((len(STAGES), len(rows))) for name in BOOSTED}
    for train_rows, valid_rows in folds(cohort, rows, settings().inner_folds, seed):
        train, valid = sample.take(train_rows), sample.take(valid_rows)
        forms = regressions(model, train)
        for name, form in forms.items():
            flat[name][position[valid_rows]] = form.raw(valid.columns)
        for name, steps in staged(model, train, valid, forms["cox"], seed).items():
            stages[name][:, position[valid_rows]] = steps
    inner = sample.take(rows)
    rounds = {}
    for name, steps in stages.items():
        stage = int(np.argmin([_log_loss(step, inner) for step in steps]))
        rounds[name], flat[name] = STAGES[stage], steps[stage]

    def ranks(log_odds: Array) -> float:
        return c_index(inner.time, cohort.status[rows], log_odds, model.horizon_years)

    ranking = {name: ranks(flat[name]) for name in SINGLE}
    members = blend_members(ranking)
    flat[BLEND] = np.mean([flat[name] for name in members], axis=0)
    ranking[BLEND] = ranks(flat[BLEND])
    best = max(SINGLE, key=lambda name: ranking[name])
    chosen = best if ranking[best] > ranking[BLEND] + SINGLE_BETTER_BY else BLEND
    calibration = recalibrate(flat[chosen], inner.outcome, inner.weight)
    return Choice(chosen, members if chosen == BLEND else (chosen,), ranking, rounds, calibration)


def fit_chosen(
    choice: Choice, model: RiskModel, sample: Sample, seed: int, fitted: dict[str, TableForm] | None = None
) -> TableForm:
    """Fit what was chosen to `sample`; `fitted` may hold what `regressions` gave for the same sample."""
    done = regressions(model, sample) if fitted is None else fitted
    return mean_form([fit_single(name, model, sample, choice.rounds, seed, done) for name in choice.members])


def validate(model: RiskModel, cohort: Cohort, sample: Sample, seed: int, progress: Callable[[str], None]) -> Validated:
    """Run the outer loop: every row is predicted by models that never saw its person."""
    count = len(sample.time)
    risk, refit, deep = np.zeros(count), np.zeros(count), np.zeros(count)
    chosen = []
    outer = folds(cohort, np.arange(count), settings().outer_folds, seed)
    for number, (train_rows, test_rows) in enumerate(outer, start=1):
        progress(f"{model.name}: validation fold {number} of {len(outer)}")
        choice = choose(model, cohort, sample, train_rows, seed + number)
        train, test = sample.take(train_rows), sample.take(test_rows)
        forms = regressions(model, train)
        form = fit_chosen(choice, model, train, seed, forms)
        risk[test_rows] = choice.calibration(form.raw(test.columns))
        refit[test_rows] = _sigmoid(forms["cox"].raw(test.columns))
        booster = fit_booster(model, train.columns, train.outcome, train.weight, DEEP, rounds=DEEP_ROUNDS, seed=seed)
        matrix = np.column_stack([test.columns[name] for name in model.features])
        deep[test_rows] = np.asarray(booster.predict(matrix), dtype=np.float64)
        chosen.append(choice.name)
    return Validated(risk, refit, deep, published_risk(model, cohort), tuple(chosen))


def published_risk(model: RiskModel, cohort: Cohort) -> Array:
    """Return the published score's risk, as published, at the horizon (now, if the score is of that kind).

    A score that prints no risk gives its points, which can only rank. The median stands where it cannot be computed.
    """
    features = {name: cohort.features[name].to_numpy(dtype=np.float64) for name in map(str, cohort.features)}
    score = published_scores()[model.published_score]
    if score.risk is None:
        risk = score.log_risk(features)
    else:
        risk = score.risk(features, model.horizon_years if score.horizon_years else 0)
    filled: Array = np.where(np.isnan(risk), np.nanmedian(risk), risk)
    return filled


def final_form(model: RiskModel, cohort: Cohort, sample: Sample, seed: int) -> tuple[TableForm, Choice]:
    """Choose on everybody and fit the chosen candidate to everybody."""
    choice = choose(model, cohort, sample, np.arange(len(sample.time)), seed)
    return fit_chosen(choice, model, sample, seed), choice


def _sigmoid(log_odds: Array) -> Array:
    probability: Array = 1.0 / (1.0 + np.exp(-log_odds))
    return probability


def _log_loss(log_odds: Array, sample: Sample) -> float:
    return float(np.average(np.logaddexp(0.0, log_odds) - sample.outcome * log_odds, weights=sample.weight))
