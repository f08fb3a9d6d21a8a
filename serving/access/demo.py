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
    if not len(people):
        return None
    sql = "SELECT person_id FROM measurement GROUP BY person_id ORDER BY count(*) DESC, person_id"
    with open_lake(source) as lake:
        ordered = np.asarray(lake.execute(sql).fetchnumpy()["person_id"], dtype=np.int64)
    there = ordered[np.isin(ordered, people)]
    return int(there[0]) if len(there) else int(people[0])


def demo_catchment(area_names: Mapping[str, tuple[str, str]]) -> frozenset[str]:
    """Return the catchment of the demo clinician: the first county, or everywhere where no areas are known."""
    counties = sorted(code for code in area_names if len(code) == COUNTY_DIGITS)
    return frozenset(counties[:1] or [EVERYWHERE])
