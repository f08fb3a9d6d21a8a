"""Areas: measures of counties and townships, for the map and its tables; counts are under disclosure control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel

from models.area.autocorrelation import HIGH_HIGH, HIGH_LOW, LOW_HIGH, LOW_LOW, local_moran, moran
from models.disclosure import DisclosureRule
from serving import area_schemas as shapes
from serving.access import needs
from serving.area_cells import AGE_BANDS, SEXES
from serving.area_counts import YEARS
from serving.area_measures import MEASURES, Figures
from serving.area_rows import funnel, funnel_curve, labels, row, rows
from serving.areas import BOTH, LEVELS, Areas, areas_of
from serving.asked import PROBLEMS, KnownTag, Served, notice_of, tagged
from serving.service import Service

GEOJSON = "application/geo+json"
NOTE = (
    "Counts of cells (township, sex, age band, year) are suppressed from 1 to {up_to} and otherwise rounded to {to}; "
    "all else is worked out from the shown cells. A sum over suppressed cells is a lower bound; the estimate beside it "
    "is the likeliest number that the cells allow."
)
NOTE_ZH = (
    "单元格（乡镇、性别、年龄段、年份）计数为1至{up_to}者不予显示，其余按{to}取整；所有合计与指标均由显示的单元格计算。"
    "含被隐藏单元格的合计为下限，估计值为单元格所允许的最可能数。"
)
SCAN = (
    "circular scan statistic (Kulldorff 1997), Poisson, 999 random maps, up to half of what is expected; of effective "
    "cases, so many as would say as much as the shown cells do"
)
KINDS = {HIGH_HIGH: "high-high", LOW_HIGH: "low-high", LOW_LOW: "low-low", HIGH_LOW: "high-low"}
LEAST_AREAS = 4  # for likeness of neighbours

router = APIRouter(
    prefix="/v1/areas",
    responses=PROBLEMS | {304: {"description": "what If-None-Match names is still the answer"}},
    dependencies=[needs("aggregates")],
)


class Whom(NamedTuple):
    """Of whom the figures are."""

    sex: str
    age: str


def _whom(
    sex: Annotated[str, Query(description="all, female or male", max_length=10)] = BOTH,
    age: Annotated[
        str, Query(description=f"all, {', '.join(AGE_BANDS)}: years at diagnosis, else now", max_length=10)
    ] = BOTH,
) -> Whom:
    return Whom(sex, age)


AskedWhom = Annotated[Whom, Depends(_whom)]
Disease = Annotated[str, Query(description="name of the disease, as GET /v1/areas lists them", max_length=60)]
OfMeasure = Annotated[str, Query(description="observed, risk, screening, yield or missed", max_length=20)]


@router.get("", response_model=shapes.AreaCatalogue)
def list_measures(service: Served, known: KnownTag = None) -> Response:
    """List what can be asked of areas: levels, measures and diseases."""
    areas = areas_of(service)

    def make() -> BaseModel:
        diseases = [
            shapes.DiseaseDescription(
                name=name,
                label=labels(name)[0],
                label_zh=labels(name)[1],
                screened=name in areas.cells.screened_diseases,
                predicted=areas.there_is("risk", name),
            )
            for name in areas.cells.diseases
        ]
        return shapes.AreaCatalogue(
            levels=list(LEVELS), measures=[_measure(name) for name in MEASURES], diseases=diseases,
            sexes=[BOTH, *SEXES], ages=[BOTH, *AGE_BANDS], window_years=YEARS, **_notice(service, areas),
        )  # fmt: skip

    return _answer(areas, ("catalogue",), known, make)


@router.get(
    "/{level}",
    response_model=shapes.AreaList | shapes.AreaCollection,
    responses={200: {"content": {GEOJSON: {"schema": {"$ref": "#/components/schemas/AreaCollection"}}}}},
)
def list_areas(
    level: str,
    service: Served,
    disease: Disease,
    whom: AskedWhom,
    measure: OfMeasure = "observed",
    year: Annotated[int | None, Query(description="observed only: years back, 0 the last; else all five")] = None,
    form: Annotated[Literal["json", "geojson"] | None, Query(alias="format")] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    known: KnownTag = None,
) -> Response:
    """Show a measure of every county or township, as JSON or, by `format` or Accept, as GeoJSON."""
    areas = areas_of(service)
    geojson = form == "geojson" or (form is None and GEOJSON in accept)

    def make() -> BaseModel:
        codes, figures = areas.codes(level), areas.figures(level, measure, disease, whom.sex, year, whom.age)
        told = {
            "level": level, "measure": _measure(measure), "disease": disease, **whom._asdict(), "year": year,
            "model": areas.model_of(measure, disease), **_notice(service, areas),
        }  # fmt: skip
        listed = [shapes.AreaRow(**one) for one in rows(codes, areas.source.area_names, level, figures)]
        if not geojson:
            city = row(areas.figures("city", measure, disease, whom.sex, year, whom.age), 0)
            return shapes.AreaList(areas=listed, city=city, funnel=funnel_curve(figures), **told)
        drawn = areas.shapes(level).geometries()
        return shapes.AreaCollection(
            features=[shapes.Feature(id=row.code, geometry=drawn.get(row.code), properties=row) for row in listed],
            **told,
        )

    asked = ("level", level, measure, disease, *whom, str(year), str(geojson))
    return _answer(areas, asked, known, make, GEOJSON if geojson else "application/json")


@router.get("/{level}/clusters", response_model=shapes.AreaClusters)
def show_clusters(level: str, service: Served, disease: Disease, whom: AskedWhom, known: KnownTag = None) -> Response:
    """Show where cases lie together more than sex, age and chance explain, and which areas resemble neighbours."""
    areas = areas_of(service)

    def make() -> BaseModel:
        codes = areas.codes(level)
        figures, scan = areas.clusters(level, disease, *whom)
        found = [
            shapes.ClusterRow(
                codes=[codes[area] for area in cluster.areas],
                radius_km=round(cluster.radius, 2),
                count=round(float(np.nansum(figures.estimate[list(cluster.areas)])), 1),
                expected=round(float(np.nansum(figures.expected[list(cluster.areas)])), 1),
                relative_risk=round(cluster.relative_risk, 2) if np.isfinite(cluster.relative_risk) else None,
                log_likelihood_ratio=round(cluster.ratio, 3),
                p=cluster.p,
            )
            for cluster in (scan.clusters if scan else ())
        ]
        return shapes.AreaClusters(
            level=level, disease=disease, **whom._asdict(), clusters=found, **_alike(areas, level, figures),
            method=SCAN, **_notice(service, areas),
        )  # fmt: skip

    return _answer(areas, ("clusters", level, disease, *whom), known, make)


@router.get("/{code}/profile", response_model=shapes.AreaProfile)
def show_profile(code: str, service: Served, whom: AskedWhom, known: KnownTag = None) -> Response:
    """Show every measure of one area, disease by disease, beside the city's, with funnel limits."""
    areas = areas_of(service)

    def make() -> BaseModel:
        level = areas.level_of(code)
        name, name_zh = areas.source.area_names.get(code, (code, code))
        return shapes.AreaProfile(
            code=code, level=level, name=name, name_zh=name_zh, **whom._asdict(),
            diseases=[_entry(areas, code, level, disease, whom) for disease in areas.cells.diseases],
            within=code[:6] if level == "township" else None, **_notice(service, areas),
        )  # fmt: skip

    return _answer(areas, ("profile", code, *whom), known, make)


