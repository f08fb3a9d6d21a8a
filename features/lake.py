"""The lake: contract-checked records as Parquet, one folder a table, bucketed by resident.

<state>/<source>/lake/<table>/bucket=<k>/part-0.parquet
<state>/<source>/lake/findings.parquet      every broken cell, and the row that was set aside because of it
<state>/<source>/lake/manifest.json         fingerprint, rows and findings a table
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.contracts import TableContract, contracts
from features.errors import NotReadyError
from features.settings import settings
from features.sources import Source
from features.staging import code_fingerprint, read_manifest, staged_folder

CODE = ("features/sources", "features/contracts", "features/concepts.py", "features/lake.py")


def lake_path(source: str) -> Path:
    """Return the folder of a source's lake."""
    return settings().source_state(source) / "lake"


def lake_fingerprint(source: Source) -> str:
    """Return the text that a lake built now from `source` would carry."""
    return f"{source.name}-{source.fingerprint()}-{code_fingerprint(*CODE)}-{settings().buckets}"


def build_lake(source: Source, progress: Callable[[str], None] = lambda _: None) -> dict[str, object]:
    """Check every table of `source` against its contract and write the rows that keep it.

    Rows that break the contract are set aside in `findings.parquet`, never dropped silently. A lake with the same
    fingerprint is left as it is.

    Returns
    -------
    dict
        The lake's manifest: fingerprint, and per table `rows` and `findings`.
    """
    target = lake_path(source.name)
    fingerprint = lake_fingerprint(source)
    existing = read_manifest(target)
    if existing and existing["fingerprint"] == fingerprint:
        return existing
    manifest: dict[str, object] = {"source": source.name, "fingerprint": fingerprint, "tables": {}}
    with staged_folder(target, manifest) as folder:
        tables = source.load()
        findings = []
        counts: dict[str, dict[str, int]] = {}
        for name, contract in contracts().items():
            progress(f"{name}: checking")
            # A source need not have every table; what it lacks is empty.
            given = tables.get(name, pd.DataFrame(columns=contract.column_names))
            kept, found = set_aside(contract, contract.coerce(given))
            _write_buckets(kept, folder / name)
            findings.append(found)
            counts[name] = {"rows": len(kept), "findings": len(found)}
        pd.concat(findings, ignore_index=True).to_parquet(folder / "findings.parquet")
        manifest["tables"] = counts
    return manifest


def set_aside(contract: TableContract, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split `frame` into the rows that keep `contract` and the findings of those that do not.

    Returns
    -------
    kept : pandas.DataFrame
        Rows without any finding.
    findings : pandas.DataFrame
        One row a broken cell: table, row, column, value, rule, allowed, record (the whole row as JSON).
    """
    found = contract.findings(frame).astype({"row": "float64"})
    if found.empty:
        return frame, found.assign(table=contract.name, record="").astype("string")
    rows = found["row"].dropna().astype("int64")
    broken = np.unique(rows)
    records = frame.iloc[rows].apply(lambda row: row.to_json(date_format="iso"), axis=1)
    found = found.loc[rows.index].assign(table=contract.name, record=records.to_numpy())
    return frame.drop(frame.index[broken]), found.astype("string")


def _write_buckets(frame: pd.DataFrame, folder: Path) -> None:
    """Write one Parquet file a bucket, sorted by resident so that one person's records lie together.

    A table that is not about residents is one bucket.
    """
    if "person_id" in frame:
        bucket = frame["person_id"].to_numpy() % settings().buckets
        ordered = frame.assign(bucket=bucket).sort_values(["bucket", "person_id"], kind="stable")
    else:
        ordered = frame.assign(bucket=0)
    for number, part in ordered.groupby("bucket", sort=True) if len(ordered) else [(0, ordered)]:
        path = folder / f"bucket={number}"
        path.mkdir(parents=True)
        table = pa.Table.from_pandas(part.drop(columns="bucket"), preserve_index=False)
        pq.write_table(table, path / "part-0.parquet", compression="zstd")


def open_lake(source: str) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection with one view a lake table.

    Raises
    ------
    NotReadyError
        If the lake has not been built.
    """
    folder = lake_path(source)
    if read_manifest(folder) is None:
        raise NotReadyError(f"There is no lake for source '{source}' yet. Run `sanzao data build --source {source}`.")
    absent = [name for name in contracts() if not (folder / name).is_dir()]
    if absent:
        raise NotReadyError(
            f"The lake in {folder} was built by another version: it has no {', '.join(absent)}. "
            f"Run `sanzao data build --source {source}`."
        )
    connection = duckdb.connect(config={"threads": settings().threads})
    connection.execute("SET TimeZone = 'UTC'")
    for name in contracts():
        pattern = str(folder / name / "*" / "*.parquet").replace("'", "''")
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{pattern}', hive_partitioning = false)")
    return connection
