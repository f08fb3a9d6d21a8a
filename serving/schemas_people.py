"""Shapes of what a page shows of one person on a list, and of what happened to one person over time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from models.screening_programme import Status
from serving.loop.transitions import Outcome
from serving.schemas import Notice, ResidentName, RiskOut

ContactKind = Literal["visit", "invitation", "call"]
EntryKind = Literal[
    "measurement", "observation", "diagnosis", "drug", "visit", "examination", "invitation", "contact", "death"
]


class Word(BaseModel):
    """A name and how it is said."""

    name: str
    label: str
    label_zh: str


class Choice(BaseModel):
    """An outcome that may follow."""

    outcome: Outcome
    label: str
    label_zh: str
    needs: Literal["reason", "note"] | None = Field(description="what has to be sent along")


class Words(Notice):
    """Every fixed name of lists, tasks and timelines in both languages, by group."""

    words: dict[str, list[Word]]


class TestOut(BaseModel):
    """A test that is offered."""

    __test__ = False

    name: str = Field(examples=["fit"])
    label: str
    label_zh: str


class LastTest(BaseModel):
    """A test in the past."""

    test: str
    label: str
    label_zh: str
    on: date


class Contact(BaseModel):
    """When the health system last met the person, and how."""

    kind: ContactKind
    label: str
    label_zh: str
    on: date


class PersonNow(BaseModel):
    """A resident as a list shows them now."""

    age: float
    female: bool
    township: str
    township_name: str
    township_name_zh: str
    clinic_km: float | None
    beyond_reach: bool = Field(description="lives farther from the clinic than the programme reaches: offer transport")
    risk: RiskOut | None = Field(description="null while the model that ranks cannot serve")
    due: Status
    due_label: str
    due_label_zh: str
    due_on: date | None = Field(description="when the offer becomes or became due; null for who was never tested")
    overdue_days: int | None = Field(description="since the offer became due; null for who was never tested")
    last_tests: list[LastTest]
    last_contact: Contact | None
    offer: TestOut


class TimelineEntry(BaseModel):
    """One thing that happened."""

    on: date
    kind: EntryKind
    kind_label: str
    kind_label_zh: str
    code: str = Field(description="what it is: concept, ICD-10 or ATC code, test, or outcome of a contact")
    label: str
    label_zh: str
    value: float | None = Field(description="of a measurement, in `unit`")
    unit: str | None
    answer: str | None = Field(description="what `value` says where it is 1 for yes or 0 for no, else null")
    answer_zh: str | None
    programme: str | None = Field(description="of an invitation or a contact")
    known_at: datetime
    by: str | None = Field(description="of a contact: who; null for callers who do not work lists")
    note: str | None = Field(description="of a contact: why; null for callers who do not work lists")


class Timeline(Notice):
    """What happened to one resident, newest first."""

    resident: ResidentName
    as_of: datetime
    entries: list[TimelineEntry]
    more: bool = Field(description="whether older entries were left out")
