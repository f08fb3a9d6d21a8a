"""Features of a few residents now: the online rows, in the embedded packed store or in Valkey.

A row holds what its resident's features were at one moment: that of the last build, or of the last record that
concerned the resident. Both come out of the loop that history and snapshot use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.feature import Array
from features.packed_rows import PackedRows
from features.settings import settings
from features.views import all_features, views

if TYPE_CHECKING:
    from feast import FeatureStore

ONLINE = "online.db"


def feature_references(names: Sequence[str] | None = None) -> list[str]:
    """Return features as Feast names them, `view:feature`: the named ones, else all in the order of the views."""
    owner = {feature.name: view.name for view in views().values() for feature in view.features}
    return [f"{owner[name]}:{name}" for name in (owner if names is None else names)]


def fill_online(
    store: FeatureStore, folder: Path, rows: Iterable[tuple[NDArray[np.int64], Array]], moment: datetime
) -> None:
    """Write online rows.

    Parameters
    ----------
    folder
        Where the embedded store lies.
    rows
        Residents (n,) and their features (features, n), part by part.
    moment
        When the features hold.
    """
    if settings().online_store:
        for persons, features in rows:
            _through_feast(store, persons, features, moment)
        return
    packed = PackedRows.create(folder / ONLINE, feature_references())
    for persons, features in rows:
        packed.write(persons, features.T, round(moment.timestamp() * 1e6))
    packed.close()


def _through_feast(store: FeatureStore, persons: NDArray[np.int64], features: Array, moment: datetime) -> None:
    columns = dict(zip(all_features(), features, strict=True))
    for view in views().values():
        frame = pd.DataFrame({"person_id": persons, "event_timestamp": pd.Timestamp(moment)})
        for feature in view.features:
            frame[feature.name] = columns[feature.name]
        store.write_to_online_store(view.name, frame)


def online(source: str, person_ids: Sequence[int]) -> pd.DataFrame:
    """Return the current features of the named residents.

    Parameters
    ----------
    person_ids
        Pseudonyms; unknown ones come back with every value missing (see `known`).

    Returns
    -------
    pandas.DataFrame
        float64 features, one row a resident in the order asked, indexed by person_id.
    """
    index = pd.Index(np.asarray(person_ids, dtype=np.int64), name="person_id")
    return pd.DataFrame(online_columns(source, person_ids), index=index)


def online_columns(source: str, person_ids: Sequence[int]) -> dict[str, Array]:
    """Return what `online` does as columns, float64 (n,) by name: a frame costs more than the read."""
    from features.store import open_store, store_path

    persons = np.asarray(person_ids, dtype=np.int64)
    if settings().online_store:
        answer: dict[str, list[Any]] = (
            open_store(source)
            .get_online_features(
                features=feature_references(), entity_rows=[{"person_id": int(person)} for person in persons]
            )
            .to_dict()
        )
        return {name: np.array(answer[name], dtype=np.float64) for name in all_features()}
    _, _, values = _packed(store_path(source) / ONLINE).read(persons)
    return dict(zip(all_features(), values.T, strict=True))


@cache
def _packed(path: Path) -> PackedRows:
    return PackedRows(path, feature_references())


def known(features: Mapping[str, Array]) -> NDArray[np.bool_]:
    """Return for each row (n,) whether the store knows the resident at all: nobody lacks every required feature."""
    required = [features[name] for name, feature in all_features().items() if feature.required]
    return np.asarray(~np.all(np.isnan(required), axis=0), dtype=np.bool_)
