"""The inner loop: which candidate, how many trees, how calibrated; everything from predictions out of fold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.risk_model import RiskModel
from models.tables import TableForm
from training.boosting import STAGES, Shape, boosted_form, fit_booster, prepare
from training.candidates import (
    BOOSTED,
    SHAPES,
    Sample,
    Shapes,
    blend_members,
    fit_members,
    log_loss,
    mean_form,
    regressions,
    staged,
)
from training.cohort import GROUP_FEATURES, Cohort
from training.folds import Rows, inner_folds
from training.halves import halves
from training.metrics import c_index
from training.recalibration import Recalibration, recalibrate_cautiously
from training.tuning import UNTUNED, Tuning

Array = NDArray[np.float64]

# Boosted trees need far more events than a regression to come out right (van der Ploeg, Austin, Steyerberg, BMC Med Res
# Methodol 2014;14:137: more than 200 events a variable for flexible methods, against 20 to 50). Below so many events in
# all, a number of ours, they are not tried: on the city's rarest cancers they ranked worse than the regression.
EVENTS_FOR_TREES = 400

CORRECTING, CORRECTING_ROUNDS = Shape(2, 1, rows_a_leaf=100, ridge=30.0), 60
# What is wrong within groups can be told from luck with some 200 events (Collins, Ogundimu, Altman, Stat Med
# 2016;35:214). With fewer, corrections made the rare cancers too sure of themselves, with slopes of 0.85 to 0.9.
EVENTS_TO_CORRECT = 200
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
    rounds, shapes
        Number of trees for every boosted candidate, and how those of each depth are grown.
    calibration
        Recalibration of the chosen candidate, fitted out of fold.
    correction
        What is added to the chosen form so that it is right within ages and social groups too, fitted out of fold.
    """

    name: str
    members: tuple[str, ...]
    concordance: dict[str, float]
    rounds: dict[str, int]
    shapes: Shapes
    calibration: Recalibration
    correction: TableForm


def choose(model: RiskModel, cohort: Cohort, sample: Sample, rows: Rows, seed: int, tuning: Tuning = UNTUNED) -> Choice:
    """Run the inner loop on `rows`: shape and number of trees, candidate and calibration, all out of fold."""
    position = np.full(len(sample.time), -1)
    position[rows] = np.arange(len(rows))
    boosted = BOOSTED if _events(sample.take(rows)) >= EVENTS_FOR_TREES else {}
    splits = inner_folds(cohort, rows, seed)
    shapes = tuning.shapes(model, sample, splits, seed) if boosted else SHAPES
    flat: dict[str, Array] = {}
    stages = {name: np.zeros((len(STAGES), len(rows))) for name in boosted}
    for train_rows, valid_rows in splits:
        train, valid = sample.take(train_rows).to_fit(seed), sample.take(valid_rows)
        forms = regressions(model, train)
        for name, form in forms.items():
            flat.setdefault(name, np.zeros(len(rows)))[position[valid_rows]] = form.raw(valid.columns)
        for name, steps in staged(boosted, shapes, model, train, valid, forms["cox"], seed).items():
            stages[name][:, position[valid_rows]] = steps
    seen = sample.take(rows)
    rounds = {}
    for name, steps in stages.items():
        stage = int(np.argmin([log_loss(step, seen) for step in steps]))
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
    calibration, correction = calibrated(model, seen, cohort.person[rows], flat[best], seed)
    return Choice(best, members if best == BLEND else (best,), ranking, rounds, shapes, calibration, correction)


def calibrated(
    model: RiskModel, seen: Sample, person: NDArray[np.int64], log_odds: Array, seed: int
) -> tuple[Recalibration, TableForm]:
    """Return the calibration of out-of-fold log-odds, and what is added to them before it.

    The slope is that of log-odds which each half of the people had corrected by the other half, so that it knows how
    much of a correction is luck.
    """
    first = recalibrate_cautiously(log_odds, seen.outcome, seen.weight)
    if _events(seen) < EVENTS_TO_CORRECT:
        return first, NOTHING
    corrected = log_odds.copy()
    for mine, others in halves(person):
        learned = right_in_groups(model, seen.take(others), first, log_odds[others], seed)
        if learned.features:
            corrected[mine] += learned.raw(seen.take(mine).columns)
    calibration = recalibrate_cautiously(corrected, seen.outcome, seen.weight)
    return calibration, right_in_groups(model, seen, first, log_odds, seed)


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
    prepared = prepare(small, seen.columns, seen.outcome, seen.weight, seed)
    booster = fit_booster(prepared, CORRECTING, rounds=CORRECTING_ROUNDS, start=start)
    return boosted_form(booster, small).scaled(1 / calibration.slope)


def _events(sample: Sample) -> int:
    """Return how many known events by the horizon there are to learn from."""
    return int((sample.outcome * (sample.weight > 0) * sample.learned).sum())


def fit_chosen(
    choice: Choice, model: RiskModel, sample: Sample, seed: int, fitted: dict[str, TableForm] | None = None
) -> TableForm:
    """Fit what was chosen to `sample`; `fitted` may hold what `regressions` gave for the same sample."""
    done = regressions(model, sample) if fitted is None else fitted
    chosen = mean_form(fit_members(choice.members, choice.shapes, model, sample, choice.rounds, seed, done))
    return chosen.add(choice.correction)
