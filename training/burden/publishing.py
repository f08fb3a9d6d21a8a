"""Leaving the burden where serving reads it: only what `release` lets out, in the state folder of the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from features.lake.reading import lake_manifest
from features.sources import Source
from features.staging import code_fingerprint
from models.kept import burden_file, read_kept, write_kept
from training.burden.measure import measure_burden
from training.burden.release import release

CODE = ("training/burden", "models/area", "models/disclosure.py", "features/standard_populations.py")


def publish(source: Source, released: Mapping[str, Any]) -> None:
    """Keep a released burden of the usual years and standard population for serving.

    Raises
    ------
    UnwritableFolderError
        If the state folder cannot be written.
    """
    content = {
        "fingerprint": _fingerprint(source),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "burden": dict(released),
    }
    write_kept(burden_file(source.name), content)


def publish_if_new(source: Source, progress: Callable[[str], None] = lambda _: None) -> bool:
    """Measure and publish the burden unless that of the same records and code is there; return whether it was done.

    Raises as `measure_burden`.
    """
    kept = read_kept(burden_file(source.name))
    if kept is not None and kept["fingerprint"] == _fingerprint(source):
        return False
    publish(source, release(measure_burden(source, progress=progress)))
    return True


def _fingerprint(source: Source) -> str:
    """Return the text that tells a burden of these records, this moment and this code from another."""
    return f"{lake_manifest(source.name)['fingerprint']}-{source.as_of.isoformat()}-{code_fingerprint(*CODE)}"
