"""The browser app as files: its one page for every address that is none of the API's, and what that page loads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

BUILT = Path(__file__).parent / "web" / "dist"

# The app loads its own files and asks this server, and nothing else: no script that stands in a page, no other host.
# MapLibre and ECharts hand pictures over as blobs and data.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# First parts of addresses that are never a page, so that a misspelt one is told so.
NO_PAGES = frozenset({"v1", "v2", "open311", "assets"})
NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<title>Sanzao 三早</title><p>The web app is not built yet: this page tries again every three seconds.
<code>make web</code> builds it. <span lang="zh-CN">网页应用尚未构建完成，本页每三秒重试一次。</span>"""


class Assets(StaticFiles):
    """Files whose names carry a hash of what is in them, so that a browser need never ask for one again."""

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Any, status_code: int = 200
    ) -> Response:
        """Return a file that may be kept for a year."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


def install(app: FastAPI) -> None:
    """Show the app at every address that no route answers, if a browser asks for a page there."""
    app.mount("/assets", Assets(directory=BUILT / "assets", check_dir=False), name="assets")
    otherwise = app.router.default

    async def page_or_nothing(scope: Scope, receive: Receive, send: Send) -> None:
        await (_page() if _wants_page(scope) else otherwise)(scope, receive, send)

    app.router.default = page_or_nothing


def _wants_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    first = scope["path"].lstrip("/").partition("/")[0]
    return first not in NO_PAGES and "text/html" in Headers(scope=scope).get("accept", "")


def _page() -> Response:
    index = BUILT / "index.html"
    answer = FileResponse(index) if index.exists() else HTMLResponse(NOT_BUILT, 503, headers={"Retry-After": "3"})
    answer.headers["Content-Security-Policy"] = PAGE_POLICY
    answer.headers["Cache-Control"] = "no-cache"
    return answer
