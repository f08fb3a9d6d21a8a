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

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.design import score_column
from models.risk_model import RiskModel
from models.tables import Curve, TableForm
from training.boosting import (
    PAIRS,
    STAGES,
    STUMPS,
    Shape,
    Watch,
    boosted_form,
    fit_booster,
    prepare,
    staged_log_odds,
    watched_rows,
)
from training.recalibration import Recalibration, recalibrate
from training.regression import TabulatedCox

Array = NDArray[np.float64]

Shapes = Mapping[str, Shape]
"""How the trees of each depth are grown: `stumps` of depth 1, `pairs` of depth 2."""

SHAPES: Shapes = {"stumps": STUMPS, "pairs": PAIRS}

# name -> (which of the shapes, whether the trees start from the regression)
BOOSTED: dict[str, tuple[str, bool]] = {
    "stumps": ("stumps", False),
    "pairs": ("pairs", False),
    "cox+stumps": ("stumps", True),
    "cox+pairs": ("pairs", True),
}

SCORE_STEP = 0.01  # resolution, in log cumulative hazard, on which a published score is tabulated


# Events are few, rows are many: so many rows without the event are fitted to for each event, or so many in all,
# whichever is more, but no more than the last. A control stands for all those that were not drawn. At ten controls an
# event the variance is 10 % above that of all rows (1 + 1 / controls; Breslow and Day, Statistical Methods in Cancer
# Research II, IARC 1987, section 7.3).
CONTROLS_AN_EVENT, CONTROLS, MOST_CONTROLS = 10, 10_000, 30_000


@dataclass(frozen=True)
class Sample:
    """Rows to fit to or to predict for; arrays are (n,).

    Attributes
    ----------
    base
        How many people a row stands for.
    weight
        The same times the inverse probability of not being censored: what a fit to the outcome at the horizon takes.
    learned
        Whether the row may be learned from: not if its event falls into the blackout.
    """

    columns: dict[str, Array]
    time: Array
    event: NDArray[np.bool_]
    outcome: Array
    base: Array
    weight: Array
    learned: NDArray[np.bool_]

    def take(self, rows: NDArray[np.int64]) -> Sample:
        """Return the sample's `rows`."""
        return Sample(
            {name: column[rows] for name, column in self.columns.items()},
            self.time[rows],
            self.event[rows],
            self.outcome[rows],
            self.base[rows],
            self.weight[rows],
            self.learned[rows],
        )

    def to_fit(self, seed: int, fewest: int = CONTROLS) -> Sample:
        """Return the rows to fit to: every event that may be learned from, and controls that stand for all others.

        Parameters
        ----------
        fewest
            Controls to draw however few events there are.
        """
        events = np.flatnonzero(self.event & self.learned)
        others = np.flatnonzero(~self.event)
        wanted = min(max(CONTROLS_AN_EVENT * len(events), fewest), MOST_CONTROLS)
        if len(others) <= wanted:
            return self.take(np.flatnonzero(self.learned))
        drawn = np.random.default_rng(seed).choice(others, wanted, replace=False)
        rows = np.sort(np.concatenate([events, drawn]))
        some = self.take(rows)
        stands_for = np.where(some.event, 1.0, len(others) / wanted)
        return replace(some, base=some.base * stands_for, weight=some.weight * stands_for)


def on_log_odds(form: TableForm, sample: Sample) -> TableForm:
    """Return `form` stretched and shifted so that it predicts the log-odds of the event by the horizon."""
    fitted: Recalibration = recalibrate(form.raw(sample.columns), sample.outcome, sample.weight)
    stretched = form.scaled(fitted.slope)
    return replace(stretched, intercept=stretched.intercept + fitted.intercept)


