"""A world in which residents have homes in two counties, and one account of every role; asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from argon2 import PasswordHasher

from features.push import push
from features.residents import residents
from features.sources import get_source
from serving.access import accounts
from serving.access.accounts import add_account, make_api_key
from serving.access.consent import give_consent
from serving.access.roles import ROLES
from serving.database import upgrade
from tests.conftest import copy_world, token_for, use

SOURCE = "framingham"
OWN, OTHER = "331081", "331082"
PASSWORD = "correct horse battery"  # noqa: S105 - of nobody


def homes_of(persons, first_id: int = 1, **more) -> pd.DataFrame:
    """Return a social record each: even numbers live in one county, odd ones in another."""
    long_ago = pd.Timestamp(get_source(SOURCE).as_of) - pd.Timedelta(days=4000)
    return pd.DataFrame({
        "social_id": first_id + pd.RangeIndex(len(persons)), "person_id": persons, "valid_from": long_ago,
        "valid_to": pd.NaT, "township": [f"{OWN if person % 2 == 0 else OTHER}001" for person in persons],
        "education": 2, "occupation": "worker", "income_band": 3, "minimum_living_allowance": 0,
        "insurance": "resident", "hukou": "local", "living_alone": 0, "clinic_distance_km": 1.0, "known_at": long_ago,
    } | more)  # fmt: skip


@contextmanager
def quick_passwords() -> Iterator[None]:
    """Hash passwords by argon2 at little cost; `tests/unit/test_access.py` sees what they cost in earnest."""
    patch = pytest.MonkeyPatch()
    patch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    accounts._nobodys_hash.cache_clear()
    try:
        yield
    finally:
        patch.undo()
        accounts._nobodys_hash.cache_clear()


@contextmanager
def access_world(built: Path, root: Path) -> Iterator[tuple[list[int], list[int]]]:
    """Use a copy of the finished world whose residents have homes; yield those of one county and of the other."""
    copy_world(built, root)
    with use(root), quick_passwords():
        persons = residents(get_source(SOURCE), get_source(SOURCE).as_of).index.to_numpy()
        push(SOURCE, {"social": homes_of(persons)})
        yield [int(p) for p in persons if p % 2 == 0], [int(p) for p in persons if p % 2]


def headers_of_every_role(own: int) -> tuple[dict[str, dict[str, str]], str]:
    """Return headers by role, and the pseudonym of the resident `own`, who consents to the app."""
    headers = {}
    upgrade(SOURCE)
    for role in ROLES:
        if role == "app":
            add_account(SOURCE, "test-app", "app")
            headers[role] = {"X-API-Key": make_api_key(SOURCE, "test-app")}
            continue
        catchment = (OWN,) if role in ("clinician", "coordinator") else ()
        headers[role] = token_for(SOURCE, role, catchment=catchment, resident=own if role == "resident" else None)
    return headers, give_consent(SOURCE, "test-app", own)
