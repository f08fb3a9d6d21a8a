"""The feature store: Feast over the record log, with its registry and online rows beside them.

<state>/<source>/log/                       the record log (offline store)
<state>/<source>/features/registry.db       Feast's registry
<state>/<source>/features/online.db         the online rows
<state>/<source>/features/manifest.json     which log and which declarations they were made from
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.clock import now_of
from features.errors import NotReadyError
from features.feature import Feature, View
from features.log_reading import everybody_at
from features.log_writing import build_log
from features.online import ONLINE, fill_online
from features.online_config import online_store_config
from features.settings import settings
from features.sources import Source
from features.staging import code_fingerprint, read_manifest, staged_folder, write_manifest
from features.views import views

if TYPE_CHECKING:
    from feast import FeatureStore

ENTITY = "resident"
CODE = (
    "features/views", "features/feature.py", "features/taking.py", "features/plan.py", "features/statistics.py",
    "features/store.py", "features/concepts.py", "features/online.py", "features/packed_rows.py",
    "features/packed_layout.py", "features/packed_file.py", "features/packed_online.py", "features/online_config.py",
    "features/clock.py",
)  # fmt: skip


def store_path(source: str) -> Path:
    """Return the folder of a source's feature store."""
    return settings().source_state(source) / "features"


def build_store(
    source: Source, progress: Callable[[str], None] = lambda _: None, *, with_arrivals: bool = False
) -> dict[str, object]:
    """Write the record log, register the views with Feast and fill the online rows as of the source's now.

    A store that was made from the same lake by the same code is left as it is: whoever takes records in keeps its rows.
    Its manifest says up to which batch of the journal records count for training, which is not moved by a fold.

    Parameters
    ----------
    with_arrivals
        Let all that has arrived count for training from now on.

    Returns
    -------
    dict
        The store's manifest.
    """
    log = build_log(source.name, progress, with_arrivals=with_arrivals)
    manifest = {
        "lake": log["lake"],
        "code": [log["code"], code_fingerprint(*CODE)],
        "arrived": log["arrived"],
        "as_of": source.as_of.isoformat(),
        "online": "server" if settings().online_store else "embedded",
    }
    target = store_path(source.name)
    existing = read_manifest(target)
    if existing is not None and existing | {"arrived": log["arrived"]} == manifest:
        if with_arrivals:
            write_manifest(target, manifest)
            return dict(manifest)
        return existing
    with staged_folder(target, manifest) as folder:
        progress("registering with Feast")
        store = _open(source.name, folder)
        store.apply(_definitions())
        progress("filling online rows")
        now = now_of(source)
        everybody = everybody_at(source.name, round(now.timestamp() * 1e6))
        fill_online(store, folder, ((persons, features) for _, persons, features in everybody), now)
    open_store.cache_clear()
    return dict(manifest)


@cache
def open_store(source: str) -> FeatureStore:
    """Return the Feast store of a source.

    Raises
    ------
    NotReadyError
        If it has not been built.
    """
    folder = store_path(source)
    if read_manifest(folder) is None:
        raise NotReadyError(
            f"There is no feature store for source '{source}' yet. Run `sanzao features build --source {source}`."
        )
    return _open(source, folder)


def _open(source: str, folder: Path) -> FeatureStore:
    import_feast()
    from feast import FeatureStore, RepoConfig

    return FeatureStore(
        config=RepoConfig(
            project=_project(source),
            provider="local",
            registry={"registry_type": "file", "path": str(folder / "registry.db")},
            offline_store={"type": "features.log_offline.RecordLogOfflineStore", "source": source},
            online_store=online_store_config(folder / ONLINE),
            entity_key_serialization_version=3,
        )
    )


def _project(source: str) -> str:
    """Return the name under which Feast keeps a source's rows apart from those of others in one Valkey."""
    return "sanzao_" + re.sub("[^A-Za-z0-9]", "_", source)


def import_feast() -> None:
    """Import Feast without its run-time type guards and without its warning filters.

    Feast decorates its classes with typeguard, which parses and recompiles each of them at every start: seconds for
    checks of calls that our own type checker has seen already. And it asks for every deprecation to be shown, before
    all filters that are there, so that what other libraries have to settle among themselves would be told to people.
    """
    import typeguard

    guard = typeguard.typechecked
    typeguard.typechecked = lambda target=None, **_: target or (lambda inner: inner)  # type: ignore[assignment]
    try:
        with warnings.catch_warnings():
            importlib.import_module("feast")
    finally:
        typeguard.typechecked = guard


def _definitions() -> list[Any]:
    """Return Feast's entity and feature views over the record log."""
    from feast import Entity, ValueType

    resident = Entity(
        name=ENTITY, join_keys=["person_id"], value_type=ValueType.INT64, description="a person, under a pseudonym"
    )
    return [resident, *(_feature_view(view, resident) for view in views().values())]


def _feature_view(view: View, resident: Any) -> Any:
    from feast import FeatureView, Field, FileSource
    from feast.types import Float64

    return FeatureView(
        name=view.name,
        description=view.description,
        entities=[resident],
        schema=[
            Field(name=feature.name, dtype=Float64, description=feature.description, tags=_tags(feature))
            for feature in view.features
        ],
        # The log's place is the offline store's business, so that a folder can be moved without registering anew.
        source=FileSource(name=f"{view.name}_records", path="log", timestamp_field="event_timestamp"),
    )


def _tags(feature: Feature) -> dict[str, str]:
    window = feature.window_days
    return {
        "unit": feature.unit,
        "label_zh": feature.label_zh,
        "direction": feature.direction or "",
        "window_days": "" if window is None else f"{window:g}",
    }
