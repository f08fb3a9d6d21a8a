"""The web application: every route of `serving.routes`, the browser app, and what operators ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from brotli_asgi import BrotliMiddleware
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi_offline import FastAPIOffline

from features.folder import load_folder
from features.settings import settings
from features.sources import get_source
from serving.access import needs
from serving.access.control import Control
from serving.access.demo import demo_wanted
from serving.access.envelope import Envelope
from serving.access.needs import require_declared
from serving.asked import Served
from serving.database import upgrade
from serving.logs import set_up_logs
from serving.loop.follower import Follower
from serving.metrics import CONTENT_TYPE, exposition
from serving.openapi import install as install_openapi
from serving.problems import install, problem
from serving.service import Service
from serving.web_app import install as install_web_app
from serving.worklists import Lists

DESCRIPTION = """Disease risks of residents, with reasons that a clinician can check.

**Data: {notice}**

Sign in with `POST /v1/token` and send `Authorization: Bearer …`; apps send their key as `X-API-Key`. What each role may
ask is one table, `serving/access/roles.py`; whom somebody saw stands in a sealed log before the answer leaves. Every
answer names its data source. Errors are problem documents (RFC 9457): what was wrong, where, what is allowed and what
to do. Every answer bears `X-Request-ID`; send your own to find it in the log.
"""


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
        description=DESCRIPTION.format(notice=service.source.notice),
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
    # Open as /healthz is: it counts requests and names nobody, and what asks for it comes without an account.
    watching = needs("open" if settings().metrics_open else "models:manage")
    app.add_api_route("/metrics", _metrics, include_in_schema=False, dependencies=[watching])
    install_web_app(app)
    # Only these answers are large, and only they hold nothing of a person that a compressed length could tell of.
    app.add_middleware(BrotliMiddleware, excluded_handlers=[r"^(?!/v1/areas|/v1/burden|/assets)"])
    install(app)
    install_openapi(app)
    require_declared(app)
    return app


def include_routes(app: FastAPI) -> None:
    """Add every route of the API to an application."""
    routers = load_folder("serving.routes", "router")
    # A request tries one router after the other, so what is asked by far the most stands first.
    for name in sorted(routers, key=lambda name: (name != "score", name)):
        app.include_router(routers[name])


def application() -> FastAPI:
    """Return the application of one of several processes; `sanzao serve --workers` has set the environment for it."""
    set_up_logs()
    source = get_source(settings().source)
    return create_app(Service(source), demo=demo_wanted(source, started_by_up=False))


def _healthz() -> dict[str, str]:
    return {"status": "alive"}


def _metrics(service: Served) -> Response:
    return Response(exposition(service), media_type=CONTENT_TYPE)


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
