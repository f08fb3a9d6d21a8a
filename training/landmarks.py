"""Index dates of a source and everything that was known at them, worked out once for all models.

<state>/<source>/training/landmarks/
index.parquet      one row an index date: person_id, index_date, days to the end of observation, whether by death
features.parquet   every feature at that date, in the same order
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from features.concepts import MEASUREMENTS
from features.errors import NotReadyError
from features.history import history
from features.lake import open_lake
from features.settings import settings
from features.sources import Source
from features.staging import code_fingerprint, read_manifest, staged_folder
from features.store import store_path

Progress = Callable[[str], None]


def landmarks(
    source: Source, features: Sequence[str], progress: Progress = lambda _: None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the index dates of `source`, by person and date, and the named features at them, row by row.

    Returns
    -------
    index : pandas.DataFrame
        person_id int64, index_date (UTC), days_to_end float64 (end of observation), died bool (it ends by death).
    features : pandas.DataFrame
        float64 columns, NaN where missing.
    """
    folder = _folder(source)
    asked = {"fingerprint": _fingerprint(source)}
    if read_manifest(folder) != asked:
        progress(f"{source.name}: features at every index date")
        with staged_folder(folder, asked) as staging:
            index = _index(source)
            index.to_parquet(staging / "index.parquet")
            history(source.name, index).to_parquet(staging / "features.parquet")
    return (
        pd.read_parquet(folder / "index.parquet"),
        pd.read_parquet(folder / "features.parquet", columns=list(features)),
    )


def _folder(source: Source) -> Path:
    return settings().source_state(source.name) / "training" / "landmarks"


def store_manifest(source: Source) -> dict[str, Any]:
    """Return the manifest of the feature store.

    Raises
    ------
    NotReadyError
        If there is none.
    """
    store = read_manifest(store_path(source.name))
    if store is None:
        raise NotReadyError(
            f"There is no feature store for source '{source.name}' yet. "
            f"Run `sanzao features build --source {source.name}`."
        )
    return store


def _fingerprint(source: Source) -> str:
    days = [day.isoformat() for day in source.landmarks]
    parts = [
        store_manifest(source),
        source.landmark_concept,
        days,
        code_fingerprint("features", "training/landmarks.py"),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _index(source: Source) -> pd.DataFrame:
    with open_lake(source.name) as lake:
        return lake.execute(f"""
            WITH landmarks AS ({_every_resident(source) if source.landmarks else _every_result(source)})
            SELECT landmarks.person_id, index_date,
                date_diff('day', index_date, observation_period_end_date)::DOUBLE AS days_to_end,
                coalesce(death_date <= observation_period_end_date, false) AS died
            FROM landmarks
            JOIN observation_period USING (person_id)
            LEFT JOIN death USING (person_id)
            ORDER BY landmarks.person_id, index_date
        """).df()


def _every_result(source: Source) -> str:
    """Return SQL for the moments at which a result was in a clinician's hands."""
    measured = MEASUREMENTS[source.landmark_concept]
    return (
        f"SELECT DISTINCT person_id, greatest({measured.table}_date, known_at) AS index_date FROM {measured.table} "
        f"WHERE {measured.table}_concept_id = {measured.concept_id}"
    )


def _every_resident(source: Source) -> str:
    """Return SQL for everybody under observation on each of the days that the source names."""
    days = ", ".join(f"TIMESTAMPTZ '{day.isoformat()}'" for day in source.landmarks)
    return (
        f"SELECT person_id, index_date FROM unnest([{days}]) AS days(index_date) "
        "JOIN observation_period ON index_date BETWEEN observation_period_start_date AND observation_period_end_date "
        "JOIN person USING (person_id) WHERE person.known_at <= index_date"
    )
