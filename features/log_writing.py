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
from features.record_log import AREAS, DAY_US, FORMER, NEVER, NEVER_REGISTERED, PEOPLE, RECORDS, log_path
from features.staging import code_fingerprint, next_generation, read_manifest
from features.streams import RECORD_TABLES, all_versions_sql, household_sql, records_sql
from features.workers import over_buckets

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

CODE = (
    "features/streams.py", "features/concepts.py", "features/log_writing.py", "features/record_log.py",
    "features/versions.py",
)  # fmt: skip
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
    with next_generation(log_path(source), manifest) as folder:
        with open_lake(source, until=arrived) as whole:
            versions = _any_superseded(whole)
            write_areas(whole, folder / AREAS, versions=versions)
        with _homes(source, lake["buckets"], arrived, folder, versions) as homes:
            work = partial(_one_bucket, source, folder, homes, arrived, versions)
            for counts in over_buckets(work, lake["buckets"]):
                manifest["residents"] += counts.residents
                manifest["records"] += counts.records
                progress("bucket of the record log written")
    return manifest


def _any_superseded(lake: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a row that the log is made of was ever superseded: few logs have any, and others cost less."""
    tables = ("person", "area_year", *RECORD_TABLES)
    any_row = " UNION ALL ".join(f"SELECT 1 FROM superseded_{name}" for name in tables)
    return lake.execute(f"SELECT 1 FROM ({any_row}) LIMIT 1").fetchone() is not None


def _one_bucket(
    source: str, folder: Path, homes: Path | None, arrived: int, versions: bool, bucket: int
) -> Counts:  # fmt: skip
    with open_lake(source, bucket, arrived) as lake:
        sql = _homes_sql(homes, bucket, versions=versions)
        return write_bucket(lake, folder / f"bucket={bucket}", sql, versions=versions)


@contextmanager
def _homes(source: str, buckets: int, arrived: int, folder: Path, versions: bool) -> Iterator[Path | None]:
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
        rows = f"SELECT *, person_id % {buckets} AS bucket FROM ({household_sql(versions=versions)})"
        lake.execute(f"COPY ({rows}) TO {literal(str(place))} (FORMAT parquet, PARTITION_BY (bucket))")
    yield place
    shutil.rmtree(place)


def _homes_sql(homes: Path | None, bucket: int, *, versions: bool) -> str:
    """Return SQL for the household records of a bucket."""
    if homes is None:
        return household_sql(versions=versions)
    if not (homes / f"bucket={bucket}").is_dir():
        return "SELECT * FROM (" + household_sql(versions=versions) + ") WHERE false"
    files = literal(f"{homes}/bucket={bucket}/*.parquet")
    return f"SELECT * FROM read_parquet({files}, hive_partitioning = false)"


def write_bucket(lake: duckdb.DuckDBPyConnection, folder: Path, homes: str, *, versions: bool = False) -> Counts:
    """Write the log of what `lake` shows (one bucket) into `folder`.

    Parameters
    ----------
    homes
        SQL for the household records.
    versions
        Whether rows that were superseded go into the log as well.
    """
    import pyarrow as pa

    table = lake.execute(sorted_records_sql(homes, versions=versions)).to_arrow_table().combine_chunks()
    if versions and not (table["until"].to_numpy() < NEVER).any():
        table = table.drop_columns("until")
    registry = lake.execute(f"{_registry_sql('person')} ORDER BY person_id").fetchnumpy()
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
    if versions:
        _write_former(lake, folder / FORMER)
    return Counts(len(person), table.num_rows)


def _registry_sql(table: str) -> str:
    return (
        "SELECT person_id, epoch_us(birth_date) AS birth, gender_concept_id AS gender, epoch_us(known_at) AS known "
        f"FROM {table}"
    )


def _write_former(lake: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write what registrations said before they were corrected, where any were."""
    import pyarrow as pa

    found = lake.execute(f"{_registry_sql('superseded_person')} ORDER BY person_id, known").fetchnumpy()
    if len(found["person_id"]):
        birth = np.asarray(found["birth"], dtype=np.float64) / DAY_US
        female = (np.asarray(found["gender"]) == FEMALE).astype(np.float64)
        _write(
            pa.table({"person": found["person_id"], "known": found["known"], "birth": birth, "female": female}), path
        )


def sorted_records_sql(homes: str, *, versions: bool = False) -> str:
    """Return SQL over the lake for the records in the order of the log."""
    return f"""
        SELECT person_id, (day::DATE - DATE '1970-01-01')::INTEGER AS day, epoch_us(known_at) AS known,
            code::UTINYINT AS code, value, record::BIGINT AS record{", until::BIGINT AS until" if versions else ""}
        FROM ({records_sql(versions=versions)} UNION ALL ({homes}))
        WHERE isfinite(value)
        ORDER BY person_id, day, known, record, code
    """


def write_areas(lake: duckdb.DuckDBPyConnection, path: Path, *, versions: bool = False) -> None:
    """Write what the lake knows of townships; with `versions` also what was known before."""
    rows = f"(SELECT * EXCLUDE (superseded_at) FROM {all_versions_sql('area_year')})" if versions else "area_year"
    table = lake.execute(
        "SELECT try_cast(township AS DOUBLE) AS township, epoch_us(known_at) AS known, * EXCLUDE (township, known_at) "
        f"FROM {rows} WHERE try_cast(township AS DOUBLE) IS NOT NULL ORDER BY 1, 2, year"
    ).to_arrow_table()
    _write(table, path)


def _write(table: pa.Table, path: Path) -> None:
    import pyarrow as pa

    # One batch a file, so that each column is one stretch of memory.
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
