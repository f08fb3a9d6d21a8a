"""The feature snapshot: every feature of everybody at one moment, and how it is kept up with new records.

<state>/<source>/snapshots/<moment>/bucket=<k>.arrow    person_id and one column a feature, residents ascending
<state>/<source>/snapshots/<moment>/manifest.json       moment, residents, the log that it was made from
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.errors import NotReadyError
from features.feature import Array
from features.log_reading import everybody_at
from features.record_log import log_path, read_manifest_of
from features.settings import settings
from features.staging import read_manifest, staged_folder
from features.views import all_features


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
    log = log_path(source)
    made_from = read_manifest_of(log)
    manifest = {
        "source": source,
        "moment": moment.isoformat(),
        "residents": 0,
        "features": len(all_features()),
        "buckets": made_from["buckets"],
        "log": [made_from["lake"], made_from["code"]],
    }
    with staged_folder(snapshot_path(source, moment), manifest) as folder:
        for bucket, persons, features in everybody_at(log, round(moment.timestamp() * 1e6)):
            write_features(folder / f"bucket={bucket}.arrow", persons, features)
            manifest["residents"] += len(persons)
            progress("bucket of the snapshot written")
    return manifest


def write_features(path: Path, persons: NDArray[np.int64], features: Array) -> None:
    """Write features (features, n) of residents (n,) as one Arrow file."""
    table = pa.table({"person_id": persons, **dict(zip(all_features(), features, strict=True))})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read_snapshot(source: str, moment: datetime) -> Iterator[pa.Table]:
    """Yield the tables of a snapshot, one a bucket, mapped into memory.

    Raises
    ------
    NotReadyError
        If there is no snapshot of that moment.
    """
    folder = snapshot_path(source, moment)
    manifest = read_manifest(folder)
    if manifest is None:
        raise NotReadyError(
            f"There is no snapshot of source '{source}' at {moment.isoformat()}. "
            f"Run `sanzao features snapshot --source {source} --at {moment.date().isoformat()}`."
        )
    for bucket in range(manifest["buckets"]):
        yield pa.ipc.open_file(pa.memory_map(str(folder / f"bucket={bucket}.arrow"))).read_all()