def published_form(score: str, sample: Sample) -> TableForm:
    """Return the published score as one curve over its own log-risk; a missing score counts as the median."""
    name = score_column(score)
    seen = sample.columns[name][~np.isnan(sample.columns[name])]
    if seen.size == 0:
        return TableForm(intercept=0.0, curves=(), surfaces=())
    points = np.arange(np.floor(seen.min() / SCORE_STEP), np.ceil(seen.max() / SCORE_STEP) + 1) * SCORE_STEP
    curve = Curve(feature=name, edges=points[:-1] + SCORE_STEP / 2, values=np.append(points, np.median(seen)))
    return TableForm(intercept=0.0, curves=(curve,), surfaces=())


def regressions(model: RiskModel, sample: Sample) -> dict[str, TableForm]:
    """Fit the candidates that have no number of trees to choose."""
    return candidates_of(fit_regression(model, sample), model, sample)


def fit_regression(model: RiskModel, sample: Sample) -> TabulatedCox:
    """Fit the regression, held to what medicine knows."""
    regression = TabulatedCox(model.features, model.directions)
    return regression.fit(sample.columns, sample.time, sample.event, sample.base)


def candidates_of(cox: TabulatedCox, model: RiskModel, sample: Sample) -> dict[str, TableForm]:
    """Return the candidates that have no number of trees to choose, given the regression fitted to `sample`."""
    forms = {"cox": on_log_odds(cox.form_, sample)}
    if model.published_score:
        forms["published"] = on_log_odds(published_form(model.published_score, sample), sample)
    return forms


def staged(
    names: Collection[str], shapes: Shapes, model: RiskModel, train: Sample, valid: Sample, cox: TableForm, seed: int
) -> dict[str, Array]:
    """Return for the named boosted candidates their log-odds for `valid` after each of `STAGES`, (len(STAGES), n)."""
    predictions: dict[str, Array] = {}
    if not names:
        return predictions
    watched = valid.to_fit(seed)
    prepared = prepare(model, train.columns, train.outcome, train.weight, seed)
    watched_data = watched_rows(prepared, watched.columns, watched.outcome, watched.weight)
    from_train, from_watched, from_valid = (cox.raw(part.columns) for part in (train, watched, valid))
    for name in names:
        shape, from_cox = BOOSTED[name]
        watch = Watch(watched_data, from_watched if from_cox else None)
        booster = fit_booster(
            prepared, shapes[shape], rounds=STAGES[-1], start=from_train if from_cox else None, watch=watch
        )
        steps = staged_log_odds(booster, model, valid.columns, prepared.pace)
        predictions[name] = steps + from_valid if from_cox else steps
    return predictions


def fit_members(
    names: Collection[str],
    shapes: Shapes,
    model: RiskModel,
    sample: Sample,
    rounds: Mapping[str, int],
    seed: int,
    fitted: Mapping[str, TableForm],
) -> list[TableForm]:
    """Fit the named candidates to `sample`; `fitted` holds what `regressions` gave for the same sample."""
    forms = dict(fitted)
    boosted = [name for name in names if name in BOOSTED]
    if boosted:
        cox = fitted["cox"]
        from_regression = cox.raw(sample.columns)
        prepared = prepare(model, sample.columns, sample.outcome, sample.weight, seed)
        for name in boosted:
            shape, from_cox = BOOSTED[name]
            start = from_regression if from_cox else None
            form = boosted_form(fit_booster(prepared, shapes[shape], rounds=rounds[name], start=start), model)
            forms[name] = cox.add(form) if from_cox else form
    return [forms[name] for name in names]


def mean_form(forms: list[TableForm]) -> TableForm:
    """Return the mean of several forms, which is a form again."""
    return forms[0].add(*forms[1:]).scaled(1 / len(forms))


def blend_members(ranking: dict[str, float]) -> tuple[str, ...]:
    """Return the candidates that the blend is made of, given the C-index of each single one."""
    return tuple(name for name in ranking if name != "published" or ranking[name] >= ranking["cox"])


def log_loss(log_odds: Array, sample: Sample) -> float:
    """Return the mean weighted log-loss of log-odds (n,), which chooses among shapes and numbers of trees."""
    return float(np.average(np.logaddexp(0.0, log_odds) - sample.outcome * log_odds, weights=sample.weight))
