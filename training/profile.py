"""What training leaves for the report: the cohort in aggregates, and how curves and contributions are spread.

`profile.json` in the bundle folder holds nothing of any one person. Counts of 1 to 7 are left out and others rounded to
five (`models.disclosure`), quantiles have at least eight people beyond them and are rounded to the feature's step, and
contributions are counted feature by feature, so that nobody's row can be put together again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.views import all_features
from models.attribution import explain
from models.bundle import Bundle
from models.disclosure import RULE, safe_count
from models.kept import PROFILE, write_kept
from models.purified import purify
from models.risk_model import RiskModel
from models.tables import Array, Curve, TableForm
from training.candidates import Sample
from training.cohort import DIED, Cohort

ROWS = 20_000  # index dates, drawn by lot, over which effects and contributions are counted
SHOWN = 0.005  # a feature is drawn between this quantile and that as far from the other end
CELLS = 36  # of a histogram
LEVELS = 12  # a feature with no more values than this is shown value by value
POINTS = 60  # at which the curves of the folds are kept
SWARMS, STEPS, SHADES = 24, 70, 5  # features in the swarm, contributions along it, shades from low to high values

Rows = NDArray[np.int64]


def write_profile(
    folder: Path, model: RiskModel, bundle: Bundle, cohort: Cohort, sample: Sample, folds: Sequence[TableForm]
) -> None:
    """Write `profile.json` into the bundle's `folder`.

    Parameters
    ----------
    folds
        What the outer loop fitted, calibrated: how far the curves move when other people teach the model.
    """
    rows = _some(len(sample.time))
    columns = {name: sample.columns[name] for name in sorted({*model.features, *bundle.form.features})}
    # A fold may have chosen what the final model did without, such as the published score.
    some = {name: column[rows] for name, column in sample.columns.items()}
    features = {name: feature_profile(name, column, sample.outcome) for name, column in columns.items()}
    content = {
        "rule": {"suppress_up_to": RULE.suppress_up_to, "round_to": RULE.round_to},
        "people": safe_count(len(np.unique(cohort.person))),
        "index_dates": safe_count(len(cohort.person)),
        "events": safe_count(int(sample.outcome.sum())),
        "deaths": safe_count(int(((cohort.status == DIED) & (cohort.time <= model.horizon_years)).sum())),
        "first_index_date": str(cohort.index_date.min().astype("datetime64[M]")),
        "last_index_date": str(cohort.index_date.max().astype("datetime64[M]")),
        "features": features,
        "effects": effects_profile(bundle, some, folds, features),
        "contributions": contributions_profile(bundle, some),
    }
    write_kept(folder / PROFILE, content)


def feature_profile(name: str, values: Array, outcome: Array) -> dict[str, Any]:
    """Return how one feature is distributed: among all, with and without the event."""
    feature = all_features().get(name)
    kind = feature.kind if feature else "continuous"
    step = feature.step if feature else 0.01
    return {
        "kind": kind,
        "event": _described(values[outcome > 0], kind, step),
        "no_event": _described(values[outcome == 0], kind, step),
        "smd": rounded(standardised_difference(values[outcome > 0], values[outcome == 0]), 3),
        "missing": _share(np.isnan(values)),
        **_histogram(values[~np.isnan(values)], step),
    }


def standardised_difference(one: Array, other: Array) -> float:
    """Return the difference of two means over their common standard deviation; NaN where that is not known.

    Austin PC. Balance diagnostics for comparing the distribution of baseline covariates between treatment groups in
    propensity-score matched samples. Stat Med 2009;28:3083-3107. Missing values are left out.

    >>> round(standardised_difference(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0])), 3)
    1.0
    """
    one, other = one[~np.isnan(one)], other[~np.isnan(other)]
    if min(len(one), len(other)) <= RULE.suppress_up_to and len(one) + len(other) > 2 * RULE.suppress_up_to:
        return math.nan
    if min(len(one), len(other)) < 2:
        return math.nan
    spread = math.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)
    return float((one.mean() - other.mean()) / spread) if spread > 0 else math.nan


def effects_profile(
    bundle: Bundle, columns: Mapping[str, Array], folds: Sequence[TableForm], features: Mapping[str, Any]
) -> dict[str, Any]:
    """Return for each curve and pair map the constant that centres it and its spread over the rows.

    Constants are on the raw scale of the form; spreads, and the curves of the folds at `points`, are calibrated
    log-odds.
    """
    effects = purify(bundle.form, bundle.attribution)
    curves, surfaces = effects.means(columns)
    centred = effects.centred(curves, surfaces)
    others = [_centred(form, columns) for form in folds]
    slope = bundle.slope
    return {
        "curves": {
            curve.feature: {
                "centre": float(centre),
                "spread": rounded(slope * float(curve.lookup(columns).std())),
                **_in_folds(curve.feature, others, features[curve.feature]),
            }
            for curve, centre in zip(centred.curves, curves, strict=True)
        },
        "surfaces": [
            {
                "features": list(surface.features),
                "centre": float(centre),
                "spread": rounded(slope * float(surface.lookup(columns).std())),
            }
            for surface, centre in zip(centred.surfaces, surfaces, strict=True)
        ],
    }


def _centred(form: TableForm, columns: Mapping[str, Array]) -> dict[str, Curve]:
    effects = purify(form, explain(form, columns))
    return {curve.feature: curve for curve in effects.centred(*effects.means(columns)).curves}


def _in_folds(name: str, folds: Sequence[Mapping[str, Curve]], profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every fold's model makes of a feature, 0 throughout where it does not use it."""
    if "levels" in profile:
        points = np.array(profile["levels"])
    elif "edges" in profile:
        points = np.linspace(profile["edges"][0], profile["edges"][-1], POINTS)
    else:
        points = np.empty(0)
    asked = {name: np.append(points, np.nan)}
    looked_up = [fold[name].lookup(asked) if name in fold else np.zeros(len(points) + 1) for fold in folds]
    return {
        "points": [rounded(point) for point in points],
        "folds": [[rounded(value, 3) for value in values[:-1]] for values in looked_up],
        "missing_folds": [rounded(values[-1], 3) for values in looked_up],
    }


