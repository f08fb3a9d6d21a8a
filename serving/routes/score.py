"""Residents by number, or people whose features are sent along."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from features.errors import InvalidInputError
from serving import schemas
from serving.access import Access, needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.present import risk_out
from serving.records import read_records

router = APIRouter(prefix="/v1/score", responses=PROBLEMS)


@router.post("")
def score(
    request: schemas.ScoreRequest, service: Served, access: Annotated[Access, needs("score", shows_persons=True)]
) -> schemas.ScoreAnswer:
    """Score residents by number, or people whose features are sent along."""
    if (request.residents is None) == (request.records is None):
        raise InvalidInputError(
            "Send either `residents` or `records`, not both and not neither.",
            [{"field": "residents, records", "value": None, "allowed": "exactly one of them", "fix": "leave one out"}],
        )
    if request.residents is not None:
        persons = access.numbers_of(request.residents)
        access.see(persons)
        answers = service.risks_of(service.features_of(persons), request.models)
    else:
        access.nobody()  # features that are sent along name no resident
        sent = [record.model_dump()["features"] for record in request.records or []]
        answers = service.risks_for(read_records(sent), request.models)
    return schemas.ScoreAnswer(
        results=[
            schemas.ScoredPerson(
                resident=request.residents[row] if request.residents is not None else None,
                record=row if request.residents is None else None,
                risks=[risk_out(entry) for entry in answers[row]],
            )
            for row in range(len(answers))
        ],
        **notice_of(service),
    )
