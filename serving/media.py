"""Bodies that are not read by the framework: their media type and bytes."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import Request


class Sent(NamedTuple):
    """What a request brought: its media type, in small letters and without parameters, and its body."""

    media: str
    body: bytes


async def sent_body(request: Request) -> Sent:
    """Return what a request brought."""
    media = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    return Sent(media, await request.body())
