"""Which screening programmes there are, and where each of their numbers comes from."""

from __future__ import annotations

from fastapi import APIRouter

from features.concepts import CONDITIONS
from features.views import get_feature
from models.screening_programme import Figure, Programme, Test, get_programme, programmes
from serving import schemas_lists as schemas
from serving.access import needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.champions import Snapshot
from serving.schemas_people import TestOut

router = APIRouter(prefix="/v1/programmes", responses=PROBLEMS, dependencies=[needs("models")])


@router.get("")
def list_programmes(service: Served) -> schemas.ProgrammeList:
    """List every declared programme, and whether the model that ranks serves."""
    shown = [programme_out(programme, service.snapshot) for programme in programmes().values()]
    return schemas.ProgrammeList(programmes=shown, **notice_of(service))


@router.get("/{name}")
def show_programme(name: str, service: Served) -> schemas.ProgrammeDetail:
    """Show one programme with the source of every number."""
    return schemas.ProgrammeDetail(programme=programme_out(get_programme(name), service.snapshot), **notice_of(service))


def programme_out(programme: Programme, snapshot: Snapshot) -> schemas.ProgrammeOut:
    """Return a programme as the API shows it."""
    serves = programme.model in snapshot.champions
    then = programme.follow_up
    return schemas.ProgrammeOut(
        name=programme.name,
        title=programme.title,
        title_zh=programme.title_zh,
        disease=CONDITIONS[programme.disease].label,
        model=programme.model,
        status="serving" if serves else "unavailable",
        problem=None if serves else snapshot.problems.get(programme.model, "this data source cannot show its outcome"),
        age=list(programme.age),
        age_source=programme.age_source,
        sex=programme.sex,
        any_of=[get_feature(entry.feature).label for entry in programme.any_of],
        any_of_source=programme.any_of_source,
        free_of=[CONDITIONS[name].label for name in programme.free_of],
        contraindications=[entry.label for entry in programme.contraindications],
        contraindications_zh=[entry.label_zh for entry in programme.contraindications],
        test=test_out(programme.test),
        follow_up=test_out(then.test) if then else None,
        follow_up_settles_years=_figure(then.settles_years) if then else None,
        interval_years=_figure(programme.interval_years),
        slots_per_week=_figure(programme.slots_per_week),
        reach_km=_figure(programme.reach_km),
        uptake=_figure(programme.uptake),
        sensitivity=_figure(programme.sensitivity),
        averts=_figure(programme.averts) if programme.averts else None,
        averted=programme.averted,
        averted_zh=programme.averted_zh,
        missing=list(programme.missing),
    )


def test_out(test: Test) -> TestOut:
    """Return a test as the API shows it."""
    return TestOut(name=test.name, label=test.label, label_zh=test.label_zh)


def _figure(figure: Figure) -> schemas.FigureOut:
    return schemas.FigureOut(value=figure.value, source=figure.source)
