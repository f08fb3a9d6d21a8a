"""What was imported so far, and merging more into it so that repeating an import adds nothing.

A record is known by its contract's key. The same key with the same content is there already and is skipped; the same
key with other content is a correction, and the newer import wins. Files count only once the manifest names them, and
the manifest is replaced in one step: an import that is killed leaves the collection as it was after the last table
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
from features.lake.reading import parquet_sql
from features.sources._imported import imported_manifest, imported_records_path
from features.staging import MANIFEST

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def merge(connection: duckdb.DuckDBPyConnection, name: str, contract: TableContract, new: list[Path]) -> dict[str, int]:
    """Merge checked rows, whose keys are unique, into the imported records of source `name`.

    Returns
    -------
    dict
        kept (rows that were new or that corrected one), corrected (those of them), already_there.
    """
    manifest = imported_manifest(name) or {"imported": True, "tables": {}}
    folder = imported_records_path(name) / contract.name
    entry = manifest["tables"].get(contract.name, {"files": [], "rows": 0, "next": 1})
    old = [folder / file for file in entry["files"]]
    if not new:
        return {"kept": 0, "corrected": 0, "already_there": 0}
    incoming = f"(FROM {parquet_sql(new)})"
    present = f"(FROM {parquet_sql(old)})" if old else f"(SELECT * FROM {incoming} WHERE false)"
    on = " AND ".join(f"new.{quoted(key)} = old.{quoted(key)}" for key in contract.key)
    same = " AND ".join(f"new.{quoted(c)} IS NOT DISTINCT FROM old.{quoted(c)}" for c in contract.column_names)
    exists = f"EXISTS (FROM {present} AS old WHERE {on}"
    counted = f"SELECT count(*), count(*) FILTER ({same}) FROM {incoming} AS new JOIN {present} AS old ON {on}"
    met, already = connection.execute(counted).fetchone() or (0, 0)
    corrected = met - already
    fresh = f"SELECT * FROM {incoming} AS new WHERE NOT {exists} AND {same})"
    (kept,) = connection.execute(f"SELECT count(*) FROM ({fresh})").fetchone() or (0,)
    if kept:
        if corrected:
            # Of what was there, everything that is not corrected stays; both go into one file that replaces the others.
            fresh += (
                f" UNION ALL BY NAME SELECT * FROM {present} AS old WHERE NOT EXISTS (FROM {incoming} AS new WHERE {on}"
            )
            fresh += f" AND NOT ({same}))"
        file = f"{entry['next']:06}.parquet"
        folder.mkdir(parents=True, exist_ok=True)
        connection.execute(f"COPY ({fresh}) TO {literal(str(folder / file))} (FORMAT parquet, COMPRESSION zstd)")
        files = [file] if corrected else [*entry["files"], file]
        rows = entry["rows"] + kept - corrected
        manifest["tables"][contract.name] = {"files": files, "rows": rows, "next": entry["next"] + 1}
        _write_manifest(name, manifest)
        _remove_unlisted(folder, files)
    return {"kept": kept, "corrected": corrected, "already_there": already}


def describe(connection: duckdb.DuckDBPyConnection, name: str, title: str, as_of: datetime | None) -> dict[str, Any]:
    """Set what an imported source says of itself: its title and the moment that is now; return its manifest.

    Without `as_of` now is the day after the newest record became known, unless an earlier import said otherwise.
    """
    manifest = imported_manifest(name) or {"imported": True, "tables": {}}
    if as_of is not None:
        manifest["as_of_given"] = as_of.isoformat()
    given = manifest.get("as_of_given")
    manifest["as_of"] = given or (_newest(connection, name, manifest) + timedelta(days=1)).isoformat()
    manifest["title"] = title or manifest.get("title", name)
    _write_manifest(name, manifest)
    return manifest


def _newest(connection: duckdb.DuckDBPyConnection, name: str, manifest: dict[str, Any]) -> datetime:
    """Return midnight of the day on which the newest record became known."""
    newest = NEVER
    for table, entry in manifest["tables"].items():
        if "known_at" in contracts()[table].column_names:
            files = [imported_records_path(name) / table / file for file in entry["files"]]
            found = connection.execute(f"SELECT epoch(max(known_at)) FROM {parquet_sql(files)}").fetchone()
            if found and found[0] is not None:
                newest = max(newest, NEVER + timedelta(days=found[0] // 86_400))
    return newest


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
