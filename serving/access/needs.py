"""How a route says what it needs, and the check that every route does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, FastAPI, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.security import APIKeyHeader, OAuth2PasswordBearer
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from features.errors import UnknownNameError
from serving.access.access import Access
from serving.access.errors import ForbiddenError, ForbiddenPageError, UnauthenticatedError
from serving.access.roles import NEEDS, Need

if TYPE_CHECKING:
    from serving.access.control import Control

Bearer = Annotated[str | None, Security(OAuth2PasswordBearer(tokenUrl="/v1/token", auto_error=False))]
Key = Annotated[str | None, Security(APIKeyHeader(name="X-API-Key", auto_error=False))]

# What FastAPI and we mount without a route function: descriptions of the API, style sheets and scripts.
OPEN_PATHS = frozenset({"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc", "/static", "/static-offline-docs"})
_declared: dict[Callable[..., Any], Need] = {}


class UndeclaredRouteError(Exception):
    """A route that does not say what it needs."""


def needs(need: Need, *, page: bool = False, shows_persons: bool | None = None) -> Any:
    """Return the dependency by which a route declares what it needs.

    Parameters
    ----------
    need
        A permission of `serving.access.roles`; "persons" where answers show some; "signed-in"; "open".
    page
        For pages: who is not signed in is sent to the log-in page.
    shows_persons
        Whether an answer may show residents, so that it must have said whom; by default where the need is persons.
    """
    if need not in NEEDS:
        raise UnknownNameError("permission", need, NEEDS)
    if need == "open":

        async def let_in() -> None:
            """Let everybody in."""

        _declared[let_in] = need
        return Depends(let_in)

    persons = need.startswith("persons") if shows_persons is None else shows_persons
    let = _to_page if page else _to_route

    async def enter(request: Request, bearer: Bearer, key: Key) -> Access:
        control: Control = request.app.state.control
        access = control.enter_at_once(request, need, bearer) if bearer and not page else None
        if access is None:
            access = await run_in_threadpool(let, request, need, bearer, key)
        if persons:
            request.state.access = access  # the answer is held back until it is settled: see `envelope`
        return access

    _declared[enter] = need
    return Depends(enter)


def _to_route(request: Request, need: Need, bearer: str | None, key: str | None) -> Access:
    control: Control = request.app.state.control
    return control.enter(request, need, bearer, key)


def _to_page(request: Request, need: Need, bearer: str | None, key: str | None) -> Access:
    try:
        access = _to_route(request, need, bearer, key)
    except UnauthenticatedError as error:
        if bearer or key:
            raise
        raise HTTPException(303, "Sign in first.", {"Location": "/login"}) from error
    except ForbiddenError as error:
        raise ForbiddenPageError(str(error)) from error
    if access.account.role == "app":
        raise ForbiddenPageError("Pages are for people, and show resident numbers; an app asks the API.")
    return access


def declared(app: FastAPI) -> Iterator[tuple[str, frozenset[str], tuple[Need, ...]]]:
    """Yield path, methods and needs of every route of an application that has a function behind it."""
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        found = tuple(_needs_of(dependant)) if dependant is not None else ()
        yield route.path or "", frozenset(getattr(route, "methods", None) or ()), found


def _needs_of(dependant: Dependant) -> Iterable[Need]:
    for part in dependant.dependencies:
        if part.call in _declared:
            yield _declared[part.call]
        yield from _needs_of(part)


def require_declared(app: FastAPI) -> None:
    """Check that every route says what it needs.

    Raises
    ------
    UndeclaredRouteError
        Naming those that do not, and how to.
    """
    mounted = {route.path for route in app.routes if isinstance(route, Mount)}
    silent = sorted(
        {path for path, _, found in declared(app) if not found and path not in OPEN_PATHS}
        | {path for path in mounted if path not in OPEN_PATHS}
    )
    if silent:
        raise UndeclaredRouteError(
            f"These routes do not say what they need: {', '.join(silent)}. Give the router "
            '`dependencies=[needs("…")]` with a permission of serving/access/roles.py.'
        )
