"""Residents by number, or people whose features are sent along: a few as JSON, many as lines or as an Arrow stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import ValidationError
from pydantic_core import to_json

from features.errors import InvalidInputError
from features.online import online_columns
from serving import schemas
from serving.access import Access, needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.core import Answers, answers
from serving.media import Sent, sent_body
from serving.records import Columns, read_records
from serving.sent_batches import ARROW, LINES, MOST_ROWS, Batch, read_lines, read_table
from serving.service import Service
from serving.told_batches import as_lines, as_table, person_words

router = APIRouter(prefix="/v1/score", responses=PROBLEMS)

AT_ONCE = 5_000  # people who are worked out before their part of the answer leaves
LINE = {
    "description": f"a document a person, each on a line, at most {MOST_ROWS:,}: answers in the same order and form",
    "schema": {"type": "string"},
    "example": '{"features": {"age": 61, "female": 1, "current_smoker": 1}}\n',
}
TABLE = {
    "description": f"at most {MOST_ROWS:,} rows: one column `resident`, or a column a feature, in the unit that its "
    "metadata names as `unit`. The answer has a row a person and model.",
    "schema": {"type": "string", "contentEncoding": "binary"},
}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/ScoreRequest"}}, LINES: LINE, ARROW: TABLE,
        },
    }
}  # fmt: skip
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "answers in the order of the request, in the form in which it was sent",
        "content": {
            LINES: {"schema": {"$ref": "#/components/schemas/ScoredPerson"}},
            ARROW: {"schema": {"type": "string", "contentEncoding": "binary"}},
        },
    }
}

Models = Annotated[
    list[str] | None, Query(max_length=100, description="names of models, where the body names none; default: all")
]
Reasons = Annotated[bool, Query(description="of an Arrow answer: whether it has reasons")]


@router.post("", openapi_extra=BODY, response_model=schemas.ScoreAnswer, responses=ANSWERS)
def score(
    service: Served,
    access: Annotated[Access, needs("score", shows_persons=True)],
    sent: Annotated[Sent, Depends(sent_body)],
    models: Models = None,
    reasons: Reasons = True,
) -> Response:
    """Score residents by number, or people whose features are sent along."""
    if sent.media == LINES:
        return _batch(read_lines(sent.body), service, access, models, LINES, reasons=True)
    if sent.media == ARROW:
        return _batch(read_table(sent.body), service, access, models, ARROW, reasons=reasons)
    return _few(_request(sent), service, access, models)


def _request(sent: Sent) -> schemas.ScoreRequest:
    """Return what was sent as JSON.

    Raises
    ------
    RequestValidationError, InvalidInputError
        If it is no such document, or names both residents and records, or neither.
    """
    if sent.media not in ("application/json", ""):
        raise InvalidInputError(
            f"The content type '{sent.media[:60]}' is not one of application/json, {LINES} and {ARROW}.",
            [{"field": "Content-Type", "value": sent.media[:60], "allowed": "one of these", "fix": "name it"}],
        )
    try:
        request = schemas.ScoreRequest.model_validate_json(sent.body)
    except ValidationError as error:
        found = [{**entry, "loc": ("body", *entry["loc"])} for entry in error.errors(include_url=False)]
        raise RequestValidationError(found) from error
    if (request.residents is None) == (request.records is None):
        raise InvalidInputError(
            "Send either `residents` or `records`, not both and not neither.",
            [{"field": "residents, records", "value": None, "allowed": "exactly one of them", "fix": "leave one out"}],
        )
    return request


def _few(request: schemas.ScoreRequest, service: Service, access: Access, models: list[str] | None) -> Response:
    wanted = request.models or models
    names = request.residents
    if names is not None:
        persons = access.numbers_of(names)
        access.see(persons)
        found = service.answers_of(persons, wanted)
    else:
        access.nobody()  # features that are sent along name no resident
        sent = [record.model_dump()["features"] for record in request.records or []]
        found = service.answers_for(read_records(sent), wanted)
    results = [
        person_words(found, row, names[row] if names else None, None if names else row) for row in range(len(found))
    ]
    document = {**notice_of(service), "results": results}
    return Response(to_json(document, inf_nan_mode="null"), media_type="application/json")


def _batch(
    batch: Batch, service: Service, access: Access, models: list[str] | None, media: str, *, reasons: bool
) -> StreamingResponse:
    """Answer a batch part by part; whatever can be wrong is found before the first part leaves."""
    snapshot = service.snapshot
    wanted = list(snapshot.champions if models is None else models)
    champions = [snapshot.champion(name) for name in wanted]
    if batch.residents is None:
        access.nobody()
    else:
        persons = access.numbers_of(batch.residents)
        access.see(persons)
        rows = service.known_rows(persons)

    def parts() -> Iterator[tuple[int, Answers]]:
        for start in range(0, batch.rows, AT_ONCE):
            if batch.columns is not None:
                yield start, answers(snapshot, _slice(batch.columns, start), wanted)
            else:
                mine = persons[start : start + AT_ONCE]
                died = service.population.died_among(rows[start : start + AT_ONCE])
                yield start, answers(snapshot, online_columns(service.source.name, mine), wanted, died)

    notice = notice_of(service)
    if media == LINES:
        content = as_lines(parts(), batch.residents, notice)
    else:
        columns = snapshot.scorer.features if snapshot.scorer else ()
        content = as_table(parts(), batch.residents, champions, columns, notice, reasons=reasons)
    return StreamingResponse(content, media_type=media)


def _slice(columns: Columns, start: int) -> Columns:
    return {name: column[start : start + AT_ONCE] for name, column in columns.items()}
