"""Service requests at the moment of their creation: late or not, and how many hours."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from features.errors import NotReadyError
from features.events.requests import REQUEST_FEATURES
from serving.access import needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.event_words import event_reason_text
from serving.events import EventAnswer, EventReason, read_events
from serving.schemas import Notice
from serving.service import Service

router = APIRouter(prefix="/v1/score/events", responses=PROBLEMS, dependencies=[needs("events")])

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class EventRecord(BaseModel):
    """One service request, as it comes in."""

    model_config = ConfigDict(extra="forbid")

    request_type: Text
    department: Text
    created_at: datetime = Field(description="when it came in; without a zone: UTC")
    due_at: datetime | None = Field(default=None, description="when it must be closed; none: no time limit holds")
    township: Text | None = None
    channel: Text | None = None


class EventRequest(BaseModel):
    """Requests to score, up to 1,000."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "events": [
                        {
                            "request_type": "供水",
                            "department": "水务集团",
                            "created_at": "2023-11-06T08:30:00Z",
                            "due_at": "2023-11-08T08:30:00Z",
                            "township": "331002001",
                        }
                    ]
                }
            ]
        },
    )

    events: list[EventRecord] = Field(min_length=1, max_length=1000)
    model: str | None = Field(default=None, description="name of an event model; default: the one that serves")


class EventReasonOut(BaseModel):
    """Why: one feature's share, which adds up with the others' to the answer."""

    feature: str
    label: str
    label_zh: str
    value: float | None
    unit: str
    direction: Literal["raises", "lowers"]
    factor: float = Field(description="factor on the odds of late, or on 1 + hours, against the average of training")
    text: str
    text_zh: str


class ScoredEvent(BaseModel):
    """The answer for one request."""

    event: int = Field(description="position in the request")
    late: float | None = Field(description="probability that it is closed late; None where no time limit holds")
    hours_median: float
    hours_90: float = Field(description="hours within which nine in ten such requests are closed")
    unseen: list[str] = Field(description="fields whose value no earlier request has")
    reasons: list[EventReasonOut] = Field(description="of being late")
    reasons_hours: list[EventReasonOut] = Field(description="of the median hours")


class EventScores(Notice):
    """Answers in the order of the request."""

    model: str
    version: int
    results: list[ScoredEvent]


@router.post("")
def score_events(request: EventRequest, service: Served) -> EventScores:
    """Score service requests as they come in: P(late), median and 90 % quantile of hours until closed, and why."""
    champion = service.snapshot.event_champion(request.model or only_event_model(service))
    asked = read_events([event.model_dump() for event in request.events], service.requests)
    answers = service.requests.answer(champion, asked)
    return EventScores(
        model=champion.declaration.name,
        version=champion.version,
        results=[
            _scored(place, entry, limited=request.events[place].due_at is not None)
            for place, entry in enumerate(answers)
        ],
        **notice_of(service),
    )


def only_event_model(service: Service) -> str:
    """Return the name of the event model that is meant where none is named.

    Raises
    ------
    NotReadyError
        If the source has no service requests.
    """
    names = sorted(service.source.events)
    if not names:
        raise NoEventsError(
            f"Source '{service.source.name}' has no service requests, so no event model serves. "
            "Serve one that has, for instance with `sanzao up --source city`."
        )
    return next((name for name in names if name in service.snapshot.events), names[0])


class NoEventsError(NotReadyError):
    """The source that is served has no events."""

    status = 424


def _scored(place: int, entry: EventAnswer, *, limited: bool) -> ScoredEvent:
    return ScoredEvent(
        event=place,
        late=entry.late if limited else None,
        hours_median=entry.hours_median,
        hours_90=entry.hours_90,
        unseen=list(entry.unseen),
        reasons=[_reason(reason, hours=False) for reason in entry.reasons_late if limited],
        reasons_hours=[_reason(reason, hours=True) for reason in entry.reasons_hours],
    )


def _reason(reason: EventReason, *, hours: bool) -> EventReasonOut:
    feature = REQUEST_FEATURES[reason.feature]
    return EventReasonOut(
        feature=reason.feature,
        label=feature.label,
        label_zh=feature.label_zh,
        value=None if math.isnan(reason.value) else reason.value,
        unit=feature.unit,
        direction="raises" if reason.factor >= 1 else "lowers",
        factor=reason.factor,
        text=event_reason_text(reason.feature, reason.value, reason.factor, hours, "en"),
        text_zh=event_reason_text(reason.feature, reason.value, reason.factor, hours, "zh"),
    )
