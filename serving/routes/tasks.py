"""What became of invited people: whom to call, what they said, and taking back a slip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

from fastapi import APIRouter, Query, Request
from sqlalchemy import or_, select

from models.screening_programme import get_programme, programmes
from serving import schemas_lists as schemas
from serving.access import Access, needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.database import transaction
from serving.loop.tables import Task, Transition
from serving.loop.tasks import (
    Answer,
    Step,
    get_task,
    history,
    newest_steps,
    now,
    record_outcome,
    shown,
    undo,
    undo_until,
)
from serving.loop.transitions import TRANSITIONS, State
from serving.person_now import people_now
from serving.routes.worklists import Key, Seeing
from serving.schemas_people import PersonNow, Words
from serving.service import Service
from serving.vocabulary import choices, vocabulary, word
from serving.worklists import Lists

router = APIRouter(prefix="/v1/tasks", responses=PROBLEMS | {409: PROBLEMS[404]})


@router.get("")
def list_tasks(
    request: Request,
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
        steps = newest_steps(session, page)
    mine = access.may_see([task.person_id for task in page])
    own = [task for task, seen in zip(page, mine, strict=True) if seen]
    access.see([task.person_id for task in own], "tasks")
    people = _people(service, request.app.state.lists, own)
    return schemas.TaskList(
        tasks=[
            task_out(shown(task, undo_until(steps[task.id], access.account.name)), people.get(task.id)) for task in own
        ],
        next_cursor=page[-1].id if len(found) > limit else None,
        **notice_of(service),
    )


@router.get("/words", dependencies=[needs("programmes")])
def show_words(service: Served) -> Words:
    """List every state, outcome, reason and other fixed name of lists and timelines in both languages."""
    return Words(words={group: list(words) for group, words in vocabulary().items()}, **notice_of(service))


@router.get("/{task}")
def show_task(task: int, request: Request, service: Served, access: Seeing) -> schemas.TaskDetail:
    """Show a task and everything that happened to it."""
    source = service.source.name
    with transaction(source, reads=True) as session:
        found = get_task(session, source, task)
        access.see([found.person_id], found.programme)
        steps = history(session, found)
    until = undo_until(steps[-1], access.account.name)
    person = _people(service, request.app.state.lists, [found]).get(found.id)
    return schemas.TaskDetail(
        task=task_out(shown(found, until), person), history=[_step_out(step) for step in steps], **notice_of(service)
    )


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


def _people(service: Service, lists: Lists, tasks: Sequence[Task]) -> dict[int, PersonNow]:
    """Return the residents of tasks as they are now, by the number of the task."""
    found: dict[int, PersonNow] = {}
    for name in {task.programme for task in tasks} & set(programmes()):
        own = {task.person_id: task for task in tasks if task.programme == name}
        people = people_now(service, lists.refreshed(), programmes()[name], own)
        found |= {
            task.id: people[task.person_id] for task in tasks if task.programme == name and task.person_id in people
        }
    return found


def task_out(answer: Answer, person: PersonNow | None = None) -> schemas.TaskOut:
    """Return a task as the API shows it, with the outcomes that may follow."""
    state = cast("State", answer["state"])
    said = word("state", state)
    more = {
        "resident": answer["person_id"], "state_label": said.label, "state_label_zh": said.label_zh,
        "allowed": list(TRANSITIONS[state]), "choices": list(choices(state)), "person": person,
    }  # fmt: skip
    return schemas.TaskOut.model_validate(answer | more)


def _step_out(step: Transition) -> schemas.TransitionOut:
    after = word("state", step.after)
    why = word("reason", step.reason) if step.reason else None
    return schemas.TransitionOut.model_validate(
        {name: getattr(step, name) for name in ("version", "before", "after", "reason", "note", "undoes", "at")}
        | {"by": step.actor, "after_label": after.label, "after_label_zh": after.label_zh}
        | {"reason_label": why and why.label, "reason_label_zh": why and why.label_zh}
    )
