"""The feature store: Feast over the state tables, with its registry and online rows beside them.

<state>/<source>/features/<view>.parquet    state tables (offline store)
<state>/<source>/features/registry.db       Feast's registry
<state>/<source>/features/online.db         the online rows
<state>/<source>/features/manifest.json     which lake and which declarations they were made from
"""

from __future__ import annotations

import contextlib
import importlib
import io
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import NotReadyError
from features.feature import View
from features.lake import lake_path, open_lake
from features.online_config import online_store_config
from features.settings import settings
from features.sources import Source
from features.staging import code_fingerprint, read_manifest, staged_folder
from features.states import write_states
from features.views import views

if TYPE_CHECKING:
    from feast import FeatureStore

PROJECT = "sanzao"
ENTITY = "resident"
PLACE = "place.txt"
CODE = ("features/views", "features/feature.py", "features/states.py", "features/store.py", "features/concepts.py")


def store_path(source: str) -> Path:
    """Return the folder of a source's feature store."""
    return settings().source_state(source) / "features"


def feature_references() -> list[str]:
    """Return every stored column as Feast names it, `view:column`, in the order of the views."""
    return [
        f"{view.name}:{feature.name}{suffix}"
        for view in views().values()
        for feature in view.features
        for suffix in ("", "_day")
    ]


def build_store(source: Source, progress: Callable[[str], None] = lambda _: None) -> dict[str, object]:
    """Build state tables, register them with Feast and fill the online rows as of the source's now.

    A store that was made from the same lake by the same code is left as it is.

    Returns
    -------
    dict
        The store's manifest.
    """
    lake_manifest = read_manifest(lake_path(source.name))
    if lake_manifest is None:
        raise NotReadyError(
            f"There is no lake for source '{source.name}' yet. Run `sanzao data build --source {source.name}`."
        )
    manifest = {
        "lake": lake_manifest["fingerprint"],
        "code": code_fingerprint(*CODE),
        "as_of": source.as_of.isoformat(),
    }
    target = store_path(source.name)
    if read_manifest(target) == manifest:
        if not _in_place(target):
            _point_to(target, target)
        return dict(manifest)
    with staged_folder(target, manifest) as folder, open_lake(source.name) as lake:
        for view in views().values():
            progress(f"{view.name}: building states")
            write_states(lake, view, folder / f"{view.name}.parquet")
        progress("registering with Feast")
        store = _open(folder)
        store.apply(_definitions(folder))
        progress("filling online rows")
        with contextlib.redirect_stdout(io.StringIO()):  # Feast prints its own progress
            store.materialize(start_date=datetime(1800, 1, 1, tzinfo=UTC), end_date=source.as_of)
        _point_to(folder, target)
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
    if not _in_place(folder):
        raise NotReadyError(
            f"The feature store in {folder} was moved or copied there. Run `sanzao features build --source {source}` "
            "to make it at home; nothing is computed again."
        )
    return _open(folder)


# Feast's DuckDB store reads a file by the path it was registered with, while a store is made in a staging folder and
# whole state folders get moved. So the store notes for which place its paths hold, and they are mended by `build`,
# which runs alone, never by a reader.
def _in_place(folder: Path) -> bool:
    """Return whether the registered paths hold for `folder`."""
    try:
        return (folder / PLACE).read_text() == str(folder)
    except OSError:
        return False


def _point_to(folder: Path, place: Path) -> None:
    """Register the state tables of the store in `folder` as lying in `place`."""
    _open(folder).apply(_definitions(place))
    (folder / PLACE).write_text(str(place))


def _open(folder: Path) -> FeatureStore:
    import_feast()
    from feast import FeatureStore, RepoConfig

    return FeatureStore(
        config=RepoConfig(
            project=PROJECT,
            provider="local",
            registry={"registry_type": "file", "path": str(folder / "registry.db")},
            offline_store={"type": "duckdb"},
            online_store=online_store_config(folder / "online.db"),
            entity_key_serialization_version=3,
        )
    )


def import_feast() -> None:
    """Import Feast without its run-time type guards.

    Feast decorates its classes with typeguard, which parses and recompiles each of them at every start: seconds for
    checks of calls that our own type checker has seen already.
    """
    import typeguard

    guard = typeguard.typechecked
    typeguard.typechecked = lambda target=None, **_: target or (lambda inner: inner)  # type: ignore[assignment]
    try:
        importlib.import_module("feast")
    finally:
        typeguard.typechecked = guard
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="ibis")


def _definitions(folder: Path) -> list[Any]:
    """Return Feast's entity and feature views over the state tables in `folder`."""
    from feast import Entity, ValueType

    resident = Entity(
        name=ENTITY, join_keys=["person_id"], value_type=ValueType.INT64, description="a person, under a pseudonym"
    )
    definitions: list[Any] = [resident]
    definitions += [_feature_view(view, folder, resident) for view in views().values()]
    return definitions


def _feature_view(view: View, folder: Path, resident: Any) -> Any:
    from feast import FeatureView, Field, FileSource
    from feast.types import Float64

    schema = []
    for feature in view.features:
        tags = {"unit": feature.unit, "label_zh": feature.label_zh}
        schema += [
            Field(name=feature.name, dtype=Float64, description=feature.description, tags=tags),
            Field(name=f"{feature.name}_day", dtype=Float64, description="day of that value since 1970"),
        ]
    return FeatureView(
        name=view.name,
        description=view.description,
        entities=[resident],
        schema=schema,
        source=FileSource(
            name=f"{view.name}_states",
            path=str(folder / f"{view.name}.parquet"),
            timestamp_field="event_timestamp",
            created_timestamp_column="created_timestamp",
        ),
    )
