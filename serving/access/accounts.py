"""Accounts: who may come in, with which role, to whose residents; passwords by argon2, keys of apps by hash."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from features.errors import InvalidInputError, UnknownNameError
from features.settings import settings
from serving.access.roles import ROLES, Role
from serving.access.tables import AccountRow, ApiKeyRow, SessionRow
from serving.database import transaction

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
AREA = re.compile(r"[A-Za-z0-9._-]{1,32}")
EVERYWHERE = "*"
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256  # NIST SP 800-63B asks for 8 or more, and no other rule; 12 is ours
LONG_AGO = datetime.min.replace(tzinfo=UTC)
KEY_PREFIX = "sanzao_"

# argon2-cffi's defaults are the second recommendation of RFC 9106, section 4: 64 MiB, 3 passes, 4 lanes. So that many
# attempts at once cannot take all memory, few are worked on at a time.
_hasher = PasswordHasher()
_hashing = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Account:
    """Who asks.

    Attributes
    ----------
    catchment
        Area codes whose residents the account may see, where its role sees its catchment; `*` is everywhere.
    resident
        Whose own account it is, for the role `resident`.
    """

    name: str
    role: Role
    catchment: frozenset[str] = frozenset()
    resident: int | None = None
    demo: bool = False
    valid_from: datetime = LONG_AGO


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    with _hashing:
        return _hasher.hash(password)


def matches(hashed: str | None, password: str) -> bool:
    """Return whether a password is the one; where there is none, take as long to say no."""
    with _hashing:
        try:
            return _hasher.verify(hashed or _nobodys_hash(), password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex())


def digest(secret: str) -> str:
    """Return what is kept of a key or cookie. These are 32 random bytes: nothing slower than SHA-256 is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_account(name: str, role: str, catchment: frozenset[str], resident: int | None) -> Role:
    """Check the parts of an account and return its role.

    Raises
    ------
    InvalidInputError, UnknownNameError
        If a name, role or area code cannot be, or the role lacks what it is about.
    """
    if not NAME.fullmatch(name):
        raise InvalidInputError(
            f"The user name '{name[:80]}' cannot be: 1 to 64 letters, digits and . _ @ -, the first a letter or digit."
        )
    if role not in ROLES:
        raise UnknownNameError("role", role, ROLES)
    wrong = sorted(code for code in catchment if code != EVERYWHERE and not AREA.fullmatch(code))
    if wrong:
        raise InvalidInputError(f"'{wrong[0][:40]}' is no area code: name a county (6 digits), a township (9) or *.")
    sees_catchment = "persons:own-catchment" in ROLES[role]
    if sees_catchment != bool(catchment):
        raise InvalidInputError(
            f"The role {role} {'needs' if sees_catchment else 'has no'} catchment: "
            f"{'name area codes by --catchment' if sees_catchment else 'leave --catchment out'}."
        )
    if (role == "resident") != (resident is not None):
        raise InvalidInputError("The role resident, and no other, needs the number of the resident (--resident).")
    return role


def add_account(
    source: str, name: str, role: str, *, catchment: frozenset[str] = frozenset(), resident: int | None = None,
    password: str | None = None, demo: bool = False,
) -> Account:  # fmt: skip
    """Keep a new account.

    Raises
    ------
    InvalidInputError
        If the name is taken, the password too short, or a part cannot be.
    """
    checked = check_account(name, role, catchment, resident)
    if password is not None and not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidInputError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    row = AccountRow(
        name=name, role=checked, catchment=" ".join(sorted(catchment)), resident=resident, demo=demo,
        password=None if password is None else hash_password(password), disabled_at=None,
        valid_from=datetime.now(UTC).replace(microsecond=0),  # tokens say whole seconds
    )  # fmt: skip
    try:
        with transaction(source) as session:
            session.add(row)
    except IntegrityError as error:
        raise InvalidInputError(
            f"There is already an account '{name}', disabled or not. Choose another name."
        ) from error
    return _account(row)


def find_account(source: str, name: str) -> Account | None:
    """Return an account that may come in, or None."""
    with transaction(source, reads=True) as session:
        row = session.get(AccountRow, name)
        return None if row is None or row.disabled_at is not None else _account(row)


def all_accounts(source: str) -> list[AccountRow]:
    """Return every account, disabled ones included."""
    with transaction(source, reads=True) as session:
        return list(session.scalars(select(AccountRow).order_by(AccountRow.name)))


def disable_account(source: str, name: str) -> None:
    """Let an account in no more: its tokens, keys and sessions end within the seconds that an account is remembered."""
    with transaction(source) as session:
        row = session.get(AccountRow, name)
        if row is None:
            raise UnknownNameError("account", name, session.scalars(select(AccountRow.name)))
        row.disabled_at = datetime.now(UTC)
        session.execute(delete(SessionRow).where(SessionRow.account == name))
        session.execute(delete(ApiKeyRow).where(ApiKeyRow.account == name))


def account_by_password(source: str, name: str, password: str) -> Account | None:
    """Return the account whose password this is, or None; that takes the same time whether the name is known or not."""
    with transaction(source, reads=True) as session:
        row = session.get(AccountRow, name) if NAME.fullmatch(name) else None
    right = matches(None if row is None else row.password, password[: LONGEST_PASSWORD + 1])
    return _account(row) if row is not None and right and row.disabled_at is None else None


def make_api_key(source: str, account: str) -> str:
    """Return a new key of an app; it is shown this once, only its hash is kept."""
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    with transaction(source) as session:
        session.add(ApiKeyRow(digest=digest(key), account=account, made_at=datetime.now(UTC)))
    return key


def account_name_by_key(source: str, key: str) -> str | None:
    """Return whose key this is, or None."""
    with transaction(source, reads=True) as session:
        row = session.get(ApiKeyRow, digest(key))
        return None if row is None else row.account


def begin_session(source: str, account: str) -> str:
    """Return the cookie of a new session on the pages, and forget those that have ended."""
    cookie, now = secrets.token_urlsafe(32), datetime.now(UTC)
    with transaction(source) as session:
        session.execute(delete(SessionRow).where(SessionRow.ends_at <= now))
        ends = now + timedelta(hours=settings().session_hours)
        session.add(SessionRow(digest=digest(cookie), account=account, ends_at=ends))
    return cookie


def account_name_by_session(source: str, cookie: str) -> str | None:
    """Return who is signed in under this cookie, or None."""
    with transaction(source, reads=True) as session:
        row = session.get(SessionRow, digest(cookie))
        return None if row is None or row.ends_at <= datetime.now(UTC) else row.account


def end_session(source: str, cookie: str) -> None:
    """Sign out."""
    with transaction(source) as session:
        session.execute(delete(SessionRow).where(SessionRow.digest == digest(cookie)))


def _account(row: AccountRow) -> Account:
    return Account(
        row.name, cast("Role", row.role), frozenset(row.catchment.split()), row.resident, row.demo, row.valid_from
    )
