"""Requests with their features at creation, and what was known at a moment of how they ended."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.events.requests import HOUR, NEVER, RequestHistory, microseconds
from features.lake import open_lake
from features.sources import Source
from models.event_bundle import FOLLOWED_CLOSINGS, LONG, LONG_SHARE, EventBundle
from models.event_model import EventModel
from training.metrics import ipcw

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

# The moments of the longest follow-ups rest on few requests: so many in a hundred must be followed to the horizon.
FOLLOWED_SHARE = 0.05
MOST_SHARE = 0.99  # of closings; where one request in ten is never closed, no closing can be a 90 % quantile
TICK = 1e-9  # hours; a horizon must be above zero, also where everything was closed at once


@dataclass(frozen=True)
class Known:
    """What was known, at some moment, of how requests ended; arrays are (n,).

    Attributes
    ----------
    hours
        Hours until closed, or, where it was open, until the moment; not more than the horizon.
    hours_weight
        Inverse probability of censoring weight of `hours`, 0 where the request was open and could still be closed
        before the horizon.
    late
        1 late, 0 in time; 0 where it was not known.
    late_weight
        The same weight for `late`: 0 where it was not known.
    """

    hours: Array
    hours_weight: Array
    late: Array
    late_weight: Array


@dataclass(frozen=True)
class Requests:
    """All requests of a source in the order of creation; arrays are (n,), moments int64 microseconds.

    Attributes
    ----------
    columns
        Every feature of the model, as known at creation.
    """

    history: RequestHistory
    columns: dict[str, Array]
    created: Whole
    due: Whole
    closed: Whole
    longest_hours: float

    @classmethod
    def of(cls, model: EventModel, frame: pd.DataFrame) -> Requests:
        """Return the requests of a table as the contract `service_request` has it."""
        history = RequestHistory(frame)
        frame, moments = history.requests, history.moments
        columns = history.features(frame)
        return cls(
            history,
            {name: columns[name] for name in model.features},
            microseconds(frame["created_at"]),
            microseconds(frame["due_at"]),
            moments.closed,
            model.longest_hours,
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The requests themselves."""
        return self.history.requests

    def moved(self, bundle: EventBundle) -> Array:
        """Return by how much the 90 % quantile of each request is moved: by the closings before its creation, (n,)."""
        excess = bundle.excess(bundle.outputs[LONG].form.raw(self.columns), self.history.moments.hours)
        return self.history.trailing_quantile(excess, bundle.trailing_share, FOLLOWED_CLOSINGS).before(self.frame)

    def trailing_share(self, until: int) -> float:
        """Return the share of closings that must lie within a 90 % quantile of all requests, as known at `until`.

        The share of requests that are closed at all, weighted for censoring, divides the 90 %; and the count of
        conformal prediction (see `training.events.fitting.calibrated`) is made for the closings that are followed.
        """
        rows = self.before(until)
        weight = self.known(rows, until).hours_weight
        ever = float(weight[self.closed[rows] < until].sum() / weight.sum()) if weight.any() else 1.0
        return min(LONG_SHARE * (1 + 1 / FOLLOWED_CLOSINGS) / max(ever, LONG_SHARE), MOST_SHARE)

    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits that change with the requests."""
        hashed = pd.util.hash_pandas_object(self.frame, index=False).to_numpy()
        return hashlib.sha256(hashed.tobytes()).hexdigest()[:16]

    def before(self, moment: int) -> NDArray[np.int64]:
        """Return the rows created before a moment."""
        return np.flatnonzero(self.created < moment)

    def take(self, rows: NDArray[np.int64]) -> dict[str, Array]:
        """Return the features of some rows."""
        return {name: column[rows] for name, column in self.columns.items()}

    def known(self, rows: NDArray[np.int64], moment: int) -> Known:
        """Return what was known just before `moment` of how `rows`, all created before it, ended."""
        created, due = self.created[rows], self.due[rows]
        closed = np.where(self.closed[rows] < moment, self.closed[rows], NEVER)
        followed = (moment - created) / HOUR
        horizon = min(self.longest_hours, float(np.quantile(followed, 1 - FOLLOWED_SHARE)))
        hours = np.minimum(np.where(closed < NEVER, (np.minimum(closed, moment) - created) / HOUR, followed), horizon)
        hours = np.maximum(hours, 0.0)
        is_late = (due < NEVER) & (closed > due) & (due < moment)
        is_known = (due < NEVER) & (is_late | (closed <= due))
        until = np.where(is_late, np.maximum((due - created) / HOUR, 0.0), hours)
        limited = np.flatnonzero(due < NEVER)
        late_weight = np.zeros(len(rows))
        late_weight[limited] = censoring_weights(until[limited], is_known[limited], horizon)
        return Known(
            hours=hours,
            hours_weight=censoring_weights(hours, closed < NEVER, horizon),
            late=is_late.astype(np.float64),
            late_weight=np.where(is_known, late_weight, 0.0),
        )


def censoring_weights(hours: Array, ended: NDArray[np.bool_], horizon: float) -> Array:
    """Return inverse probability of censoring weights (n,), see `training.metrics.ipcw`; the clock runs in hours.

    Beyond the last end nobody teaches how long it takes: where that comes before the horizon, it is the horizon.
    """
    if not ended.any():
        return np.zeros(len(hours))
    last = min(horizon, float(hours[ended].max()))
    return np.asarray(ipcw(hours, ended.astype(np.int8), max(last, TICK)), dtype=np.float64)


def read_requests(source: Source) -> pd.DataFrame:
    """Return the service requests that the source's lake holds, without their words."""
    with open_lake(source.name) as lake:
        return lake.execute("SELECT * EXCLUDE (text) FROM service_request ORDER BY created_at, service_request_id").df()
