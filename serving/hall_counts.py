"""Counts for a screen that is looked at all day: of screening tasks and of service requests.

A count that is shown again and again tells by its steps: that one more has come, or the first. So these counts are
taken once in a closed stretch of time (`PERIOD`), out of what was written down by its end, and are shown in steps of
eight people (`models.disclosure.stepped_count`): whatever two answers are subtracted, of one cell or of a sum, at one
time or at two, by one process or by several, before or after a restart, the difference is nobody or eight and more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, case, func, or_, select

from features.events.requests import NEVER, microseconds
from serving.database import transaction
from serving.loop.tables import List, Task, Transition
from serving.service import Service

PERIOD = timedelta(minutes=15)  # our choice: short for people who watch, and long enough that outcomes come in several
LATE_FROM = 0.5  # our choice: a request is in danger if it is likelier late than not


@dataclass(frozen=True)
class Progress:
    """How far a programme's lists of one week have come; exact numbers of people, to be put under control.

    Attributes
    ----------
    lists, places
        Lists that were opened, and how many people they hold at most; of no person.
    agreed, tested
        Whoever has been tested has agreed.
    """

    lists: int = 0
    places: int = 0
    invited: int = 0
    agreed: int = 0
    tested: int = 0
    positive: int = 0


def closed(moment: datetime) -> datetime:
    """Return the end of the newest closed stretch of time.

    >>> closed(datetime(2024, 3, 1, 9, 29, tzinfo=UTC)).strftime("%H:%M")
    '09:15'
    """
    begin = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return begin + (moment - begin) // PERIOD * PERIOD


def week_progress(source: str, week: str, until: datetime) -> dict[str, Progress]:
    """Return what has become of a week's lists by `until`, by programme."""
    newest = (
        select(Transition.task_id, func.max(Transition.version).label("version"))
        .where(Transition.at <= until)
        .group_by(Transition.task_id)
        .subquery()
    )

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    tested = Transition.tested_on.is_not(None)
    people = (
        select(
            Task.programme,
            func.count(),
            number(or_(tested, Transition.after == "agreed")),
            number(tested),
            number(and_(tested, Transition.result == 1)),
        )
        .join(Transition, Transition.task_id == Task.id)
        .join(newest, and_(newest.c.task_id == Transition.task_id, newest.c.version == Transition.version))
        .where(Task.source == source, Task.week == week)
        .group_by(Task.programme)
    )
    opened = (
        select(List.programme, func.count(), func.sum(List.capacity))
        .where(List.source == source, List.week == week, List.opened_at <= until)
        .group_by(List.programme)
    )
    with transaction(source, reads=True) as session:
        counts = {name: tuple(map(int, found)) for name, *found in session.execute(people)}
        return {
            name: Progress(int(lists), int(places), *counts.get(name, (0, 0, 0, 0)))
            for name, lists, places in session.execute(opened)
        }


def outcomes_between(source: str, since: datetime, until: datetime) -> int:
    """Return how many outcomes of calls and tests were written down, until `until`."""
    query = (
        select(func.count())
        .select_from(Transition)
        .join(Task, Task.id == Transition.task_id)
        .where(Task.source == source, Transition.before.is_not(None), Transition.at >= since, Transition.at <= until)
    )
    with transaction(source, reads=True) as session:
        return int(session.scalar(query) or 0)


@dataclass(frozen=True)
class Requests:
    """Open service requests of one county; exact numbers.

    Attributes
    ----------
    overdue
        Beyond their time limit.
    at_risk
        Not overdue yet, and likelier late than not; None where no model says so.
    """

    open: int
    overdue: int
    at_risk: int | None


def open_requests(service: Service) -> dict[str, Requests] | None:
    """Return the open service requests at the records' now by county ("" where unknown); None: the source has none."""
    if not service.source.events:
        return None
    past = service.requests.past()
    now = round(service.population.now.timestamp() * 1e6)
    moments = past.history.moments
    rows = np.flatnonzero((moments.came <= now) & (moments.closed > now))
    asked = past.history.requests.iloc[rows]
    due = microseconds(asked["due_at"])
    overdue = due < now
    danger = _in_danger(service, ~overdue & (due < NEVER), rows)
    township = asked["township"].astype("string").fillna("")
    county = township.str.slice(0, 6).where(township.str.fullmatch(r"\d{9}"), "").to_numpy(dtype=object)
    found: dict[str, Requests] = {}
    for code in sorted(set(county)):
        mine = county == code
        at_risk = None if danger is None else int((mine & danger).sum())
        found[str(code)] = Requests(int(mine.sum()), int((mine & overdue).sum()), at_risk)
    return found


def _in_danger(service: Service, waiting: NDArray[np.bool_], rows: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """Return which of the open requests (n,), of those that wait, are likelier late than not; None without a model."""
    serving: Mapping[str, object] = service.snapshot.events
    names = [name for name in service.source.events if name in serving]
    if not names:
        return None
    found = np.zeros(len(rows), dtype=np.bool_)
    some = np.flatnonzero(waiting)
    if len(some):
        asked = service.requests.past().history.requests.iloc[rows[some]]
        found[some] = service.requests.late(service.snapshot.events[names[0]], asked) >= LATE_FROM
    return found
