"""A worklist as people read it: each line with risk, reasons in words, what was last done, and what to offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from models.screening_programme import get_programme
from serving import schemas_lists as schemas
from serving.access import Access
from serving.core import answer
from serving.database import transaction
from serving.loop.opening import left_alone
from serving.loop.tables import Task
from serving.loop.transitions import FINAL, WAITING
from serving.population import read_cursor
from serving.present import risk_out
from serving.selection import Chosen
from serving.service import Service
from serving.worklists import Candidates, Lists, area_of, as_date, capacity_of, week_of


@dataclass(frozen=True)
class Listing:
    """Who is chosen at a capacity, highest expected benefit first."""

    people: Candidates
    chosen: Chosen
    capacity: int
    eligible: int
    week: str
    area: str | None

    def after(self, cursor: str | None) -> int:
        """Return where the page after a cursor starts; the errors are those of `read_cursor`."""
        if not cursor:
            return 0
        benefit, person = read_cursor(cursor)
        mine, people = self.people.benefit, self.people.person
        return int(np.sum((mine > benefit) | ((mine == benefit) & (people <= person))))


def listing(
    lists: Lists, access: Access, programme: str, clinic: str | None, area: str | None, capacity: int | None
) -> Listing:
    """Return whom of those in the caller's reach a programme would invite; those with an open task keep their place.

    Raises
    ------
    UnknownNameError, ModelUnavailableError, InvalidInputError
        If there is no such programme, its model cannot serve, or nobody lives in the area.
    """
    everybody = lists.candidates(get_programme(programme))
    eligible = everybody.kept(access.may_see(everybody.person))
    code = area_of(clinic, area, eligible.circumstances.township)
    source = eligible.population.source.name
    with transaction(source, reads=True) as session:
        resting = left_alone(session, source, programme, with_open=False)
    mine = eligible.within(code, resting)
    places = capacity_of(eligible.programme, mine, capacity)
    week = week_of(eligible.population.now.date())
    people, chosen = mine.choose(places, week, code)
    return Listing(people, chosen, places, len(mine.rows), week, code)


def lines(service: Service, chosen: Listing, start: int, stop: int) -> list[schemas.ListedCandidate]:
    """Return lines `start` to `stop` of a list."""
    people, now = chosen.people, chosen.people.circumstances
    rows = people.rows[start:stop]
    if not len(rows):
        return []
    features = people.population.features.iloc[rows]
    answers = answer(service.snapshot, features, [people.programme.model])
    tasks = _tasks(people.population.source.name, people.programme.name, people.person[start:stop].tolist())
    tests, last, status = people.programme.tests, now.last_test(people.programme), people.status()
    found = []
    for place, row in enumerate(rows.tolist()):
        at, person = start + place, int(people.person[start + place])
        way = float(features["clinic_distance"].iloc[place])
        offer = tests[int(people.second[at])]
        overdue = people.overdue[at]
        found.append(
            schemas.ListedCandidate(
                rank=at + 1,
                resident=person,
                age=float(features["age"].iloc[place]),
                female=bool(features["female"].iloc[place] == 1),
                township=str(people.township[at]),
                clinic_km=None if np.isnan(way) else way,
                beyond_reach=way > people.programme.reach_km.value,
                risk=risk_out(answers[place][0]),
                uptake=float(people.uptake[at]),
                expected_benefit=float(people.benefit[at]),
                chosen_by="lot" if chosen.chosen.by_lot[at] else "benefit",
                inclusion_probability=float(chosen.chosen.probability[at]),
                due=status[at],
                overdue_days=None if np.isinf(overdue) else int(overdue),
                last_tests=[
                    schemas.LastTest(test=test.name, on=day)
                    for test in tests
                    if (day := as_date(last[test.name][row])) is not None
                ],
                last_contact=_contact(people, row, tasks.get(person)),
                offer=schemas.TestOut(name=offer.name, label=offer.label, label_zh=offer.label_zh),
                task=_short(tasks.get(person)),
            )
        )
    return found


def _tasks(source: str, programme: str, people: Sequence[int]) -> dict[int, Task]:
    """Return the newest task of each person in a programme."""
    query = (
        select(Task)
        .where(Task.source == source, Task.programme == programme, Task.person_id.in_(people))
        .order_by(Task.id)
    )
    with transaction(source, reads=True) as session:
        return {task.person_id: task for task in session.scalars(query)}


def _short(task: Task | None) -> schemas.TaskShort | None:
    if task is None or task.state in FINAL:
        return None
    return schemas.TaskShort.model_validate(task, from_attributes=True)


def _contact(people: Candidates, row: int, task: Task | None) -> schemas.Contact | None:
    """Return the newest of the last visit, the last invitation and, where somebody was reached by it, the last call."""
    found = [
        schemas.Contact.model_validate({"kind": kind, "on": on})
        for kind, days in people.circumstances.contact.items()
        if (on := as_date(days[row])) is not None
    ]
    if task is not None and task.version > 1 and task.state not in WAITING - {"call_later"}:
        found.append(schemas.Contact(kind="call", on=task.changed_at.date()))
    return max(found, key=lambda contact: contact.on, default=None)
