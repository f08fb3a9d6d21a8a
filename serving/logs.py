"""The server's log: every line with the id of its request, as text for people or as JSON for machines.

Each request leaves one line of access: when, which route by its template, status and duration. It names nobody: no
address, no account, no resident; who saw whom stands in the audit log, under the same request id.
"""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from features.settings import settings

request_id: ContextVar[str] = ContextVar("request_id", default="-")
access = logging.getLogger("sanzao.access")

TEXT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
OF_ACCESS = ("method", "route", "status", "ms")


class AsJson(logging.Formatter):
    """A line of JSON a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname, "logger": record.name,
            "request_id": getattr(record, "request_id", "-"), "message": record.getMessage(),
        }  # fmt: skip
        line |= {name: getattr(record, name) for name in OF_ACCESS if hasattr(record, name)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logs() -> None:
    """Write lines to the error stream, each with the id of the request in which it was written."""
    before = logging.getLogRecordFactory()

    def record(*arguments: Any, **named: Any) -> logging.LogRecord:
        made = before(*arguments, **named)
        made.request_id = request_id.get()
        return made

    logging.setLogRecordFactory(record)
    handler = logging.StreamHandler()
    handler.setFormatter(AsJson() if settings().log_json else logging.Formatter(TEXT))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    access.setLevel(logging.INFO if settings().log_access else logging.WARNING)


def log_access(method: str, route: str, status: int, seconds: float) -> None:
    """Write the one line of a request."""
    if access.isEnabledFor(logging.INFO):
        ms = round(1000 * seconds, 1)
        told = {"method": method, "route": route, "status": status, "ms": ms}
        access.info("%s %s %d %.1f ms", method, route, status, ms, extra=told)
