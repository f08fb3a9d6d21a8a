"""One resident now."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query

from serving import schemas
from serving.access import Access, needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.present import risk_out
from serving.schemas_people import Timeline
from serving.service import UnknownResidentError
from serving.timeline import timeline

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


@router.get("/{resident}/timeline")
def resident_timeline(
    resident: schemas.ResidentName,
    service: Served,
    access: Annotated[Access, needs("persons")],
    limit: Annotated[int, Query(ge=1, le=500, description="at most so many entries")] = 100,
) -> Timeline:
    """Show what happened to one resident, newest first: measurements, diagnoses, tests, invitations, contacts."""
    (person,) = access.numbers_of([resident])
    access.see([person])
    if not -(2**63) <= person < 2**63 or not service.live.arrived.registered(np.array([person]))[0]:
        raise UnknownResidentError(person)
    now = service.population.now
    found = timeline(service.source.name, person, now, limit + 1, working=access.allows("programmes"))
    return Timeline(resident=resident, as_of=now, entries=found[:limit], more=len(found) > limit, **notice_of(service))
