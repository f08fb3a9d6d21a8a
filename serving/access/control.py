"""What one process holds for access: who comes in, how often, and what is written down."""

from __future__ import annotations

import hmac
import re
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from fastapi import Request

from features.settings import settings
from serving.access import tokens
from serving.access.access import Access
from serving.access.accounts import Account, account_name_by_key, account_name_by_session, find_account
from serving.access.audit import AuditLog, Entry
from serving.access.catchment import Homes
from serving.access.errors import ForbiddenError, UnauthenticatedError
from serving.access.keys import keyed
from serving.access.limiting import Limiter
from serving.access.roles import Need, allows
from serving.service import Service

# An account is looked up once in so many seconds, so that a busy one costs no query a request; so long may a disabled
# one still come in.
REMEMBERED_SECONDS = 2.0
MOST_REMEMBERED = 10_000
COOKIE = "sanzao_session"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
Kept = TypeVar("Kept")
PLAIN_ADDRESS = re.compile(r"[0-9a-fA-F.:%\w-]{1,64}")


class Control:
    """Access to one source's service.

    Attributes
    ----------
    demo
        Whether demo accounts come in.
    """

    def __init__(self, service: Service, *, demo: bool = False) -> None:
        self.source = service.source
        self.demo = demo
        self.audit = AuditLog(service.source.name)
        self.limiter = Limiter()
        self._remembered: dict[str, tuple[float, str | None]] = {}
        self._accounts: dict[str, tuple[float, Account | None]] = {}
        self._homes: Homes | None = None
        self._lock = threading.Lock()

    def homes(self) -> Homes:
        """Return where the residents live, read when it is first needed."""
        with self._lock:
            if self._homes is None:
                self._homes = Homes(self.source)
            return self._homes

    def enter(self, request: Request, need: Need, bearer: str | None, key: str | None) -> Access:
        """Return the caller's access, which meets the need.

        Raises
        ------
        UnauthenticatedError, ForbiddenError, TooManyAttemptsError
            If it does not come to that.
        """
        account = self.account_of(request, bearer, key)
        self.limiter.request(account.name)
        access = self.access_of(request, account)
        access.require(need)
        return access

    def enter_at_once(self, request: Request, need: Need, bearer: str) -> Access | None:
        """Return the access of a caller who is remembered and meets the need, else None: then ask `enter`.

        Nothing here waits for a database or another server, so that most requests need no thread for it.
        """
        if settings().oidc_issuer or not self.limiter.local:
            return None
        try:
            found = tokens.read(self.source.name, bearer)
        except UnauthenticatedError:
            return None
        if isinstance(found, Account):
            return None
        name, issued = found
        at, account = self._accounts.get(name, (0.0, None))
        fresh = account is not None and time.monotonic() - at <= REMEMBERED_SECONDS
        if account is None or not fresh or issued < account.valid_from or not allows(account.role, need):
            return None
        if account.demo and not self.demo:
            return None
        self.limiter.request(account.name)
        return self.access_of(request, account)

    def access_of(self, request: Request, account: Account) -> Access:
        """Return what an account may do in a request."""
        route = request.scope.get("route")
        return Access(
            account=account, source=self.source.name,
            what=f"{request.method} {getattr(route, 'path', None) or request.url.path}",
            origin=address_of(request), request_id=getattr(request.state, "request_id", ""), audit=self.audit,
            homes=self.homes,
        )  # fmt: skip

    def account_of(self, request: Request, bearer: str | None, key: str | None) -> Account:
        """Return who asks, by bearer token, key or session."""
        if bearer:
            return self._by_token(bearer)
        if key:
            name = self._remember(f"key {key}", lambda: account_name_by_key(self.source.name, key))
            return self.account(name, "The API key is not valid.")
        cookie = request.cookies.get(COOKIE)
        if cookie:
            if request.method not in SAFE_METHODS:
                self.require_form_token(cookie, request.headers.get("x-csrf-token", ""))
            # Not remembered: who has signed out is out.
            name = account_name_by_session(self.source.name, cookie)
            return self.account(name, "The session has ended.")
        raise UnauthenticatedError("This needs a log-in.")

    def _by_token(self, bearer: str) -> Account:
        found = tokens.read(self.source.name, bearer)
        if isinstance(found, Account):
            return found
        name, issued = found
        account = self.account(name, "The token is not valid here.")
        if issued < account.valid_from:
            raise UnauthenticatedError("The token is from before the account was changed.")
        return account

    def account(self, name: str | None, otherwise: str) -> Account:
        """Return the account of that name, if it may come in."""
        now = time.monotonic()
        at, account = self._accounts.get(name or "", (0.0, None))
        if name is not None and now - at > REMEMBERED_SECONDS:
            account = find_account(self.source.name, name)
            _keep(self._accounts, name, (now, account))
        if account is None or (account.demo and not self.demo):
            raise UnauthenticatedError(otherwise)
        return account

    def _remember(self, what: str, look_up: Callable[[], str | None]) -> str | None:
        now = time.monotonic()
        at, found = self._remembered.get(what, (0.0, None))
        if now - at > REMEMBERED_SECONDS:
            found = look_up()
            _keep(self._remembered, what, (now, found))
        return found

    def form_token(self, secret: str) -> str:
        """Return what a form must carry to prove that it is ours, shown to whoever holds this cookie."""
        return keyed("token", "form", secret).hex()

    def require_form_token(self, secret: str, sent: str) -> None:
        """Refuse a form that another site has sent.

        Raises
        ------
        ForbiddenError
            If it does not carry the token that belongs to the cookie.
        """
        if not hmac.compare_digest(self.form_token(secret).encode(), sent.encode()):
            raise ForbiddenError("The form does not come from a page of ours, or is too old. Load the page again.")

    def log_in(self, request: Request, name: str, look_up: Callable[[], Account | None]) -> Account | None:
        """Let somebody try to log in: count it, and write down how it went.

        Raises
        ------
        TooManyAttemptsError
            If there were too many attempts.
        """
        address = address_of(request)
        self.limiter.attempt(name, address)
        account = look_up()
        if account is not None and account.demo and not self.demo:
            account = None
        self.audit.append(
            Entry(
                who=name[:64], role=account.role if account else "", what="log in",
                outcome="done" if account else "refused", origin=address,
                request_id=getattr(request.state, "request_id", ""),
            )
        )  # fmt: skip
        if account is not None:
            self.limiter.succeeded(name)
        return account

    def issue(self, account: Account) -> str:
        """Return a bearer token."""
        return tokens.issue(self.source.name, account.name)


def address_of(request: Request) -> str:
    """Return the address that a request came from."""
    host = request.client.host if request.client else ""
    return host if PLAIN_ADDRESS.fullmatch(host) else ""


def _keep(memory: dict[str, Kept], what: str, entry: Kept) -> None:
    if len(memory) >= MOST_REMEMBERED:
        memory.clear()
    memory[what] = entry
