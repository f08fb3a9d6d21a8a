"""The burden of diseases: which weigh most, where, and what screening found and could avert."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from serving import schemas_burden as schemas
from serving.access import needs
from serving.asked import PROBLEMS, KnownTag, Served, tagged
from serving.burden import of_area, of_disease

router = APIRouter(
    prefix="/v1/burden",
    responses=PROBLEMS | {304: {"description": "what If-None-Match names is still the answer"}},
    dependencies=[needs("aggregates")],
)


@router.get("", response_model=schemas.AreaBurden)
def show_burden(
    service: Served,
    county: Annotated[str | None, Query(description="code of a county; default: the whole city", max_length=20)] = None,
    known: KnownTag = None,
) -> Response:
    """Show the burden of every disease in the city or one county, as it was measured last."""
    return tagged(*of_area(service.source, county), known)


@router.get("/{disease}", response_model=schemas.DiseaseBurden)
def show_disease(service: Served, disease: Annotated[str, Path(max_length=60)], known: KnownTag = None) -> Response:
    """Show the burden of one disease in the city and every county."""
    return tagged(*of_disease(service.source, disease), known)
