"""Areas: measures of counties and townships, for the map and its tables; counts are under disclosure control."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel

from models.area.autocorrelation import HIGH_HIGH, HIGH_LOW, LOW_HIGH, LOW_LOW, local_moran, moran
from models.disclosure import DisclosureRule
from serving import area_schemas as shapes
from serving.access import needs
from serving.area_cells import SEXES, YEARS
from serving.areas import BOTH, LEVELS, MEASURES, SHOWN_DEGREES, Areas, Figures, Measure, areas_of, funnel, labels, rows
from serving.asked import PROBLEMS, KnownTag, Served, notice_of, tagged
from serving.service import Service

GEOJSON = "application/geo+json"
NOTE = (
    "Counts of cells are suppressed from 1 to {up_to} and otherwise rounded to {to}; all else is worked out from the "
    "shown cells, and a sum over suppressed cells is a lower bound."
)
NOTE_ZH = (
    "单元格计数为1至{up_to}者不予显示，其余按{to}取整；所有合计与指标均由取整后的数值计算，含被隐藏单元格的合计为下限。"
)
KINDS = {HIGH_HIGH: "high-high", LOW_HIGH: "low-high", LOW_LOW: "low-low", HIGH_LOW: "high-low"}
LEAST_AREAS = 4  # for likeness of neighbours

router = APIRouter(
    prefix="/v1/areas",
    responses=PROBLEMS | {304: {"description": "what If-None-Match names is still the answer"}},
    dependencies=[needs("aggregates")],
)

Disease = Annotated[str, Query(description="name of the disease, as GET /v1/areas lists them", max_length=60)]
Sex = Annotated[str, Query(description="all, female or male", max_length=10)]


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
                predicted=areas.cells.model_of(name, ("risk", "screening")) is not None,
            )
            for name in areas.cells.diseases
        ]
        return shapes.AreaCatalogue(
            levels=list(LEVELS), measures=[_measure(one) for one in MEASURES.values()], diseases=diseases,
            sexes=[BOTH, *SEXES], window_years=YEARS, **_notice(service, areas),
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
    measure: Annotated[str, Query(description="observed, risk, screening or missed", max_length=20)] = "observed",
    sex: Sex = BOTH,
    year: Annotated[int | None, Query(description="observed only: years back, 0 the last; else all five")] = None,
    form: Annotated[Literal["json", "geojson"] | None, Query(alias="format")] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    known: KnownTag = None,
) -> Response:
    """Show a measure of every county or township, as JSON or, by `format` or Accept, as GeoJSON."""
    areas = areas_of(service)
    geojson = form == "geojson" or (form is None and GEOJSON in accept)

    def make() -> BaseModel:
        figures = areas.figures(level, measure, disease, sex, year)
        told = {
            "level": level, "measure": _measure(figures.measure), "disease": disease, "sex": sex, "year": year,
            "model": figures.model, **_notice(service, areas),
        }  # fmt: skip
        listed = [shapes.AreaRow(**row) for row in rows(areas, level, figures)]
        if not geojson:
            return shapes.AreaList(areas=listed, **told)
        drawn = _geometries(areas, level)
        return shapes.AreaCollection(
            features=[shapes.Feature(id=row.code, geometry=drawn.get(row.code), properties=row) for row in listed],
            **told,
        )

    asked = ("level", level, measure, disease, sex, str(year), str(geojson))
    return _answer(areas, asked, known, make, GEOJSON if geojson else "application/json")


@router.get("/{level}/clusters", response_model=shapes.AreaClusters)
def show_clusters(level: str, service: Served, disease: Disease, sex: Sex = BOTH, known: KnownTag = None) -> Response:
    """Show where cases lie together more than sex, age and chance explain, and which areas resemble neighbours."""
    areas = areas_of(service)

    def make() -> BaseModel:
        figures, scan = areas.clusters(level, disease, sex)
        found = [
            shapes.ClusterRow(
                codes=[figures.codes[area] for area in cluster.areas],
                radius_km=round(cluster.radius, 2),
                count=cluster.cases,
                expected=round(cluster.expected, 1),
                relative_risk=round(cluster.relative_risk, 2) if np.isfinite(cluster.relative_risk) else None,
                log_likelihood_ratio=round(cluster.ratio, 3),
                p=cluster.p,
            )
            for cluster in (scan.clusters if scan else ())
        ]
        return shapes.AreaClusters(
            level=level, disease=disease, sex=sex, clusters=found, **_alike(areas, level, figures),
            method="circular scan statistic (Kulldorff 1997), Poisson, 999 random maps, up to half of what is expected",
            **_notice(service, areas),
        )  # fmt: skip

    return _answer(areas, ("clusters", level, disease, sex), known, make)


@router.get("/{code}/profile", response_model=shapes.AreaProfile)
def show_profile(code: str, service: Served, sex: Sex = BOTH, known: KnownTag = None) -> Response:
    """Show every measure of one area, disease by disease, with funnel limits."""
    areas = areas_of(service)

    def make() -> BaseModel:
        level = areas.level_of(code)
        place = areas.codes(level).index(code)
        name, name_zh = areas.names(code)
        entries = []
        for disease in areas.cells.diseases:
            told = {
                measure: areas.figures(level, measure, disease, sex)
                for measure in MEASURES
                if _there(areas, measure, disease)
            }
            listed = {m: shapes.AreaFigures(**rows(areas, level, one)[place]) for m, one in told.items()}
            entries.append(
                shapes.ProfileEntry(
                    disease=disease, label=labels(disease)[0], label_zh=labels(disease)[1], measures=listed,
                    funnel=funnel(told["observed"], place),
                )
            )  # fmt: skip
        return shapes.AreaProfile(
            code=code, level=level, name=name, name_zh=name_zh, sex=sex, diseases=entries,
            within=code[:6] if level == "township" else None, **_notice(service, areas),
        )  # fmt: skip

    return _answer(areas, ("profile", code, sex), known, make)


@router.get("/{code}/series", response_model=shapes.AreaSeries)
def show_series(code: str, service: Served, disease: Disease, sex: Sex = BOTH, known: KnownTag = None) -> Response:
    """Show the observed disease of one area year by year, and how fast it rises or falls."""
    areas = areas_of(service)

    def make() -> BaseModel:
        name, name_zh = areas.names(code)
        return shapes.AreaSeries(
            code=code, level=areas.level_of(code), name=name, name_zh=name_zh, disease=disease, sex=sex,
            **areas.series(code, disease, sex), **_notice(service, areas),
        )  # fmt: skip

    return _answer(areas, ("series", code, disease, sex), known, make)


def _there(areas: Areas, measure: str, disease: str) -> bool:
    if measure == "screening":
        return disease in areas.cells.screened_diseases
    return measure == "observed" or areas.cells.model_of(disease, ("risk", "screening")) is not None


def _alike(areas: Areas, level: str, figures: Figures) -> dict[str, Any]:
    """Return Moran's I of the smoothed ratios, and the areas that local Moran points out."""
    nothing: dict[str, Any] = {"moran": None, "moran_p": None, "local": {}}
    neighbours = areas.neighbours(level)
    ratios = figures.smoothed
    if neighbours is None or len(ratios) < LEAST_AREAS or not np.isfinite(ratios).all() or np.ptp(ratios) == 0:
        return nothing
    if not len(neighbours.first):
        return nothing
    whole, local = moran(ratios, neighbours), local_moran(ratios, neighbours)
    pointed = {figures.codes[place]: KINDS[int(local.kind[place])] for place in np.flatnonzero(local.kind)}
    return {"moran": round(whole.value, 4), "moran_p": float(f"{whole.p:.3g}"), "local": pointed}


def _geometries(areas: Areas, level: str) -> dict[str, dict[str, Any]]:
    """Return the shapes of a level as GeoJSON, to a metre."""
    from shapely import set_precision, to_geojson

    return {
        code: json.loads(to_geojson(set_precision(shape, 10.0**-SHOWN_DEGREES)))
        for code, shape in areas.shapes(level).items()
    }


def _measure(measure: Measure) -> shapes.MeasureDescription:
    return shapes.MeasureDescription(
        name=measure.name, title=measure.title, title_zh=measure.title_zh, count=measure.count,
        denominator=measure.denominator, per=measure.per,
    )  # fmt: skip


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
