"""How good an event model is on the latest requests, which it never saw, beside what a dispatcher would look up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from features.events.requests import HOUR, NEVER
from features.sources import Source
from models.event_bundle import LATE, LONG, MEDIAN
from models.event_model import EventModel
from models.tables import Array
from training.events.sample import Requests, censoring_weights


def split_moment(model: EventModel, requests: Requests) -> int:
    """Return the moment (microseconds) from which on requests are for judging: the latest `test_share` of them."""
    return int(requests.created[int(len(requests.created) * (1 - model.test_share))])


def baselines(requests: Requests, moment: int) -> dict[str, Array]:
    """Return what the past before `moment` says of every request, (n,): the late rate of its type, the median hours.

    The median is that of its type and department, else of its type, else of all; of requests closed by then.
    """
    frame = requests.frame
    limited = requests.due < NEVER
    closed = requests.closed < moment
    overdue = limited & (requests.closed > requests.due) & (requests.due < moment)
    known = limited & (overdue | closed)
    past = frame.assign(
        late=np.where(known, overdue.astype(np.float64), np.nan),
        hours=np.where(closed, (requests.closed - requests.created) / HOUR, np.nan),
    )[requests.created < moment]
    by_type = past.groupby("request_type")
    rate = frame["request_type"].map(by_type["late"].mean()).fillna(past["late"].mean())
    keys = ["request_type", "department"]
    narrow = past.groupby(keys)["hours"].median()
    hours = pd.Series(narrow.reindex(pd.MultiIndex.from_frame(frame[keys])).to_numpy(), index=frame.index)
    hours = hours.fillna(frame["request_type"].map(by_type["hours"].median())).fillna(past["hours"].median())
    return {LATE: rate.to_numpy(dtype=np.float64), MEDIAN: hours.to_numpy(dtype=np.float64)}


def validation_frame(requests: Requests, moment: int, until: int, predicted: dict[str, Array]) -> pd.DataFrame:
    """Return one row a request created from `moment` on: what became of it by `until`, and what was predicted.

    Columns: service_request_id, created_at; hours (NaN while open), open_hours (until closed or `until`); late (NaN
    where it is not known); late, hours_median and hours_90 as predicted (`predicted_...`) and by the past
    (`baseline_...`).
    """
    rows = np.flatnonzero((requests.created >= moment) & (requests.created < until))
    created, due = requests.created[rows], requests.due[rows]
    closed = np.where(requests.closed[rows] < until, requests.closed[rows], NEVER)
    open_hours = (np.minimum(closed, until) - created) / HOUR
    late = (closed > due) & (due < until)
    known = (due < NEVER) & (late | (closed <= due))
    past = baselines(requests, moment)
    return pd.DataFrame(
        {
            "service_request_id": requests.frame["service_request_id"].to_numpy()[rows],
            "created_at": requests.frame["created_at"].to_numpy()[rows],
            "hours": np.where(closed < NEVER, open_hours, np.nan),
            "open_hours": open_hours,
            "late": np.where(known, late.astype(np.float64), np.nan),
        }
        | {f"predicted_{name}": values for name, values in predicted.items()}
        | {f"baseline_{name}": values[rows] for name, values in past.items()}
    )


def event_figures(model: EventModel, source: Source, validation: pd.DataFrame) -> dict[str, Any]:
    """Return the figures of a validation frame.

    Returns
    -------
    dict
        model, kind, data_source, synthetic; n (requests), closed, events (late); late_auc; hours_median_abs_error
        (hours) and hours_log_error (mean absolute difference of log(1 + hours)), of closed requests; each of the three
        also as `..._baseline`; late_observed_expected; coverage_90, the share of requests that end within their 90 %
        quantile, where those that are open and still within it are spoken for by the others. None where there is
        nothing to judge by.
    """
    late = validation["late"].to_numpy(dtype=np.float64)
    known, closed = np.isfinite(late), validation["hours"].notna().to_numpy()
    predicted, past = (
        {name: validation[f"{kind}_{name}"].to_numpy(dtype=np.float64) for name in (LATE, MEDIAN)}
        for kind in ("predicted", "baseline")
    )
    figures: dict[str, Any] = {
        "model": model.name,
        "kind": model.kind,
        "data_source": source.name,
        "synthetic": source.synthetic,
        "n": len(validation),
        "closed": int(closed.sum()),
        "events": int(late[known].sum()),
    }
    for suffix, by in (("", predicted), ("_baseline", past)):
        figures[f"late_auc{suffix}"] = auc(late[known], by[LATE][known])
    hours = validation["hours"].to_numpy(dtype=np.float64)[closed]
    for suffix, by in (("", predicted), ("_baseline", past)):
        off = np.abs(by[MEDIAN][closed] - hours)
        figures[f"hours_median_abs_error{suffix}"] = float(np.median(off)) if len(off) else None
    for suffix, by in (("", predicted), ("_baseline", past)):
        off = np.abs(np.log1p(by[MEDIAN][closed]) - np.log1p(hours))
        figures[f"hours_log_error{suffix}"] = float(off.mean()) if len(off) else None
    expected = float(predicted[LATE][known].sum())
    return figures | {
        "late_observed_expected": float(late[known].sum()) / expected if expected else None,
        "coverage_90": coverage(validation),
    }


def auc(outcome: Array, score: Array) -> float | None:
    """Return the area under the ROC curve, equal scores counting one half; None where all outcomes are the same."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(outcome, score)) if 0 < outcome.sum() < len(outcome) else None


def coverage(validation: pd.DataFrame) -> float | None:
    """Return the share of requests that are closed within their predicted 90 % quantile, weighted for censoring.

    What counts is known at the quantile: a request that is still open beyond it is outside, one that is open and
    younger is censored.
    """
    limit = validation[f"predicted_{LONG}"].to_numpy(dtype=np.float64)
    age = validation["open_hours"].to_numpy(dtype=np.float64)
    within = (validation["hours"].to_numpy(dtype=np.float64) <= limit).astype(np.float64)
    ended = validation["hours"].notna().to_numpy() | (age >= limit)
    if not ended.any():
        return None
    until = np.minimum(age, limit)
    weight = censoring_weights(until, ended, np.inf)
    return float(np.average(within, weights=np.where(ended, weight, 0.0)))
