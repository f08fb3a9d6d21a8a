"""Fitting the three outputs of an event model: candidates, a choice on later requests, calibration.

    past           the past figure of the best single group: what a dispatcher would look up
    stumps         boosted trees of depth 1
    pairs          boosted trees of depth 2
    past+pairs     depth 2 starting from the past figure
    smooth         as pairs, for the median only, by a loss between the absolute and the squared error ("fair")
    past+smooth    the same starting from the past figure
    blends         means of several of them, see `BLENDS`

All are sums of one- and two-feature tables. Deep trees are fitted beside them as the reference that shows what
readability costs; they are taken only where they win clearly (`AUC_TO_WIN`, `SHARE_TO_WIN`), and the card says so.

The choice is made in time: a candidate learns from what was known at a moment and is judged on the requests created
after it, twice, with the ends of both judged stretches known at the moment until which all of this may look. P(late) is
judged by log-loss, the 90 % quantile of log(1 + hours) by the pinball loss (Koenker and Bassett, Econometrica
1978;46:33), both weighted by the inverse probability of censoring. The median is judged by two things that people see,
how far off the hours typically are and how far off their logarithm is on average, each as a share of what the past
figure gives: a choice of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.collapse import collapse
from models.deep_form import DeepForm
from models.event_bundle import LATE, LONG, LONG_SHARE, MEDIAN
from models.tables import Array, Curve, TableForm
from training.boosting import DEEP, PAIRS, STUMPS, Shape, pairs_that_matter
from training.events.evaluation import auc
from training.events.sample import Known, Requests
from training.recalibration import Recalibration, recalibrate

if TYPE_CHECKING:
    import lightgbm

Rows = NDArray[np.int64]

STAGES = (20, 40, 60, 100, 150, 200, 300)  # numbers of trees among which validation chooses
FOLDS = (0.6, 0.8)  # shares of the requests, in the order of creation, that are learned from before the rest is judged
MOST_ROWS = 60_000  # of more requests the latest are fitted to: what a city did years ago teaches little
PAIR_ROUNDS = 60
MASKED_SHARE = 0.02  # of the rows is repeated without its time limit, so that a missing one has a learned answer
QUANTILES = {MEDIAN: 0.5, LONG: LONG_SHARE}
AUC_TO_WIN = 0.005  # by so much deep trees must rank better to serve P(late), as for every model of this project
# By such a share a fit must beat the past figure, in each judged stretch, and a narrower group's past figure a wider
# one's, to be taken: the best of many candidates wins by some chance alone. Numbers of ours.
PAST_TO_BEAT, NARROWER_TO_BEAT = 0.01, 0.005
SHARE_TO_WIN = 0.02  # by such a share of its loss they must predict a quantile better; a number of ours
GRID = 0.05  # resolution, on the model's scale, on which a past figure is tabulated

# (which trees, whether they start from the past figure, whether by the smooth loss)
BOOSTED: dict[str, tuple[Shape, bool, bool]] = {
    "stumps": (STUMPS, False, False),
    "pairs": (PAIRS, False, False),
    "past+pairs": (PAIRS, True, False),
    "smooth": (PAIRS, False, True),
    "past+smooth": (PAIRS, True, True),
    "deep": (DEEP, False, False),
}
BLENDS = {
    "blend": ("pairs", "past+pairs"),
    "smooth blend": ("smooth", "past+smooth"),
    "wide blend": ("pairs", "past+pairs", "smooth", "past+smooth"),
}
ROWS_A_LEAF = 20


@dataclass(frozen=True)
class Output:
    """One output of an event model as a fit sees it.

    Attributes
    ----------
    past
        Start of the names of the features that are the past figure of some group.
    boosted
        The boosted candidates, names in `BOOSTED`.
    """

    name: str
    past: str
    objective: dict[str, object]
    boosted: tuple[str, ...]

    @property
    def blends(self) -> dict[str, tuple[str, ...]]:
        """The blends whose members are all candidates of this output."""
        return {name: members for name, members in BLENDS.items() if set(members) <= set(self.boosted)}

    def target(self, known: Known) -> tuple[Array, Array]:
        """Return what is fitted to, on the output's own scale, and its weight, (n,) each."""
        if self.name == LATE:
            return known.late, known.late_weight
        return np.log1p(known.hours), known.hours_weight

    def on_scale(self, past: Array) -> Array:
        """Return a past figure on the scale of raw scores: log-odds of a share, log(1 + hours)."""
        if self.name == LATE:
            share = np.clip(past, 0.005, 0.995)
            return np.asarray(np.log(share / (1 - share)), dtype=np.float64)
        return np.asarray(np.log1p(past), dtype=np.float64)

    def off_scale(self, raw: Array) -> Array:
        """Undo `on_scale`."""
        return np.asarray(1 / (1 + np.exp(-raw)) if self.name == LATE else np.expm1(raw), dtype=np.float64)

    def judged(self, raw: Array, past: Array, target: Array, weight: Array) -> float:
        """Return what chooses among candidates, lower is better: the loss, for the median joined by the hours' error.

        Parameters
        ----------
        raw, past
            Raw scores of the candidate and of the past figure, (n,).
        """
        if self.name != MEDIAN:
            return self.loss(raw, target, weight)

        def typical(scores: Array) -> float:
            off = np.abs(np.expm1(np.maximum(scores, 0.0)) - np.expm1(target))
            return weighted_quantile(off[weight > 0], weight[weight > 0], 0.5)

        shares = (self.loss(raw, target, weight) / self.loss(past, target, weight), typical(raw) / typical(past))
        return float(np.mean(shares))

    def loss(self, raw: Array, target: Array, weight: Array) -> float:
        """Return the weighted mean loss of raw scores (n,): log-loss, or pinball loss of the quantile."""
        if self.name == LATE:
            return float(np.average(np.logaddexp(0.0, raw) - target * raw, weights=weight))
        share, off = QUANTILES[self.name], target - raw
        return float(np.average(np.maximum(share * off, (share - 1) * off), weights=weight))


