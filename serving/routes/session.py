"""Log-in for people at the web app: a session in a cookie that no script can read."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, get_args

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from features.settings import settings
from serving.access import needs
from serving.access.accounts import (
    LONGEST_PASSWORD,
    Account,
    account_by_password,
    begin_session,
    end_session,
)  # fmt: skip
from serving.access.control import COOKIE, Control
from serving.access.demo import demo_log_ins
from serving.access.errors import ForbiddenError, UnauthenticatedError
from serving.access.roles import Permission, Role, allows
from serving.asked import PROBLEMS, Served, notice_of
from serving.schemas import Notice
from serving.service import Service

router = APIRouter(prefix="/v1/session", responses=PROBLEMS, dependencies=[needs("open")])


class LogIn(BaseModel):
    """User name and password."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=LONGEST_PASSWORD)]


class Area(BaseModel):
    """An area of a catchment."""

    code: str
    name: str
    name_zh: str


class SignedIn(BaseModel):
    """Who is signed in, and what they may."""

    name: str
    role: Role
    demo: bool
    permissions: list[Permission]
    catchment: list[Area] = Field(description="areas whose residents they see; empty for everywhere or nobody")
    resident: int | None = Field(description="a resident's own number")
    csrf_token: str = Field(description="to be sent as X-CSRF-Token with every request that changes something")


class DemoLogIn(BaseModel):
    """A log-in that holds only where the records are open to everybody."""

    name: str
    password: str
    role: Role


class Session(Notice):
    """What the web app must know before anything else."""

    source_title: str
    source_title_zh: str
    as_of: str
    signed_in: SignedIn | None
    demo_log_ins: list[DemoLogIn] = Field(description="only in demo mode, and only to a browser on this machine")


@router.get("")
def show_session(request: Request, service: Served) -> Session:
    """Show who is signed in by cookie, and whose data are served."""
    control = _control(request)
    cookie = request.cookies.get(COOKIE)
    account = None
    if cookie:
        try:
            account = control.account_of(request, None, None)
        except (UnauthenticatedError, ForbiddenError):
            cookie = None
    return _session(request, service, account, cookie)


@router.post("")
def log_in(request: Request, response: Response, service: Served, sent: LogIn) -> Session:
    """Sign in: sets the cookie of a session."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForbiddenError("A log-in must come from a page of ours.")
    control = _control(request)
    account = control.log_in(
        request, sent.username, lambda: account_by_password(control.source.name, sent.username, sent.password)
    )
    if account is None:
        raise UnauthenticatedError("User name or password is not right.")
    cookie = begin_session(control.source.name, account.name)
    response.set_cookie(
        COOKIE, cookie, max_age=settings().session_hours * 3600, httponly=True, samesite="strict",
        secure=request.url.scheme == "https" or settings().hsts_seconds > 0,
    )  # fmt: skip
    return _session(request, service, account, cookie)


@router.delete("")
def log_out(request: Request, response: Response, service: Served) -> Session:
    """Sign out."""
    control, cookie = _control(request), request.cookies.get(COOKIE)
    if cookie:
        control.require_form_token(cookie, request.headers.get("x-csrf-token", ""))
        end_session(control.source.name, cookie)
    response.delete_cookie(COOKIE)
    return _session(request, service, None, None)


def _control(request: Request) -> Control:
    control: Control = request.app.state.control
    return control


def _session(request: Request, service: Service, account: Account | None, cookie: str | None) -> Session:
    control, source = _control(request), service.source
    return Session(
        **notice_of(service), source_title=source.title, source_title_zh=source.title_zh,
        as_of=service.population.now.date().isoformat(),
        signed_in=_signed_in(control, account, cookie) if account and cookie else None,
        demo_log_ins=[DemoLogIn(**entry) for entry in demo_log_ins()] if control.demo and _is_here(request) else [],
    )  # fmt: skip


def _signed_in(control: Control, account: Account, cookie: str) -> SignedIn:
    names = control.source.area_names
    catchment = [
        Area(code=code, name=names[code][0], name_zh=names[code][1])
        for code in sorted(account.catchment)
        if code in names
    ]
    return SignedIn(
        name=account.name, role=account.role, demo=account.demo, catchment=catchment, resident=account.resident,
        permissions=[one for one in get_args(Permission) if allows(account.role, one)],
        csrf_token=control.form_token(cookie),
    )  # fmt: skip


def _is_here(request: Request) -> bool:
    """Return whether a browser on this very machine asks, under a name that no other machine has."""
    if request.url.hostname not in ("localhost", "127.0.0.1", "::1"):
        return False
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
