"""Tuning how trees are grown, within a budget of trials: `sanzao train --tune N`.

The search runs inside the inner loop, once for each set of rows that a model is chosen on, so that the outer loop
judges the search as well. Trials lie in a journal: a search that was stopped goes on where it was, and one that is
asked for more trials adds them. A trial that is behind the median after its first folds is given up.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.risk_model import RiskModel
from training.boosting import STAGES, Shape, Watch, fit_booster, prepare, staged_log_odds, watched_rows
from training.candidates import SHAPES, Sample, Shapes, log_loss

if TYPE_CHECKING:
    import optuna

    from training.folds import Rows

STARTED_FIRST = 5  # trials that are never given up: the median needs something to stand on


@dataclass(frozen=True)
class Tuning:
    """A budget of trials for each depth of tree, and where they are kept.

    Attributes
    ----------
    trials
        For each search; 0 takes the shapes as they are declared.
    journal
        File that remembers every trial. Only one process writes to it: a model has its own.
    name
        Which rows are searched on.
    """

    trials: int = 0
    journal: Path | None = None
    name: str = ""

    def study(self, name: str) -> Tuning:
        """Return the same budget for the search on other rows."""
        return replace(self, name=name)

    def shapes(self, model: RiskModel, sample: Sample, splits: Sequence[tuple[Rows, Rows]], seed: int) -> Shapes:
        """Return the shapes that lose least out of fold over `splits`, (rows to learn from, rows to predict)."""
        if self.trials == 0 or self.journal is None:
            return SHAPES
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(logging.WARNING)
        self.journal.parent.mkdir(parents=True, exist_ok=True)
        storage = JournalStorage(JournalFileBackend(str(self.journal)))
        found = {}
        for depth, declared in SHAPES.items():
            study = optuna.create_study(
                study_name=f"{model.name}, {self.name}, {depth}",
                storage=storage,
                load_if_exists=True,
                sampler=optuna.samplers.TPESampler(seed=seed),
                pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTED_FIRST),
            )
            if not study.trials:
                study.enqueue_trial(_numbers(declared))  # so that tuning is never worse than what is declared
            done = [trial for trial in study.trials if trial.state.is_finished()]

            def loss(trial: optuna.Trial, declared: Shape = declared) -> float:
                return _loss(trial, declared, model, sample, splits, seed)

            study.optimize(loss, n_trials=max(0, self.trials - len(done)))
            found[depth] = replace(declared, **study.best_params)
        return found


UNTUNED = Tuning()


def _numbers(shape: Shape) -> dict[str, float | int]:
    return {
        "learning_rate": shape.learning_rate,
        "rows_a_leaf": shape.rows_a_leaf,
        "ridge": shape.ridge,
        "feature_share": shape.feature_share,
        "row_share": shape.row_share,
    }


def _loss(
    trial: optuna.Trial,
    declared: Shape,
    model: RiskModel,
    sample: Sample,
    splits: Sequence[tuple[Rows, Rows]],
    seed: int,
) -> float:
    import optuna

    shape = replace(
        declared,
        learning_rate=trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
        rows_a_leaf=trial.suggest_int("rows_a_leaf", 20, 500, log=True),
        ridge=trial.suggest_float("ridge", 0.1, 100.0, log=True),
        feature_share=trial.suggest_float("feature_share", 0.3, 1.0),
        row_share=trial.suggest_float("row_share", 0.5, 1.0),
    )
    losses = []
    for step, (train_rows, valid_rows) in enumerate(splits):
        train, valid = sample.take(train_rows).to_fit(seed), sample.take(valid_rows)
        watched = valid.to_fit(seed)
        prepared = prepare(model, train.columns, train.outcome, train.weight, seed)
        watch = Watch(watched_rows(prepared, watched.columns, watched.outcome, watched.weight), None)
        booster = fit_booster(prepared, shape, rounds=STAGES[-1], watch=watch)
        stages = staged_log_odds(booster, model, valid.columns, prepared.pace)
        losses.append(min(log_loss(stage, valid) for stage in stages))
        trial.report(float(np.mean(losses)), step)
        if step + 1 < len(splits) and trial.should_prune():
            raise optuna.TrialPruned
    return float(np.mean(losses))
