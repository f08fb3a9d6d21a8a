"""Holding a built lake against its contracts again, as it was held when it was built."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from features.contracts import contracts
from features.contracts._casting import literal
from features.lake.bucket import Plan
from features.lake.building import FINDINGS, check_buckets, collect_findings, repeated_keys
from features.lake.reading import connect, lake_buckets, lake_path, tables_path
from features.settings import settings

CHECKED = "check.parquet"


def check_lake(source: str, progress: Callable[[str], None] = lambda _: None) -> list[dict[str, Any]]:
    """Check every bucket of a source's lake; write the findings to `<state>/<source>/check.parquet`.

    Returns
    -------
    list of dict
        where ("lake", or "set aside" when it was built), table, column, rule, cells, an example with what is
        allowed, and ok, which is false for what is wrong in the lake itself. A table that keeps its contract has one
        row with 0 cells.

    Raises
    ------
    NotReadyError
        If the lake has not been built.
    """
    buckets, lake = lake_buckets(source), lake_path(source)
    scratch = settings().source_state(source) / "checking"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        trees = {name: tables_path(source) / name for name in contracts()}
        parts = {name: [tree] for name, tree in trees.items()}
        repeats, _ = repeated_keys(parts, scratch, progress, versions=False)
        check_buckets(Plan(trees, repeats, None, scratch, versions=False), buckets, progress)
        found = settings().source_state(source) / CHECKED
        collect_findings(scratch, found)
    finally:
        shutil.rmtree(scratch)
    broken = _summary("lake", found)
    clean = contracts().keys() - {row["table"] for row in broken}
    kept = {
        "where": "lake",
        "column": "",
        "rule": "contract kept",
        "cells": 0,
        "example": "",
        "allowed": "",
        "ok": True,
    }
    whole = [{**kept, "table": name, "file": str(found)} for name in sorted(clean)]
    return whole + broken + _summary("set aside", lake / FINDINGS)


def _summary(where: str, file: Path) -> list[dict[str, Any]]:
    with connect() as connection:
        rows = connection.execute(
            f"""
            SELECT "table", "column", rule, count(*), first("value"), first(allowed)
            FROM read_parquet({literal(str(file))}) GROUP BY ALL ORDER BY ALL
            """
        ).fetchall()
    return [
        {
            "where": where, "table": table, "column": column, "rule": rule, "cells": cells, "example": example,
            "allowed": allowed, "ok": where != "lake", "file": str(file),
        }
        for table, column, rule, cells, example, allowed in rows
    ]  # fmt: skip
