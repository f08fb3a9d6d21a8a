"""One resident now."""

from __future__ import annotations

from fastapi import APIRouter

from serving import schemas
from serving.asked import PROBLEMS, Served, notice_of
from serving.present import risk_out

router = APIRouter(prefix="/v1/residents", responses=PROBLEMS)


@router.get("/{resident}/risks")
def resident_risks(resident: int, service: Served) -> schemas.ResidentRisks:
    """Score one resident now under every model, with reasons."""
    return schemas.ResidentRisks(
        resident=resident,
        as_of=service.population.now.isoformat(),
        risks=[risk_out(entry) for entry in service.risks_of(service.features_of([resident]))[0]],
        **notice_of(service),
    )