@router.get("/{code}/series", response_model=shapes.AreaSeries)
def show_series(code: str, service: Served, disease: Disease, whom: AskedWhom, known: KnownTag = None) -> Response:
    """Show the observed disease of one area year by year, and how fast it rises or falls."""
    areas = areas_of(service)

    def make() -> BaseModel:
        name, name_zh = areas.source.area_names.get(code, (code, code))
        return shapes.AreaSeries(
            code=code, level=areas.level_of(code), name=name, name_zh=name_zh, disease=disease, **whom._asdict(),
            **areas.series(code, disease, *whom), **_notice(service, areas),
        )  # fmt: skip

    return _answer(areas, ("series", code, disease, *whom), known, make)


def _entry(areas: Areas, code: str, level: str, disease: str, whom: Whom) -> shapes.ProfileEntry:
    """Return all measures of one disease in one area and in the city."""
    place = areas.codes(level).index(code)
    measures = [measure for measure in MEASURES if areas.there_is(measure, disease)]
    here = {measure: areas.figures(level, measure, disease, whom.sex, age=whom.age) for measure in measures}
    city = {measure: areas.figures("city", measure, disease, whom.sex, age=whom.age) for measure in measures}
    return shapes.ProfileEntry(
        disease=disease, label=labels(disease)[0], label_zh=labels(disease)[1],
        measures={measure: shapes.AreaFigures(**row(figures, place)) for measure, figures in here.items()},
        city={measure: shapes.AreaFigures(**row(figures, 0)) for measure, figures in city.items()},
        funnel=funnel(here["observed"], place),
    )  # fmt: skip


def _alike(areas: Areas, level: str, figures: Figures) -> dict[str, Any]:
    """Return Moran's I of the smoothed ratios that are told, and the areas that local Moran points out."""
    nothing: dict[str, Any] = {"moran": None, "moran_p": None, "local": {}}
    neighbours = areas.shapes(level).neighbours()
    told = np.isfinite(figures.smoothed)
    ratios = figures.smoothed[told]
    if neighbours is None or len(ratios) < LEAST_AREAS or np.ptp(ratios) == 0:
        return nothing
    neighbours = neighbours.among(told)
    if not len(neighbours.first):
        return nothing
    whole, local = moran(ratios, neighbours), local_moran(ratios, neighbours)
    codes = np.array(areas.codes(level))[told]
    pointed = {str(codes[place]): KINDS[int(local.kind[place])] for place in np.flatnonzero(local.kind)}
    return {"moran": round(whole.value, 4), "moran_p": float(f"{whole.p:.3g}"), "local": pointed}


def _measure(name: str) -> shapes.MeasureDescription:
    return shapes.MeasureDescription(**asdict(MEASURES[name]))


def _notice(service: Service, areas: Areas) -> dict[str, Any]:
    rule: DisclosureRule = areas.cells.rule
    words = {"up_to": rule.suppress_up_to, "to": rule.round_to}
    return {
        "as_of": areas.ranking.population.now.isoformat(),
        "disclosure": {
            "suppress_up_to": rule.suppress_up_to, "round_to": rule.round_to,
            "note": NOTE.format(**words), "note_zh": NOTE_ZH.format(**words),
        },
        "shapes_note": areas.source.area_shapes_note,
        "shapes_note_zh": areas.source.area_shapes_note_zh,
        **notice_of(service),
    }  # fmt: skip


def _answer(
    areas: Areas,
    asked: tuple[str, ...],
    known: str | None,
    make: Callable[[], BaseModel],
    media: str = "application/json",
) -> Response:
    """Return the answer, or 304 to whoever has it already."""
    body, tag = areas.answer(asked, lambda: make().model_dump_json().encode())
    return tagged(body, tag, known, media)