def contributions_profile(bundle: Bundle, columns: Mapping[str, Array]) -> dict[str, Any]:
    """Return for the features that move risks most how often which contribution is made, by low and high values.

    Returns
    -------
    dict
        By feature: `spread`, the standard deviation of its contributions to the calibrated log-odds, for all features;
        for the first `SWARMS`, `cells`: contribution, shade (0 lowest to 4 highest values; -1 missing) and share.
    """
    found = bundle.attribution.contributions(bundle.form, columns)
    scaled = {name: bundle.slope * values for name, values in found.items()}
    spreads = {name: float(values.std()) for name, values in scaled.items()}
    order = sorted(scaled, key=lambda name: -spreads[name])
    return {
        name: {"spread": rounded(spreads[name])}
        | ({"cells": _cells(scaled[name], columns[name])} if place < SWARMS else {})
        for place, name in enumerate(order)
    }


def _cells(contributions: Array, values: Array) -> list[list[float | None]]:
    reach = float(contributions.max() - contributions.min())
    step = reach / STEPS if reach > 0 else 1.0
    places = np.round(contributions / step).astype(np.int64)
    pairs, counts = np.unique(np.stack([places, _shades(values)]), axis=1, return_counts=True)
    shown = [safe_count(int(count)) for count in counts]
    return [
        [rounded(place * step), float(shade), rounded(count / len(values), 3)]
        for place, shade, count in zip(*pairs.tolist(), shown, strict=True)
        if count is not None
    ]


def _shades(values: Array) -> Rows:
    """Return for each value its place among the others, 0 to `SHADES` - 1; -1 where it is missing."""
    seen = np.sort(values[~np.isnan(values)])
    if len(seen) == 0:
        return np.full(len(values), -1, dtype=np.int64)
    distinct = np.unique(seen)
    if len(distinct) <= LEVELS:  # by value, or most of a binary feature's would share one shade
        place = np.searchsorted(distinct, values) / max(len(distinct) - 1, 1)
    else:
        place = (np.searchsorted(seen, values, side="left") + np.searchsorted(seen, values, side="right")) / 2
        place = place / len(seen)
    shades = np.where(np.isnan(values), -1, np.minimum(np.floor(np.nan_to_num(place) * SHADES), SHADES - 1))
    return np.asarray(shades, dtype=np.int64)


def _described(values: Array, kind: str, step: float) -> dict[str, Any]:
    seen = values[~np.isnan(values)]
    described: dict[str, Any] = {"n": safe_count(len(values)), "missing": _share(np.isnan(values))}
    if len(seen) <= RULE.suppress_up_to:
        return described
    if kind == "binary":
        return described | {"share": _share(seen > 0.5)}
    low, median, high = (float(value) for value in np.quantile(seen, (0.25, 0.5, 0.75)))
    return described | {"median": to_step(median, step), "low": to_step(low, step), "high": to_step(high, step)}


def _histogram(seen: Array, step: float) -> dict[str, Any]:
    """Return `levels` or `edges` of a feature with the shares of people there; nothing where too few were seen."""
    if len(seen) <= RULE.suppress_up_to:
        return {}
    values, counts = np.unique(seen, return_counts=True)
    if len(values) <= LEVELS:
        shown = [(float(value), safe_count(int(count))) for value, count in zip(values, counts, strict=True)]
        levels = [(value, count) for value, count in shown if count is not None]
        return {"levels": [level for level, _ in levels], "shares": [_part(n, len(seen)) for _, n in levels]}
    beyond = max(SHOWN, (RULE.suppress_up_to + 1) / len(seen))
    low, high = (float(value) for value in np.quantile(seen, (min(beyond, 0.25), max(1 - beyond, 0.75))))
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    # Cells are whole steps wide: otherwise some hold two rounded values and their neighbours one.
    wide = step * max(1, math.ceil((high - low) / step / CELLS))
    cells = max(1, math.ceil((high - low) / wide - 1e-9))
    edges = low + wide * np.arange(cells + 1)
    counts = np.histogram(seen, edges)[0]
    return {
        "edges": [rounded(edge, 6) for edge in edges],
        "shares": [_part(safe_count(int(count)) or 0, len(seen)) for count in counts],
    }


def _some(count: int) -> Rows:
    if count <= ROWS:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, ROWS, replace=False))


def _share(marked: NDArray[np.bool_]) -> float | None:
    """Return the share of those marked; None where it would tell of 1 to 7 people, or of all but so few."""
    if len(marked) == 0:
        return None
    yes, no = safe_count(int(marked.sum())), safe_count(int((~marked).sum()))
    return None if yes is None or no is None else rounded(yes / (yes + no), 3)


def _part(count: int, total: int) -> float:
    return rounded(count / total, 3) or 0.0


def to_step(value: float, step: float) -> float:
    """Return a value rounded to a feature's step.

    >>> to_step(132.4, 1), to_step(5.567, 0.1)
    (132.0, 5.6)
    """
    return float(f"{round(value / step) * step:.10g}")


def rounded(value: float, digits: int = 4) -> float | None:
    """Return a number to so many figures; None where it is not one.

    >>> rounded(0.123456), rounded(float("nan"))
    (0.1235, None)
    """
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None
