"""Shapes of programmes, worklists and tasks, as the OpenAPI page shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.loop.transitions import Outcome, Reason, State
from serving.schemas import Notice, RiskOut
from serving.schemas_people import Choice, PersonNow, TestOut


class FigureOut(BaseModel):
    """A number and where it comes from."""

    value: float
    source: str = Field(examples=["USPSTF, JAMA 2021;325:1965: FIT every year"])


class ProgrammeOut(BaseModel):
    """One programme: who is eligible for which test, how often, at what capacity."""

    name: str = Field(examples=["colorectal"])
    title: str
    title_zh: str
    disease: str
    model: str = Field(description="the model that ranks")
    status: Literal["serving", "unavailable"]
    problem: str | None = Field(description="why it cannot serve")
    age: list[float]
    age_source: str
    sex: Literal["men", "women"] | None
    any_of: list[str] = Field(description="features of which one must be present; empty: everybody")
    any_of_source: str
    free_of: list[str]
    contraindications: list[str]
    contraindications_zh: list[str]
    test: TestOut
    follow_up: TestOut | None = Field(description="offered at once after a positive first test")
    follow_up_settles_years: FigureOut | None
    interval_years: FigureOut
    slots_per_week: FigureOut = Field(description="people whom one clinic can take in a week")
    reach_km: FigureOut
    uptake: FigureOut = Field(description="share of those invited who come, where the records show nothing better")
    sensitivity: FigureOut
    averts: FigureOut | None = Field(description="share of the bad end that early treatment averts")
    averted: str
    averted_zh: str
    missing: list[str] = Field(description="what could not be traced to a source, or stands in no record")


class ProgrammeList(Notice):
    """Every declared programme."""

    programmes: list[ProgrammeOut]


class ProgrammeDetail(Notice):
    """One programme."""

    programme: ProgrammeOut


class Expected(BaseModel):
    """What a list can be expected to bring; a prediction, not a promise."""

    invited: int
    tests: float = Field(description="people who come")
    cases_found: float = Field(description="risk in this round × uptake × sensitivity, summed")
    number_needed_to_screen: float | None = Field(description="tests for one case found")
    benefit: float = Field(description="risk in this round × uptake × what early treatment averts, summed")


class TaskShort(BaseModel):
    """Where a person's open task stands."""

    id: int
    state: State
    state_label: str
    state_label_zh: str
    version: int
    call_again_on: date | None
    choices: list[Choice] = Field(description="outcomes that may follow")
    undo_until: datetime | None = Field(
        description="until when the caller may take back the newest step; null: may not"
    )


class ListedCandidate(PersonNow):
    """One line of a worklist."""

    risk: RiskOut
    rank: int
    resident: int
    uptake: float
    expected_benefit: float
    chosen_by: Literal["benefit", "lot"]
    inclusion_probability: float = Field(description="chance with which this person was to be invited")
    task: TaskShort | None


class TownshipPlaces(BaseModel):
    """What a capacity means for one township."""

    code: str
    name: str
    name_zh: str
    eligible: int = Field(description="people who are eligible and due")
    invited: int
    by_lot: int
    tests: float = Field(description="people who come, expected")
    cases_found: float = Field(description="cases that their tests show, expected")


class Worklist(Notice):
    """One page of a programme's list for a week, highest expected benefit first."""

    programme: str
    week: str = Field(examples=["2024-W01"])
    as_of: date
    model: str
    version: int
    area: str | None
    area_name: str | None
    area_name_zh: str | None
    eligible: int = Field(description="people who are eligible and due")
    capacity: int = Field(description="people to invite")
    by_lot: int = Field(description="of these, drawn at random from the others, so that labels stay honest")
    floor_share: float = Field(description="share of the places dealt out to townships by their eligible people")
    expected: Expected
    townships: list[TownshipPlaces] = Field(description="the same by township, most places first")
    uptake_source: str
    people: list[ListedCandidate]
    next_cursor: str | None


class OpenRequest(BaseModel):
    """Whose list to open: of one clinic, of an area, or of everybody."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"capacity": 40}]})

    clinic: str | None = Field(default=None, max_length=12, description="code of the township whose clinic works it")
    area: str | None = Field(default=None, max_length=12, description="a county or township: the beginning of codes")
    capacity: int | None = Field(default=None, ge=1, le=100_000, description="people to invite; default: the slots")


class Opened(Notice):
    """A list that was opened."""

    list_id: int
    programme: str
    week: str
    area: str | None
    capacity: int
    invited: int
    by_lot: int
    eligible: int


class OutcomeRequest(BaseModel):
    """What came of a call or a visit; `version` is the version of the task that was read."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"version": 1, "outcome": "agreed"},
                {"version": 1, "outcome": "refused", "reason": "afraid", "note": "had a painful gastroscopy"},
            ]
        },
    )

    version: int = Field(ge=1, le=2**31 - 1)
    outcome: Outcome
    reason: Reason | None = Field(default=None, description="needed for `refused`")
    note: str = Field(
        default="", max_length=500, pattern=r"^[^\x00]*$", description="why, in words; needed for `contraindicated`"
    )
    call_again_on: date | None = Field(default=None, description="for `call_later`; default: in 7 days")
    tested_on: date | None = Field(default=None, description="for `tested`; default: today")


class UndoRequest(BaseModel):
    """Take back one's own newest step, within 10 minutes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 2}]})

    version: int = Field(ge=1, le=2**31 - 1)


class TaskOut(BaseModel):
    """One invited person."""

    id: int
    programme: str
    week: str
    resident: int
    township: str
    test: str
    risk: float
    uptake: float
    by_lot: bool
    inclusion_probability: float
    as_of: date
    state: State
    state_label: str
    state_label_zh: str
    version: int
    allowed: list[Outcome] = Field(description="outcomes that may follow")
    choices: list[Choice] = Field(description="the same in words, with what has to be sent along")
    undo_until: datetime | None = Field(
        description="until when the caller may take back the newest step; null: may not"
    )
    call_again_on: date | None
    tested_on: date | None
    result: int | None = Field(description="1 positive, 0 negative, null unknown")
    changed_by: str
    changed_at: datetime
    person: PersonNow | None = Field(description="the resident now; null for who has left, and in answers to a change")


class TransitionOut(BaseModel):
    """One step: who, when, why."""

    version: int
    before: State | None
    after: State
    after_label: str
    after_label_zh: str
    reason: str | None
    reason_label: str | None
    reason_label_zh: str | None
    note: str
    undoes: int | None = Field(description="version of the step that this one takes back")
    by: str
    at: datetime


class TaskAnswer(Notice):
    """A task as it is after the request."""

    task: TaskOut


class TaskDetail(Notice):
    """A task with its history."""

    task: TaskOut
    history: list[TransitionOut]


class TaskList(Notice):
    """One page of tasks, oldest first."""

    tasks: list[TaskOut]
    next_cursor: int | None = Field(description="`after` of the next page")
