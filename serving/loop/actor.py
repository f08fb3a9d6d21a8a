"""Who acts: the one place that knows it, so that every transition bears a name."""

from __future__ import annotations

from fastapi import Request

DEMO, RECORDS = "demo", "records"


def actor_of(request: Request) -> str:
    """Return the name of who sent a request: nobody logs in yet, so it is the demo's."""
    return DEMO
