"""Signing in to the pages and out again, in English and Chinese."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from features.errors import SanzaoError
from features.settings import settings
from serving.access.accounts import LONGEST_PASSWORD, account_by_password, begin_session, end_session
from serving.access.control import COOKIE, Control
from serving.access.errors import ForbiddenError, ForbiddenPageError, UnauthenticatedError
from serving.access.needs import needs
from serving.pages import Lang, language_of, page, templates

FORM_COOKIE = "sanzao_form"
FORM_SECONDS = 3600

router = APIRouter(include_in_schema=False, dependencies=[needs("open")])


@router.get("/login", response_class=HTMLResponse)
def login_page(request: Request, lang: Lang = None) -> Response:
    """Show the form for signing in, or who is signed in."""
    return _login_page(request, lang)


@router.post("/login", response_class=HTMLResponse)
def log_in(
    request: Request,
    username: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=LONGEST_PASSWORD)],
    form: Annotated[str, Form(max_length=100)] = "",
    lang: Lang = None,
) -> Response:
    """Sign in."""
    control = _control(request)
    try:
        control.require_form_token(request.cookies.get(FORM_COOKIE, ""), form)
        if not request.cookies.get(FORM_COOKIE):
            raise ForbiddenError("The form's cookie is missing. Allow cookies of this site, and load the page again.")
        account = control.log_in(
            request, username, lambda: account_by_password(control.source.name, username, password)
        )
    except SanzaoError as error:
        answer = _login_page(request, lang, status=error.status, error=str(error))
        answer.headers.update(getattr(error, "headers", {}))
        return answer
    if account is None:
        return _login_page(request, lang, status=401, wrong=True)
    answer = RedirectResponse("/" if lang is None else f"/?lang={lang}", status_code=303)
    cookie = begin_session(control.source.name, account.name)
    _set_cookie(request, answer, COOKIE, cookie, settings().session_hours * 3600)
    answer.delete_cookie(FORM_COOKIE)
    return answer


@router.post("/logout", response_class=HTMLResponse)
def log_out(request: Request, form: Annotated[str, Form(max_length=100)] = "", lang: Lang = None) -> Response:
    """Sign out."""
    control, cookie = _control(request), request.cookies.get(COOKIE)
    if cookie:
        control.require_form_token(cookie, form)
        end_session(control.source.name, cookie)
    answer = RedirectResponse("/login" if lang is None else f"/login?lang={lang}", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def install(app: FastAPI) -> None:
    """Answer who may not see a page by a page."""

    @app.exception_handler(ForbiddenPageError)
    async def _forbidden(request: Request, error: ForbiddenPageError) -> Response:
        return await run_in_threadpool(_login_page, request, None, status=error.status, error=str(error))


def _control(request: Request) -> Control:
    control: Control = request.app.state.control
    return control


def _login_page(request: Request, lang: str | None, status: int = 200, **values: Any) -> Response:
    control = _control(request)
    signed_in = signed_in_as(request)
    nonce = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(16)
    answer = page(
        request, "login.html", language_of(request, lang), status, form_token=control.form_token(nonce),
        signed_in=signed_in["signed_in"] if signed_in else None, **values,
    )  # fmt: skip
    _set_cookie(request, answer, FORM_COOKIE, nonce, FORM_SECONDS)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _set_cookie(request: Request, answer: Response, name: str, value: str, seconds: int) -> None:
    secure = request.url.scheme == "https" or settings().hsts_seconds > 0
    answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="strict", secure=secure)


def signed_in_as(request: Request) -> dict[str, Any]:
    """Return, for the templates, who is signed in by cookie and what their log-out form must carry."""
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return {}
    control = _control(request)
    try:
        account = control.account_of(_as_get(request), None, None)
    except (UnauthenticatedError, ForbiddenError):
        return {}
    return {"signed_in": account, "log_out_token": control.form_token(cookie)}


def _as_get(request: Request) -> Request:
    """Return the request as if it changed nothing: to show who is signed in is no change."""
    return Request({**request.scope, "method": "GET"})


templates.context_processors.append(signed_in_as)
