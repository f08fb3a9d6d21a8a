"""What was imported so far, and merging more into it so that repeating an import adds nothing.

A record is known by its contract's key. The same key with the same content is there already and is skipped; the same
key with other content that became known at another moment is another version of the record, and is kept beside it: the
lake lets the one that became known last count, in whatever order they were imported (`features.versions`). Other
content of the same moment contradicts what is there, and is set aside. Files count only once the manifest names them,
and the manifest is replaced in one step: an import that is killed leaves the collection as it was after the last table
that it finished.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from features.contracts import TableContract, contracts
from features.contracts._casting import literal, quoted
from features.lake.inspection import ROW
from features.lake.reading import parquet_sql, rows_sql
from features.sources._imported import imported_manifest, imported_records_path
from features.staging import MANIFEST
from features.versions import CONTRADICTION, known_sql

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
MORE = ", union_by_name = true"


def merge(
    connection: duckdb.DuckDBPyConnection, name: str, contract: TableContract, new: list[Path], contradictions: Path
) -> dict[str, int]:
    """Merge checked rows, whose keys are unique at each moment, into the imported records of source `name`.

    Parameters
    ----------
    new
        Files with the contract's columns and `ROW`.
    contradictions
        Parquet file for a finding a row that differs from one of the same key that became known at the same moment;
        not written where there is none.

    Returns
    -------
    dict
        kept (rows that were new or that correct one), corrected (those of them), superseded (new rows that another one
        corrects already), already_there, contradicting.
    """
    manifest = imported_manifest(name) or {"imported": True, "tables": {}}
    folder = imported_records_path(name) / contract.name
    entry = manifest["tables"].get(contract.name, {"files": [], "rows": 0, "next": 1})
    counts = dict.fromkeys(("kept", "corrected", "superseded", "already_there", "contradicting"), 0)
    if not new:
        return counts
    _compare(connection, contract, new, [folder / file for file in entry["files"]])
    for kind, rows in connection.execute("SELECT kind, count(*) FROM compared GROUP BY kind").fetchall():
        counts["kept" if kind == "new" else kind] += rows
    counts["kept"] += counts["corrected"]
    if counts["contradicting"]:
        _write_contradictions(connection, contract, contradictions)
    fresh = counts["kept"] + counts["superseded"]
    if fresh:
        file = f"{entry['next']:06}.parquet"
        folder.mkdir(parents=True, exist_ok=True)
        columns = ", ".join(map(quoted, contract.column_names))
        rows = f"SELECT {columns} FROM compared WHERE kind IN ('new', 'corrected', 'superseded')"
        connection.execute(f"COPY ({rows}) TO {literal(str(folder / file))} (FORMAT parquet, COMPRESSION zstd)")
        entry = {"files": [*entry["files"], file], "rows": entry["rows"] + fresh, "next": entry["next"] + 1}
        manifest["tables"][contract.name] = entry
        _write_manifest(name, manifest)
        _remove_unlisted(folder, entry["files"])
    return counts


def _compare(connection: duckdb.DuckDBPyConnection, contract: TableContract, new: list[Path], old: list[Path]) -> None:
    """Leave the new rows in the temporary table `compared`, each with what `kind` it is of."""
    incoming = f"(SELECT *, {known_sql(contract)} AS known_us FROM {parquet_sql(new)})"
    # Beside rows of none, because older files may lack a column that came later.
    there = rows_sql(contract, []) + (f" UNION ALL BY NAME SELECT * FROM {parquet_sql(old, MORE)}" if old else "")
    present = f"(SELECT *, {known_sql(contract)} AS known_us FROM ({there}))"
    on = " AND ".join(f"old.{quoted(key)} = new.{quoted(key)}" for key in contract.key)
    same = " AND ".join(f"old.{c} IS NOT DISTINCT FROM new.{c}" for c in map(quoted, contract.column_names))
    keys = ", ".join(map(quoted, contract.key))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE compared AS
        SELECT new.*,
            CASE WHEN twin.known_us IS NOT NULL AND twin.same THEN 'already_there'
                WHEN twin.known_us IS NOT NULL THEN 'contradicting'
                WHEN new.known_us < greatest(coalesce(before.last, new.last), new.last) THEN 'superseded'
                WHEN before.last IS NOT NULL THEN 'corrected' ELSE 'new' END AS kind
        FROM (SELECT *, max(known_us) OVER (PARTITION BY {keys}) AS last FROM {incoming}) AS new
        LEFT JOIN (SELECT {keys}, max(known_us) AS last FROM {present} GROUP BY ALL) AS before USING ({keys})
        LEFT JOIN (
            SELECT new.{ROW}, old.known_us, bool_or({same}) AS same
            FROM {incoming} AS new JOIN {present} AS old ON {on} AND old.known_us = new.known_us GROUP BY ALL
        ) AS twin USING ({ROW})
    """)


