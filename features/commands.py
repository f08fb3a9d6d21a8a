"""What `sanzao features` does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from features.errors import InvalidInputError, UnknownNameError
from features.settings import settings
from features.sources import Source, get_source
from features.staging import exclusive
from features.store import build_store
from features.terminal import progress
from features.views import all_features, views


def chosen_source(name: str | None) -> Source:
    """Return the named source, or the configured one."""
    return get_source(name or settings().source)


def features_build(*, source: str | None, quiet: bool) -> list[dict[str, Any]]:
    """Build the feature store of a source; return its views."""
    chosen = chosen_source(source)
    with exclusive(settings().source_state(chosen.name), "building"), progress("features", None, quiet=quiet) as report:
        build_store(chosen, report)
    return [{"view": view.name, "features": len(view.features), "about": view.description} for view in views().values()]


def features_list() -> list[dict[str, Any]]:
    """Return one record a feature."""
    return [
        {
            "view": view.name,
            "feature": feature.name,
            "label": feature.label,
            "label_zh": feature.label_zh,
            "unit": feature.unit,
            "low": feature.low,
            "high": feature.high,
            "direction": feature.direction,
            "window_days": feature.window_days,
            "description": feature.description,
        }
        for view in views().values()
        for feature in view.features
    ]


def features_show(*, source: str | None, resident: int) -> list[dict[str, Any]]:
    """Return one resident's features now.

    Raises
    ------
    UnknownNameError
        If the source does not know the resident.
    """
    from features.online import known, online_columns

    chosen = chosen_source(source)
    row = online_columns(chosen.name, [resident])
    if not known(row)[0]:
        raise UnknownNameError("resident", str(resident), [])
    return [
        {"feature": name, "value": float(row[name][0]), "unit": feature.unit, "label": feature.label}
        for name, feature in all_features().items()
    ]


def features_snapshot(*, source: str | None, at: str | None, quiet: bool) -> dict[str, Any]:
    """Work out every feature of everybody at one moment; return where it was written, how fast, in how much memory."""
    import resource
    import time

    from features.record_log import log_manifest
    from features.snapshot import snapshot_path, take_snapshot

    chosen = chosen_source(source)
    moment = chosen.as_of if at is None else moment_of(at)
    buckets = log_manifest(chosen.name)["buckets"]
    start = time.perf_counter()
    with (
        exclusive(settings().source_state(chosen.name), "building"),
        progress("snapshot", buckets, quiet=quiet) as report,
    ):
        manifest = take_snapshot(chosen.name, moment, report)
    seconds = time.perf_counter() - start
    return {
        "source": chosen.name,
        "synthetic": chosen.synthetic,
        "moment": manifest["moment"],
        "residents": manifest["residents"],
        "features": manifest["features"],
        "seconds": seconds,
        "residents_per_second": manifest["residents"] / seconds,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "folder": str(snapshot_path(chosen.name, moment)),
    }


def features_history(*, source: str | None, index: str, output: str, quiet: bool) -> dict[str, Any]:
    """Write the features of a cohort's residents at their index dates; return where and how many."""
    from features.cohort_file import write_history

    chosen = chosen_source(source)
    with progress("history", None, quiet=quiet) as report:
        rows = write_history(chosen.name, Path(index), Path(output), report)
    return {
        "source": chosen.name,
        "synthetic": chosen.synthetic,
        "rows": rows,
        "features": len(all_features()),
        "file": output,
    }


def moment_of(text: str) -> datetime:
    """Return a date or moment that a person wrote, in UTC.

    Raises
    ------
    InvalidInputError
        If it is neither.

    >>> moment_of("2023-07-01").isoformat()
    '2023-07-01T00:00:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"'{text}' is not a date: write it like 2023-07-01 or 2023-07-01T08:30.") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
