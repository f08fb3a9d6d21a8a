"""What the report draws and the bundle's own figures do not hold: worked out from the risks of people never seen.

Everything here may be shown: a group of people is merged with its neighbour, or left out, until at least eight events
lie in it, and curves are read off at fixed places, so that no step of theirs is one person.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InvalidInputError
from models.disclosure import RULE, safe_count
from models.risk_model import RiskModel
from models.scores import published_scores
from training.evaluation import arrays
from training.metrics import decision_curve, dynamic_auc, ipcw, observed_expected, outcome_at, smooth_calibration
from training.metrics.followup import had_event
from training.subgroups import members

Array = NDArray[np.float64]

RANKINGS = ("risk", "refit", "published", "deep")  # columns of the validation, the model's own first
FEWEST = RULE.suppress_up_to + 1
INVITED = 0.10  # share of everybody, highest risk first, at which subgroups are compared
ROC_POINTS, BENEFIT_POINTS, SMOOTH_POINTS, RISK_CELLS = 101, 41, 60, 40


def figures(model: RiskModel, validation: pd.DataFrame) -> dict[str, Any]:
    """Return roc, calibration, temporal_calibration, decision and fairness of one model.

    Parameters
    ----------
    validation
        One row an index date, as `training.train.validation_frame` makes it.
    """
    return {
        "roc": roc_curves(model, validation),
        "calibration": calibration(model, validation, "risk"),
        "temporal_calibration": calibration(model, validation, "temporal_risk"),
        "decision": decision(model, validation),
        "fairness": fairness(model, validation),
    }


def roc_curves(model: RiskModel, validation: pd.DataFrame) -> list[dict[str, Any]]:
    """Return for each way to rank people its AUC at the horizon and its ROC curve, weighted for censoring."""
    curves = []
    for name in RANKINGS:
        if name not in validation or validation[name].isna().any():
            continue
        time, status, risk, weight = arrays(validation, name)
        known = weight * ipcw(time, status, model.horizon_years, weight)
        outcome = outcome_at(time, status, model.horizon_years)
        cases, controls = known * outcome, known * (1 - outcome)
        if not (cases.sum() > 0 and controls.sum() > 0):
            continue
        order = np.argsort(-risk, kind="stable")
        last = np.append(risk[order][1:] != risk[order][:-1], True)  # people of one risk are called together
        true = np.append(0, np.cumsum(cases[order])[last] / cases.sum())
        false = np.append(0, np.cumsum(controls[order])[last] / controls.sum())
        grid = np.linspace(0, 1, ROC_POINTS) ** 2  # closer where curves bend
        points = [(float(x), float(y)) for x, y in zip(grid, np.interp(grid, false, true), strict=True)]
        auc = dynamic_auc(time, status, risk, model.horizon_years, weight)
        curves.append({"name": name, "points": points, "auc": auc})
    return curves


def calibration(model: RiskModel, validation: pd.DataFrame, column: str) -> dict[str, Any] | None:
    """Return observed against predicted risk, by tenths of predicted risk and smooth; None without predictions.

    Neighbouring tenths are merged until eight events lie in each.
    """
    if column not in validation or validation[column].isna().all():
        return None
    there = validation[validation[column].notna()]
    time, status, risk, weight = arrays(there, column)
    horizon = model.horizon_years
    event = had_event(time, status, horizon)
    groups = []
    for rows in _tenths(risk, event, weight):
        try:
            found = observed_expected(time[rows], status[rows], risk[rows], horizon, weight[rows])
        except InvalidInputError:  # nobody of them is followed to the horizon
            continue
        groups.append(
            {
                "n": safe_count(len(rows)),
                "expected": found.expected,
                "observed": found.observed,
                "low": found.low * found.expected,
                "high": found.high * found.expected,
            }
        )
    beyond = min(FEWEST / len(risk), 0.25)
    low, high = (float(value) for value in np.quantile(risk, (beyond, 1 - beyond)))
    grid = np.linspace(low, high, SMOOTH_POINTS)
    try:
        observed = smooth_calibration(time, status, risk, horizon, weight).observed(grid)
    except InvalidInputError:
        observed = np.full(len(grid), np.nan)
    edges = np.linspace(0, max(high, 1e-6), RISK_CELLS + 1)
    counts = np.histogram(risk, edges)[0]
    return {
        "groups": groups,
        "smooth": [(float(x), float(y)) for x, y in zip(grid, observed, strict=True)],
        "edges": [float(edge) for edge in edges],
        "counts": [safe_count(int(count)) or 0 for count in counts],
    }


def _tenths(risk: Array, event: NDArray[np.bool_], weight: Array) -> list[NDArray[np.int64]]:
    """Return the rows of each tenth of predicted risk, lowest first, merged until each holds enough events."""
    order = np.argsort(risk, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    places = np.minimum((reached * 10 - 1e-9).astype(np.int64), 9)
    groups: list[NDArray[np.int64]] = []
    waiting: list[NDArray[np.int64]] = []
    for tenth in range(10):
        waiting.append(order[places == tenth])
        if int(event[np.concatenate(waiting)].sum()) >= FEWEST:
            groups.append(np.concatenate(waiting))
            waiting = []
    left = np.concatenate(waiting) if waiting else np.empty(0, dtype=np.int64)
    if len(left) and groups:
        groups[-1] = np.concatenate([groups[-1], left])
    return [rows for rows in groups if len(rows)]


def decision(model: RiskModel, validation: pd.DataFrame) -> dict[str, Any]:
    """Return net benefit from almost no risk to twice the highest threshold at which somebody would act."""
    low, high = min(model.thresholds) / 4, min(max(model.thresholds) * 2, 0.9)
    grid = [float(value) for value in np.geomspace(low, high, BENEFIT_POINTS)]
    score = published_scores()[model.published_score] if model.published_score else None
    lines: dict[str, list[float]] = {}
    for name in ("risk", "published"):
        if name not in validation or validation[name].isna().any():
            continue
        if name == "published" and (score is None or score.risk is None):  # points are no risk to act on
            continue
        time, status, risk, weight = arrays(validation, name)
        benefits = decision_curve(time, status, np.clip(risk, 0, 1), model.horizon_years, grid, weight)
        called = [int((risk >= threshold).sum()) for threshold in grid]
        lines[name] = [
            point.model if count >= FEWEST else math.nan for point, count in zip(benefits, called, strict=True)
        ]
        lines["all"] = [point.treat_all for point in benefits]
    return {"thresholds": grid, "lines": lines, "decided": list(model.thresholds)}


def fairness(model: RiskModel, validation: pd.DataFrame, share: float = INVITED) -> list[dict[str, Any]]:
    """Return who would be invited if the tenth at highest risk were, and what is found, by subgroup.

    Returns
    -------
    list of dict
        group, level, invited (share of the subgroup), found (share of the subgroup's events that are among its
        invited) and ppv; None where fewer than eight people or events lie behind a figure.
    """
    time, status, risk, weight = arrays(validation, "risk")
    order = np.argsort(-risk, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    threshold = float(risk[order[min(int(np.searchsorted(reached, share)), len(order) - 1)]])
    event = had_event(time, status, model.horizon_years)
    rows = []
    for group, level, mine in members(validation):
        called = mine & (risk >= threshold)
        if int((event & mine).sum()) < FEWEST:
            continue
        row: dict[str, Any] = {"group": group, "level": level, "invited": None, "found": None, "ppv": None}
        if min(int(called.sum()), int((mine & ~called).sum())) >= FEWEST:
            row["invited"] = float(weight[called].sum() / weight[mine].sum())
        if min(int((event & called).sum()), int((event & mine & ~called).sum())) >= FEWEST:
            row |= _found(time[mine], status[mine], risk[mine], weight[mine], model.horizon_years, threshold)
        rows.append(row)
    return rows


def _found(
    time: Array, status: NDArray[np.int8], risk: Array, weight: Array, horizon: float, threshold: float
) -> dict[str, float | None]:
    known = weight * ipcw(time, status, horizon, weight)
    events = known * outcome_at(time, status, horizon)
    called = risk >= threshold
    if not (events.sum() > 0 and known[called].sum() > 0):
        return {}
    return {
        "found": float(events[called].sum() / events.sum()),
        "ppv": float(events[called].sum() / known[called].sum()),
    }


def shown(value: Any) -> float | None:
    """Return a figure if it is a finite number, else None.

    >>> shown(1), shown(float("nan")), shown(None), shown(True)
    (1.0, None, None, None)
    """
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def at_least_eight(rows: Sequence[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    """Return the rows of screening at capacity behind which lie at least eight found, and eight or no others.

    Parameters
    ----------
    n
        Index dates of the whole cohort.
    """
    kept = []
    for row in rows:
        ppv = shown(row.get("ppv"))
        if ppv is None:
            continue
        come = row["share"] * row["uptake"] * n
        if ppv * come >= FEWEST and not 0 < (1 - ppv) * come < FEWEST:
            kept.append(row)
    return kept
