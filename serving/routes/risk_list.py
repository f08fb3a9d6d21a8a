"""The people at risk under a model, highest risk first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from serving import schemas
from serving.asked import PROBLEMS, ModelName, Served, notice_of
from serving.core import answer
from serving.present import risk_out

router = APIRouter(prefix="/v1/risk-list", responses=PROBLEMS)


@router.get("")
def risk_list(
    service: Served,
    model: ModelName,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before")] = None,
) -> schemas.RiskList:
    """List the people at risk under a model, highest risk first."""
    ranking = service.ranking
    champion = ranking.snapshot.champion(model)
    arrived = ranking.arrived
    shown, first, following = ranking.page(model, limit, cursor)
    answers = answer(ranking.snapshot, shown, [model])
    people = [
        schemas.ListedPerson(
            rank=first + place + 1,
            resident=int(shown.index[place]),
            age=float(shown["age"].iloc[place]),
            female=bool(shown["female"].iloc[place] == 1),
            risk=risk_out(entries[0]),
        )
        for place, entries in enumerate(answers)
    ]
    return schemas.RiskList(
        model=model,
        version=champion.version,
        as_of=ranking.population.now.isoformat(),
        arrived=arrived,
        at_risk=ranking.at_risk(model),
        people=people,
        next_cursor=following,
        **notice_of(service),
    )
