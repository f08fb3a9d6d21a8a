"""Records that arrive close the loop: a test that was done, its result, a diagnosis, a treatment, a death."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from features.concepts import CONDITIONS, DRUGS, MEASUREMENTS
from features.streams import RECORD_TABLES
from models.screening_programme import Programme, programmes
from serving.database import transaction
from serving.loop.actor import DIAGNOSIS, RECORDS
from serving.loop.tables import Task, Transition
from serving.loop.tasks import Step, advance
from serving.loop.transitions import ENDED, TRANSITIONS, Outcome, State

AT_ONCE = 500
# A cancer that a test showed is diagnosed within so long (training allows as much); after that the test was negative.
RESULT_WITHIN_DAYS = 90


@dataclass(frozen=True)
class Event:
    """What a record says of a person: something done, found, or ended, on a day."""

    person: int
    day: date
    what: Outcome
    note: str


def records_arrived(source: str, records: Mapping[str, pd.DataFrame]) -> int:
    """Move the open tasks that records concern; return how many transitions were written.

    Records that come again change nothing, even where people have decided otherwise since.

    Parameters
    ----------
    records
        Rows by table name, with the columns of the table's contract; the tables of `COLUMNS` are looked at.
    """
    looked_at = {name: frame for name, frame in records.items() if name in LOOKED_AT and len(frame)}
    people = np.unique(np.concatenate([f["person_id"].to_numpy(np.int64) for f in looked_at.values()] or [_NOBODY]))
    written = 0
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        own = {name: frame[frame["person_id"].isin(some)] for name, frame in looked_at.items()}
        with transaction(source) as session:
            written += _move(session, source, some.tolist(), own)
    return written


_NOBODY = np.empty(0, dtype=np.int64)


def settle(source: str, today: date) -> int:
    """Close what a long silence decides: tested, and no diagnosis since; return how many transitions were written."""
    latest = today - timedelta(days=RESULT_WITHIN_DAYS)
    written = 0
    with transaction(source) as session:
        query = select(Task).where(Task.source == source, Task.state == "tested", Task.tested_on <= latest)
        for task in session.scalars(query.with_for_update()):
            note = f"no diagnosis within {RESULT_WITHIN_DAYS} days of the test"
            written += _step(session, task, Step("negative", note=note)) + _step(session, task, Step("closed"))
    return written


def _move(session: Session, source: str, people: Sequence[int], records: Mapping[str, pd.DataFrame]) -> int:
    query = select(Task).where(Task.source == source, Task.person_id.in_(people), Task.state.not_in(ENDED))
    tasks = list(session.scalars(query.order_by(Task.id).with_for_update()))
    invited = {task.person_id for task in tasks}
    told = _told(session, tasks)
    records = {name: frame[frame["person_id"].isin(invited)] for name, frame in records.items()}
    written = 0
    for name in {task.programme for task in tasks} & set(programmes()):
        programme = programmes()[name]
        events: dict[int, list[Event]] = {}
        for event in _events(programme, records):
            events.setdefault(event.person, []).append(event)
        for task in tasks:
            if task.programme == name:
                own = [event for event in events.get(task.person_id, []) if event.day >= task.as_of]
                fresh = (event for event in own if (task.id, event.what, event.note) not in told)
                written += sum(_apply(session, task, event) for event in fresh if _about(programme, task, event))
    return written


def _told(session: Session, tasks: Sequence[Task]) -> set[tuple[int, str, str]]:
    """Return task, state and note of every step that records have taken: an event is taken in once."""
    query = select(Transition.task_id, Transition.after, Transition.note).where(
        Transition.task_id.in_([task.id for task in tasks]), Transition.actor == RECORDS
    )
    return {(task, after, note) for task, after, note in session.execute(query)}


def _about(programme: Programme, task: Task, event: Event) -> bool:
    """Return whether an event says something of a task: results belong to the test that it offers."""
    if event.what in ("tested", "positive", "negative") and event.note.startswith("test "):
        return event.note.split()[1] == task.test
    return True


def _apply(session: Session, task: Task, event: Event) -> int:
    state, note = cast("State", task.state), event.note
    if state == "closed":
        late = event.what == "positive" and task.tested_on is not None and event.day >= task.tested_on
        recent = late and task.tested_on is not None and event.day - task.tested_on <= timedelta(RESULT_WITHIN_DAYS)
        return _step(session, task, Step("positive", note=note)) if recent and task.result != 1 else 0
    written = 0
    if event.what in ("positive", "negative") and task.tested_on is None:
        if not note.startswith("test "):  # a diagnosis that no test of ours led to
            return _step(session, task, Step("already_done", note=note))
        written += _step(session, task, Step("tested", note=note, tested_on=event.day))
    step = Step(event.what, note=note, tested_on=event.day if event.what == "tested" else None)
    if task.state != event.what:
        written += _step(session, task, step)
    if event.what in ("negative", "treated") and task.state == event.what:
        written += _step(session, task, Step("closed", note=note))
    return written


def _step(session: Session, task: Task, step: Step) -> int:
    """Take a step if it may follow; return how many were taken."""
    if step.outcome not in TRANSITIONS[cast("State", task.state)]:
        return 0
    advance(session, task, step, RECORDS)
    return 1


def _events(programme: Programme, records: Mapping[str, pd.DataFrame]) -> Iterator[Event]:
    """Yield what records say to a programme, in the order in which it can have happened."""
    for test in programme.tests:
        done = f"test {test.name}"
        if f"done.{test.name}" in test.streams:
            table = _rows(records, "procedure_occurrence")
            yield from _all(table[table["procedure_source_value"] == test.name], "procedure_occurrence", "tested", done)
        positive = {entry.measurement: entry for entry in test.positive}
        results: list[pd.DataFrame] = []
        for stream in test.streams:
            kind, _, name = stream.partition(".")
            if kind != "measured":
                continue
            table_name = MEASUREMENTS[name].table
            table = _rows(records, table_name)
            own = table[table[f"{table_name}_concept_id"] == MEASUREMENTS[name].concept_id]
            yield from _all(own, table_name, "tested", done)
            if name in positive and len(own):
                value, rule = own["value_as_number"].to_numpy(np.float64), positive[name]
                hit = value < rule.threshold if rule.below else value >= rule.threshold
                day = own[f"{table_name}_date"]
                results.append(pd.DataFrame({"person_id": own["person_id"], "day": day, "hit": hit & ~np.isnan(value)}))
        if results:
            # One day's results are one result, positive if any of them is.
            by_day = pd.concat(results).groupby(["person_id", "day"], sort=True)["hit"].any()
            for person, day, found in by_day.reset_index().itertuples(index=False, name=None):
                moment = pd.Timestamp(day).date()
                yield Event(int(person), moment, "positive" if found else "negative", f"{done} of {moment}")
    diagnoses = _rows(records, "condition_occurrence")
    cases = diagnoses[_of(diagnoses["condition_source_value"], CONDITIONS[programme.disease].holds)]
    yield from _all(cases, "condition_occurrence", "positive", DIAGNOSIS)
    if programme.treated_by:
        drugs = _rows(records, "drug_exposure")
        yield from _all(
            drugs[_of(drugs["drug_source_value"], DRUGS[programme.treated_by].holds)],
            "drug_exposure",
            "treated",
            "drug",
        )
    yield from _all(_rows(records, "death"), "death", "died", "death")


DAY = {name: table.day for name, table in RECORD_TABLES.items()} | {"death": "death_date"}
COLUMNS = {
    "procedure_occurrence": ["procedure_source_value"],
    "measurement": ["measurement_concept_id", "value_as_number"],
    "observation": ["observation_concept_id", "value_as_number"],
    "condition_occurrence": ["condition_source_value"],
    "drug_exposure": ["drug_source_value"],
    "death": [],
}
LOOKED_AT = frozenset(COLUMNS)


def _rows(records: Mapping[str, pd.DataFrame], table: str) -> pd.DataFrame:
    return records.get(table, pd.DataFrame(columns=["person_id", DAY[table], *COLUMNS[table]]))


def _all(rows: pd.DataFrame, table: str, what: Outcome, note: str) -> Iterator[Event]:
    for person, day in zip(rows["person_id"], rows[DAY[table]], strict=True):
        moment = pd.Timestamp(day).date()
        yield Event(int(person), moment, what, f"{note} ({table}) of {moment}")


def _of(codes: pd.Series[str], holds: object) -> NDArray[np.bool_]:
    known = {code: bool(holds(code)) for code in pd.unique(codes.dropna())}  # type: ignore[operator]
    return codes.map(known).eq(True).to_numpy(dtype=bool)
