"""The operations hall: the state of the city on one screen; counts only, under disclosure control."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from serving import hall_schemas as schemas
from serving.access import needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.hall import board_of
from serving.hall_alerts import alerts

NOTE = (
    "Counts of people and requests are taken every {minutes} minutes and shown in steps of {step}; below {step} none "
    "is shown. Totals are sums of what is shown."
)
NOTE_ZH = "人数与诉求件数每{minutes}分钟统计一次，以{step}为步长显示，不足{step}者不予显示；合计为所示数值之和。"

router = APIRouter(
    prefix="/v1/hall",
    responses=PROBLEMS | {304: {"description": "what If-None-Match names is still the answer"}},
    dependencies=[needs("aggregates")],
)


@router.get("", response_model=schemas.Hall)
def show_hall(
    request: Request,
    service: Served,
    known: Annotated[str | None, Header(alias="If-None-Match", max_length=500)] = None,
) -> Response:
    """Show screening this week, open service requests, data quality, models and alerts; ask again every few seconds."""
    state = board_of(service, request.app.state.lists).state(datetime.now(UTC))
    words = {"minutes": state["period_minutes"], "step": state["step"]}
    shown = schemas.Hall(
        **state, note=NOTE.format(**words), note_zh=NOTE_ZH.format(**words), alerts=alerts(state), **notice_of(service)
    )
    body = shown.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if known is not None and tag in [one.strip().removeprefix("W/") for one in known.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
