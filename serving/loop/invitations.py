"""Invitations as records: what a list opened stands in `screening_invitation`, once, whatever process is killed.

The tasks of a list are committed first, its invitations are journalled next, and then the list is marked as recorded.
Whoever starts, or opens a list, does the two later steps for every list that is not marked. Doing them again changes
nothing: the number of an invitation follows from whom it is for, and its content from the task.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, date, datetime

import pandas as pd
from sqlalchemy import select, update

from features.arriving.intake import Submission
from features.arriving.rows import read_frame
from features.contracts import contracts
from models.screening_programme import get_programme, programmes
from serving.database import transaction
from serving.loop.tables import List, Task
from serving.loop.tasks import now
from serving.recorder import Taken

log = logging.getLogger(__name__)

TABLE = "screening_invitation"
# Numbers of ours have this bit, which no register that counts from 1 ever reaches.
OURS = 2**62

Take = Callable[[Submission], "Future[Taken]"]


def record_invitations(source: str, take: Take) -> int:
    """Record the invitations of every list that is not marked as recorded; return how many records are new.

    Parameters
    ----------
    take
        Hands records over (`serving.recorder.Recorder.submit`).
    """
    with transaction(source, reads=True) as session:
        query = (
            select(List.id)
            .where(List.source == source, List.recorded_at.is_(None), List.programme.in_(list(programmes())))
            .order_by(List.id)
        )
        unrecorded = list(session.scalars(query))
    return sum(_record(source, number, take) for number in unrecorded)


def _record(source: str, number: int, take: Take) -> int:
    rows = invitations(source, number)
    outcome, _ = take(Submission({TABLE: read_frame(contracts()[TABLE], rows)}, whole=False)).result()
    for finding in outcome.findings.itertuples():
        # Nothing will make it right: the resident is not in the records any more, say.
        log.error("an invitation of list %s is not in the records: %s %s", number, finding.column, finding.rule)
    with transaction(source) as session:
        session.execute(update(List).where(List.id == number).values(recorded_at=now()))
    return outcome.kept


def invitations(source: str, number: int) -> pd.DataFrame:
    """Return the invitations of a list, one row a task, with the columns of the contract."""
    columns = (Task.person_id, Task.test, Task.by_lot, Task.inclusion_probability)
    query = select(*columns).where(Task.list_id == number).order_by(Task.id)
    with transaction(source, reads=True) as session:
        opened = session.get_one(List, number)
        tasks = pd.DataFrame(session.execute(query).all(), columns=[column.name for column in columns])
    known_at = invited_at(opened.as_of, opened.opened_at)
    return pd.DataFrame(
        {
            "screening_invitation_id": [
                invitation_id(opened.programme, opened.week, person) for person in tasks["person_id"].tolist()
            ],
            "person_id": tasks["person_id"],
            "programme": get_programme(opened.programme).invited_as,
            "procedure_source_value": tasks["test"],
            "invitation_date": pd.Timestamp(known_at.date(), tz="UTC"),
            "chosen_by": tasks["by_lot"].map({True: "lot", False: "benefit"}),
            "inclusion_probability": tasks["inclusion_probability"],
            "known_at": pd.Timestamp(known_at),
        }
    )


def invited_at(as_of: date, opened_at: datetime) -> datetime:
    """Return when people count as invited: when the list was opened, but never after what counts as now.

    The day up to which records are known lags behind the clock where records stand still, and is ahead of it by hours
    where they do not; an invitation must neither move that day nor lie in the future.
    """
    return min(datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC), opened_at)


def invitation_id(programme: str, week: str, person: int) -> int:
    """Return the number of an invitation's record, the same whenever it is asked for: 2^62 and more, below 2^63.

    >>> invitation_id("colorectal", "2024-W01", 7) == invitation_id("colorectal", "2024-W01", 7) >= 2**62
    True
    """
    digest = hashlib.blake2b(f"{programme}/{week}/{person}".encode(), digest_size=8).digest()
    return OURS + int.from_bytes(digest, "big") % OURS
