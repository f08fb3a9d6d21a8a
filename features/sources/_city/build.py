"""Write a simulated city to disk, bucket by bucket, on several cores.

<state>/city/records/<table>/bucket=<k>/part-0.parquet    what a real city would hand over
<state>/truth/city/<table>/bucket=<k>/part-0.parquet      what only the simulator knows; no feature may read it
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from features.settings import settings
from features.sources._city import city
from features.staging import code_fingerprint, read_manifest, staged_folder
from features.workers import over_buckets

CODE = ("features/sources/_city", "features/concepts.py")


def records_path() -> Path:
    """Return the folder of the city's records."""
    return settings().source_state("city") / "records"


def truth_path() -> Path:
    """Return the folder of the city's truth, away from everything that features read."""
    return settings().state / "truth" / "city"


def existing() -> dict[str, Any] | None:
    """Return the manifest of the city that lies there, if it is whole and this simulator's; else None."""
    found = read_manifest(records_path())
    if found is None or found["code"] != code_fingerprint(*CODE):
        return None
    # The truth is finished last: while it is missing or of another city, the records count as unfinished.
    hidden = read_manifest(truth_path()) or {}
    return found if hidden and all(found[name] == hidden[name] for name in hidden) else None


def build(
    residents: int, seed: int = city.DEFAULT_SEED, progress: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Simulate the city and write it, unless the same city is there already.

    Returns
    -------
    dict
        residents, seed, buckets, code, and rows a table.
    """
    buckets = city.buckets_for(residents)
    asked = {
        "residents": residents,
        "seed": seed,
        "buckets": buckets,
        "code": code_fingerprint(*CODE),
        "synthetic": True,
    }
    found = existing()
    if found and {name: found[name] for name in asked} == asked:
        return found
    manifest: dict[str, Any] = {**asked, "rows": {}}
    with staged_folder(truth_path(), asked) as hidden, staged_folder(records_path(), manifest) as lake:
        rows = manifest["rows"]
        for counts in over_buckets(partial(_one_bucket, residents, seed, buckets, lake, hidden), buckets):
            for table, count in counts.items():
                rows[table] = rows.get(table, 0) + count
            progress("bucket written")
        areas = city.CityBucket(0, city.area_tables(seed), {})
        rows.update(city.write([areas], lake, hidden))
    return manifest


def _one_bucket(residents: int, seed: int, buckets: int, lake: Path, hidden: Path, bucket: int) -> dict[str, int]:
    return city.write([city.simulate_bucket(residents, seed, bucket, buckets)], lake, hidden)
