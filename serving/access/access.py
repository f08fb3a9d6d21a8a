"""What one caller may do in one request, and the trace of it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from cryptography.fernet import Fernet, InvalidToken
from numpy.typing import NDArray

from serving.access.accounts import Account
from serving.access.audit import AuditLog, Entry
from serving.access.catchment import inside, named
from serving.access.consent import consented, consented_by_pseudonym
from serving.access.errors import ForbiddenError
from serving.access.keys import keyed
from serving.access.pseudonyms import pseudonym
from serving.access.roles import ROLES, Need, allows, roles_that
from serving.homes import Homes


@dataclass
class Access:
    """One caller in one request.

    Attributes
    ----------
    account
        Who asks.
    settled
        Whether the request has said whom its answer shows, by `see` or `nobody`.
    """

    account: Account
    source: str
    what: str
    origin: str
    request_id: str
    audit: AuditLog = field(repr=False)
    homes: Homes = field(repr=False)
    settled: bool = False

    def allows(self, need: Need) -> bool:
        """Return whether the caller's role meets a need."""
        return allows(self.account.role, need)

    def require(self, need: Need) -> None:
        """Refuse who does not meet a need.

        Raises
        ------
        ForbiddenError
            Naming the roles that do.
        """
        if not self.allows(need):
            self.log("refused")
            raise ForbiddenError(
                f"Your role '{self.account.role}' does not have the permission '{need}'. Roles that do: "
                f"{', '.join(roles_that(need))}."
            )

    def may_see(self, persons: Sequence[int] | NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return for each resident (n,) whether the caller may see them; unknown numbers are nobody's."""
        permissions = ROLES[self.account.role]
        numbers = _as_numbers(persons)
        mask = np.zeros(len(numbers), dtype=bool)
        if "persons:own-catchment" in permissions:
            mask |= inside(self.homes, numbers, self.account.catchment)
        if "persons:self" in permissions and self.account.resident is not None:
            mask |= numbers == self.account.resident
        if "persons:consented" in permissions:
            mask |= np.isin(numbers, np.fromiter(self._consented, np.int64, len(self._consented)))
        return mask

    def see(self, persons: Sequence[int] | NDArray[np.int64], what: str = "") -> None:
        """Check that the caller may see all these residents, and write down that they do.

        To be called before anything else that depends on the residents, so that an answer never tells whether a
        number outside the caller's reach belongs to anybody.

        Raises
        ------
        ForbiddenError
            If one of them is outside; the same for numbers that nobody has.
        """
        self.require("persons")
        seen = self.may_see(persons)
        if not seen.all():
            numbers = [int(person) for person, mine in zip(persons, seen, strict=True) if not mine]
            self.log("refused", [number for number in numbers if _fits(number)], what)
            raise ForbiddenError(
                f"{len(numbers)} of the {len(seen)} residents asked for "
                f"{'is' if len(numbers) == 1 else 'are'} not among those that you may see: {self.reach}."
            )
        self.log("shown", [int(person) for person in persons], what)
        self.settled = True

    def nobody(self) -> None:
        """Say that the answer of this request shows no resident."""
        self.settled = True

    def log(self, outcome: str, persons: Sequence[int] = (), what: str = "") -> None:
        """Write into the audit log; on disk when this returns."""
        self.audit.append(
            Entry(
                who=self.account.name, role=self.account.role, what=f"{self.what} {what}".strip(), outcome=outcome,
                persons=persons, origin=self.origin, request_id=self.request_id,
            )
        )  # fmt: skip

    @property
    def reach(self) -> str:
        """Whom the caller may see, in words."""
        permissions = ROLES[self.account.role]
        if "persons:own-catchment" in permissions:
            return f"residents of your catchment ({named(self.account.catchment)})"
        if "persons:self" in permissions:
            return "yourself"
        if "persons:consented" in permissions:
            return "residents who consented to this app, by their pseudonyms"
        return "nobody"

    @property
    def reach_key(self) -> tuple[object, ...] | None:
        """What tells this caller's reach from another's, where lists may be kept by it; None where they may not."""
        if "persons:own-catchment" not in ROLES[self.account.role]:
            return None
        return (self.account.catchment, self.homes.revision)

    @cached_property
    def _consented(self) -> set[int]:
        return consented(self.source, self.account.name)

    def numbers_of(self, names: Sequence[int | str]) -> list[int]:
        """Return the resident numbers that a caller means: an app says pseudonyms, everybody else says numbers.

        Raises
        ------
        ForbiddenError
            If the app may not see one of them; the same whether such a pseudonym exists or not.
        """
        self.require("persons")
        if self.account.role != "app":
            texts = [name for name in names if isinstance(name, str)]
            if texts:
                self.log("refused")
                raise ForbiddenError(f"Name residents by number. You may see {self.reach}.")
            return [int(name) for name in names]
        known = consented_by_pseudonym(self.source, self.account.name)
        numbers = [known.get(name) if isinstance(name, str) else None for name in names]
        if any(number is None for number in numbers):
            self.log("refused")
            missing = sum(number is None for number in numbers)
            raise ForbiddenError(
                f"{missing} of the residents asked for are not among those that you may see: {self.reach}."
            )
        return [number for number in numbers if number is not None]

    def cursor_out(self, cursor: str | None) -> str | None:
        """Return a list's cursor, which names the last resident shown, so that an app cannot read it."""
        if cursor is None or self.account.role != "app":
            return cursor
        return _sealing().encrypt(cursor.encode()).decode()

    def cursor_in(self, cursor: str | None) -> str | None:
        """Return a cursor that `cursor_out` gave; for another, one that every list refuses."""
        if cursor is None or self.account.role != "app":
            return cursor
        try:
            return _sealing().decrypt(cursor.encode()).decode()
        except (InvalidToken, ValueError):
            return "not ours"

    def name_of(self, person: int) -> int | str:
        """Return what the caller calls a resident: an app gets its own pseudonym, never the number."""
        return pseudonym(person, self.account.name) if self.account.role == "app" else person


def _sealing() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(keyed("pseudonym", "cursors of lists", "")))


def _fits(number: int) -> bool:
    return -(2**63) <= number < 2**63


def _as_numbers(persons: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers as int64 (n,); one that does not fit is nobody's, and becomes -1."""
    if isinstance(persons, np.ndarray):
        return persons.astype(np.int64, copy=False)
    return np.array([person if _fits(person) else -1 for person in persons], dtype=np.int64)
