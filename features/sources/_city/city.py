"""The simulated city, bucket by bucket: records to the lake, the truth to a tree of its own.

A bucket depends on the seed and its own number only, so buckets may be made in any order, by any number of
processes, and memory is bounded by one bucket. Residents of a household share a bucket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.sources._city import areas, life, mistakes, population, records, registers, requests, state, truth

DEFAULT_SEED = 20_240_101
RESIDENTS_A_BUCKET = 16_000  # about 1 M rows of measurements, and the arrays of a bucket still fit the cache


@dataclass(frozen=True)
class CityBucket:
    """The tables of one bucket.

    Attributes
    ----------
    tables
        By contract name; rows of people whose number leaves `number` when divided by the number of buckets, and the
        bucket's share of the service requests.
    truth
        Tables of `truth`, by name. They are never written next to the records.
    """

    number: int
    tables: dict[str, pa.Table]
    truth: dict[str, pa.Table]


def buckets_for(residents: int) -> int:
    """Return how many buckets suit a city of `residents`."""
    return max(1, round(residents / RESIDENTS_A_BUCKET))


def simulate_bucket(residents: int, seed: int, bucket: int, buckets: int) -> CityBucket:
    """Return bucket number `bucket` of a city that has `residents` at the census of 2020.

    Parameters
    ----------
    residents : int
        People at the census; some 13 % more live here at some time between 2009 and 2023.
    seed, bucket, buckets : int
        The result depends on nothing else.
    """
    people = population.draw(residents, seed, bucket, buckets)
    watcher = truth.Truth()
    lives = life.run(state.begin(people, seed, bucket), seed, bucket, [watcher])
    frame = records.Frame.of(lives, seed, bucket, buckets)
    tables, errors = mistakes.inject(frame, {**registers.tables(frame), **records.tables(frame)})
    tables["service_request"] = requests.draw(residents, seed, bucket, buckets)
    return CityBucket(bucket, tables, {**truth.tables(lives, watcher), "error": errors})


def simulate(residents: int, seed: int = DEFAULT_SEED, buckets: int | None = None) -> Iterator[CityBucket]:
    """Yield every bucket of the city in turn."""
    count = buckets or buckets_for(residents)
    for bucket in range(count):
        yield simulate_bucket(residents, seed, bucket, count)


def area_tables(seed: int = DEFAULT_SEED) -> dict[str, pa.Table]:
    """Return the tables that describe townships, by contract name."""
    return {"area_year": areas.area_year(seed)}


def write(buckets: Iterable[CityBucket], lake: Path, hidden: Path) -> dict[str, int]:
    """Write buckets as Parquet, records under `lake`, truth under `hidden`; return the rows of each record table."""
    rows: dict[str, int] = {}
    for one in buckets:
        for root, tables in ((lake, one.tables), (hidden, one.truth)):
            for name, table in tables.items():
                folder = root / name / f"bucket={one.number}"
                folder.mkdir(parents=True, exist_ok=True)
                pq.write_table(table, folder / "part-0.parquet", compression="zstd", use_dictionary=_coded(table))
        for name, table in one.tables.items():
            rows[name] = rows.get(name, 0) + table.num_rows
    return rows


def _coded(table: pa.Table) -> list[str]:
    """Return the columns that repeat a few values, which Parquet should store as a dictionary."""
    few = ("_concept_id", "_date", "known_at", "value_as_number", "landmark", "day")
    return [entry.name for entry in table.schema if pa.types.is_dictionary(entry.type) or entry.name.endswith(few)]
