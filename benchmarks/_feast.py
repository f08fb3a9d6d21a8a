"""Two Feast stores over the same synthetic feature views: ours, and the peer, Feast's own SQLite store."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.store import import_feast

if TYPE_CHECKING:
    from feast import FeatureStore

VIEWS, FEATURES = 6, 10  # features in each view
PEER = "Feast's SQLite online store, through Feast's API"
DATA = "synthetic: standard normal values, a tenth of them missing"
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = [f"view{view}:v{view}_feature{number}" for view in range(VIEWS) for number in range(FEATURES)]
Values = NDArray[np.float64]


@contextmanager
def stores() -> Iterator[tuple[FeatureStore, FeatureStore, Path]]:
    """Yield our store, the peer, and the file of ours; both are empty, and gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = {"type": "features.packed_online.PackedOnlineStore", "path": str(folder / "ours.db")}
        peer = {"type": "sqlite", "path": str(folder / "peer.db")}
        yield _store(folder / "ours", ours), _store(folder / "peer", peer), folder / "ours.db"


def people(count: int) -> tuple[NDArray[np.int64], Values]:
    """Return pseudonyms (n,) in no order and their features (n, columns)."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=(count, len(COLUMNS)))
    values[generator.random(values.shape) < 0.1] = np.nan
    return generator.permutation(count).astype(np.int64) * 7 + 1, values


def write(store: FeatureStore, ids: NDArray[np.int64], values: Values) -> None:
    """Write all views through Feast."""
    for view in range(VIEWS):
        mine = slice(view * FEATURES, (view + 1) * FEATURES)
        frame = pd.DataFrame(values[:, mine], columns=[column.partition(":")[2] for column in COLUMNS[mine]])
        store.write_to_online_store(f"view{view}", frame.assign(person_id=ids, event_timestamp=MOMENT))


def read(store: FeatureStore, ids: NDArray[np.int64]) -> Values:
    """Read all views (n, columns) through Feast."""
    answer: dict[str, Sequence[Any]] = store.get_online_features(COLUMNS, {"person_id": ids.tolist()}).to_dict()
    return np.array([answer[column.partition(":")[2]] for column in COLUMNS], dtype=np.float64).T


def same(first: Values, second: Values) -> bool:
    """Return whether two tables are equal bit for bit, any NaN being the same as any other."""
    return bool(np.array_equal(first, second, equal_nan=True))


def _store(folder: Path, online_store: dict[str, str]) -> FeatureStore:
    import_feast()
    from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
    from feast.types import Float64

    store = FeatureStore(
        config=RepoConfig(
            project="bench",
            provider="local",
            registry={"registry_type": "file", "path": str(folder / "registry.db")},
            offline_store={"type": "duckdb"},
            online_store=online_store,
            entity_key_serialization_version=3,
        )
    )
    resident = Entity(name="resident", join_keys=["person_id"], value_type=ValueType.INT64)
    views = [
        FeatureView(
            name=f"view{view}",
            entities=[resident],
            schema=[Field(name=f"v{view}_feature{number}", dtype=Float64) for number in range(FEATURES)],
            # Feast wants a source by name; what is written to the online store directly never reads it.
            source=FileSource(name=f"source{view}", path="none.parquet", timestamp_field="event_timestamp"),
        )
        for view in range(VIEWS)
    ]
    store.apply([resident, *views])
    return store
