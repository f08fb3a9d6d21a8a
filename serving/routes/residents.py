"""One resident now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from serving import schemas
from serving.access import Access, needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.present import risk_out

router = APIRouter(prefix="/v1/residents", responses=PROBLEMS)


@router.get("/{resident}/risks")
def resident_risks(
    resident: schemas.ResidentName, service: Served, access: Annotated[Access, needs("persons")]
) -> schemas.ResidentRisks:
    """Score one resident now under every model, with reasons."""
    persons = access.numbers_of([resident])
    access.see(persons)
    return schemas.ResidentRisks(
        resident=resident,
        as_of=service.population.now.isoformat(),
        risks=[risk_out(entry) for entry in service.answers_of(persons).risks(0)],
        **notice_of(service),
    )
