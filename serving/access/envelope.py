"""What goes around every request: its id, the limit of its body, the headers of its answer, and the last look.

The last look: an answer of a route that shows persons leaves only if the audit log has been written to.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Iterable
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.settings import settings
from serving.logs import log_access, request_id
from serving.metrics import count_request, method_of, route_of
from serving.problems import told

log = logging.getLogger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
# An answer of the API is no page: nothing may load from it, should a browser be made to show it as one.
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
# The documentation pages start by a script that stands in them. They show nobody, and load nothing from elsewhere.
DOCS_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'"
)
DOCS = ("/docs", "/redoc")
ABORTED = 499  # nothing was answered, because whoever asked has gone (nginx counts these so)
BATCHES = ("application/x-ndjson", "application/vnd.apache.arrow.stream")


class Envelope:
    """ASGI middleware around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        sent = headers.get("x-request-id", "")
        identity = sent if REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = identity
        request_id.set(identity)
        outgoing = _Outgoing(scope, send, identity)
        began = time.perf_counter()
        try:
            await self._answer(scope, receive, outgoing)
        except Exception:
            outgoing.status = HTTPStatus.INTERNAL_SERVER_ERROR  # answered further out
            raise
        finally:
            method, route, seconds = method_of(scope), route_of(scope), time.perf_counter() - began
            count_request(method, route, outgoing.status, seconds)
            log_access(method, route, outgoing.status, seconds)

    async def _answer(self, scope: Scope, receive: Receive, outgoing: _Outgoing) -> None:
        """Answer one request whose id is known."""
        headers = Headers(scope=scope)
        limit = _limit(scope, headers)
        length = headers.get("content-length")
        if length is not None and not length.isdecimal():
            await outgoing.refuse(400, "The header Content-Length is no number.")
            return
        if length is not None and int(length) > limit:
            await outgoing.refuse(413, _too_large(limit))
            return
        if length is None and "chunked" in headers.get("transfer-encoding", "").lower():
            # Its length is known only when it has been read; of one that is too long, no more than the limit is.
            parts = await _read(receive, limit)
            if parts is None:
                await outgoing.refuse(413, _too_large(limit))
                return
            receive = _replay(parts, receive)
        await self.app(scope, receive, outgoing)


def _limit(scope: Scope, headers: Headers) -> int:
    """Return the largest body of a request, in bytes: batches are larger than anything else that is sent."""
    kind = headers.get("content-type", "").split(";", 1)[0].strip().lower()
    path = scope["path"]
    batch = (path == "/v1/score" and kind in BATCHES) or (path.startswith("/v2/models/") and path.endswith("/infer"))
    return settings().batch_bytes if batch else settings().body_bytes


def _too_large(limit: int) -> str:
    return (
        f"The body is larger than {limit} bytes. Send it in smaller parts; SANZAO_BODY_BYTES moves the limit, and "
        "SANZAO_BATCH_BYTES that of batches."
    )


async def _read(receive: Receive, limit: int) -> list[Message] | None:
    parts, size = [], 0
    while True:
        part = await receive()
        parts.append(part)
        size += len(part.get("body", b""))
        if size > limit:
            return None
        if part["type"] == "http.disconnect" or not part.get("more_body", False):
            return parts


def _replay(parts: Iterable[Message], receive: Receive) -> Receive:
    waiting = iter(parts)

    async def again() -> Message:
        for part in waiting:
            return part
        return await receive()

    return again


class _Outgoing:
    """The way out: adds headers, and holds back what must not leave."""

    def __init__(self, scope: Scope, send: Send, identity: str) -> None:
        self.scope, self._send, self.identity, self._held = scope, send, identity, False
        self.status = ABORTED

    async def __call__(self, message: Message) -> None:
        """Let one message of the answer out."""
        if self._held:
            return
        if message["type"] == "http.response.start":
            access = self.scope["state"].get("access")
            if access is not None and not access.settled and message["status"] < HTTPStatus.MULTIPLE_CHOICES:
                log.critical("%s showed persons without a line in the audit log; the answer was held back", access.what)
                await self.refuse(500, "A fault in Sanzao, not in your request. It has been logged; please report it.")
                return
            self.status = message["status"]
            self._add_headers(MutableHeaders(raw=message["headers"]), persons=access is not None)
        await self._send(message)

    def _add_headers(self, headers: MutableHeaders, *, persons: bool) -> None:
        headers["X-Request-ID"] = self.identity
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", DOCS_POLICY if self.scope["path"] in DOCS else API_POLICY)
        if settings().hsts_seconds:
            headers["Strict-Transport-Security"] = f"max-age={settings().hsts_seconds}; includeSubDomains"
        if persons:
            headers["Cache-Control"] = "no-store"

    async def refuse(self, status: int, detail: str) -> None:
        """Answer with a problem document instead."""
        content, media = told(self.scope["path"], status, detail)
        body = json.dumps(content).encode()
        headers = MutableHeaders({"content-type": media, "content-length": str(len(body)), "connection": "close"})
        self._add_headers(headers, persons=False)
        self.status = status
        await self._send({"type": "http.response.start", "status": status, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})
        self._held = True
