"""How often somebody may try: log-ins by user name and by address, requests by account."""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from features.settings import settings
from serving.access.errors import TooManyAttemptsError

# Own choice: a person who has forgotten stays below; one who guesses gets a thousand a day.
ATTEMPTS_BY_NAME = RateLimitItemPerMinute(10, 15)
ATTEMPTS_BY_ADDRESS = RateLimitItemPerMinute(50, 15)


class Limiter:
    """Counts attempts, in this process or, by `SANZAO_RATE_STORE`, in a Valkey or Redis that all workers share."""

    def __init__(self) -> None:
        self.local = settings().rate_store.startswith("memory:")  # no other server is asked
        storage = storage_from_string(settings().rate_store)
        if not isinstance(storage, Storage):
            raise TypeError(f"SANZAO_RATE_STORE {settings().rate_store} is of an asynchronous kind")
        self._limiter = FixedWindowRateLimiter(storage)
        self._requests = RateLimitItemPerMinute(settings().requests_per_minute)

    def attempt(self, name: str, address: str) -> None:
        """Count one attempt to log in.

        Raises
        ------
        TooManyAttemptsError
            If there were too many by this name or from this address.
        """
        for limit, what, of in (
            (ATTEMPTS_BY_ADDRESS, "address", address),
            (ATTEMPTS_BY_NAME, "name", name.lower()[:64]),
        ):
            self._count(limit, "attempts to log in", what, of)

    def succeeded(self, name: str) -> None:
        """Forget the attempts by this name."""
        self._limiter.clear(ATTEMPTS_BY_NAME, "name", name.lower()[:64])

    def request(self, account: str) -> None:
        """Count one request of an account.

        Raises
        ------
        TooManyAttemptsError
            If there were too many in this minute.
        """
        self._count(self._requests, "requests", "account", account)

    def _count(self, limit: RateLimitItemPerMinute, what: str, kind: str, of: str) -> None:
        if not self._limiter.hit(limit, kind, of):
            ends = self._limiter.get_window_stats(limit, kind, of).reset_time
            raise TooManyAttemptsError(what, max(1, int(ends - time.time()) + 1))