OUTPUT_OF = {
    LATE: Output(LATE, "late_share_", {"objective": "binary"}, ("stumps", "pairs", "deep")),
    MEDIAN: Output(MEDIAN, "typical_hours_", {"objective": "quantile", "alpha": QUANTILES[MEDIAN]}, tuple(BOOSTED)),
    LONG: Output(
        LONG,
        "long_hours_",
        {"objective": "quantile", "alpha": QUANTILES[LONG]},
        ("stumps", "pairs", "past+pairs", "deep"),
    ),
}


@dataclass(frozen=True)
class Stretch:
    """Rows that are learned from, with what is known of them."""

    columns: dict[str, Array]
    target: Array
    weight: Array


@dataclass(frozen=True)
class Chosen:
    """The choice for one output.

    Attributes
    ----------
    losses
        Loss of each candidate on later requests, with the best number of trees.
    deep
        Loss of deep trees there.
    later
        Raw score, target and weight of the requests judged last, for calibration.
    later_deep
        Raw score that deep trees give them.
    """

    name: str
    past: str
    rounds: dict[str, int]
    losses: dict[str, float]
    deep: float
    later: tuple[Array, Array, Array]
    later_deep: Array


def choose(output: Output, requests: Requests, until: int, seed: int) -> Chosen:
    """Choose among the candidates of one output by requests that came after those learned from.

    Parameters
    ----------
    until
        Moment (microseconds) behind which nothing is looked at.
    """
    rows = requests.before(until)
    bounds = [int(requests.created[rows[int(len(rows) * share)]]) for share in FOLDS] + [until]
    raws: list[dict[str, Array]] = []
    judged: list[tuple[Array, Array]] = []
    for start, end in pairwise(bounds):
        learned = requests.before(start)
        later = rows[(requests.created[rows] >= start) & (requests.created[rows] < end)]
        stretch = _stretch(output, requests, learned, start)
        past = best_past(output, requests, requests.before(bounds[0]), bounds[0])
        raws.append(_staged(output, stretch, requests.take(later), past, seed))
        known = requests.known(rows, until)
        place = np.searchsorted(rows, later)
        judged.append(tuple(values[place] for values in output.target(known)))  # type: ignore[arg-type]
    target, weight = (np.concatenate(parts) for parts in zip(*judged, strict=True))
    pooled = {name: np.concatenate([raw[name] for raw in raws], axis=-1) for name in raws[0]}
    judge = partial(output.judged, past=pooled["past"][0], target=target, weight=weight)
    best: dict[str, tuple[float, int]] = {}
    for name, stages in pooled.items():
        best[name] = min((judge(raw), place) for place, raw in enumerate(stages))
    raw_of = {name: pooled[name][place] for name, (_, place) in best.items()}
    for name, members in output.blends.items():
        raw_of[name] = np.mean([raw_of[member] for member in members], axis=0)
    losses = {name: judge(raw) for name, raw in raw_of.items() if name != "deep"}
    name = min(losses, key=lambda candidate: losses[candidate])
    if not beats_past(output, raw_of[name], raw_of["past"], target, weight, [len(part) for part, _ in judged]):
        name = "past"
    if deep_wins(output, losses[name], best["deep"][0], raw_of[name], raw_of["deep"], target, weight):
        name = "deep"
    raw = raw_of[name]
    last = len(judged[-1][0])
    return Chosen(
        name=name,
        past=best_past(output, requests, rows, until),
        rounds={candidate: STAGES[place] for candidate, (_, place) in best.items() if candidate != "past"},
        losses=losses,
        deep=best["deep"][0],
        later=(raw[-last:], target[-last:], weight[-last:]),
        later_deep=raw_of["deep"][-last:],
    )


