"""Nested validation: an inner loop chooses the candidate, an outer loop judges the choice on people it never saw.

All index dates of a person fall into the same fold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.feature import DAYS_PER_YEAR
from features.settings import settings
from models.design import design, score_column
from models.risk_model import RiskModel
from models.scores import published_scores
from models.tables import TableForm
from training.boosting import DEEP, STAGES, Shape, boosted_form, fit_booster
from training.candidates import (
    BOOSTED,
    Sample,
    blend_members,
    fit_single,
    mean_form,
    regressions,
    staged,
)
from training.cohort import EVENT, GROUP_FEATURES, Cohort
from training.metrics import c_index, ipcw, outcome_at
from training.recalibration import Recalibration, recalibrate

Array = NDArray[np.float64]

DEEP_ROUNDS = 75

# Folds average out the luck of a split. Of very many rows there is little luck left, and each fold costs as much.
MANY_ROWS, OUTER_OF_MANY, INNER_OF_MANY = 30_000, 3, 2
FEW_EVENTS = 20

# Boosted trees need far more events than a regression to come out right (van der Ploeg, Austin, Steyerberg, BMC Med Res
# Methodol 2014;14:137: more than 200 events a variable for flexible methods, against 20 to 50). Below so many events in
# all, a number of ours, they are not tried: on the city's rarest cancers they ranked worse than the regression.
EVENTS_FOR_TREES = 300

CORRECTING, CORRECTING_ROUNDS = Shape(2, 1, rows_a_leaf=100), 60
SLOPE_TO_CORRECT = 0.2  # a form that has to be stretched more than five times says next to nothing
NOTHING = TableForm(intercept=0.0, curves=(), surfaces=())

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
    correction
        What is added to the chosen form so that it is right within ages and social groups too, fitted out of fold.
    """

    name: str
    members: tuple[str, ...]
    concordance: dict[str, float]
    rounds: dict[str, int]
    calibration: Recalibration
    correction: TableForm


@dataclass(frozen=True)
class Validated:
    """Out-of-fold risks of the outer loop, (n,) each, and what was chosen in each fold."""

    risk: Array
    refit: Array
    deep: Array
    published: Array
    chosen: tuple[str, ...]


@dataclass(frozen=True)
class Temporal:
    """Risks of the later rows from a model chosen and fitted on the earlier ones only; NaN for all others, (n,)."""

    risk: Array
    refit: Array
    trained_on: int
    chosen: str


