"""Shapes of area answers, as the OpenAPI page shows them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from serving.schemas import Notice


class Disclosure(BaseModel):
    """The rule that every count has passed: cells first, then sums of shown cells."""

    suppress_up_to: int
    round_to: int
    note: str
    note_zh: str


class AreaNotice(Notice):
    """What every area answer carries."""

    as_of: str
    disclosure: Disclosure
    shapes_note: str
    shapes_note_zh: str


class MeasureDescription(BaseModel):
    """One measure: value = estimate / denominator × per."""

    name: str
    title: str
    title_zh: str
    count: str
    count_zh: str
    denominator: str
    denominator_zh: str
    per: float
    interval: str = Field(description="from what its interval comes")
    interval_zh: str
    smoothed: bool = Field(description="whether there are smoothed ratios and the chance of more than expected")


class DiseaseDescription(BaseModel):
    """One disease of the map."""

    name: str
    label: str
    label_zh: str
    screened: bool = Field(description="whether there is a screening coverage and yield")
    predicted: bool = Field(description="whether a model of it serves")


class AreaCatalogue(AreaNotice):
    """What can be asked of areas."""

    levels: list[str]
    measures: list[MeasureDescription]
    diseases: list[DiseaseDescription]
    sexes: list[str]
    ages: list[str] = Field(description="age bands in years")
    window_years: int


class AreaFigures(BaseModel):
    """A measure; null where it is suppressed or unknown."""

    count: float | None = Field(description="sum of shown cells; a lower bound if some are suppressed")
    estimate: float | None = Field(description="the likeliest count that shown and suppressed cells allow")
    denominator: float | None
    value: float | None
    low: float | None = Field(description="95 % interval; the catalogue says from what it comes")
    high: float | None
    suppressed_cells: int
    suppressed: bool
    expected: float | None = Field(description="cases at the city's rates by sex and age")
    ratio: float | None = Field(description="indirectly standardised: estimate to expected")
    ratio_low: float | None
    ratio_high: float | None
    weight: float | None = Field(description="how much the cells can tell, as cases expected; for funnel plots")
    smoothed: float | None = Field(description="the ratio by empirical Bayes")
    smoothed_low: float | None
    smoothed_high: float | None
    exceedance: float | None = Field(description="probability that the true ratio is above the mean of all areas")


class AreaRow(AreaFigures):
    """A measure of one area."""

    code: str
    level: Literal["county", "township"]
    name: str
    name_zh: str


class AreaList(AreaNotice):
    """A measure of every area of a level."""

    level: str
    measure: MeasureDescription
    disease: str
    sex: str
    age: str
    year: int | None
    model: str | None = Field(description="the model that predicts, where one does")
    areas: list[AreaRow]
    city: AreaFigures
    funnel: list[dict[str, float | None]] = Field(
        description="limits of the ratio by chance alone, along `weight`: near 95 %, far 99.8 %"
    )


class Feature(BaseModel):
    """One area as GeoJSON (RFC 7946)."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: dict[str, Any] | None
    properties: AreaRow


class AreaCollection(AreaNotice):
    """The areas of a level as GeoJSON; the notices are foreign members."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    level: str
    measure: MeasureDescription
    disease: str
    sex: str
    age: str
    year: int | None
    model: str | None
    features: list[Feature]


class ProfileEntry(BaseModel):
    """One disease in the profile of an area."""

    disease: str
    label: str
    label_zh: str
    measures: dict[str, AreaFigures]
    city: dict[str, AreaFigures]
    funnel: dict[str, float | None] = Field(description="limits of the ratio by chance alone: near 95 %, far 99.8 %")


class AreaProfile(AreaNotice):
    """Everything that is told of one area."""

    code: str
    level: str
    name: str
    name_zh: str
    sex: str
    age: str
    within: str | None = Field(description="the county of a township")
    diseases: list[ProfileEntry]


class YearRow(AreaFigures):
    """One year of a series; 0 years back are the twelve months before now."""

    years_back: int


class AreaSeries(AreaNotice):
    """Observed disease of one area year by year."""

    code: str
    level: str
    name: str
    name_zh: str
    disease: str
    sex: str
    age: str
    years: list[YearRow]
    change_percent: float | None = Field(
        description="yearly change, log-linear Poisson; null where a year is suppressed"
    )
    change_low: float | None
    change_high: float | None


class ClusterRow(BaseModel):
    """One circle in which cases lie together; from shown counts."""

    codes: list[str] = Field(description="areas in it, the centre first")
    radius_km: float
    count: float
    expected: float
    relative_risk: float | None
    log_likelihood_ratio: float
    p: float = Field(description="Monte Carlo p-value")


class AreaClusters(AreaNotice):
    """Where cases lie together, and which areas are like their neighbours."""

    level: str
    disease: str
    sex: str
    age: str
    method: str
    clusters: list[ClusterRow]
    moran: float | None
    moran_p: float | None
    local: dict[str, str] = Field(description="areas pointed out by local Moran at a false-discovery rate of 5 %")
