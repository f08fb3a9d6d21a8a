"""The people at risk under a model, highest risk first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from serving import schemas
from serving.access import Access, needs
from serving.asked import PROBLEMS, ModelName, Served, notice_of
from serving.core import answer
from serving.own_list import own_part
from serving.present import risk_out

router = APIRouter(prefix="/v1/risk-list", responses=PROBLEMS)


@router.get("")
def risk_list(
    service: Served,
    access: Annotated[Access, needs("persons")],
    model: ModelName,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before")] = None,
) -> schemas.RiskList:
    """List the people at risk under a model whom the caller may see, highest risk first."""
    ranking = service.ranking
    champion = ranking.snapshot.champion(model)
    arrived = ranking.arrived
    own = own_part(ranking.lists[model], access)
    shown, first, following = ranking.page(own, limit, access.cursor_in(cursor))
    access.see(shown.index.to_numpy(), model)
    answers = answer(ranking.snapshot, shown, [model])
    people = [
        schemas.ListedPerson(
            rank=first + place + 1,
            resident=access.name_of(int(shown.index[place])),
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
        at_risk=len(own),
        people=people,
        next_cursor=access.cursor_out(following),
        **notice_of(service),
    )
