"""What every route of the API shares: the service behind it, the words of its errors, and the notice on its answers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response

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
KnownTag = Annotated[str | None, Header(alias="If-None-Match", max_length=500)]
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


def tagged(body: bytes, tag: str, known: str | None, media: str = "application/json") -> Response:
    """Return an answer that is the same until its tag changes, or 304 to whoever has it already."""
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
    if known is not None and (known.strip() == "*" or tag in [one.strip() for one in known.split(",")]):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media, headers=headers)
