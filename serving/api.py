"""The web application: every route of `serving.routes`, the browser app, and what operators ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from brotli_asgi import BrotliMiddleware
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline

from features.folder import load_folder
from serving.access import needs
from serving.access.control import Control
from serving.access.envelope import Envelope
from serving.access.needs import require_declared
from serving.asked import Served
from serving.database import upgrade
from serving.loop.follower import Follower
from serving.problems import install, problem
from serving.service import Service
from serving.web_app import install as install_web_app
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
    include_routes(app)
    app.add_api_route("/healthz", _healthz, include_in_schema=False, dependencies=[needs("open")])
    app.add_api_route("/readyz", _readyz, include_in_schema=False, dependencies=[needs("open")])
    install_web_app(app)
    # Only these answers are large, and only they hold nothing of a person that a compressed length could tell of.
    app.add_middleware(BrotliMiddleware, excluded_handlers=[r"^(?!/v1/areas|/v1/burden|/assets)"])
    install(app)
    require_declared(app)
    return app


def include_routes(app: FastAPI) -> None:
    """Add every route of the API to an application."""
    for router in load_folder("serving.routes", "router").values():
        app.include_router(router)


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
