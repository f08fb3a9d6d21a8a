"""Opening a week's list: who is chosen becomes a task, all of them or none."""

from __future__ import annotations

import math
from datetime import timedelta

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from features.errors import RefusedError
from serving.loop.invitations import invited_at
from serving.loop.tables import List, Task, Transition
from serving.loop.tasks import Answer, now, once
from serving.loop.transitions import FINAL, State
from serving.worklists import Candidates, capacity_of

# For how many days after a task ended so nobody is invited to the same programme again (our choice; whoever was tested
# is not due anyway). While a task is open nobody is invited twice.
RESTS_DAYS: dict[State, float] = {
    "refused": 365, "contraindicated": 365, "already_done": 365, "moved": math.inf, "died": math.inf,
}  # fmt: skip


def left_alone(session: Session, source: str, programme: str, *, with_open: bool) -> set[int]:
    """Return the residents who are not to be invited to a programme now because of how an earlier task went.

    Parameters
    ----------
    with_open
        Those with an open task as well.
    """
    moment = now()
    reasons = [
        (Task.state == state) & (Task.changed_at > moment - timedelta(days=days)) if math.isfinite(days)
        else Task.state == state
        for state, days in RESTS_DAYS.items()
    ]  # fmt: skip
    if with_open:
        reasons.append(Task.state.not_in(FINAL))
    query = select(Task.person_id).where(Task.source == source, Task.programme == programme, or_(*reasons))
    return set(session.scalars(query))


def open_list(
    source: str, eligible: Candidates, capacity: int | None, week: str, area: str | None, actor: str, key: str | None
) -> Answer:
    """Choose the people of a week's list and make a task of each.

    Returns
    -------
    dict
        list_id, capacity, invited, by_lot, eligible.

    Raises
    ------
    RefusedError
        If the week's list of this programme and area is open already, or nobody is left to invite.
    """

    def work(session: Session) -> Answer:
        programme = eligible.programme.name
        standing = session.scalar(
            select(List).where(
                List.source == source, List.programme == programme, List.week == week, List.area == (area or "")
            )
        )
        if standing is not None:
            raise RefusedError(
                f"The list of '{programme}' for {week}{f' in {area}' if area else ''} is open already: "
                f"{standing.opened_by} opened it at {standing.opened_at:%Y-%m-%d %H:%M} UTC with "
                f"{standing.capacity} places. Its tasks are under GET /v1/tasks?programme={programme}."
            )
        mine = eligible.within(area, left_alone(session, source, programme, with_open=True))
        places = capacity_of(eligible.programme, mine, capacity)
        people, chosen = mine.choose(places, week, area)
        if not len(people.rows):
            raise RefusedError(f"Nobody is left to invite to '{programme}'{f' in {area}' if area else ''}.")
        moment, as_of = now(), eligible.population.now.date()
        invited = invited_at(as_of, moment).date()
        opened = List(
            source=source, programme=programme, week=week, area=area or "", capacity=places, eligible=len(mine.rows),
            model=eligible.programme.model, model_version=eligible.champion.version, as_of=as_of, opened_by=actor,
            opened_at=moment,
        )  # fmt: skip
        session.add(opened)
        session.flush()
        tests = [test.name for test in eligible.programme.tests]
        rows = [
            {
                "list_id": opened.id, "source": source, "programme": programme, "week": week, "person_id": person,
                "township": township, "test": tests[second], "risk": risk, "uptake": uptake, "benefit": benefit,
                "by_lot": by_lot, "inclusion_probability": probability, "as_of": invited, "state": "to_call",
                "version": 1, "changed_by": actor, "changed_at": moment,
            }
            for person, township, second, risk, uptake, benefit, by_lot, probability in zip(
                people.person.tolist(), people.township.tolist(), people.second.astype(int).tolist(),
                people.risk.tolist(), people.uptake.tolist(), people.benefit.tolist(), chosen.by_lot.tolist(),
                chosen.probability.tolist(), strict=True,
            )
        ]  # fmt: skip
        session.execute(insert(Task), rows)
        session.execute(
            insert(Transition).from_select(
                ["task_id", "version", "after", "note", "actor", "at"],
                select(Task.id, Task.version, Task.state, Task.week, Task.changed_by, Task.changed_at).where(
                    Task.list_id == opened.id
                ),
            )
        )
        return {
            "list_id": opened.id, "capacity": places, "invited": len(rows), "by_lot": int(chosen.by_lot.sum()),
            "eligible": len(mine.rows),
        }  # fmt: skip

    return once(source, actor, key, ["open", eligible.programme.name, capacity, week, area], work)
