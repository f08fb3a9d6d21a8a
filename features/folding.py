"""Folding: what has arrived in the journal goes into the Parquet lake and the record log, and out of the journal.

1. What arrived is archived as it arrived, so that the lake can be built anew with it.
2. A new generation of the lake is written beside the one that counts: buckets that something concerns anew, of all
   others the same files. The lake's manifest, replaced in one step, then names it, and the batch up to which it goes.
3. The record log is written anew, in the same way.
4. The keys that the lake has are indexed, and online rows brought up to what has arrived.
5. The journal lets go of what the *previous* fold took into the lake, so that whoever began before this fold and reads
   on finds all that the former lake does not hold. So the second of two folds leaves it empty.

Readers take lake, log and journal by what the manifests say, so they see the state before a step or after it, and
either shows the same records. What a run that is killed leaves undone, the next one does; what arrives meanwhile stays
in the journal. Until the next fold the files of the former generation stay as well.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.arriving.arrived import Arrived
from features.arriving.lake_index import LakeIndex
from features.arriving.online_rows import refresh_online
from features.clock import now_us
from features.contracts import TableContract, contracts
from features.journal import arrived, journal_path, newest, open_journal, remove_up_to, superseded
from features.lake import lake_path, open_lake
from features.lake.archive import archive
from features.lake.bucket import write_part
from features.lake.reading import lake_manifest, part_files, tables_path
from features.log_writing import build_log
from features.sources import Source
from features.staging import next_generation, read_manifest, write_manifest
from features.store import store_path
from features.versions import SUPERSEDED, SUPERSEDED_AT, superseded_name
from features.workers import over_buckets

Progress = Callable[[str], None]

# Every reader of the lake reads the journal as well; above so many rows one notices. Our own choice.
LARGE = 200_000


def rows_waiting(source: str) -> int:
    """Return how many rows the journal holds, those included that the lake holds already."""
    if not journal_path(source).exists():
        return 0
    with open_journal(source) as journal:
        return int(journal.execute("SELECT count(*) FROM version").fetchone()[0])


def fold(source: Source, progress: Progress = lambda _: None) -> dict[str, Any]:
    """Fold the journal of a source; the caller holds the lock of the source's folder.

    Returns
    -------
    dict
        source, rows and superseded (how many more there are of each in the lake), up_to (the newest batch in
        the lake now), removed (batches that the journal let go of), waiting (rows that it still holds).

    Raises
    ------
    NotReadyError
        If the lake has not been built.
    """
    name = source.name
    before = lake_manifest(name)
    up_to = newest(name)
    folded = before.get("folded", 0)
    if up_to > folded:
        archive(name)
        progress("what arrived is archived")
        _write_generation(name, before, up_to, progress)
        progress("lake folded")
    elif before.get("finished") == folded:  # nothing is new, but a whole fold has passed
        write_manifest(lake_path(name), before | {"folded_before": folded})
    log = build_log(name, progress, with_arrivals=True)
    LakeIndex(name)
    progress("keys indexed")
    if read_manifest(store_path(name)) is not None:
        _refresh_online(source)
        progress("online rows brought up to date")
    after = lake_manifest(name)
    with open_journal(name) as journal:
        removed = remove_up_to(journal, min(after.get("folded_before", 0), log["arrived"]))
    write_manifest(lake_path(name), after | {"finished": after.get("folded", 0)})
    progress("journal cut")
    tables = {table: [lake["tables"][table] for lake in (before, after)] for table in contracts()}
    counts = {
        kind: sum(new.get(kind, 0) - old.get(kind, 0) for old, new in tables.values())
        for kind in ("rows", "superseded")
    }
    return {
        "source": name, **counts, "up_to": after.get("folded", 0), "removed": removed, "waiting": rows_waiting(name),
    }  # fmt: skip


def _refresh_online(source: Source) -> None:
    known = Arrived(source.name)
    with open_journal(source.name) as journal:
        known.catch_up(journal)
    refresh_online(known, now_us(source.as_of, known.newest))


@dataclass(frozen=True)
class _Work:
    """What a worker needs to know to fold a bucket.

    Attributes
    ----------
    before, folder
        The tables that count, and those that will.
    concerned
        By table the buckets in which rows arrived or were superseded.
    """

    source: str
    up_to: int
    before: Path
    folder: Path
    concerned: Mapping[str, frozenset[int]] = field(default_factory=dict)


def _write_generation(source: str, before: dict[str, Any], up_to: int, progress: Progress) -> None:
    buckets, folded = int(before["buckets"]), before.get("folded", 0)
    manifest = before | {"folded": up_to, "folded_before": folded}
    with next_generation(lake_path(source), manifest) as folder:
        for name in contracts():
            (folder / name).mkdir()
            (folder / SUPERSEDED / name).mkdir(parents=True)
        work = _Work(source, up_to, tables_path(source), folder, _concerned(source, folded, up_to, buckets))
        for number, _ in enumerate(over_buckets(partial(_fold_bucket, work), buckets), 1):
            progress(f"bucket {number} of {buckets} folded")
        manifest["tables"] = {
            name: before["tables"][name]
            | {"rows": _rows(folder / name), "superseded": _rows(folder / SUPERSEDED / name)}
            for name in contracts()
        }


def _concerned(source: str, folded: int, up_to: int, buckets: int) -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for column, tables in (
        ("person_id", arrived(source, up_to, folded)),
        ("person", superseded(source, up_to, folded)),
    ):
        for name, rows in tables.items():
            persons: NDArray[np.int64] = np.zeros(1, np.int64)  # what is about nobody lies in any bucket
            if contracts()[name].about_residents:
                persons = rows[column].to_numpy()
            found[name] = found.get(name, frozenset()) | frozenset(np.unique(persons % buckets).tolist())
    return found


def _fold_bucket(work: _Work, bucket: int) -> None:
    with open_lake(work.source, bucket, work.up_to) as lake:
        for contract in contracts().values():
            if not contract.about_residents and bucket:
                continue  # whole in the first bucket
            parts = (
                (contract.name, contract.name, ()),
                (f"{SUPERSEDED}/{contract.name}", superseded_name(contract), (SUPERSEDED_AT,)),
            )
            for place, view, more in parts:
                if bucket in work.concerned.get(contract.name, frozenset()):
                    write_part(lake, contract, view, work.folder / place / f"bucket={bucket}", more)
                else:
                    _keep(contract, work.before / place, work.folder / place, bucket)


def _keep(contract: TableContract, before: Path, folder: Path, bucket: int) -> None:
    """Take the files of a bucket over, or of all of them where a table is about nobody."""
    for file in part_files(before, bucket if contract.about_residents else None):
        target = folder / file.parent.name / file.name
        target.parent.mkdir()
        try:
            target.hardlink_to(file)
        except OSError:  # not every file system can
            shutil.copy2(file, target)


def _rows(tree: Path) -> int:
    return sum(pq.read_metadata(file).num_rows for file in part_files(tree, None))
