"""What `sanzao features` does."""

from __future__ import annotations

from typing import Any

from features.errors import UnknownNameError
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
    from features.online import known, online

    chosen = chosen_source(source)
    row = online(chosen.name, [resident], chosen.as_of)
    if not known(row).iloc[0]:
        raise UnknownNameError("resident", str(resident), [])
    return [
        {"feature": name, "value": float(row[name].iloc[0]), "unit": feature.unit, "label": feature.label}
        for name, feature in all_features().items()
    ]