def beats_past(output: Output, raw: Array, past: Array, target: Array, weight: Array, lengths: Sequence[int]) -> bool:
    """Return whether raw scores beat the past figure by `PAST_TO_BEAT` in each of the judged stretches."""
    ends = np.cumsum(lengths)
    for rows in (slice(end - length, end) for end, length in zip(ends, lengths, strict=True)):
        old = past[rows]
        ours, theirs = (output.judged(scores[rows], old, target[rows], weight[rows]) for scores in (raw, past))
        if ours > theirs * (1 - PAST_TO_BEAT):
            return False
    return True


def deep_wins(
    output: Output, loss: float, deep_loss: float, raw: Array, deep: Array, target: Array, weight: Array
) -> bool:
    """Return whether deep trees are so much better than the best tables that they may serve."""
    if output.name != LATE:
        return deep_loss < loss * (1 - SHARE_TO_WIN)
    ours, theirs = (auc(target[weight > 0], scores[weight > 0]) for scores in (raw, deep))
    return deep_loss < loss and ours is not None and theirs is not None and theirs > ours + AUC_TO_WIN


def fit(output: Output, chosen: Chosen, requests: Requests, until: int, seed: int) -> TableForm | DeepForm:
    """Fit the chosen candidate to everything known at `until`."""
    stretch = _stretch(output, requests, requests.before(until), until)
    start = past_form(output, chosen.past, stretch)
    if chosen.name == "past":
        return start
    if chosen.name == "deep":
        booster = _grow(output, "deep", stretch, chosen.rounds["deep"], start, seed)
        return DeepForm(tuple(stretch.columns), booster.model_to_string())
    forms = []
    for name in output.blends.get(chosen.name, (chosen.name,)):
        from_past = BOOSTED[name][1]
        booster = _grow(output, name, stretch, chosen.rounds[name], start, seed)
        form = collapse(booster, list(stretch.columns))
        forms.append(form.add(start) if from_past else form)
    return forms[0].add(*forms[1:]).scaled(1 / len(forms))


def calibrated(output: Output, chosen: Chosen) -> Recalibration:
    """Return slope and intercept that make the output honest on the requests judged last.

    P(late) is recalibrated by logistic regression. The 90 % quantile is moved so that 90 % of those requests end
    within it, counted as split conformal prediction counts (Romano, Patterson, Candès, Conformalized quantile
    regression, NeurIPS 2019, equation 8), with censored requests spoken for by the others' weights. The median stays.
    """
    raw, target, weight = chosen.later
    seen = weight > 0
    if output.name == LATE:
        events = float((target[seen] > 0).sum())
        return recalibrate(raw, target, weight) if 0 < events < seen.sum() else Recalibration(1.0, 0.0)
    if output.name == MEDIAN or not seen.any():
        return Recalibration(1.0, 0.0)
    share = QUANTILES[LONG] * (1 + 1 / seen.sum())
    excess = target - np.maximum(raw, 0.0)
    return Recalibration(1.0, weighted_quantile(excess[seen], weight[seen], min(share, 1.0)))


