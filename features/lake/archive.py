"""What arrived, as it arrived: the journal's rows as Parquet, so that the lake can be built anew with them.

<state>/<source>/arrived/<table>/<n>.parquet   rows of the batches up to <n>, from the file before on
<state>/<source>/arrived/manifest.json         up_to: the newest batch in files that count
"""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq

from features.journal import arrived, newest
from features.settings import settings
from features.staging import read_manifest, write_manifest


def archive_path(source: str) -> Path:
    """Return the folder of what arrived for a source."""
    return settings().source_state(source) / "arrived"


def archived_up_to(source: str) -> int:
    """Return the newest batch of the journal that is archived, else 0."""
    return int((read_manifest(archive_path(source)) or {}).get("up_to", 0))


def archive(source: str) -> int:
    """Archive all that has arrived; return the newest batch. The caller holds the lock of the source's folder.

    What is archived is forced to disk, as the journal is: lake and log can be made from it whatever becomes of them.
    The manifest is replaced last: what a killed run left counts for nothing and is removed.
    """
    before, up_to = archived_up_to(source), newest(source)
    if up_to > before:
        for left in archive_path(source).glob("*/*.parquet"):
            if int(left.stem) > before:
                left.unlink()
        for name, rows in arrived(source, up_to, before).items():
            folder = archive_path(source) / name
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(rows, folder / f"{up_to}.parquet", compression="zstd")
            _force(folder / f"{up_to}.parquet")
            _force(folder)
        write_manifest(archive_path(source), {"up_to": up_to})
    return up_to


def _force(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def archived_files(source: str, table: str) -> tuple[Path, ...]:
    """Return the files of a table that count, in the order in which their rows arrived."""
    up_to = archived_up_to(source)
    numbered = {int(path.stem): path for path in (archive_path(source) / table).glob("*.parquet")}
    return tuple(path for number, path in sorted(numbered.items()) if number <= up_to)
