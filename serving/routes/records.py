"""Records as they happen."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from serving import schemas
from serving.access import needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.metrics import count_records
from serving.sent_records import MOST_BYTES, TooLargeError, problems_of, read_body, refused

router = APIRouter(
    prefix="/v1/records",
    dependencies=[needs("records")],
    responses=PROBLEMS,
)

EXAMPLE = {
    "records": {
        "measurement": [
            {
                "measurement_id": 990000001, "person_id": 2448, "measurement_concept_id": 3004249,
                "measurement_date": "2024-01-02", "value_as_number": 151, "unit_source_value": "mm[Hg]",
                "known_at": "2024-01-02T09:30:00Z",
            }
        ]
    }
}  # fmt: skip
ROW: dict[str, Any] = {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["records"],
                    "additionalProperties": False,
                    "properties": {
                        "records": {
                            "type": "object",
                            "minProperties": 1,
                            "description": "rows by name of their table contract, see `sanzao data catalogue`",
                            "additionalProperties": {"oneOf": [ROW, {"type": "array", "items": ROW}]},
                        }
                    },
                },
                "example": EXAMPLE,
            }
        },
    }
}


@router.post("", openapi_extra=BODY)
async def take_records(request: Request, service: Served) -> schemas.RecordsKept:
    """Keep records: one or many, of any tables, by the names and columns of their contracts.

    They are on disk before this answers, all of them or, if anything is wrong, none. Sending a record again changes
    nothing: a record is known by the key of its table. Lists follow within moments.
    """
    body = await _body(request)
    submission = await run_in_threadpool(read_body, body)
    broken = [read.findings for read in submission.tables.values() if len(read.findings)]
    if broken:
        raise refused([problem for findings in broken for problem in problems_of(findings)])
    outcome, batch = await asyncio.wrap_future(service.recorder.submit(submission))
    if len(outcome.findings):
        raise refused(problems_of(outcome.findings))
    count_records(outcome.kept, outcome.already_there)
    return schemas.RecordsKept(
        kept=outcome.kept, already_there=outcome.already_there, batch=batch, **notice_of(service)
    )


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise TooLargeError(f"The request has more than {MOST_BYTES:,} bytes. Send several smaller ones.")
        parts.append(part)
    return b"".join(parts)
