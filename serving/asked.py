"""What every route of the API shares: the service behind it, the words of its errors, and the notice on its answers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request

from serving import schemas
from serving.service import Service

PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": schemas.Problem, "content": {"application/problem+json": {}}}
    for code in (401, 403, 404, 413, 422, 424, 429, 503)
}


async def service_of(request: Request) -> Service:
    """Return the process's service."""
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(service_of)]
ModelName = Annotated[str, Query(description="name of the model", examples=["stroke_10y"])]


def notice_of(service: Service) -> dict[str, Any]:
    """Return what says whose data an answer rests on."""
    source = service.source
    return {
        "data_source": source.name,
        "synthetic": source.synthetic,
        "notice": source.notice,
        "notice_zh": source.notice_zh,
    }
