"""The feature snapshot: every feature of everybody at one moment, and how it is kept up with new records.

<state>/<source>/snapshots/<moment>/bucket=<k>.arrow    person_id and one column a feature, residents ascending
<state>/<source>/snapshots/<moment>/manifest.json       moment, residents, the log that it was made from
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from features.arrivals import arrivals
from features.errors import NotReadyError
from features.feature import Array
from features.journal import newest, open_journal, removed_up_to
from features.log_reading import everybody_at, features_at
from features.record_log import log_manifest
from features.settings import settings
from features.staging import read_manifest, staged_folder
from features.views import all_features

REFRESHED = "refreshed.arrow"


def snapshot_path(source: str, moment: datetime) -> Path:
    """Return the folder of a source's snapshot at a moment (UTC)."""
    return settings().source_state(source) / "snapshots" / moment.strftime("%Y%m%dT%H%M%S.%fZ")


def take_snapshot(source: str, moment: datetime, progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Work out every feature of everybody registered by `moment` and write them, bucket by bucket.

    Returns
    -------
    dict
        The manifest: source, moment, residents, features, buckets, log.
    """
    made_from = log_manifest(source)
    manifest = {
        "source": source,
        "moment": moment.isoformat(),
        "residents": 0,
        "features": len(all_features()),
        "buckets": made_from["buckets"],
        "log": [made_from["lake"], made_from["code"]],
        "arrived": newest(source),
    }
    with staged_folder(snapshot_path(source, moment), manifest) as folder:
        for bucket, persons, features in everybody_at(source, round(moment.timestamp() * 1e6)):
            write_features(folder / f"bucket={bucket}.arrow", persons, features)
            manifest["residents"] += len(persons)
            progress("bucket of the snapshot written")
    return manifest


def write_features(path: Path, persons: NDArray[np.int64], features: Array) -> None:
    """Write features (features, n) of residents (n,) as one Arrow file."""
    table = pa.table({"person_id": persons, **dict(zip(all_features(), features, strict=True))})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def refresh_snapshot(source: str, moment: datetime) -> int:
    """Bring a snapshot up to date with what has arrived since it was taken; return how many residents changed.

    Only residents whom something concerns are worked out anew. They lie in a file beside the buckets, which is
    replaced as a whole, so that a reader sees the state before or the state after.

    Raises
    ------
    NotReadyError
        If there is no snapshot of that moment, or two folds have passed since it was taken.
    """
    folder = snapshot_path(source, moment)
    taken = _manifest(source, moment)["arrived"]
    with open_journal(source) as journal:
        if taken < removed_up_to(journal):
            raise _not_ready(source, moment, "It is older than what the journal remembers.")
    persons = arrivals(source, taken).persons
    features = features_at(source, persons, np.full(len(persons), round(moment.timestamp() * 1e6)))
    there = np.isfinite(features[list(all_features()).index("age")])
    staging = folder / f"{REFRESHED}.{os.getpid()}.staging"
    write_features(staging, persons[there], features[:, there])
    staging.replace(folder / REFRESHED)
    return int(there.sum())


def read_snapshot(source: str, moment: datetime) -> Iterator[pa.Table]:
    """Yield the tables of a snapshot, one a bucket, mapped into memory, refreshed residents in their places.

    Raises
    ------
    NotReadyError
        If there is no snapshot of that moment.
    """
    folder, manifest = snapshot_path(source, moment), _manifest(source, moment)
    newer = _read(folder / REFRESHED) if (folder / REFRESHED).exists() else None
    for bucket in range(manifest["buckets"]):
        table = _read(folder / f"bucket={bucket}.arrow")
        if newer is not None:
            mine = newer.filter(pa.compute.equal(_modulo(newer["person_id"], manifest["buckets"]), bucket))
            kept = table.filter(pa.compute.invert(pa.compute.is_in(table["person_id"], mine["person_id"])))
            table = pa.concat_tables([kept, mine]).sort_by("person_id")
        yield table


def _modulo(numbers: pa.ChunkedArray, divisor: int) -> pa.Array:
    return pa.array(numbers.to_numpy() % divisor)


def _read(path: Path) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _manifest(source: str, moment: datetime) -> dict[str, Any]:
    manifest = read_manifest(snapshot_path(source, moment))
    if manifest is None:
        raise _not_ready(source, moment, "There is none.")
    return manifest


def _not_ready(source: str, moment: datetime, why: str) -> NotReadyError:
    return NotReadyError(
        f"The snapshot of source '{source}' at {moment.isoformat()} cannot be used. {why} "
        f"Run `sanzao features snapshot --source {source} --at {moment.date().isoformat()}`."
    )