def _write_contradictions(connection: duckdb.DuckDBPyConnection, contract: TableContract, target: Path) -> None:
    key = contract.key[0]
    record = ", ".join(f"{quoted(column)} := {quoted(column)}" for column in contract.column_names)
    rows = f"""
        SELECT {literal(contract.name)} AS "table", {ROW} AS "row", {literal(key)} AS "column",
            CAST({quoted(key)} AS VARCHAR) AS "value", {literal(CONTRADICTION[0])} AS "rule",
            {literal(CONTRADICTION[1])} AS allowed, to_json(struct_pack({record}))::VARCHAR AS record
        FROM compared WHERE kind = 'contradicting'
    """
    connection.execute(f"COPY ({rows}) TO {literal(str(target))} (FORMAT parquet)")


def describe(connection: duckdb.DuckDBPyConnection, name: str, title: str, as_of: datetime | None) -> dict[str, Any]:
    """Set what an imported source says of itself: title, now, and from when on it observes; return its manifest.

    Without `as_of` now is the day after the newest record became known, unless an earlier import said otherwise.
    """
    manifest = imported_manifest(name) or {"imported": True, "tables": {}}
    if as_of is not None:
        manifest["as_of_given"] = as_of.isoformat()
    given = manifest.get("as_of_given")
    manifest["as_of"] = given or (_newest(connection, name, manifest) + timedelta(days=1)).isoformat()
    manifest["observed_from"] = _observed_from(connection, name, manifest)
    manifest["title"] = title or manifest.get("title", name)
    _write_manifest(name, manifest)
    return manifest


def _newest(connection: duckdb.DuckDBPyConnection, name: str, manifest: dict[str, Any]) -> datetime:
    """Return midnight of the day on which the newest record became known."""
    newest = NEVER
    for table, entry in manifest["tables"].items():
        if contracts()[table].known == ("known_at",):
            files = [imported_records_path(name) / table / file for file in entry["files"]]
            found = connection.execute(f"SELECT epoch(max(known_at)) FROM {parquet_sql(files)}").fetchone()
            if found and found[0] is not None:
                newest = max(newest, NEVER + timedelta(days=found[0] // 86_400))
    return newest


def _observed_from(connection: duckdb.DuckDBPyConnection, name: str, manifest: dict[str, Any]) -> str | None:
    """Return the day by which half of the residents were under observation; None where nothing says so."""
    entry = manifest["tables"].get("observation_period")
    if entry is None:
        return None
    files = [imported_records_path(name) / "observation_period" / file for file in entry["files"]]
    days = f"SELECT epoch_us(observation_period_start_date) AS started FROM {parquet_sql(files, MORE)}"
    (middle,) = connection.execute(f"SELECT quantile_disc(started, 0.5) FROM ({days})").fetchone() or (None,)
    return None if middle is None else (NEVER + timedelta(microseconds=middle)).isoformat()


def _write_manifest(name: str, manifest: dict[str, Any]) -> None:
    path = imported_records_path(name) / MANIFEST
    path.parent.mkdir(parents=True, exist_ok=True)
    complete = {"title": name, "as_of": NEVER.isoformat(), **manifest}
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(complete, indent=2, ensure_ascii=False))
    draft.replace(path)


def _remove_unlisted(folder: Path, files: list[str]) -> None:
    for path in folder.glob("*.parquet"):
        if path.name not in files:
            path.unlink()