def sample_of(model: RiskModel, cohort: Cohort) -> Sample:
    """Return the cohort as columns, outcome at the horizon and censoring weights."""
    names = [*model.features, *([score_column(model.published_score)] if model.published_score else [])]
    features = {name: cohort.features[name].to_numpy(dtype=np.float64) for name in map(str, cohort.features)}
    outcome = outcome_at(cohort.time, cohort.status, model.horizon_years)
    return Sample(
        columns=design(names, features),
        time=cohort.time,
        event=cohort.status == EVENT,
        outcome=outcome,
        base=cohort.weight,
        weight=cohort.weight * ipcw(cohort.time, cohort.status, model.horizon_years, cohort.weight),
        learned=(cohort.status != EVENT) | (cohort.time * DAYS_PER_YEAR > model.blackout_days),
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
    inner = settings().inner_folds if len(rows) <= MANY_ROWS else min(settings().inner_folds, INNER_OF_MANY)
    position = np.full(len(sample.time), -1)
    position[rows] = np.arange(len(rows))
    boosted = BOOSTED if _events(sample.take(rows)) >= EVENTS_FOR_TREES else {}
    flat = {name: np.zeros(len(rows)) for name in ("published", "cox")}
    stages = {name: np.zeros((len(STAGES), len(rows))) for name in boosted}
    for train_rows, valid_rows in folds(cohort, rows, inner, seed):
        train, valid = sample.take(train_rows).to_fit(seed), sample.take(valid_rows)
        forms = regressions(model, train)
        for name, form in forms.items():
            flat[name][position[valid_rows]] = form.raw(valid.columns)
        for name, steps in staged(boosted, model, train, valid, forms["cox"], seed).items():
            stages[name][:, position[valid_rows]] = steps
    seen = sample.take(rows)
    rounds = {}
    for name, steps in stages.items():
        stage = int(np.argmin([_log_loss(step, seen) for step in steps]))
        rounds[name], flat[name] = STAGES[stage], steps[stage]

    def ranks(log_odds: Array) -> float:
        return c_index(seen.time, cohort.status[rows], log_odds, model.horizon_years, seen.base)

    ranking = {name: ranks(log_odds) for name, log_odds in flat.items()}
    best = max(ranking, key=lambda name: ranking[name])
    members = blend_members(ranking)
    if boosted:
        flat[BLEND] = np.mean([flat[name] for name in members], axis=0)
        ranking[BLEND] = ranks(flat[BLEND])
        best = best if ranking[best] > ranking[BLEND] + SINGLE_BETTER_BY else BLEND
    calibration = recalibrate(flat[best], seen.outcome, seen.weight)
    correction = right_in_groups(model, seen, calibration, flat[best], seed) if boosted else NOTHING
    return Choice(best, members if best == BLEND else (best,), ranking, rounds, calibration, correction)


def right_in_groups(
    model: RiskModel, seen: Sample, calibration: Recalibration, log_odds: Array, seed: int
) -> TableForm:
    """Return what out-of-fold log-odds lack within ages and social groups, on the scale of `log_odds`.

    A short boosting of single curves over those features alone, starting from the calibrated predictions, in the
    spirit of multicalibration (Hébert-Johnson et al., ICML 2018, PMLR 80:1939).
    """
    groups = tuple(name for name in model.features if name in {"age", "female", *GROUP_FEATURES})
    if not groups or calibration.slope < SLOPE_TO_CORRECT:
        return NOTHING
    small = replace(model, features=groups)
    start = calibration.intercept + calibration.slope * log_odds
    booster = fit_booster(
        small, seen.columns, seen.outcome, seen.weight, CORRECTING, rounds=CORRECTING_ROUNDS, start=start, seed=seed
    )
    return boosted_form(booster, small).scaled(1 / calibration.slope)


def _events(sample: Sample) -> int:
    """Return how many known events by the horizon there are to learn from."""
    return int((sample.outcome * (sample.weight > 0) * sample.learned).sum())


def fit_chosen(
    choice: Choice, model: RiskModel, sample: Sample, seed: int, fitted: dict[str, TableForm] | None = None
) -> TableForm:
    """Fit what was chosen to `sample`; `fitted` may hold what `regressions` gave for the same sample."""
    done = regressions(model, sample) if fitted is None else fitted
    chosen = mean_form([fit_single(name, model, sample, choice.rounds, seed, done) for name in choice.members])
    return chosen.add(choice.correction)


def validate(model: RiskModel, cohort: Cohort, sample: Sample, seed: int, progress: Callable[[str], None]) -> Validated:
    """Run the outer loop: every row is predicted by models that never saw its person."""
    count = len(sample.time)
    risk, refit, deep = np.zeros(count), np.zeros(count), np.zeros(count)
    chosen = []
    wanted = settings().outer_folds if count <= MANY_ROWS else min(settings().outer_folds, OUTER_OF_MANY)
    outer = folds(cohort, np.arange(count), wanted, seed)
    for number, (train_rows, test_rows) in enumerate(outer, start=1):
        progress(f"{model.name}: validation fold {number} of {len(outer)}")
        choice = choose(model, cohort, sample, train_rows, seed + number)
        train, test = sample.take(train_rows).to_fit(seed), sample.take(test_rows)
        risk[test_rows], refit[test_rows] = predicted(choice, model, train, test, seed)
        booster = fit_booster(model, train.columns, train.outcome, train.weight, DEEP, rounds=DEEP_ROUNDS, seed=seed)
        matrix = np.column_stack([test.columns[name] for name in model.features])
        deep[test_rows] = np.asarray(booster.predict(matrix), dtype=np.float64)
        chosen.append(choice.name)
    return Validated(risk, refit, deep, published_risk(model, cohort), tuple(chosen))


def predicted(choice: Choice, model: RiskModel, train: Sample, test: Sample, seed: int) -> tuple[Array, Array]:
    """Return the risks of `test` from what was chosen and from the refitted regression, both fitted to `train`."""
    forms = regressions(model, train)
    form = fit_chosen(choice, model, train, seed, forms)
    return choice.calibration(form.raw(test.columns)), _sigmoid(forms["cox"].raw(test.columns))


def validate_in_time(
    model: RiskModel, cohort: Cohort, sample: Sample, split: tuple[datetime, datetime] | None, seed: int
) -> Temporal | None:
    """Choose, calibrate and fit on index dates before the first moment; predict those from the second on.

    Returns None where there is no split, or one of its sides has too few events to say anything.
    """
    if split is None:
        return None
    before, after = (np.datetime64(moment.replace(tzinfo=None), "us") for moment in split)
    early, late = np.flatnonzero(cohort.index_date < before), np.flatnonzero(cohort.index_date >= after)
    if any(int((sample.outcome[rows] * (sample.weight[rows] > 0)).sum()) < FEW_EVENTS for rows in (early, late)):
        return None
    choice = choose(model, cohort, sample, early, seed)
    risk, refit = np.full((2, len(sample.time)), np.nan)
    risk[late], refit[late] = predicted(choice, model, sample.take(early).to_fit(seed), sample.take(late), seed)
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


def final_form(model: RiskModel, cohort: Cohort, sample: Sample, seed: int) -> tuple[TableForm, Choice]:
    """Choose on everybody and fit the chosen candidate to everybody."""
    choice = choose(model, cohort, sample, np.arange(len(sample.time)), seed)
    return fit_chosen(choice, model, sample.to_fit(seed), seed), choice


def _sigmoid(log_odds: Array) -> Array:
    probability: Array = 1.0 / (1.0 + np.exp(-log_odds))
    return probability


def _log_loss(log_odds: Array, sample: Sample) -> float:
    return float(np.average(np.logaddexp(0.0, log_odds) - sample.outcome * log_odds, weights=sample.weight))
