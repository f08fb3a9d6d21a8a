"""Writing the record log from the lake, bucket by bucket, on several cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from features.concepts import FEMALE
from features.contracts._casting import literal
from features.errors import NotReadyError
from features.journal import newest
from features.lake import lake_path, open_lake
from features.record_log import AREAS, DAY_US, NEVER_REGISTERED, PEOPLE, RECORDS, log_path
from features.staging import code_fingerprint, read_manifest, staged_folder
from features.streams import household_sql, records_sql
from features.workers import over_buckets

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

CODE = ("features/streams.py", "features/concepts.py", "features/log_writing.py", "features/record_log.py")
HOMES = "homes"


class Counts(NamedTuple):
    """What a bucket of the log holds."""

    residents: int
    records: int


def build_log(
    source: str, progress: Callable[[str], None] = lambda _: None, *, with_arrivals: bool = False
) -> dict[str, Any]:
    """Write the record log of a source unless one is there that was made from the same lake by the same code.

    Parameters
    ----------
    with_arrivals
        Write it anew also if records have arrived since, so that they lie in it and no longer only beside it.

    Returns
    -------
    dict
        The manifest: lake, code, buckets, arrived (newest batch of the journal that is in it), residents, records.
    """
    lake = read_manifest(lake_path(source))
    if lake is None:
        raise NotReadyError(f"There is no lake for source '{source}' yet. Run `sanzao data build --source {source}`.")
    asked = {"lake": lake["fingerprint"], "code": code_fingerprint(*CODE), "buckets": lake["buckets"]}
    arrived = newest(source)
    if with_arrivals:
        asked["arrived"] = arrived
    existing = read_manifest(log_path(source))
    if existing and {name: existing.get(name) for name in asked} == asked:
        return existing
    manifest = asked | {"arrived": arrived, "residents": 0, "records": 0}
    with staged_folder(log_path(source), manifest) as folder, _homes(source, lake["buckets"], arrived, folder) as homes:
        with open_lake(source, until=arrived) as whole:
            write_areas(whole, folder / AREAS)
        work = partial(_one_bucket, source, folder, homes, arrived)
        for counts in over_buckets(work, lake["buckets"]):
            manifest["residents"] += counts.residents
            manifest["records"] += counts.records
            progress("bucket of the record log written")
    return manifest


def _one_bucket(source: str, folder: Path, homes: Path | None, arrived: int, bucket: int) -> Counts:
    with open_lake(source, bucket, arrived) as lake:
        return write_bucket(lake, folder / f"bucket={bucket}", _homes_sql(homes, bucket))


@contextmanager
def _homes(source: str, buckets: int, arrived: int, folder: Path) -> Iterator[Path | None]:
    """Yield None if nobody shares a home with somebody of another bucket, else the household records by bucket."""
    import shutil

    with open_lake(source, until=arrived) as lake:
        (divided,) = lake.execute(f"""
            SELECT count(*) FROM (
                SELECT household_id FROM household_member GROUP BY household_id
                HAVING count(DISTINCT person_id % {buckets}) > 1
            )
        """).fetchone() or (0,)
        if not divided:
            yield None
            return
        place = folder / HOMES
        lake.execute(
            f"COPY (SELECT *, person_id % {buckets} AS bucket FROM ({household_sql()})) TO {literal(str(place))} "
            "(FORMAT parquet, PARTITION_BY (bucket))"
        )
    yield place
    shutil.rmtree(place)


def _homes_sql(homes: Path | None, bucket: int) -> str:
    """Return SQL for the household records of a bucket."""
    if homes is None:
        return household_sql()
    if not (homes / f"bucket={bucket}").is_dir():
        return "SELECT * FROM (" + household_sql() + ") WHERE false"
    files = literal(f"{homes}/bucket={bucket}/*.parquet")
    return f"SELECT * FROM read_parquet({files}, hive_partitioning = false)"


def write_bucket(lake: duckdb.DuckDBPyConnection, folder: Path, homes: str) -> Counts:
    """Write the log of what `lake` shows (one bucket) into `folder`; `homes` is SQL for the household records."""
    import pyarrow as pa

    table = lake.execute(sorted_records_sql(homes)).to_arrow_table().combine_chunks()
    registry = lake.execute(
        "SELECT person_id, epoch_us(birth_date) AS birth, gender_concept_id AS gender, epoch_us(known_at) AS known "
        "FROM person ORDER BY person_id"
    ).fetchnumpy()
    owner = table["person_id"].to_numpy()
    person = np.union1d(owner, registry["person_id"]).astype(np.int64)
    at = np.searchsorted(person, registry["person_id"])
    birth, female = np.full(len(person), np.nan), np.full(len(person), np.nan)
    registered = np.full(len(person), NEVER_REGISTERED, dtype=np.int64)
    birth[at] = np.asarray(registry["birth"], dtype=np.float64) / DAY_US
    female[at] = registry["gender"] == FEMALE
    registered[at] = registry["known"]
    folder.mkdir(parents=True)
    people = {
        "person_id": person,
        "start": np.searchsorted(owner, person),
        "birth": birth,
        "female": female,
        "registered": registered,
    }
    _write(pa.table(people), folder / PEOPLE)
    _write(table.drop_columns("person_id"), folder / RECORDS)
    return Counts(len(person), table.num_rows)


def sorted_records_sql(homes: str) -> str:
    """Return SQL over the lake for the records in the order of the log."""
    return f"""
        SELECT person_id, (day::DATE - DATE '1970-01-01')::INTEGER AS day, epoch_us(known_at) AS known,
            code::UTINYINT AS code, value, record::BIGINT AS record
        FROM ({records_sql()} UNION ALL ({homes}))
        WHERE isfinite(value)
        ORDER BY person_id, day, known, record, code
    """


def write_areas(lake: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write what the lake knows of townships."""
    table = lake.execute(
        "SELECT try_cast(township AS DOUBLE) AS township, epoch_us(known_at) AS known, * EXCLUDE (township, known_at) "
        "FROM area_year WHERE try_cast(township AS DOUBLE) IS NOT NULL ORDER BY 1, 2, year"
    ).to_arrow_table()
    _write(table, path)


def _write(table: pa.Table, path: Path) -> None:
    import pyarrow as pa

    # One batch a file, so that each column is one stretch of memory.
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
