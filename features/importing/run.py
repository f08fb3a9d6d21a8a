"""One import: rows checked a million at a time, broken ones set aside with the reason, the others merged."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from features.contracts import contracts
from features.contracts._casting import literal
from features.errors import InvalidInputError
from features.importing.collection import describe, merge
from features.lake.bucket import Plan, bounded
from features.lake.building import check_buckets, collect_findings, repeated_keys
from features.lake.inspection import ROW
from features.lake.reading import part_files
from features.settings import settings
from features.sources import sources
from features.sources._imported import imported_names

ROWS_AT_ONCE = 1_000_000
NAME = re.compile(r"[a-z][a-z0-9_]*")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Incoming:
    """One table on its way in: a query for rows in the contract's columns, their order, and how its text was coded."""

    query: str
    order: str = ""
    encoding: str = ""


def check_name(name: str) -> None:
    """Refuse a name that cannot be that of an imported source.

    Raises
    ------
    InvalidInputError
        If it is taken by a source of the code, by other records, or is not a plain name.
    """
    state = settings().source_state(name)
    if not NAME.fullmatch(name):
        raise InvalidInputError(f"'{name}' cannot name a source: use small letters, digits and _, as in 'own'.")
    if name in sources() or ((state / "records").exists() and name not in imported_names()):
        raise InvalidInputError(f"'{name}' is a source already, and not an imported one. Give another --source NAME.")


def import_tables(
    name: str,
    origin: Path,
    opened: Callable[[duckdb.DuckDBPyConnection, Path], Mapping[str, Incoming]],
    *,
    title: str = "",
    as_of: datetime | None = None,
    progress: Progress = lambda _: None,
) -> list[dict[str, Any]]:
    """Import tables into source `name`; the caller holds the lock of the source's folder.

    Parameters
    ----------
    origin
        What is imported; its findings replace those of an earlier import of the same path.
    opened
        Given a connection and a folder for what is needed for a while, returns the tables by contract name.

    Returns
    -------
    list of dict
        A table: read = kept + superseded + set_aside + already_there (rows), corrected (of those kept), the findings'
        file, and the encoding of a text file.
    """
    check_name(name)
    scratch = settings().source_state(name) / "importing"
    # What a killed import left behind is of no use to anybody.
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    with bounded(scratch) as connection:
        answer = []
        for table, incoming in opened(connection, scratch).items():
            progress(f"{table}: reading")
            findings = _findings_path(name, origin, table)
            answer.append(_import_table(connection, name, table, incoming, scratch / table, findings, progress))
        describe(connection, name, title, as_of)
    shutil.rmtree(scratch)
    return answer


def _import_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    table: str,
    incoming: Incoming,
    scratch: Path,
    findings: Path,
    progress: Progress,
) -> dict[str, Any]:
    # 1. Write the rows as they come, in parts that are checked one by one.
    tree, checked = scratch / "raw", scratch / "checked"
    tree.mkdir(parents=True)
    order = f"ORDER BY {incoming.order}" if incoming.order else ""
    numbered = f"SELECT *, row_number() OVER ({order}) - 1 AS {ROW} FROM ({incoming.query})"
    rejects_before = _rejected(connection)
    connection.execute(
        f"COPY (SELECT *, {ROW} // {ROWS_AT_ONCE} AS bucket FROM ({numbered})) TO {literal(str(tree))} "
        "(FORMAT parquet, COMPRESSION snappy, PARTITION_BY (bucket), OVERWRITE_OR_IGNORE)"
    )
    lines = _set_aside_lines(connection, table, rejects_before, scratch)
    # 2. Check them without their references: the person may come with a later import, and the lake looks anyway.
    trees = {table: tree}
    parts = len(list(tree.glob("bucket=*")))
    repeats, _ = repeated_keys({table: [tree]}, scratch, lambda _: None)
    plan = Plan(trees, repeats, checked, scratch, alone=True)
    counts = check_buckets(plan, parts, lambda text: progress(f"{table}: {text}"))[table] if parts else {}
    # 3. Merge what is left; what contradicts a row that is there is set aside as well.
    files, contradictions = part_files(checked / table, None), scratch / f"findings-{table}-contradictions.parquet"
    merged = merge(connection, name, contracts()[table], files, contradictions)
    findings.parent.mkdir(exist_ok=True)
    collect_findings(scratch, findings)
    shutil.rmtree(scratch)
    aside = counts.get("set_aside", 0) + lines + merged.pop("contradicting")
    read = merged["kept"] + merged["superseded"] + merged["already_there"] + aside
    answer = {"table": table, "read": read, **merged, "set_aside": aside, "findings": str(findings)}
    return answer | {"encoding": incoming.encoding}


def _findings_path(name: str, origin: Path, table: str) -> Path:
    mark = hashlib.sha256(str(origin.resolve()).encode()).hexdigest()[:8]
    return settings().source_state(name) / "import_findings" / f"{table}-{mark}.parquet"


def _rejected(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many errors DuckDB has noted so far about lines that it could not take apart."""
    if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'").fetchone():
        return 0
    (found,) = connection.execute("SELECT count(*) FROM reject_errors").fetchone() or (0,)
    return int(found)


def _set_aside_lines(connection: duckdb.DuckDBPyConnection, table: str, before: int, scratch: Path) -> int:
    """Write a finding for every line that could not be taken apart since `before`; return their number."""
    if _rejected(connection) == before:
        return 0
    rows = f"""
        SELECT {literal(table)} AS "table", line AS "row", '' AS "column", csv_line AS "value",
            'line can be taken apart' AS "rule",
            any_value(error_message) || ' Allowed: one encoding, as many fields as the first line' AS allowed,
            csv_line AS record
        FROM (FROM reject_errors OFFSET {before}) GROUP BY line, csv_line
    """
    (lines,) = connection.execute(f"SELECT count(*) FROM ({rows})").fetchone() or (0,)
    target = literal(str(scratch / f"findings-{table}-lines.parquet"))
    connection.execute(f"COPY ({rows}) TO {target} (FORMAT parquet)")
    return int(lines)
