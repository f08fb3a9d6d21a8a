"""Shapes of answers about models: what there is, how good, its whole shape, its figures and its drift."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from serving.schemas import Notice, ResidentName, RiskOut

Point = tuple[float, float | None]


class HeadlineFigures(BaseModel):
    """How good a champion was on what it never saw; null where few people lie behind a figure."""

    n: int | None = Field(description="index dates, or requests")
    events: int | None
    ranking: float | None = Field(description="C-index; of an event model AUC of being late")
    ranking_low: float | None
    ranking_high: float | None
    ranking_published: float | None = Field(
        description="the same of the published score, of an event model of the past rate of its type; null: none"
    )
    ranking_refit: float | None = Field(description="the same of a regression refitted on the same people")
    calibration_slope: float | None
    calibration_slope_low: float | None
    calibration_slope_high: float | None
    observed_expected: float | None
    observed_expected_low: float | None
    observed_expected_high: float | None


class ModelSummary(BaseModel):
    """One declared model."""

    name: str
    title: str
    title_zh: str
    entity: str = Field(description="of what it speaks: resident or event")
    kind: str = Field(description="risk: will happen within the horizon; screening: is there now unseen; event: late?")
    horizon_years: float | None = Field(description="None for a model that has none")
    status: Literal["serving", "unavailable"]
    version: int | None
    problem: str | None = Field(description="why it cannot serve")
    figures: HeadlineFigures | None = Field(description="of the champion; null where none serves")
    drift: Literal["keep", "retrain"] | None = Field(
        description="what the last `sanzao drift` said of the champion; null: it has not been asked"
    )


class ModelList(Notice):
    """Every declared model."""

    models: list[ModelSummary]


class InputDescription(BaseModel):
    """One input of a model, in the order in which it was trained."""

    name: str
    label: str
    label_zh: str
    unit: str
    low: float
    high: float
    missing_share: float | None = Field(description="to whole per cents; null where it is of few people")
    median: float


class VersionOut(BaseModel):
    """One registered version: where it comes from, and who let it serve, when and why."""

    version: int
    status: Literal["champion", "replaced", "withdrawn", "never served"]
    registered_at: datetime
    data_source: str
    data_fingerprint: str = Field(description="of the records that it was trained on")
    code: str = Field(description="of the code that trained it")
    result: str = Field(description="of data, declaration, code and seed together")
    run_id: str = Field(description="run in MLflow")
    promoted_at: datetime | None = Field(
        description="when it was last made champion; null: never, or before this was kept"
    )
    promoted_by: str | None = Field(description="account of the machine on which the command ran")
    promoted_because: list[str] = Field(description="what the promotion gate found in order, or that it was a rollback")
    promoted_because_zh: list[str] = Field(description="the same in Chinese; in English, where it was kept in no other")
    replaced: int | None = Field(description="the version that served before it")


class ModelDetail(Notice):
    """One model with its champion."""

    name: str
    title: str
    title_zh: str
    entity: str
    kind: Literal["risk", "screening"]
    outcome: str
    horizon_years: float
    free_of: list[str]
    free_of_labels: list[str]
    free_of_labels_zh: list[str]
    age: list[float]
    published_score: str | None
    version: int
    form: str = Field(description="the candidate that validation chose")
    inputs: list[InputDescription]
    tiers: dict[str, float]
    metrics: dict[str, Any] = Field(description="figures of people that the model never saw")
    data_fingerprint: str
    versions: list[VersionOut] = Field(description="every registered version, newest first")


class EventModelDetail(Notice):
    """One event model with its champion."""

    name: str
    title: str
    title_zh: str
    entity: str
    kind: str
    version: int
    form: str = Field(description="the candidate that validation chose for each output")
    inputs: list[InputDescription]
    metrics: dict[str, Any] = Field(description="figures of later requests that the model never saw")
    data_fingerprint: str
    versions: list[VersionOut] = Field(description="every registered version, newest first")


class Histogram(BaseModel):
    """Where the training cohort is along a feature: shares of people by value, or between edges."""

    levels: list[float] | None = Field(description="values; null where the feature has too many for that")
    edges: list[float] | None = Field(description="one more than shares; null where levels are given")
    shares: list[float] = Field(description="of those measured; empty where too few people were")
    missing: float | None = Field(description="share not measured; null where it is of few people")


class FoldCurves(BaseModel):
    """What models fitted to other people make of the same feature: how far the curve can be relied on."""

    points: list[float] = Field(description="values of the feature")
    contributions: list[list[float]] = Field(description="one list a fold, at the points")
    missing: list[float] = Field(description="one a fold, where the feature was not measured")


class ShapeCurve(BaseModel):
    """What one feature adds, by its value: bin i holds edge[i-1] < value <= edge[i]."""

    feature: str
    label: str
    label_zh: str
    unit: str
    kind: str = Field(description="continuous, ordinal or binary")
    direction: Literal["rises", "falls"] | None = Field(description="declared for the model; null: free")
    edges: list[float] = Field(description="in the unit of the feature, ascending")
    contributions: list[float] = Field(description="one more than edges")
    missing: float = Field(description="contribution where the feature was not measured")
    spread: float | None = Field(description="standard deviation of the contribution over the training cohort")
    cohort: Histogram | None = Field(description="null with versions that keep no profile")
    folds: FoldCurves | None


class ShapeMap(BaseModel):
    """What two features add together, beyond their curves."""

    features: tuple[str, str]
    labels: tuple[str, str]
    labels_zh: tuple[str, str]
    units: tuple[str, str]
    edges: tuple[list[float], list[float]]
    contributions: list[list[float]] = Field(
        description="a row a bin of the first feature, a column a bin of the second; the last of each: not measured"
    )
    spread: float | None


class ModelShape(Notice):
    """The whole model: base, curves and maps add up to its output, nothing is left out."""

    model: str
    version: int
    output: str
    outputs: list[str] = Field(description="what the model says; ask for another by `output`")
    scale: Literal["log odds", "log(1 + hours)"] = Field(
        description="on which all contributions add up; a risk is 1 / (1 + exp(-(base + sum of contributions)))"
    )
    base: float
    curves: list[ShapeCurve] = Field(description="those that move most first")
    maps: list[ShapeMap]


class RocCurve(BaseModel):
    """How one way to rank people finds events."""

    name: str = Field(description="risk: the model; refit: refitted Cox; published: the score; deep: deep trees")
    auc: float | None
    points: list[Point] = Field(description="false positive and true positive share")


class CalibrationGroup(BaseModel):
    """People of like predicted risk."""

    n: int | None = Field(description="index dates; counts are rounded, null where suppressed")
    expected: float | None = Field(description="mean predicted risk")
    observed: float | None
    low: float | None
    high: float | None


class CalibrationOut(BaseModel):
    """Observed against predicted risk."""

    groups: list[CalibrationGroup] = Field(description="tenths, merged until eight events lie in each")
    smooth: list[Point] = Field(description="predicted risk and observed risk, smooth")
    edges: list[float] = Field(description="of the histogram of predicted risks")
    counts: list[int]


class DecisionCurve(BaseModel):
    """Net benefit by the risk at which somebody would act."""

    thresholds: list[float]
    lines: dict[str, list[float | None]] = Field(description="risk: the model; published: the score; all: act for all")
    decided: list[float] = Field(description="thresholds at which decisions are taken")


class InvitedGroup(BaseModel):
    """A subgroup when the tenth of everybody at highest risk is invited; null where few people lie behind a figure."""

    group: str
    level: str
    invited: float | None = Field(description="share of the subgroup that is invited")
    found: float | None = Field(description="share of its events that are found")
    ppv: float | None = Field(description="share of the invited who have the event")


class ModelEvaluation(Notice):
    """What is drawn of how good a model is, on people that it never saw (nested validation)."""

    model: str
    version: int
    horizon_years: float
    roc: list[RocCurve]
    calibration: CalibrationOut | None
    temporal_calibration: CalibrationOut | None = Field(description="of a model that was trained on earlier people")
    decision: DecisionCurve
    fairness: list[InvitedGroup]


class DriftFigures(BaseModel):
    """How one column differs between two groups of people."""

    psi: float | None = Field(description="population stability index, what is missing being a group of its own")
    psi_measured: float | None
    by_chance: float | None = Field(description="PSI that chance alone stays below")
    ks: float | None = Field(description="distance of Kolmogorov and Smirnov among those measured")
    ks_p: float | None
    missing_then: float | None = Field(description="share not measured, to whole per cents; null where of few people")
    missing_now: float | None
    verdict: Literal["stable", "moderate", "large"]


class DriftColumn(DriftFigures):
    """How one feature, or the predicted risk, changed since training."""

    feature: str
    label: str
    label_zh: str
    against_cohort: DriftFigures = Field(description="the same against the training cohort, which is older")


class DriftOutcomes(BaseModel):
    """Predictions against outcomes that have come in; null where too few people lie behind a figure."""

    since: int | None = Field(description="index dates whose outcome was not known in training")
    first: str
    last: str
    index_dates: int | None
    events: int | None
    observed_expected: float | None
    observed_expected_low: float | None
    observed_expected_high: float | None
    c_index: float | None
    c_index_low: float | None
    c_index_high: float | None
    registered_observed_expected: float | None
    registered_c_index: float | None


class DriftReport(Notice):
    """The last drift report of the champion, as `sanzao drift` left it."""

    model: str
    version: int
    trained_at: datetime
    now: datetime = Field(description="moment of the people that were looked at")
    people: int | None = Field(description="whom the model applies to")
    retrain: bool
    reasons: list[str] = Field(description="why it is to be trained anew, or why not")
    reasons_zh: list[str]
    remarks: list[str] = Field(description="what else a person should know")
    remarks_zh: list[str]
    risk: DriftColumn
    features: list[DriftColumn]
    calibration: DriftOutcomes


class ColumnValue(BaseModel):
    """The value of one column of a model."""

    feature: str
    value: float | None = Field(description="in the unit of the feature; null: not measured")


class ResidentStanding(Notice):
    """Where one resident stands on the curves and maps of a model, which add up to the risk (see its shape)."""

    resident: ResidentName
    as_of: datetime
    risk: RiskOut
    values: list[ColumnValue] = Field(description="every column that a curve or map of the model looks at")
