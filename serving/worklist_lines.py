"""A worklist as people read it: each line with risk, reasons in words, what was last done, and what to offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import numpy as np
from sqlalchemy import select

from models.screening_programme import get_programme
from serving import schemas_lists as schemas
from serving.access import Access
from serving.database import transaction
from serving.loop.opening import left_alone
from serving.loop.tables import Task, Transition
from serving.loop.tasks import newest_steps, undo_until
from serving.loop.transitions import FINAL, State
from serving.person_now import people_now
from serving.population import read_cursor
from serving.selection import Chosen
from serving.service import Service
from serving.vocabulary import choices, word
from serving.worklists import Candidates, Lists, area_of, capacity_of, week_of


@dataclass(frozen=True)
class Listing:
    """Who is chosen at a capacity, highest expected benefit first, and out of whom."""

    everybody: Candidates
    people: Candidates
    chosen: Chosen
    capacity: int
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
    code = area_of(clinic, area, eligible.circumstances.townships)
    source = eligible.population.source.name
    with transaction(source, reads=True) as session:
        resting = left_alone(session, source, programme, with_open=False)
    mine = eligible.within(code, resting)
    places = capacity_of(eligible.programme, mine, capacity)
    week = week_of(eligible.population.now.date())
    people, chosen = mine.choose(places, week, code)
    return Listing(mine, people, chosen, places, week, code)


def lines(service: Service, chosen: Listing, access: Access, start: int, stop: int) -> list[schemas.ListedCandidate]:
    """Return lines `start` to `stop` of a list."""
    people, programme = chosen.people, chosen.people.programme
    persons = people.person[start:stop].tolist()
    tasks, steps = _tasks(people.population.source.name, programme.name, persons)
    asked = {person: tasks.get(person) for person in persons}
    shown = people_now(service, people.circumstances, programme, asked)
    found = []
    for place, person in enumerate(persons, start=start):
        task = tasks.get(person)
        found.append(
            schemas.ListedCandidate(
                **dict(shown[person]),
                rank=place + 1,
                resident=person,
                uptake=float(people.uptake[place]),
                expected_benefit=float(people.benefit[place]),
                chosen_by="lot" if chosen.chosen.by_lot[place] else "benefit",
                inclusion_probability=float(chosen.chosen.probability[place]),
                task=_short(task, undo_until(steps[task.id], access.account.name)) if task else None,
            )
        )
    return found


def by_township(service: Service, chosen: Listing) -> list[schemas.TownshipPlaces]:
    """Return what the capacity means for each township, most places first."""
    people, chance = chosen.people, chosen.people.chance_found
    codes, place = np.unique(chosen.everybody.township.astype(str), return_inverse=True)
    eligible = np.bincount(place, minlength=len(codes))
    own = np.searchsorted(codes, people.township.astype(str))
    sums = [
        np.bincount(own, weights=weights, minlength=len(codes))
        for weights in (np.ones(len(own)), chosen.chosen.by_lot.astype(np.float64), people.uptake, chance)
    ]
    order = np.lexsort((codes, -eligible, -sums[0]))
    return [
        schemas.TownshipPlaces(
            code=code,
            name=service.source.area_names.get(code, (code, code))[0],
            name_zh=service.source.area_names.get(code, (code, code))[1],
            eligible=int(eligible[at]),
            invited=int(sums[0][at]),
            by_lot=int(sums[1][at]),
            tests=float(sums[2][at]),
            cases_found=float(sums[3][at]),
        )
        for at in order.tolist()
        for code in [str(codes[at])]
    ]


def _tasks(source: str, programme: str, people: Sequence[int]) -> tuple[dict[int, Task], dict[int, Transition]]:
    """Return the newest task of each person in a programme, and the newest step of each by task."""
    query = (
        select(Task)
        .where(Task.source == source, Task.programme == programme, Task.person_id.in_(people))
        .order_by(Task.id)
    )
    with transaction(source, reads=True) as session:
        tasks = {task.person_id: task for task in session.scalars(query)}
        return tasks, newest_steps(session, list(tasks.values()))


def _short(task: Task, until: datetime | None) -> schemas.TaskShort | None:
    """Return where a task stands; None where it is over."""
    if task.state in FINAL:
        return None
    state = cast("State", task.state)
    said = word("state", state)
    return schemas.TaskShort(
        id=task.id,
        state=state,
        state_label=said.label,
        state_label_zh=said.label_zh,
        version=task.version,
        call_again_on=task.call_again_on,
        choices=list(choices(state)),
        undo_until=until,
    )
