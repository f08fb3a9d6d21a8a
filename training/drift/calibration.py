"""Whether the predictions came true: risks against outcomes that have come in since training.

Looked at are the newest index dates whose horizon is complete: the last year of them, or as many more years as it takes
to see 100 events, below which a validation says little (Vergouwe et al., J Clin Epidemiol 2005;58:475; Collins et al.,
Stat Med 2016;35:214). A risk is the one of the registered validation, from people the model never saw, where the index
date was in it, else what the champion predicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.feature import DAYS_PER_YEAR
from features.sources import Source
from models.bundle import Bundle
from models.risk_model import RiskModel
from training.cohort import CENSORED, EVENT, build_cohort
from training.metrics import evaluate

ENOUGH_EVENTS = 100
MICROSECONDS_PER_YEAR = DAYS_PER_YEAR * 86_400e6
HALF_A_DAY = 0.5 / DAYS_PER_YEAR  # follow-up is told in whole days
REPEATS = 100  # bootstrap repeats behind the intervals: their ends, not their centre, depend on them


@dataclass(frozen=True)
class Calibration:
    """Predictions against outcomes.

    Attributes
    ----------
    since
        Index dates of the window whose outcome was not known when the model was trained, or was another one. Where
        there is none the figures are NaN: they would only repeat the validation.
    first, last
        The window of index dates, both days included (ISO 8601).
    index_dates, events
        Rows of the window, and events among them by the horizon.
    observed_expected, c_index
        Figures with 95 % intervals (bootstrap over people).
    registered_observed_expected, registered_c_index
        Those of the version's validation.
    """

    since: int
    first: str
    last: str
    index_dates: int
    events: int
    observed_expected: float
    observed_expected_low: float
    observed_expected_high: float
    c_index: float
    c_index_low: float
    c_index_high: float
    registered_observed_expected: float
    registered_c_index: float

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for `--json`."""
        return dict(vars(self))


def calibration(source: Source, model: RiskModel, bundle: Bundle, registered: pd.DataFrame) -> Calibration:
    """Hold a version's risks against what is known now.

    Parameters
    ----------
    registered
        The version's validation: person_id, index_date, time, status, risk (see `training.train.validation_frame`).

    Raises
    ------
    InvalidInputError
        If nobody is at risk any more, or nobody has the outcome.
    """
    rows = with_registered(source, model, bundle, registered)
    rows = newest_complete(rows, model.horizon_years)
    outcome = rows["outcome"].to_numpy()
    since = int(((outcome >= 0) & (outcome != rows["outcome_then"].to_numpy())).sum())
    names = ("observed_expected", "c_index")
    figures = dict.fromkeys((f"{name}{end}" for name in names for end in ("", "_low", "_high")), float("nan"))
    if since:
        found = evaluate(
            rows["time"],
            rows["status"],
            rows["risk"],
            model.horizon_years,
            person=rows["person_id"],
            repeats=REPEATS,
            weights=rows["weight"],
        )
        figures = {name: float(found[name]) for name in figures}
    return Calibration(
        since=since,
        first=rows["index_date"].min().date().isoformat(),
        last=rows["index_date"].max().date().isoformat(),
        index_dates=len(rows),
        events=int((outcome == EVENT).sum()),
        registered_observed_expected=float(bundle.metrics["observed_expected"]),
        registered_c_index=float(bundle.metrics["c_index"]),
        **figures,
    )


def with_registered(source: Source, model: RiskModel, bundle: Bundle, registered: pd.DataFrame) -> pd.DataFrame:
    """Return the cohort as it is now: person_id, index_date, time, status, weight, risk, outcome, outcome_then.

    `outcome` is what is known at the horizon: 0 nothing happened, 1 event, 2 died without it, -1 not known yet;
    `outcome_then` is what training knew, -1 also where it did not have the index date.
    """
    cohort = build_cohort(source, model)
    now = pd.DataFrame(
        {
            "person_id": cohort.person,
            "index_date": cohort.index_date,
            "time": cohort.time,
            "status": cohort.status,
            "weight": cohort.weight,
            "predicted": bundle.risk(
                {entry.name: cohort.features[entry.name].to_numpy(dtype=np.float64) for entry in bundle.inputs}
            ),
        }
    )
    then = registered[["person_id", "index_date", "risk"]].assign(
        outcome_then=known_outcome(registered["time"], registered["status"], model.horizon_years)
    )
    rows = now.merge(then, on=["person_id", "index_date"], how="left")
    return rows.assign(
        risk=rows["risk"].fillna(rows["predicted"]),
        outcome_then=rows["outcome_then"].fillna(-1).astype(np.int8),
        outcome=known_outcome(rows["time"], rows["status"], model.horizon_years),
    )


def known_outcome(time: pd.Series[float], status: pd.Series[int], horizon: float) -> np.ndarray[Any, np.dtype[np.int8]]:
    """Return what is known at the horizon, int8 (n,): 0 nothing happened, 1 event, 2 died without it, -1 unknown."""
    ended = np.where(status == CENSORED, -1, status)
    return np.where(time > horizon, 0, ended).astype(np.int8)


def newest_complete(rows: pd.DataFrame, horizon: float) -> pd.DataFrame:
    """Return the newest rows whose horizon lies within the records: those of a year, or more until there are enough.

    The records end where the last of all rows is followed to.
    """
    began = rows["index_date"].to_numpy(dtype="datetime64[us]").astype(np.int64) / MICROSECONDS_PER_YEAR
    complete = began <= np.max(began + rows["time"].to_numpy()) - horizon + HALF_A_DAY
    if not complete.any():
        complete[:] = True
    age = began[complete].max() - began
    events = complete & (rows["outcome"].to_numpy() == EVENT)
    widths = range(1, int(age[complete].max()) + 2)
    enough = (width for width in widths if int((events & (age < width)).sum()) >= ENOUGH_EVENTS)
    newest: pd.DataFrame = rows.loc[complete & (age < next(enough, np.inf))]
    return newest
