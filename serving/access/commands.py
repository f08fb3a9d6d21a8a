"""What `sanzao user` and `sanzao report audit` do."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from typing import Any

from features.errors import InvalidInputError
from features.settings import settings
from features.sources import get_source
from serving.access.accounts import add_account, all_accounts, disable_account, make_api_key
from serving.access.audit import AuditLog, Entry, newest_rows, verify
from serving.access.consent import give_consent, withdraw_consent
from serving.access.demo import demo_password
from serving.access.roles import ROLES, Role
from serving.database import upgrade

SHOWN_ROWS = 50


def _prepared(source: str | None) -> str:
    name = get_source(source or settings().source).name
    upgrade(name)
    return name


def _written_down(source: str, what: str) -> None:
    AuditLog(source).append(Entry(who=f"command line: {getpass.getuser()}", role="operator", what=what, outcome="done"))


def user_add(
    *, source: str | None, name: str, role: str, catchment: Sequence[str], resident: int | None
) -> dict[str, Any]:
    """Keep a new account; an app gets a key, everybody else a password, asked for or read from standard input."""
    chosen = _prepared(source)
    password = None if role == "app" else _password()
    account = add_account(chosen, name, role, catchment=frozenset(catchment), resident=resident, password=password)
    _written_down(chosen, f"user add {name} as {role}")
    made: dict[str, Any] = {"name": name, "role": account.role, "catchment": sorted(account.catchment)}
    return made | {"api_key": make_api_key(chosen, name)} if role == "app" else made


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise InvalidInputError("The two passwords differ. Nothing was kept; try again.")
    return first


def user_list(*, source: str | None) -> list[dict[str, Any]]:
    """Return every account."""
    return [
        {
            "name": row.name, "role": row.role, "catchment": row.catchment.split(), "resident": row.resident,
            "demo": row.demo, "disabled": row.disabled_at is not None,
        }
        for row in all_accounts(_prepared(source))
    ]  # fmt: skip


def user_disable(*, source: str | None, name: str) -> dict[str, Any]:
    """Let an account in no more."""
    chosen = _prepared(source)
    disable_account(chosen, name)
    _written_down(chosen, f"user disable {name}")
    return {"name": name, "disabled": True}


def user_consent(*, source: str | None, app: str, resident: int, withdraw: bool) -> dict[str, Any]:
    """Keep or withdraw a resident's consent that an app may see them."""
    chosen = _prepared(source)
    answer: dict[str, Any] = {"app": app, "resident": resident, "consents": not withdraw}
    if withdraw:
        withdraw_consent(chosen, app, resident)
    else:
        answer["pseudonym"] = give_consent(chosen, app, resident)
    _written_down(chosen, f"user consent {app}{' withdrawn' if withdraw else ''}")
    return answer


def user_demo(*, source: str | None) -> list[dict[str, Any]]:
    """Return the log-ins of the demo accounts that `sanzao up` has made."""
    names = {row.name for row in all_accounts(_prepared(source)) if row.demo and row.disabled_at is None}
    roles: list[Role] = [role for role in ROLES if f"demo-{role}" in names]
    return [{"name": f"demo-{role}", "password": demo_password(role), "role": role} for role in roles]


def report_audit(*, source: str | None, check: bool) -> list[dict[str, Any]]:
    """Return the newest rows of the audit log, or whether it is whole."""
    chosen = _prepared(source)
    if check:
        return [verify(chosen)]
    return [{**row, "at": row["at"].isoformat(timespec="seconds")} for row in newest_rows(chosen, SHOWN_ROWS)]
