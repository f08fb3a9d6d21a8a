"""The people at risk under a model, highest risk first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from serving import schemas
from serving.access import Access, needs
from serving.asked import PROBLEMS, ModelName, Served, notice_of
from serving.core import answer
from serving.own_list import own_rows
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
    own = own_rows(ranking, model, access)
    rows, first, following = ranking.page(model, limit, access.cursor_in(cursor), own)
    population = ranking.population
    shown = population.features.iloc[rows]
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
        as_of=population.now.isoformat(),
        at_risk=len(own),
        people=people,
        next_cursor=access.cursor_out(following),
        **notice_of(service),
    )
