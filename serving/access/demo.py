"""Demo log-ins: one a role, where the records are open to everybody anyway, and nowhere else."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from features.errors import RefusedError
from features.lake import open_lake
from features.settings import settings
from features.sources import Source
from serving.access.accounts import EVERYWHERE, add_account, all_accounts
from serving.access.keys import keyed
from serving.access.roles import ROLES, Role

PREFIX = "demo-"
COUNTY_DIGITS = 6


def demo_wanted(source: Source, *, started_by_up: bool) -> bool:
    """Return whether demo log-ins are made: as SANZAO_DEMO says, else where `sanzao up` starts open data.

    Raises
    ------
    RefusedError
        If SANZAO_DEMO asks for them where the records are not open.
    """
    wanted = settings().demo
    if wanted and not source.open_data:
        raise RefusedError(
            f"SANZAO_DEMO is on, but the records of '{source.name}' are not open to everybody: there are no demo "
            "log-ins for them. Unset SANZAO_DEMO and make accounts by `sanzao user add`."
        )
    return source.open_data and (started_by_up if wanted is None else wanted)


def demo_password(role: Role) -> str:
    """Return the password of a demo account: another one for each installation, worked out from its token key."""
    return base64.b32encode(keyed("token", "demo password", role)[:10]).decode().lower()


def demo_log_ins() -> list[dict[str, str]]:
    """Return name, password and role of every demo account that people come in by; apps come by key."""
    return [{"name": PREFIX + role, "password": demo_password(role), "role": role} for role in ROLES if role != "app"]


def make_demo_accounts(source: Source, resident: int | None) -> list[dict[str, str]]:
    """Make the demo accounts that are missing; return name, password, role and reach of all.

    Parameters
    ----------
    resident
        Whose account the demo resident's is; None: there is no such account.
    """
    there = {row.name for row in all_accounts(source.name)}
    catchment = demo_catchment(source.area_names)
    made = []
    for entry in demo_log_ins():
        name, role = entry["name"], cast("Role", entry["role"])
        if role == "resident" and resident is None:
            continue
        own = role in ("clinician", "coordinator")
        if name not in there:
            add_account(
                source.name, name, role, catchment=catchment if own else frozenset(),
                resident=resident if role == "resident" else None, password=entry["password"], demo=True,
            )  # fmt: skip
        made.append(entry)
    return made


def most_measured(source: str, people: NDArray[np.int64]) -> int | None:
    """Return who of some residents (n,) has most to see on an own page: the most measurements; None if there is nobody.

    Of equals the lowest number.
    """
    with open_lake(source) as lake:
        counted = lake.execute("SELECT person_id, count(*) AS many FROM measurement GROUP BY ALL").fetchnumpy()
    if not len(people):
        return None
    there = np.isin(counted["person_id"], people)
    persons, many = counted["person_id"][there], counted["many"][there]
    return int(persons[np.lexsort((persons, -many))[0]]) if len(persons) else int(people[0])


def demo_catchment(area_names: Mapping[str, tuple[str, str]]) -> frozenset[str]:
    """Return the catchment of the demo clinician: the first county, or everywhere where no areas are known."""
    counties = sorted(code for code in area_names if len(code) == COUNTY_DIGITS)
    return frozenset(counties[:1] or [EVERYWHERE])
