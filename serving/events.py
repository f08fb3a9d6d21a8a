"""Service requests as the API scores them: features from the request and everything known before it, then reasons.

The past of a source's requests is read from the lake once and again whenever records have arrived since.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InvalidInputError, suggest
from features.events.requests import RequestHistory, Trailing
from features.journal import newest
from features.lake import open_lake
from features.lake.reading import lake_manifest
from features.sources import Source
from models.event_bundle import FOLLOWED_CLOSINGS, LATE, LONG, MEDIAN, EventBundle
from models.tables import Array
from serving.champions import EventChampion

TOP_REASONS = 5
LEAST = 0.01  # a feature that moves the odds, or the hours, by less than 1 % is no reason
LONGEST_LIMIT = timedelta(days=20 * 366)
CODES = {"request_type": True, "department": True, "township": False, "channel": False}  # whether one must be known


@dataclass(frozen=True)
class EventReason:
    """One feature's share: by what it multiplies the odds of late, or the hours."""

    feature: str
    value: float
    factor: float


@dataclass(frozen=True)
class EventAnswer:
    """What an event model says of one request.

    Attributes
    ----------
    unseen
        Fields whose value no earlier request has.
    """

    late: float
    hours_median: float
    hours_90: float
    reasons_late: tuple[EventReason, ...]
    reasons_hours: tuple[EventReason, ...]
    unseen: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Past:
    state: tuple[str, int]
    history: RequestHistory
    codes: dict[str, frozenset[str]]
    trailing: dict[tuple[str, int], Trailing]


class KnownRequests:
    """The past of a source's service requests, kept up to date."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._past: _Past | None = None
        self._reading = threading.Lock()

    def past(self) -> _Past:
        """Return the past as the lake shows it now."""
        state = (str(lake_manifest(self.source.name)["fingerprint"]), newest(self.source.name))
        with self._reading:
            if self._past is None or self._past.state != state:
                with open_lake(self.source.name) as lake:
                    rows = lake.execute("SELECT * EXCLUDE (text) FROM service_request").df()
                codes = {name: frozenset(rows[name].dropna().unique()) for name in CODES}
                self._past = _Past(state, RequestHistory(rows), codes, {})
            return self._past

    def answer(self, champion: EventChampion, asked: pd.DataFrame) -> list[EventAnswer]:
        """Score requests.

        Parameters
        ----------
        asked
            One row a request, columns as `read_events` gives them.
        """
        past, bundle = self.past(), champion.bundle
        columns = past.history.features(asked)
        told = bundle.predict(columns, self._trailing(past, champion).before(asked))
        late, hours = _reasons(bundle, LATE, columns), _reasons(bundle, MEDIAN, columns)
        unseen = {name: ~asked[name].isin(past.codes[name]) & asked[name].notna() for name in CODES}
        return [
            EventAnswer(
                float(told[LATE][row]),
                float(told[MEDIAN][row]),
                float(told[LONG][row]),
                late[row],
                hours[row],
                tuple(name for name, new in unseen.items() if new.iloc[row]),
            )
            for row in range(len(asked))
        ]

    def late(self, champion: EventChampion, asked: pd.DataFrame) -> Array:
        """Return how likely each request is to be closed late, (n,); columns as `answer` takes them."""
        past = self.past()
        told = champion.bundle.predict(past.history.features(asked), self._trailing(past, champion).before(asked))
        return np.asarray(told[LATE])

    def _trailing(self, past: _Past, champion: EventChampion) -> Trailing:
        """Return how far the latest closings exceeded their 90 % quantile, worked out once a version."""
        key = (champion.declaration.name, champion.version)
        if key not in past.trailing:
            bundle = champion.bundle
            raw = bundle.outputs[LONG].form.raw(past.history.features(past.history.requests))
            excess = bundle.excess(raw, past.history.moments.hours)
            past.trailing[key] = past.history.trailing_quantile(excess, bundle.trailing_share, FOLLOWED_CLOSINGS)
        return past.trailing[key]


def _reasons(bundle: EventBundle, output: str, columns: dict[str, Array]) -> list[tuple[EventReason, ...]]:
    shares = bundle.outputs[output].contributions(columns)
    names = list(shares)
    if not names:
        return [()] * len(next(iter(columns.values())))
    matrix = np.column_stack([shares[name] for name in names])
    order = np.argsort(-np.abs(matrix), axis=1, kind="stable")[:, :TOP_REASONS]
    return [
        tuple(
            EventReason(names[place], float(columns[names[place]][row]), float(np.exp(matrix[row, place])))
            for place in places
            if abs(matrix[row, place]) > LEAST
        )
        for row, places in enumerate(order)
    ]


def read_events(records: Sequence[dict[str, Any]], known: KnownRequests) -> pd.DataFrame:
    """Return sent requests as a table.

    Parameters
    ----------
    records
        request_type, department, township, channel (text or None), created_at and due_at (datetime or None). A moment
        without a zone is taken as UTC, as in the contract.

    Raises
    ------
    InvalidInputError
        If a type or department is not known, or moments cannot be; every problem is listed.
    """
    now = max(datetime.now(UTC), known.source.as_of)
    codes = known.past().codes
    problems: list[dict[str, object]] = []
    moments: dict[str, list[datetime | None]] = {"created_at": [], "due_at": []}
    for row, record in enumerate(records):
        created, due = (_in_utc(record[name]) for name in moments)
        moments["created_at"].append(created)
        moments["due_at"].append(due)
        if created is None or created > now or created.year < 1970:
            allowed = f"1970-01-01 to {now:%Y-%m-%dT%H:%M}Z"
            problems.append(_problem(row, "created_at", record["created_at"], allowed, "send when the request came in"))
        elif due is not None and not created <= due <= created + LONGEST_LIMIT:
            allowed = "from created_at to 20 years later"
            problems.append(_problem(row, "due_at", record["due_at"], allowed, "leave it out where there is no limit"))
        for name in (name for name, must in CODES.items() if must):
            if record[name] not in codes[name]:
                fix = suggest(str(record[name]), codes[name])
                problems.append(_problem(row, name, record[name], f"a {name} that requests have had", fix[:300]))
    if problems:
        raise InvalidInputError(f"{len(problems)} field(s) of the events cannot be accepted.", problems)
    text = {name: pd.array([record[name] for record in records], dtype="string") for name in CODES}
    return pd.DataFrame(
        text | {name: pd.to_datetime(pd.Series(values), utc=True).dt.as_unit("us") for name, values in moments.items()}
    )


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _problem(row: int, field: str, value: object, allowed: str, fix: str) -> dict[str, object]:
    return {"field": f"events[{row}].{field}", "value": str(value)[:60], "allowed": allowed, "fix": fix}
