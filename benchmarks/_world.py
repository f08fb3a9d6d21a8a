"""A lake of its own in a temporary folder, for measurements that need one."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from features.contracts import contracts
from features.lake import lake_path
from features.settings import settings
from features.sources import Source

NAME = "bench"


@contextmanager
def world() -> Iterator[Path]:
    """Point this process's settings at empty folders, which are gone afterwards."""
    before = {name: os.environ.get(name) for name in ("SANZAO_STATE", "SANZAO_MLRUNS")}
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"SANZAO_STATE": folder, "SANZAO_MLRUNS": f"{folder}/mlruns"}
        settings.cache_clear()
        try:
            yield Path(folder)
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
            settings.cache_clear()


def source(now: datetime) -> Source:
    """Return a source that stands for the folder's lake."""
    return Source(
        name=NAME, title="benchmark", title_zh="基准测试", notice="Synthetic records.", notice_zh="合成记录。",
        licence="Apache-2.0", synthetic=True, as_of=now, landmark_concept="systolic_bp", fingerprint=lambda: NAME,
        load=dict,
    )  # fmt: skip


def finish_lake(buckets: int) -> None:
    """Say that the tables that lie in the lake's folder are all there are."""
    folder = lake_path(NAME)
    for name in contracts():
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"fingerprint": NAME, "buckets": buckets, "tables": {}}))


def signed_in(role: str, catchment: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return headers by which a request is that of an account of this role, made where it is missing."""
    from serving.access.accounts import add_account, find_account
    from serving.access.tokens import issue
    from serving.database import upgrade

    upgrade(NAME)
    name = f"bench-{role}"
    if find_account(NAME, name) is None:
        add_account(NAME, name, role, catchment=catchment)
    return {"Authorization": f"Bearer {issue(NAME, name)}"}


def city(residents: int, seed: int) -> None:
    """Simulate a city and let its records stand as the lake; the contracts are not what is measured."""
    from features.sources._city import build

    buckets = build.build(residents, seed)["buckets"]
    lake_path(NAME).parent.mkdir(parents=True, exist_ok=True)
    build.records_path().rename(lake_path(NAME))
    finish_lake(buckets)
