"""Log-in for programs: user name and password against a bearer token."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import BaseModel

from features.settings import settings
from serving.access import needs
from serving.access.accounts import account_by_password
from serving.access.control import Control
from serving.access.errors import UnauthenticatedError
from serving.asked import PROBLEMS

router = APIRouter(prefix="/v1/token", responses=PROBLEMS, dependencies=[needs("open")])


class Token(BaseModel):
    """A bearer token (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a kind, no password
    expires_in: int


@router.post("")
def make_token(request: Request, form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Token:
    """Log in by user name and password, and get a bearer token that holds for some minutes."""
    control: Control = request.app.state.control
    account = control.log_in(
        request, form.username, lambda: account_by_password(control.source.name, form.username, form.password)
    )
    if account is None:
        raise UnauthenticatedError("User name or password is not right.")
    return Token(access_token=control.issue(account), expires_in=settings().token_minutes * 60)
