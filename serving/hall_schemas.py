"""Shape of the operations hall's answer, as the OpenAPI page shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from serving.schemas import Notice

STEPPED = "in steps of 8 people; null: fewer than 8, nobody among them"


class ProgrammeProgress(BaseModel):
    """One screening programme this week."""

    name: str
    title: str
    title_zh: str
    lists: int = Field(description="lists opened this week")
    places: int = Field(description="places of these lists")
    slots: int | None = Field(description="people whom all clinics can take in a week; null where no place is known")
    due: int | None = Field(description="people who are due now; null: too few, or no model ranks them")
    invited: int | None = Field(description=STEPPED)
    agreed: int | None = Field(description="agreed, those tested among them; " + STEPPED)
    tested: int | None = Field(description=STEPPED)
    positive: int | None = Field(description=STEPPED)


class ScreeningState(BaseModel):
    """Screening this week."""

    week: str = Field(examples=["2024-W01"])
    outcomes_today: int | None = Field(description="outcomes written down since midnight UTC, " + STEPPED)
    programmes: list[ProgrammeProgress]


class CountyRequests(BaseModel):
    """Open service requests of a county."""

    code: str = Field(description="empty where nobody said where")
    name: str
    name_zh: str
    open: int | None = Field(description=STEPPED)
    overdue: int | None = Field(description="beyond the time limit; " + STEPPED)
    at_risk: int | None = Field(description="not overdue, likelier late than not; " + STEPPED)


class RequestState(BaseModel):
    """Open service requests at the records' now; totals are sums of what is shown, null where nothing is."""

    open: int | None
    overdue: int | None
    at_risk: int | None
    predicted: bool = Field(description="whether a model says which are likely late")
    counties: list[CountyRequests]


class TableFindings(BaseModel):
    """What was wrong with the rows of a table when they were taken in."""

    table: str
    rows: int = Field(description="rows that keep the contract")
    findings: int | None = Field(description="broken cells; null: 1 to 7")
    set_aside: int | None = Field(description="rows that were not taken in; null: 1 to 7")


class QualityState(BaseModel):
    """Quality of the records, and how they arrive."""

    tables: list[TableFindings] = Field(description="those with findings, most first")
    clean: int = Field(description="tables without any finding")
    arrived: int | None = Field(description="records since the lake was built, " + STEPPED)
    per_minute: list[int | None] = Field(
        description="records that arrived in each of the last closed minutes that were watched, oldest first; "
        + STEPPED
    )


class NamedModel(BaseModel):
    """A model."""

    name: str
    title: str
    title_zh: str


class DownModel(NamedModel):
    """A model that does not serve, and why."""

    problem: str


class ModelState(BaseModel):
    """Which models serve, and what was said of their drift."""

    serving: int
    unavailable: list[DownModel]
    drifted: list[NamedModel] = Field(description="champions that should be trained anew, by the last `sanzao drift`")
    kept: int = Field(description="champions of which the last `sanzao drift` says keep")
    unasked: int = Field(description="champions of which no `sanzao drift` has said anything")


class Alert(BaseModel):
    """Something to look at; the rules stand in `serving.hall_alerts`."""

    kind: Literal["model_down", "drift", "overdue", "set_aside", "over_capacity"]
    subject: str
    subject_zh: str
    share: float | None = Field(default=None, description="of what the rule looks at")
    detail: str = ""


class Hall(Notice):
    """The state of the city on one screen."""

    as_of: str = Field(description="the records' day")
    counted_at: datetime = Field(description="counts of people are of this moment, the end of a closed stretch of time")
    period_minutes: int
    step: int
    note: str
    note_zh: str
    screening: ScreeningState
    requests: RequestState | None = Field(description="null: the source has no service requests")
    quality: QualityState
    models: ModelState
    alerts: list[Alert]
