"""Records that were imported: a source that is known by its folder's manifest.

<state>/<source>/records/<table>/<number>.parquet   the rows of one table, of one or more imports
<state>/<source>/records/manifest.json              which files count, rows a table, the moment that is now, and from
                                                    when on half of the residents are under observation
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from features.settings import settings
from features.sources._source import ParquetFiles, Records, Source
from features.staging import MANIFEST, read_manifest

# In many OMOP tables a period ends with the last record, so that who was not seen for a while has not left; two years
# is our own choice.
ABSENCE_DAYS = 730
# Everybody under observation gets an index date so many years before now, as in the simulated city: the newest has five
# years of follow-up, which is the horizon of the models of the whole population, and the older one tells how a model
# does on later people.
LANDMARK_YEARS = (10, 5)
RESIDENTS_A_BUCKET = 16_000  # as the simulated city has it: some 1 M measurements


def imported_records_path(name: str) -> Path:
    """Return the folder of the imported records of a source."""
    return settings().source_state(name) / "records"


def imported_manifest(name: str) -> dict[str, Any] | None:
    """Return the manifest of imported records: imported, title, as_of, and `tables` with files and rows; else None."""
    found = read_manifest(imported_records_path(name))
    return found if found is not None and found.get("imported") else None


def imported_names() -> list[str]:
    """Return the names of all imported sources."""
    folders = settings().state.glob(f"*/records/{MANIFEST}")
    return sorted(name for name in (path.parent.parent.name for path in folders) if imported_manifest(name))


def imported(name: str) -> Source | None:
    """Return the imported source called `name`, or None."""
    manifest = imported_manifest(name)
    if manifest is None:
        return None
    as_of = datetime.fromisoformat(manifest["as_of"])
    days = _landmarks(as_of, manifest.get("observed_from"))
    return Source(
        name=name,
        title=manifest["title"],
        title_zh=manifest["title"],
        notice=f"Imported data ({manifest['title']}).",
        notice_zh=f"导入数据（{manifest['title']}）。",
        licence="as its owner says",
        synthetic=False,
        as_of=as_of,
        landmark_concept="systolic_bp",
        landmarks=days,
        temporal_split=(days[-1], days[-1]) if len(days) > 1 else None,
        absence_days=ABSENCE_DAYS,
        fingerprint=partial(_fingerprint, name),
        load=partial(_load, name),
        events=frozenset({"late_close"} if "service_request" in manifest["tables"] else ()),
        buckets=partial(_buckets, name),
    )


def _landmarks(as_of: datetime, observed_from: str | None) -> tuple[datetime, ...]:
    """Return the days on which everybody gets an index date: those by which half of the residents were observed.

    Records that do not go back so far have none, and their index dates are those of `landmark_concept`.
    """
    if observed_from is None:
        return ()
    # 29 February is there in leap years only.
    day = as_of.replace(day=28) if (as_of.month, as_of.day) == (2, 29) else as_of
    days = (day.replace(year=day.year - years) for years in LANDMARK_YEARS)
    return tuple(day for day in days if day >= datetime.fromisoformat(observed_from))


def _tables(name: str) -> dict[str, Any]:
    manifest = imported_manifest(name) or {}
    tables: dict[str, Any] = manifest.get("tables", {})
    return tables


def _fingerprint(name: str) -> str:
    return hashlib.sha256(json.dumps(_tables(name), sort_keys=True).encode()).hexdigest()[:16]


def _load(name: str) -> Records:
    folder = imported_records_path(name)
    return {
        table: ParquetFiles(tuple(folder / table / file for file in entry["files"]))
        for table, entry in _tables(name).items()
    }


def _buckets(name: str) -> int:
    residents = int(_tables(name).get("person", {"rows": 0})["rows"])
    return max(1, round(residents / RESIDENTS_A_BUCKET))