def weighted_quantile(values: Array, weight: Array, share: float) -> float:
    """Return the smallest value that at least `share` of the weight does not exceed.

    >>> weighted_quantile(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0]), 0.75)
    2.0
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    place = int(np.searchsorted(reached, share - 1e-12))
    return float(values[order][min(place, len(values) - 1)])


def best_past(output: Output, requests: Requests, rows: Rows, until: int) -> str:
    """Return the feature that is, of the past figures of all groups, by itself the best prediction of `rows`.

    Of those that are about as good it is the one of the widest group, the first in `GROUPS`.
    """
    target, weight = output.target(requests.known(rows, until))
    names = [name for name in requests.columns if name.startswith(output.past)]

    def loss(name: str) -> float:
        past = requests.columns[name][rows]
        seen = np.isfinite(past) & (weight > 0)
        return output.loss(output.on_scale(past[seen]), target[seen], weight[seen]) if seen.any() else np.inf

    found = {name: loss(name) for name in names}
    best = min(found.values())
    return next(name for name in names if found[name] <= best * (1 + NARROWER_TO_BEAT))


def past_form(output: Output, past: str, stretch: Stretch) -> TableForm:
    """Return a past figure as one curve on the scale of raw scores; a missing figure counts as the median."""
    seen = output.on_scale(stretch.columns[past][np.isfinite(stretch.columns[past])])
    if not seen.size:
        return TableForm(0.0, (), ())
    points = np.arange(np.floor(seen.min() / GRID), np.ceil(seen.max() / GRID) + 1) * GRID
    edges = output.off_scale(points[:-1] + GRID / 2)
    return TableForm(0.0, (Curve(past, edges, np.append(points, np.median(seen))),), ())


def _stretch(output: Output, requests: Requests, rows: Rows, moment: int) -> Stretch:
    """Return the rows to learn from, as known at `moment`; rows of no weight teach nothing and are left out."""
    target, weight = output.target(requests.known(rows, moment))
    taken = np.flatnonzero(weight > 0)[-MOST_ROWS:]
    return Stretch(requests.take(rows[taken]), target[taken], weight[taken])


def _staged(output: Output, stretch: Stretch, later: dict[str, Array], past: str, seed: int) -> dict[str, Array]:
    """Return for each candidate its raw scores for `later` after each of `STAGES`, (stages, n)."""
    start = past_form(output, past, stretch)
    from_start = start.raw(later)
    matrix = np.column_stack(list(later.values()))
    found = {"past": from_start[np.newaxis]}
    for name in output.boosted:
        from_past = BOOSTED[name][1]
        booster = _grow(output, name, stretch, STAGES[-1], start, seed)
        predict: Callable[..., Any] = partial(booster.predict, matrix, raw_score=True)
        steps = [
            predict(start_iteration=before, num_iteration=after - before)
            for before, after in zip((0, *STAGES), STAGES, strict=False)
        ]
        found[name] = np.cumsum(steps, axis=0) + (from_start if from_past else 0.0)
    return found


def _grow(output: Output, name: str, stretch: Stretch, rounds: int, start: TableForm, seed: int) -> lightgbm.Booster:
    """Grow the trees of a boosted candidate; `start` is the past figure, for those that start from it."""
    import lightgbm

    shape, from_past, smooth = BOOSTED[name]
    matrix, rows = _with_masked_limits(stretch, seed)
    # Quantile leaves are refitted to the quantile itself, so a penalty on their values has no meaning there.
    ridge = shape.ridge if output.name == LATE else 0.0
    parameters = {
        **({"objective": "fair"} if smooth else output.objective),
        "num_leaves": shape.leaves,
        "max_depth": shape.depth,
        "learning_rate": shape.learning_rate,
        "min_data_in_leaf": ROWS_A_LEAF,
        "lambda_l2": ridge,
        "feature_fraction": shape.feature_share,
        "feature_pre_filter": False,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    data = lightgbm.Dataset(
        matrix,
        label=stretch.target[rows],
        weight=stretch.weight[rows],
        init_score=start.raw(stretch.columns)[rows] if from_past else None,
        feature_name=list(stretch.columns),
        free_raw_data=False,
        params={"feature_pre_filter": False, "verbose": -1, "num_threads": 1},
    ).construct()
    if shape == PAIRS:
        first = lightgbm.train(parameters, data, num_boost_round=min(PAIR_ROUNDS, rounds))
        alone = [[position] for position in range(matrix.shape[1])]
        parameters["interaction_constraints"] = alone + pairs_that_matter(first)
    return lightgbm.train(parameters, data, num_boost_round=rounds)


def _with_masked_limits(stretch: Stretch, seed: int) -> tuple[Array, Rows]:
    """Return the features as a matrix, with copies of some rows in which the time limit is taken out."""
    names, count = list(stretch.columns), len(stretch.target)
    matrix, rows = np.column_stack(list(stretch.columns.values())), np.arange(count)
    if "hours_allowed" not in names or np.isnan(stretch.columns["hours_allowed"]).any():
        return matrix, rows
    drawn = np.random.default_rng(seed).choice(count, max(1, int(count * MASKED_SHARE)), replace=False)
    copies = matrix[drawn]
    copies[:, names.index("hours_allowed")] = np.nan
    return np.concatenate([matrix, copies]), np.concatenate([rows, drawn])
