"""Building the lake: one bucket in memory at a time, buckets side by side on the cores, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from features.contracts import contracts
from features.contracts._casting import literal
from features.lake.archive import archive, archived_files
from features.lake.bucket import Counts, Plan, bounded, check_bucket
from features.lake.division import divide
from features.lake.inspection import FINDING_COLUMNS
from features.lake.reading import connect, lake_path
from features.lake.repeats import write_repeats
from features.sources import ParquetFiles, Source
from features.staging import code_fingerprint, read_manifest, staged_folder
from features.workers import over_buckets

CODE = ("features/sources", "features/contracts", "features/concepts.py", "features/lake")
FINDINGS = "findings.parquet"

Progress = Callable[[str], None]


def lake_fingerprint(source: Source) -> str:
    """Return the text that a lake built now from `source` would carry."""
    return f"{source.name}-{source.fingerprint()}-{code_fingerprint(*CODE)}-{source.buckets()}"


def build_lake(source: Source, progress: Progress = lambda _: None) -> dict[str, Any]:
    """Check every table of `source` against its contract and write the rows that keep it.

    Rows that break the contract are set aside in `findings.parquet`, never dropped silently. What has arrived for the
    source one by one goes into the lake as well; of several versions of a record the one that became known last counts
    (`features.versions`). A lake with the same fingerprint is left as it is.

    Returns
    -------
    dict
        The lake's manifest: source, fingerprint, buckets, folded (the newest batch of the journal that is in it), and
        per table `rows`, `superseded` (rows that count no more), `findings` (broken cells) and `set_aside` (rows).
    """
    source.prepare(progress)
    target = lake_path(source.name)
    fingerprint, buckets = lake_fingerprint(source), source.buckets()
    existing = read_manifest(target)
    if existing and existing["fingerprint"] == fingerprint:
        return existing
    manifest: dict[str, Any] = {"source": source.name, "fingerprint": fingerprint, "buckets": buckets}
    manifest["folded"] = archive(source.name)
    with staged_folder(target, manifest) as folder:
        scratch = folder / "scratch"
        for name in (*contracts(), scratch.name):
            (folder / name).mkdir()
        trees = _divided(source, buckets, scratch, progress)
        late = _divided_arrivals(source, buckets, scratch)
        both = {name: [tree[name] for tree in (trees, late) if name in tree] for name in contracts()}
        repeats, ended = repeated_keys(both, scratch, progress)
        plan = Plan(trees, repeats, folder, scratch, arrived=late, ended=ended)
        manifest["tables"] = check_buckets(plan, buckets, progress)
        collect_findings(scratch, folder / FINDINGS)
        shutil.rmtree(scratch)
    return manifest


def _divided(source: Source, buckets: int, scratch: Path, progress: Progress) -> dict[str, Path]:
    """Return by table the folder in which its records lie by bucket."""
    trees = {}
    tables = source.load()
    with bounded(scratch) as connection:
        for name in (name for name in contracts() if name in tables):
            progress(f"{name}: reading")
            trees[name] = divide(connection, contracts()[name], tables[name], buckets, scratch / "records" / name)
    return trees


def _divided_arrivals(source: Source, buckets: int, scratch: Path) -> dict[str, Path]:
    """Return by table the folder in which what arrived for it lies by bucket."""
    trees = {}
    with bounded(scratch) as connection:
        for contract in contracts().values():
            files = archived_files(source.name, contract.name)
            if files:
                target = scratch / "arrived" / contract.name
                trees[contract.name] = divide(connection, contract, ParquetFiles(files), buckets, target)
    return trees


def repeated_keys(
    trees: Mapping[str, Sequence[Path]], scratch: Path, progress: Progress, *, versions: bool = True
) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return by table the file of its repeated keys, and that of its superseded versions, where there are any.

    Parameters
    ----------
    versions
        A key may stand there several times, once a moment at which it became known.
    """
    repeats: dict[str, Path] = {}
    ended: dict[str, Path] = {}
    with bounded(scratch) as connection:
        for name, parts in trees.items():
            progress(f"{name}: looking for repeated keys")
            found = write_repeats(connection, contracts()[name], parts, scratch, versions=versions)
            if found.repeats is not None:
                repeats[name] = found.repeats
            if found.ended is not None:
                ended[name] = found.ended
    return repeats, ended


def check_buckets(plan: Plan, buckets: int, progress: Progress) -> Counts:
    """Check every bucket, several at once where there are cores for it; return the sums of their counts."""
    sums: Counts = {name: {"rows": 0, "superseded": 0, "findings": 0, "set_aside": 0} for name in contracts()}
    for number, counts in enumerate(over_buckets(partial(check_bucket, plan), buckets), 1):
        for name, found in counts.items():
            for kind, count in found.items():
                sums[name][kind] += count
        progress(f"bucket {number} of {buckets} checked")
    return sums


def collect_findings(scratch: Path, target: Path) -> None:
    """Write the findings that the buckets left in `scratch` to one Parquet file, by table and bucket."""
    parts = sorted(scratch.glob("findings-*.parquet"))
    rows = f"SELECT * FROM read_parquet([{', '.join(literal(str(part)) for part in parts)}])"
    if not parts:
        columns = (f'NULL::{"BIGINT" if name == "row" else "VARCHAR"} AS "{name}"' for name in FINDING_COLUMNS)
        rows = f"SELECT {', '.join(columns)} WHERE false"
    with connect() as connection:
        connection.execute(f"COPY ({rows}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)")
