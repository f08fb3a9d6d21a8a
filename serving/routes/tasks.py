"""What became of invited people: whom to call, what they said, and taking back a slip."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query
from sqlalchemy import or_, select

from models.screening_programme import get_programme
from serving import schemas_lists as schemas
from serving.access import Access
from serving.asked import PROBLEMS, Served, notice_of
from serving.database import transaction
from serving.loop.tables import Task
from serving.loop.tasks import Answer, Step, get_task, history, now, record_outcome, shown, undo
from serving.loop.transitions import TRANSITIONS, State
from serving.routes.worklists import Key, Seeing

router = APIRouter(prefix="/v1/tasks", responses=PROBLEMS | {409: PROBLEMS[404]})


@router.get("")
def list_tasks(
    service: Served,
    access: Seeing,
    programme: Annotated[str | None, Query(max_length=40)] = None,
    state: State | None = None,
    clinic: Annotated[str | None, Query(pattern=r"^[0-9]{1,12}$", description="code of the township")] = None,
    to_call: Annotated[bool, Query(description="only those to call today, call-backs that are due among them")] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[int, Query(ge=0, lt=2**63, description="`next_cursor` of the page before")] = 0,
) -> schemas.TaskList:
    """List the tasks of residents whom the caller may see, oldest first; a page may hold fewer than its limit."""
    source = service.source.name
    query = select(Task).where(Task.source == source, Task.id > after).order_by(Task.id).limit(limit + 1)
    if programme is not None:
        query = query.where(Task.programme == get_programme(programme).name)
    if state is not None:
        query = query.where(Task.state == state)
    if clinic is not None:
        query = query.where(Task.township == clinic)
    if to_call:
        due = (Task.state == "call_later") & (Task.call_again_on <= now().date())
        query = query.where(or_(Task.state.in_(("to_call", "unreachable")), due))
    with transaction(source, reads=True) as session:
        found = list(session.scalars(query))
    page = found[:limit]
    mine = access.may_see([task.person_id for task in page])
    own = [task for task, seen in zip(page, mine, strict=True) if seen]
    access.see([task.person_id for task in own], "tasks")
    return schemas.TaskList(
        tasks=[task_out(shown(task)) for task in own],
        next_cursor=page[-1].id if len(found) > limit else None,
        **notice_of(service),
    )


@router.get("/{task}")
def show_task(task: int, service: Served, access: Seeing) -> schemas.TaskDetail:
    """Show a task and everything that happened to it."""
    source = service.source.name
    with transaction(source, reads=True) as session:
        found = get_task(session, source, task)
        access.see([found.person_id], found.programme)
        steps = [
            schemas.TransitionOut.model_validate(
                {name: getattr(step, name) for name in ("version", "before", "after", "reason", "note", "undoes", "at")}
                | {"by": step.actor}
            )
            for step in history(session, found)
        ]
    return schemas.TaskDetail(task=task_out(shown(found)), history=steps, **notice_of(service))


@router.post("/{task}/outcome")
def set_outcome(
    task: int, body: schemas.OutcomeRequest, service: Served, access: Seeing, key: Key = None
) -> schemas.TaskAnswer:
    """Write down what came of a call or a visit; on disk before this answers, and not done twice for one key."""
    _see(access, service.source.name, task)
    step = Step(body.outcome, body.reason, body.note, body.call_again_on, body.tested_on)
    answer = record_outcome(service.source.name, task, body.version, step, access.account.name, key)
    return schemas.TaskAnswer(task=task_out(answer), **notice_of(service))


@router.post("/{task}/undo")
def undo_outcome(
    task: int, body: schemas.UndoRequest, service: Served, access: Seeing, key: Key = None
) -> schemas.TaskAnswer:
    """Take back one's own newest step, within ten minutes; the history keeps both."""
    _see(access, service.source.name, task)
    answer = undo(service.source.name, task, body.version, access.account.name, key)
    return schemas.TaskAnswer(task=task_out(answer), **notice_of(service))


def _see(access: Access, source: str, task: int) -> None:
    """Refuse, before anything is written, whoever may not see the resident that a task is about."""
    with transaction(source, reads=True) as session:
        found = get_task(session, source, task)
    access.see([found.person_id], found.programme)


def task_out(answer: Answer) -> schemas.TaskOut:
    """Return a task as the API shows it, with the outcomes that may follow."""
    allowed = TRANSITIONS[cast("State", answer["state"])]
    return schemas.TaskOut.model_validate(answer | {"resident": answer["person_id"], "allowed": list(allowed)})
