"""Why somebody is not let in."""

from __future__ import annotations

from features.errors import SanzaoError


class UnauthenticatedError(SanzaoError):
    """Nobody knows who asks: no token, or one that does not hold."""

    status = 401

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why} Sign in with POST /v1/token (user name and password) and send `Authorization: Bearer <token>`, "
            "or send an app's key as `X-API-Key`."
        )
        self.headers = {"WWW-Authenticate": 'Bearer realm="sanzao"'}


class ForbiddenError(SanzaoError):
    """Who asks is known, and may not."""

    status = 403


class TooManyAttemptsError(SanzaoError):
    """More attempts or requests than are allowed in a time."""

    status = 429

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(f"Too many {what}. Try again in {seconds} seconds.")
        self.headers = {"Retry-After": str(seconds)}
