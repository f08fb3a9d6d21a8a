"""The web application: every route of `serving.routes`, the pages, and what operators ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from brotli_asgi import BrotliMiddleware
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline

from features.folder import load_folder
from serving.access import needs
from serving.access.control import Control
from serving.access.envelope import Envelope
from serving.access.needs import require_declared
from serving.access.pages import install as install_pages
from serving.access.pages import router as sign_in
from serving.asked import Served
from serving.database import upgrade
from serving.loop.follower import Follower
from serving.pages import pages
from serving.problems import install, problem
from serving.service import Service
from serving.worklists import Lists


def create_app(service: Service, *, demo: bool = False) -> FastAPI:
    """Return the web application for `service`.

    Parameters
    ----------
    demo
        Whether demo accounts may come in.

    Raises
    ------
    UndeclaredRouteError
        If a route does not say what it needs.
    """
    upgrade(service.source.name)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service.follow()
        app.state.follower.start()
        yield
        app.state.follower.stop()
        service.stop()

    app = FastAPIOffline(
        title="Sanzao",
        version="1",
        description=f"Disease risk with reasons. Data: {service.source.notice}",
        lifespan=lifespan,
    )
    app.state.service = service
    app.state.lists = Lists(service)
    app.state.follower = Follower(service)
    app.state.control = Control(service, demo=demo)
    app.add_middleware(Envelope)
    for router in load_folder("serving.routes", "router").values():
        app.include_router(router)
    app.include_router(pages)
    app.include_router(sign_in)
    app.add_api_route("/healthz", _healthz, include_in_schema=False, dependencies=[needs("open")])
    app.add_api_route("/readyz", _readyz, include_in_schema=False, dependencies=[needs("open")])
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    # Only area answers are large, and only they hold nothing of a person that a compressed length could tell of.
    app.add_middleware(BrotliMiddleware, excluded_handlers=[r"^(?!/v1/areas)"])
    install(app)
    install_pages(app)
    require_declared(app)
    return app


def _healthz() -> dict[str, str]:
    return {"status": "alive"}


def _readyz(request: Request, service: Served) -> JSONResponse:
    snapshot = service.snapshot
    if not snapshot.versions:
        return problem(request, 503, "No model can serve: " + "; ".join(snapshot.problems.values()))
    return JSONResponse(
        {
            "status": "ready",
            "models": snapshot.versions,
            "problems": dict(snapshot.problems),
        }
    )
