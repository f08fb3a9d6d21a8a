"""The tables of the loop in the state database.

`loop_list` is a week's list of a programme, `loop_task` one person on it, `loop_transition` everything that happened to
a task, only ever added to, and `loop_request` the answers to requests that may be sent again.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from serving.database import Base

# SQLite numbers rows by itself only in a column that is plainly INTEGER.
Number = BigInteger().with_variant(Integer(), "sqlite")


class List(Base):
    """One programme's list of one week and area.

    `as_of` is the day up to which records were known; `recorded_at` is when its invitations were all among the records.
    """

    __tablename__ = "loop_list"
    __table_args__ = (UniqueConstraint("source", "programme", "week", "area", name="uq_loop_list_week"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    source: Mapped[str] = mapped_column(String(40))
    programme: Mapped[str] = mapped_column(String(40))
    week: Mapped[str] = mapped_column(String(8))
    area: Mapped[str] = mapped_column(String(12))
    capacity: Mapped[int] = mapped_column(Integer)
    eligible: Mapped[int] = mapped_column(Integer)
    model: Mapped[str] = mapped_column(String(80))
    model_version: Mapped[int] = mapped_column(Integer)
    as_of: Mapped[date]
    opened_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime]
    recorded_at: Mapped[datetime | None]


class Task(Base):
    """One invited person; `as_of` is the day of the invitation, `version` grows by one with each transition."""

    __tablename__ = "loop_task"
    __table_args__ = (
        UniqueConstraint("source", "programme", "week", "person_id", name="uq_loop_task_person"),
        Index("ix_loop_task_person", "source", "person_id"),
        Index("ix_loop_task_state", "source", "programme", "state"),
        CheckConstraint("inclusion_probability > 0 AND inclusion_probability <= 1", name="probability"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("loop_list.id"))
    source: Mapped[str] = mapped_column(String(40))
    programme: Mapped[str] = mapped_column(String(40))
    week: Mapped[str] = mapped_column(String(8))
    person_id: Mapped[int] = mapped_column(BigInteger)
    township: Mapped[str] = mapped_column(String(12))
    test: Mapped[str] = mapped_column(String(40))
    risk: Mapped[float]
    uptake: Mapped[float]
    benefit: Mapped[float]
    by_lot: Mapped[bool]
    inclusion_probability: Mapped[float]
    as_of: Mapped[date]
    state: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(Integer)
    call_again_on: Mapped[date | None]
    tested_on: Mapped[date | None]
    result: Mapped[int | None] = mapped_column(Integer)
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime]


class Transition(Base):
    """One step of a task: who, when, why. `undoes` is the version of the step that it takes back."""

    __tablename__ = "loop_transition"
    __table_args__ = (UniqueConstraint("task_id", "version", name="uq_loop_transition_version"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("loop_task.id"))
    version: Mapped[int] = mapped_column(Integer)
    before: Mapped[str | None] = mapped_column(String(20))
    after: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text)
    call_again_on: Mapped[date | None]
    tested_on: Mapped[date | None]
    result: Mapped[int | None] = mapped_column(Integer)
    undoes: Mapped[int | None] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]


class Sent(Base):
    """The answer to a request that named an idempotency key."""

    __tablename__ = "loop_request"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    actor: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
