"""The newest value as it was known at 500,000 index dates, out of 10 million records.

Ours is `features.history`, through Feast, from a record log that was written before (`build_seconds`). The peer is
Feast's default file store; a bare ASOF join of DuckDB is timed beside it. pandas' merge_asof judges all three.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks._world import NAME, finish_lake, source, world

PEOPLE, RECORDS_EACH, INDEX_DATES, BUCKETS = 500_000, 20, 500_000, 32
DAYS = 1_400  # within the window of the feature, so that no side has to look at it
FIRST = np.datetime64("2016-01-01", "us")
FEATURE, CONCEPT = "systolic_bp", 3004249
Values = NDArray[np.float64]


def bench() -> dict[str, Any]:
    """Compare the record log with Feast's file store and with a bare ASOF join on the same files."""
    from features.store import build_store

    with world() as folder:
        index, file = _data(folder)
        start = time.perf_counter()
        build_store(source(datetime(2021, 1, 1, tzinfo=UTC)))
        build = time.perf_counter() - start
        expected = _oracle(index, file)
        mine, ours = _timed(lambda: _ours(index), 3)
        bare, joined = _timed(lambda: _asof(index, file), 3)
        theirs, feast = _timed(lambda: _feast(folder / "peer", index, file), 1)
    return {
        "unit": "index dates/s",
        "ours": INDEX_DATES / mine,
        "peer": INDEX_DATES / theirs,
        "peer_name": "Feast's default file store",
        "ratio": theirs / mine,
        "ratio_with_build": theirs / (mine + build),
        "build_seconds": build,
        "bare_asof_join": INDEX_DATES / bare,
        "ratio_to_bare_asof_join": bare / mine,
        "ratio_to_bare_asof_join_with_build": bare / (mine + build),
        "equal": bool(np.array_equal(ours, expected, equal_nan=True)),
        "bare_asof_join_equal": bool(np.array_equal(joined, expected, equal_nan=True)),
        "peer_equal": bool(np.array_equal(feast, expected, equal_nan=True)),
        "oracle": "pandas merge_asof",
        "tolerance": 0,
        "rows": INDEX_DATES,
        "records": PEOPLE * RECORDS_EACH,
        "data": "synthetic",
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _timed(side: Callable[[], Values], runs: int) -> tuple[float, Values]:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        answer = side()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), answer


def _data(folder: Path) -> tuple[pd.DataFrame, Path]:
    """Write the records as a lake and as one file for the peers; return the index dates and that file."""
    generator = np.random.default_rng(1)
    person = np.repeat(np.arange(1, PEOPLE + 1), RECORDS_EACH)
    # Distinct days for each person, so that what is newest is never in doubt.
    gaps = generator.integers(1, DAYS // RECORDS_EACH, (PEOPLE, RECORDS_EACH))
    day = (FIRST + np.cumsum(gaps, axis=1).ravel() * np.timedelta64(86_400_000_000, "us")).astype("datetime64[us]")
    value = generator.integers(90, 200, len(person)).astype(np.float64)
    moment = pa.array(day).cast(pa.timestamp("us", tz="UTC"))
    table = pa.table({
        "measurement_id": np.arange(1, len(person) + 1), "person_id": person,
        "measurement_concept_id": np.full(len(person), CONCEPT), "measurement_date": moment, "value_as_number": value,
        "unit_source_value": pa.array(["mm[Hg]"]).take(pa.array(np.zeros(len(person), dtype=np.int64))),
        "known_at": moment,
    })  # fmt: skip
    for bucket in range(BUCKETS):
        place = folder / NAME / "lake" / "measurement" / f"bucket={bucket}"
        place.mkdir(parents=True)
        pq.write_table(table.filter(pa.array(person % BUCKETS == bucket)), place / "part-0.parquet")
    finish_lake(BUCKETS)
    file = folder / "records.parquet"
    pq.write_table(pa.table({"person_id": person, "event_timestamp": moment, "created": moment, FEATURE: value}), file)
    index = pd.DataFrame({
        "person_id": generator.integers(1, PEOPLE + 1, INDEX_DATES),
        "index_date": pd.to_datetime(
            FIRST + generator.integers(0, DAYS * 86_400, INDEX_DATES) * np.timedelta64(1_000_000, "us"), utc=True
        ),
    })  # fmt: skip
    return index, file


def _ours(index: pd.DataFrame) -> Values:
    from features.history import history

    return np.asarray(history(NAME, index, [FEATURE])[FEATURE], dtype=np.float64)


def _entities(index: pd.DataFrame) -> pd.DataFrame:
    return index.rename(columns={"index_date": "event_timestamp"}).assign(row=np.arange(len(index)))


def _oracle(index: pd.DataFrame, file: Path) -> Values:
    left = _entities(index).sort_values("event_timestamp")
    right = pd.read_parquet(file).sort_values("event_timestamp")
    found = pd.merge_asof(left, right, on="event_timestamp", by="person_id").sort_values("row")
    return np.asarray(found[FEATURE], dtype=np.float64)


def _asof(index: pd.DataFrame, file: Path) -> Values:
    import duckdb

    from features.settings import settings

    with duckdb.connect(config={"threads": settings().threads}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("entities", _entities(index))
        answer: Values = connection.execute(
            f"SELECT {FEATURE} FROM entities ASOF LEFT JOIN read_parquet('{file}') AS records "
            "ON entities.person_id = records.person_id AND entities.event_timestamp >= records.event_timestamp "
            "ORDER BY row"
        ).df()[FEATURE].to_numpy()  # fmt: skip
        return answer


def _feast(folder: Path, index: pd.DataFrame, file: Path) -> Values:
    from features.store import import_feast

    import_feast()
    from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
    from feast.types import Float64

    store = FeatureStore(
        config=RepoConfig(
            project="peer", provider="local", registry=str(folder / "registry.db"), offline_store={"type": "file"},
            online_store={"type": "sqlite", "path": str(folder / "online.db")}, entity_key_serialization_version=3,
        )
    )  # fmt: skip
    resident = Entity(name="resident", join_keys=["person_id"], value_type=ValueType.INT64)
    records = FileSource(path=str(file), timestamp_field="event_timestamp", created_timestamp_column="created")
    view = FeatureView(
        name="vitals", entities=[resident], schema=[Field(name=FEATURE, dtype=Float64)], source=records, ttl=None
    )
    store.apply([resident, view])
    answer = store.get_historical_features(_entities(index), [f"vitals:{FEATURE}"]).to_df()
    # Rows that it drops stay missing here.
    found = pd.Series(np.nan, index=np.arange(len(index)))
    found.loc[answer["row"]] = answer[FEATURE].to_numpy()
    return np.asarray(found, dtype=np.float64)
