"""Shapes of requests and answers, as the OpenAPI page shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

# A resident's number, or the pseudonym under which an app knows a resident who consented.
ResidentName = Annotated[int | Annotated[str, Field(pattern=r"^p-[a-z2-7]{32}$")], Field(union_mode="left_to_right")]


class Notice(BaseModel):
    """Where an answer's data come from; every answer carries it."""

    data_source: str = Field(examples=["framingham"])
    synthetic: bool = Field(description="whether the people are simulated")
    notice: str
    notice_zh: str


class ReasonOut(BaseModel):
    """Why a risk is what it is: one feature's exact share."""

    feature: str
    label: str
    label_zh: str
    value: float | None
    unit: str
    direction: Literal["raises", "lowers"]
    odds_ratio: float = Field(description="factor on the odds, against the average of the training cohort")
    text: str
    text_zh: str


class RiskOut(BaseModel):
    """One model's answer for one person."""

    model: str
    title: str
    title_zh: str
    version: int
    horizon_years: float
    applicable: bool
    not_applicable_because: str | None
    not_applicable_because_zh: str | None
    risk: float | None = Field(description="probability within the horizon")
    tier: Literal["very_high", "high", "usual"] | None
    missing: list[str] = Field(description="features of the model that were not measured")
    missing_count: int
    reasons: list[ReasonOut]


class ResidentRisks(Notice):
    """Every model's answer for one resident."""

    resident: ResidentName
    as_of: str
    risks: list[RiskOut]


class Quantity(BaseModel):
    """A number with its unit."""

    model_config = ConfigDict(extra="forbid")

    value: float | None
    unit: str | None = Field(default=None, description="UCUM code, or a common spelling of it")


class FeatureRecord(BaseModel):
    """Features of one person, as another application knows them."""

    model_config = ConfigDict(extra="forbid")

    features: dict[str, Quantity | float | bool | None]


class ScoreRequest(BaseModel):
    """Whom to score: residents by number, or records with features; exactly one of the two."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "records": [
                        {
                            "features": {
                                "age": 61,
                                "female": 1,
                                "systolic_bp": {"value": 124, "unit": "mmHg"},
                                "total_cholesterol": {"value": 180, "unit": "mg/dL"},
                                "hdl_cholesterol": {"value": 47, "unit": "mg/dL"},
                                "current_smoker": 1,
                                "diabetes": 0,
                            }
                        }
                    ]
                },
                {"residents": [2448, 6238], "models": ["stroke_10y"]},
            ]
        },
    )

    residents: list[ResidentName] | None = Field(default=None, min_length=1, max_length=1000)
    records: list[FeatureRecord] | None = Field(default=None, min_length=1, max_length=1000)
    models: list[str] | None = Field(default=None, min_length=1, description="names of models; default: all that serve")


class ScoreLine(BaseModel):
    """One line of a batch: a resident, or features; all lines of a batch are of one kind."""

    model_config = ConfigDict(extra="forbid")

    resident: ResidentName | None = None
    features: dict[str, Quantity | float | bool | None] | None = None


class ScoredPerson(BaseModel):
    """The answer for one person of a request."""

    resident: ResidentName | None
    record: int | None = Field(description="position of the record in the request")
    risks: list[RiskOut]


class ScoreAnswer(Notice):
    """Answers in the order of the request."""

    results: list[ScoredPerson]


class ListedPerson(BaseModel):
    """One line of a risk list."""

    rank: int
    resident: ResidentName
    age: float
    female: bool
    risk: RiskOut


class RiskList(Notice):
    """One page of a model's risk list, highest risk first."""

    model: str
    version: int
    as_of: str
    arrived: int = Field(description="newest batch of arrived records that the list holds, see POST /v1/records")
    at_risk: int = Field(description="people on the whole list")
    people: list[ListedPerson]
    next_cursor: str | None


class RecordsKept(Notice):
    """What became of records that were sent; they are on disk."""

    kept: int = Field(description="rows that were new")
    already_there: int = Field(description="rows that had been sent before, left as they are")
    batch: int = Field(description="lists whose `arrived` has reached this number hold the records")


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    problems: list[dict[str, Any]] = Field(default_factory=list, description="every field that was wrong")


class ChangeIn(BaseModel):
    """One feature that moves."""

    model_config = ConfigDict(extra="forbid")

    feature: str = Field(examples=["systolic_bp"])
    how: Literal["set", "add", "at_most", "at_least"] = Field(
        description="set for everybody; add within the feature's range; or move only those beyond the value"
    )
    value: float = Field(allow_inf_nan=False, description="in the feature's unit", examples=[-10])


class WhatIfRequest(BaseModel):
    """Whose features move, and how: one resident, one area, or with neither the whole city."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "model": "stroke_10y", "changes": [{"feature": "systolic_bp", "how": "at_most", "value": 130}]
            }
        },
    )  # fmt: skip

    model: str
    changes: list[ChangeIn] = Field(min_length=1, max_length=20)
    resident: int | None = Field(default=None, ge=0, le=2**63 - 1)
    area: str | None = Field(default=None, pattern=r"^\d{6}(\d{3})?$", description="county (6 digits) or township (9)")
    by: Literal["county", "township"] | None = Field(default=None, description="tell every area of this level as well")
    others: list[str] = Field(
        default=[], max_length=40, description="models of which the totals are told too, as far as they use what moves"
    )


class WhatIfFigures(BaseModel):
    """How predicted risk and expected cases move; sums over townships whose people were rounded once."""

    people: int | None = Field(description="whom the model applies to; null where too few to be shown")
    moved: int | None = Field(description="of whom the prediction moves")
    expected_before: float | None = Field(description="expected cases within the horizon; null where people is")
    expected_after: float | None = Field(description="null where it would tell of 1 to 7 people")
    mean_risk_before: float | None = Field(description="of one resident: the risk")
    mean_risk_after: float | None
    untold: int = Field(description="townships whose change is not told, and counts as none")


class WhatIfArea(WhatIfFigures):
    """One area of an answer."""

    code: str
    level: Literal["county", "township"]
    name: str
    name_zh: str


class WhatIfModel(WhatIfFigures):
    """What one model says."""

    model: str
    title: str
    title_zh: str
    version: int
    kind: Literal["risk", "screening"]
    outcome: str
    horizon_years: float


class WhatIfOther(WhatIfModel):
    """What another model says of the same people."""

    uses: list[str] = Field(description="which of the features that move it uses")


class WhatIfAnswer(WhatIfModel, Notice):
    """How predicted risk moves; never more than a change of prediction."""

    meaning: str
    meaning_zh: str
    scope: Literal["resident", "area", "city"]
    areas: list[WhatIfArea] | None = Field(default=None, description="by area, where that was asked for")
    others: list[WhatIfOther]
