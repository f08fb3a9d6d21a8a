"""Shapes of answers about the burden of diseases; a figure is null where it is suppressed or not known."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field

from serving.schemas import Notice


class Figure(BaseModel):
    """A figure with its 95 % interval."""

    value: float
    low: float | None
    high: float | None


class Ranks(BaseModel):
    """Place among the ranked diseases, 1 the highest; null where the figure is zero, suppressed or not known."""

    incidence: int | None = Field(default=None, description="by new cases")
    harm: int | None = Field(default=None, description="by years of life lost")
    burden: int | None = Field(default=None, description="by hospital stays")
    avertable: int | None = Field(default=None, description="by the years of life lost that screening could avert")


class ProgrammeFound(BaseModel):
    """What a screening programme found; of the whole source only."""

    programme: str
    first_year: int
    ages: list[int] = Field(description="youngest and oldest age invited")
    tests: int | None = Field(description="people tested, year by year")
    found: int | None = Field(description="new cases within 90 days of a test")
    found_yield: Figure | None = Field(alias="yield", description="found per 1,000 tests")
    absent: int | None = Field(description="invited people who never came")
    undetected: Figure | None = Field(description="cases that tests of these would find at the same yield")
    mortality_ratio: Figure | None = Field(description="deaths of those found by a test over those expected of others")
    ratio_pooled: bool = Field(description="whether that ratio is of all programmes together")


class DiseaseFigures(BaseModel):
    """One disease in one area; rates per 100,000 person-years unless said otherwise."""

    ranks: Ranks
    cases: int | None = Field(description="first diagnoses in the reported years")
    incidence: Figure | None
    incidence_standardised: Figure | None
    living: int | None = Field(description="people who live with it on the last day")
    prevalence: Figure | None = Field(description="share of residents")
    prevalence_standardised: Figure | None
    deaths: Figure | None = Field(description="put down to it by excess mortality")
    mortality: Figure | None
    lethality: Figure | None = Field(description="deaths per 1,000 person-years lived with it")
    years_lost: Figure | None = Field(description="years of life lost to these deaths")
    years_lost_rate: Figure | None
    years_lost_standardised: float | None
    stays: Figure | None = Field(description="hospital stays put down to it")
    visits: Figure | None
    drugs: Figure | None = Field(description="drug records put down to it")
    stays_rate: Figure | None
    visits_rate: Figure | None
    drugs_rate: Figure | None
    poor: Figure | None = Field(description="share of those who live with it who are poor")
    poor_expected: float | None = Field(description="what that share would be at their ages and sexes")
    uninsured: Figure | None
    trend: Figure | None = Field(description="change of the incidence a year, in percent, over the years of `yearly`")
    yearly: dict[int, float | None] = Field(description="crude incidence by calendar year")
    screening: ProgrammeFound | None
    avertable: Figure | None = Field(description="years of life lost that early detection could avert at most")


class NamedDisease(DiseaseFigures):
    """A disease with its figures."""

    disease: str
    label: str
    label_zh: str
    ranked: bool = Field(description="false for a mixture of diseases, which takes no part in the order")


class AreaTotals(BaseModel):
    """The whole source (code "") or one county."""

    code: str
    name: str
    name_zh: str
    people: int | None = Field(description="residents on the last day")
    person_years: float = Field(description="observed in the reported years")
    deaths: int | None


class AreaDisease(BaseModel):
    """One disease in one area."""

    area: AreaTotals
    figures: DiseaseFigures


class Period(BaseModel):
    """Whole calendar years, both ends included; the trend begins in `trend_from`."""

    first: int
    last: int
    trend_from: int


class Standard(BaseModel):
    """A standard population."""

    name: str
    label: str
    label_zh: str


class DiseaseName(BaseModel):
    """A disease by name."""

    disease: str
    label: str
    label_zh: str


class Suppression(BaseModel):
    """Counts that are not shown, and how the others are rounded."""

    suppress_up_to: int
    round_to: int
    mark: str


class BurdenNotice(Notice):
    """What every answer about the burden says of itself."""

    as_of: date = Field(description="records known by then are counted")
    measured_at: datetime
    period: Period
    standard: Standard
    per: float = Field(description="person-years to which rates refer")
    life_table: str
    disclosure: Suppression
    missing: list[str] = Field(description="what the records do not hold, so that it is not taken for zero")
    absent: list[DiseaseName] = Field(description="diseases that never occur in the records")


class AreaBurden(BurdenNotice):
    """Every disease in one area, in the order of years of life lost."""

    areas: list[AreaTotals] = Field(description="the whole source first, then its counties")
    area: AreaTotals
    diseases: list[NamedDisease]


class DiseaseBurden(BurdenNotice):
    """One disease in every area, the whole source first."""

    disease: str
    label: str
    label_zh: str
    ranked: bool
    areas: list[AreaDisease]
