"""Errors as problem documents (RFC 9457, application/problem+json)."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from features.errors import SanzaoError

log = logging.getLogger(__name__)

INFERENCE = "/v2"
FEW = 5  # problems that fit the one sentence which the protocol has for an error


class ProblemDocument(JSONResponse):
    """A problem document; of half a character in what was sent, which UTF-8 cannot say, it shows a question mark."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        """Return the document's bytes."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def problem(request: Request, status: int, detail: str, problems: Sequence[dict[str, Any]] = ()) -> JSONResponse:
    """Return a problem document, or what the protocol of the path has instead."""
    content, media = told(request.url.path, status, detail, problems)
    return ProblemDocument(content, status_code=status, media_type=media)


def told(path: str, status: int, detail: str, problems: Sequence[dict[str, Any]] = ()) -> tuple[dict[str, Any], str]:
    """Return the content of an error and its media type: below /v2 that of the Open Inference Protocol."""
    if path == INFERENCE or path.startswith(f"{INFERENCE}/"):
        listed = [", ".join(f"{name}: {value}" for name, value in entry.items()) for entry in problems[:FEW]]
        return {"error": " · ".join([detail, *listed])}, "application/json"
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": path,
        "problems": list(problems),
    }, "application/problem+json"


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""

    @app.exception_handler(SanzaoError)
    async def _ours(request: Request, error: SanzaoError) -> JSONResponse:
        answer = problem(request, error.status, str(error), getattr(error, "problems", []))
        answer.headers.update(getattr(error, "headers", {}))
        return answer

    @app.exception_handler(RequestValidationError)
    async def _malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        found = [
            {
                "field": _sendable(_path(entry["loc"])),
                "value": _sendable(str(entry.get("input"))[:60]),
                "allowed": entry["msg"],
                "fix": "see the OpenAPI page at /docs for the shape of this request",
            }
            for entry in error.errors()
        ]
        return problem(request, 422, f"{len(found)} field(s) of the request cannot be accepted.", found)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        answer = problem(request, error.status_code, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def _fault(request: Request, error: Exception) -> JSONResponse:
        log.error("fault while answering %s", request.url.path, exc_info=error)
        return problem(request, 500, "A fault in Sanzao, not in your request. It has been logged; please report it.")


def _sendable(text: str) -> str:
    """Return text that UTF-8 can carry: JSON may name half a character (a lone surrogate), an answer may not."""
    return text.encode("utf-8", "replace").decode()


def _path(location: Sequence[int | str]) -> str:
    """Return pydantic's location as a path, without the part that says body or query."""
    text = ""
    for part in location[1:]:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or str(location[0])
