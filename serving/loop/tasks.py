"""What happens to a task: an outcome, a step taken back; each committed before it is acknowledged, none done twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from features.errors import InvalidInputError, RefusedError, UnknownNameError
from serving.database import transaction
from serving.loop.tables import Sent, Task, Transition
from serving.loop.transitions import CALL_AGAIN_DAYS, NEEDS_NOTE, NEEDS_REASON, Outcome, Reason, State, follow

UNDO_WITHIN = timedelta(minutes=10)  # our choice: long enough for a slip, too short to rewrite a day

Answer = dict[str, Any]


class ConflictError(RefusedError):
    """Somebody else has changed the task since it was read."""


@dataclass(frozen=True)
class Step:
    """What is to be written down: an outcome, why, and what it fixes."""

    outcome: Outcome
    reason: Reason | None = None
    note: str = ""
    call_again_on: date | None = None
    tested_on: date | None = None
    result: int | None = None


def now() -> datetime:
    """Return the moment, in UTC."""
    return datetime.now(UTC)


def get_task(session: Session, source: str, task_id: int, *, locked: bool = False) -> Task:
    """Return a task of a source; `locked`: whoever else would change it waits for the end of the transaction.

    Raises
    ------
    UnknownNameError
        If there is none of that number.
    """
    # A number that no column could hold is as unknown as any other.
    task = session.get(Task, task_id, with_for_update=locked) if 0 < task_id < 2**63 else None
    if task is None or task.source != source:
        raise UnknownTaskError(task_id)
    return task


class UnknownTaskError(UnknownNameError):
    """A task number that is not known."""

    def __init__(self, task_id: int) -> None:
        RefusedError.__init__(self, f"There is no task {task_id}. Tasks are listed by GET /v1/tasks.")


def history(session: Session, task: Task) -> list[Transition]:
    """Return everything that happened to a task, the oldest first."""
    query = select(Transition).where(Transition.task_id == task.id).order_by(Transition.version)
    return list(session.scalars(query))


def record_outcome(source: str, task_id: int, version: int, step: Step, actor: str, key: str | None = None) -> Answer:
    """Write an outcome down and return the task as it is then.

    Parameters
    ----------
    version
        The version of the task that the actor saw.
    key
        The request's idempotency key: a request that is sent again with it gets the first answer again.

    Raises
    ------
    UnknownTaskError
        If there is no such task.
    InvalidInputError
        If a reason or a note is missing, or the key was used for something else.
    ConflictError
        If somebody has changed the task since that version.
    IllegalTransitionError
        If the outcome cannot follow.
    """
    _require_why(step)

    def work(session: Session) -> Answer:
        task = get_task(session, source, task_id, locked=True)
        _require_version(session, task, version)
        changed = advance(session, task, step, actor)
        return shown(changed, changed.changed_at + UNDO_WITHIN)

    return once(source, actor, key, ["outcome", task_id, version, step.__dict__], work)


def undo(source: str, task_id: int, version: int, actor: str, key: str | None = None) -> Answer:
    """Take back the newest step of a task: one's own, within `UNDO_WITHIN`; the history shows both.

    Raises
    ------
    UnknownTaskError, ConflictError
        As in `record_outcome`.
    RefusedError
        If the newest step is not the actor's own, is too old, or is itself an undo or the opening of the list.
    """

    def work(session: Session) -> Answer:
        task = get_task(session, source, task_id, locked=True)
        _require_version(session, task, version)
        steps = history(session, task)
        newest = steps[-1]
        if newest.before is None:
            raise RefusedError("Nothing has happened yet that could be undone.")
        if newest.undoes is not None:
            raise RefusedError("The newest step is an undo already; write down the outcome that is right instead.")
        if newest.actor != actor:
            raise RefusedError(f"The newest step is not yours: {_said(newest)}. Only who made a step can undo it.")
        if now() - newest.at > UNDO_WITHIN:
            minutes = round(UNDO_WITHIN.total_seconds() / 60)
            raise RefusedError(f"{_said(newest)}: more than {minutes} minutes ago. Write down a new outcome instead.")
        before = steps[-2]
        return shown(_write(session, task, cast("State", newest.before), before, actor, "", "", newest.version))

    return once(source, actor, key, ["undo", task_id, version], work)


def advance(session: Session, task: Task, step: Step, actor: str) -> Task:
    """Take one step within a transaction; the task is locked by its version."""
    state = follow(cast("State", task.state), step.outcome)
    again = step.call_again_on or (now().date() + timedelta(days=CALL_AGAIN_DAYS))
    fixed = Fixed(
        again if state == "call_later" else None,
        step.tested_on or (now().date() if state == "tested" else task.tested_on),
        {"positive": 1, "negative": 0}.get(state, step.result if step.result is not None else task.result),
    )
    return _write(session, task, state, fixed, actor, step.reason or "", step.note, None)


@dataclass(frozen=True)
class Fixed:
    """What a step leaves fixed in the task beside its state."""

    call_again_on: date | None
    tested_on: date | None
    result: int | None


def _write(
    session: Session, task: Task, state: State, fixed: Fixed | Transition, actor: str, reason: str, note: str,
    undoes: int | None,
) -> Task:  # fmt: skip
    moment, seen = now(), task.version
    values: dict[str, Any] = {
        "call_again_on": fixed.call_again_on, "tested_on": fixed.tested_on, "result": fixed.result,
    }  # fmt: skip
    session.add(
        Transition(
            task_id=task.id, version=seen + 1, before=task.state, after=state, reason=reason or None, note=note,
            undoes=undoes, actor=actor, at=moment, **values,
        )
    )  # fmt: skip
    # Only the version that was read is replaced: where somebody was faster, no row fits.
    changed = session.execute(
        update(Task)
        .where(Task.id == task.id, Task.version == seen)
        .values(state=state, version=seen + 1, changed_by=actor, changed_at=moment, **values)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", changed).rowcount != 1:
        raise ConflictError("Somebody has changed this task at the same moment. Read it again, then decide.")
    session.flush()
    session.refresh(task)
    return task


def once(source: str, actor: str, key: str | None, content: list[Any], work: Callable[[Session], Answer]) -> Answer:
    """Do `work` in a transaction; a request of the same actor with the same key gets the first answer again.

    The answer is committed with the work, so that neither can be there without the other.

    Raises
    ------
    InvalidInputError
        If the key was used for a request of another content.
    """
    digest = hashlib.sha256(json.dumps(content, default=str, ensure_ascii=False).encode()).hexdigest()
    try:
        with transaction(source) as session:
            earlier = session.get(Sent, (source, actor, key)) if key else None
            if earlier is not None:
                return _again(earlier, digest)
            answer = work(session)
            if key:
                text = json.dumps(answer, default=str, ensure_ascii=False)
                session.add(Sent(source=source, actor=actor, key=key, content=digest, answer=text, at=now()))
            return answer
    except (IntegrityError, RefusedError) as error:
        # Somebody was faster. Was it this very request, sent twice at once? Then its answer is there by now.
        with transaction(source, reads=True) as session:
            earlier = session.get(Sent, (source, actor, key)) if key else None
            if earlier is not None:
                return _again(earlier, digest)
        if isinstance(error, RefusedError):
            raise
        raise ConflictError("Somebody has changed the same at the same moment. Read it again, then decide.") from error


def _again(earlier: Sent, digest: str) -> Answer:
    if earlier.content != digest:
        raise InvalidInputError(
            f"The idempotency key '{earlier.key}' was used for another request.",
            [
                {
                    "field": "Idempotency-Key", "value": earlier.key, "allowed": "a new key for each new request",
                    "fix": "send a new key, or the first request unchanged",
                }
            ],
        )  # fmt: skip
    answer: Answer = json.loads(earlier.answer)
    return answer


def shown(task: Task, until: datetime | None = None) -> Answer:
    """Return a task as a plain object, with the outcomes that may follow left to the reader of the table.

    Parameters
    ----------
    until
        Until when whoever asks may take back the newest step.
    """
    return {column.name: getattr(task, column.name) for column in Task.__table__.columns} | {"undo_until": until}


def newest_steps(session: Session, tasks: Sequence[Task]) -> dict[int, Transition]:
    """Return the newest step of each task, by its number."""
    query = (
        select(Transition)
        .join(Task, (Transition.task_id == Task.id) & (Transition.version == Task.version))
        .where(Task.id.in_([task.id for task in tasks]))
    )
    return {step.task_id: step for step in session.scalars(query)}


def undo_until(newest: Transition, actor: str) -> datetime | None:
    """Return until when an actor may take back the newest step of a task; None: they may not."""
    until = newest.at + UNDO_WITHIN
    mine = newest.before is not None and newest.undoes is None and newest.actor == actor
    return until if mine and now() <= until else None


def _require_version(session: Session, task: Task, version: int) -> None:
    if task.version == version:
        return
    if version > task.version or version < 1:
        raise ConflictError(f"Task {task.id} is at version {task.version}; there is no version {version}.")
    since = [_said(step) for step in history(session, task) if step.version > version]
    raise ConflictError(
        f"You saw version {version} of task {task.id}, it is at version {task.version} now: {'; '.join(since)}. "
        "Nothing of yours was written. Read it again, then decide."
    )


def _said(step: Transition) -> str:
    what = f"took back '{step.before}', so '{step.after}' again" if step.undoes else f"set '{step.after}'"
    return f"{step.actor} {what} at {step.at:%Y-%m-%d %H:%M:%S} UTC"


def _require_why(step: Step) -> None:
    field = None
    if step.outcome in NEEDS_REASON and step.reason is None:
        field, allowed = "reason", "why the person refuses"
    elif step.outcome in NEEDS_NOTE and not step.note.strip():
        field, allowed = "note", "what speaks against the test"
    elif step.call_again_on is not None and step.outcome != "call_later":
        field, allowed = "call_again_on", "with the outcome call_later only"
    elif step.call_again_on is not None and step.call_again_on <= now().date():
        field, allowed = "call_again_on", "a day after today"
    elif step.tested_on is not None and step.outcome != "tested":
        field, allowed = "tested_on", "with the outcome tested only"
    elif step.tested_on is not None and step.tested_on > now().date():
        field, allowed = "tested_on", "a day that is not in the future"
    if field:
        given = getattr(step, field)
        raise InvalidInputError(
            f"The outcome '{step.outcome}' cannot be written down like this.",
            [{"field": field, "value": given and str(given), "allowed": allowed, "fix": f"send `{field}` accordingly"}],
        )
