"""What `sanzao data` and `sanzao features` do."""

from __future__ import annotations

from typing import Any

from features.contracts import contracts
from features.errors import UnknownNameError
from features.lake import build_lake
from features.settings import settings
from features.sources import Source, get_source
from features.staging import exclusive
from features.store import build_store
from features.terminal import progress
from features.views import all_features, views


def chosen_source(name: str | None) -> Source:
    """Return the named source, or the configured one."""
    return get_source(name or settings().source)


def data_build(*, source: str | None, quiet: bool) -> list[dict[str, Any]]:
    """Build the lake of a source; return rows and findings of each table."""
    chosen = chosen_source(source)
    with exclusive(settings().source_state(chosen.name), "building"), progress("lake", None, quiet=quiet) as report:
        manifest = build_lake(chosen, report)
    tables: dict[str, dict[str, int]] = manifest["tables"]  # type: ignore[assignment]
    return [{"table": name, **counts} for name, counts in tables.items()]


def data_catalogue() -> list[dict[str, Any]]:
    """Return one record a column of every table contract."""
    return [
        {
            "table": contract.name,
            "column": column.name,
            "dtype": column.dtype,
            "meaning": column.meaning,
            "unit": column.unit,
            "code_system": column.code_system,
            "nullable": column.nullable,
            "key": column.name in contract.key,
            "references": column.references,
            "owner": contract.owner,
            "origin": contract.origin,
            "sensitivity": contract.sensitivity,
        }
        for contract in contracts().values()
        for column in contract.columns
    ]


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
