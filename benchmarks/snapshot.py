"""Every resident's features now, from the whole record history of a simulated city of a million.

Ours is `take_snapshot` from the record log, written to disk. The peer is one straightforward aggregation with filters
in DuckDB over the same records in one Parquet file, sorted and with one record a day already, result in memory. Then
1 % of the residents get new records: the refresh is timed against taking the snapshot anew.
"""

from __future__ import annotations

import resource
import statistics
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks._world import NAME, city, world
from features.feature import DAYS_PER_YEAR, Feature, Over

RESIDENTS, FEATURES, SEED, RUNS = 1_000_000, 60, 20_260_101, 3
CHANGED = 0.01
RELATIVE = 1e-9
Seconds = float

# Statistic -> DuckDB's spelling; {test} is the filter, {now} the day of the snapshot.
SQL = {
    "last": "arg_max(value, day) {test}",
    "mean": "avg(value) {test}",
    "sd": "stddev_samp(value) {test}",
    "slope": f"{DAYS_PER_YEAR} * regr_slope(value, day) {{test}}",
    "lowest": "min(value) {test}",
    "highest": "max(value) {test}",
    "count": "count(*) {test}",
    "ever": "least(count(*) {test}, 1)",
    "days_since": "{now} - max(day) {test}",
    "days_since_first": "{now} - min(day) {test}",
}


def bench(residents: int = RESIDENTS) -> dict[str, Any]:
    """Compare the snapshot with a DuckDB aggregation, and the refresh with the whole snapshot."""
    from features.log_writing import build_log
    from features.snapshot import refresh_snapshot, take_snapshot
    from features.sources._city.clock import AS_OF

    with world() as folder:
        city(residents, SEED)
        start = time.perf_counter()
        log = build_log(NAME)
        build = time.perf_counter() - start
        records = _flat_records(folder / "records.parquet", AS_OF)
        chosen = _comparable()
        theirs, peer = _duckdb(folder / "records.parquet", chosen, AS_OF)
        whole = [_timed(lambda: take_snapshot(NAME, AS_OF)) for _ in range(RUNS)]
        equal, worst = _agree(_everybody(AS_OF), peer, chosen)
        changed = _push(AS_OF)
        refreshes = [_timed(lambda: refresh_snapshot(NAME, AS_OF)) for _ in range(RUNS)]
        refreshed = _everybody(AS_OF)
        again = _timed(lambda: take_snapshot(NAME, AS_OF))
        same = refreshed.equals(_everybody(AS_OF))
    mine, refresh = statistics.median(whole), statistics.median(refreshes)
    return {
        "unit": "residents/s",
        "ours": log["residents"] / mine,
        "peer": log["residents"] / theirs,
        "peer_name": f"DuckDB, one aggregation with filters, {FEATURES} features",
        "ratio": theirs / mine,
        "seconds": mine,
        "peer_seconds": theirs,
        "log_build_seconds": build,
        "ratio_with_build": theirs / (mine + build),
        "features_of_ours": len(_names()),
        "equal": equal,
        "largest_relative_difference": worst,
        "tolerance": RELATIVE,
        "refresh_seconds": refresh,
        "refresh_share": refresh / statistics.median([*whole, again]),
        "refreshed_residents": changed,
        "refresh_equal": same,
        "rows": log["residents"],
        "records": records,
        "data": "simulated city",
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _timed(work: Any) -> Seconds:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _names() -> list[str]:
    from features.views import all_features

    return list(all_features())


def _comparable() -> list[Feature]:
    """Return the first features that are statistics which the peer's SQL spells as well."""
    from features.views import all_features

    found = [
        feature
        for feature in all_features().values()
        if isinstance(feature.taken, Over) and feature.taken.statistic in SQL
    ]
    return found[:: len(found) // FEATURES][:FEATURES] if len(found) >= 2 * FEATURES else found[:FEATURES]


def _flat_records(file: Path, now: datetime) -> int:
    """Write what is known now as one file for the peer, one record a resident, stream and day; return rows."""
    import pyarrow.parquet as pq

    from features.record_log import current_log, open_bucket

    rows, writer = 0, None
    for bucket in range(current_log(NAME).buckets):
        log = open_bucket(current_log(NAME), bucket)
        person = np.repeat(log.person, np.diff(log.start))
        key = (np.arange(len(log.person)).repeat(np.diff(log.start)) << 24 | log.day.astype(np.int64) + 2**15) << 8
        known = np.flatnonzero(log.known <= round(now.timestamp() * 1e6))[::-1]
        # The newest known of a day comes last in the log.
        _, last = np.unique((key | log.code)[known], return_index=True)
        kept = np.sort(known[last])
        columns = {name: getattr(log, name)[kept] for name in ("day", "known", "code", "value")}
        table = pa.table({"person_id": person[kept], **columns})
        writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
        writer.write_table(table)
        rows += len(kept)
    if writer is not None:
        writer.close()
    return rows


def _duckdb(file: Path, chosen: list[Feature], now: datetime) -> tuple[Seconds, pd.DataFrame]:
    import duckdb

    from features.settings import settings

    day, moment = now.timestamp() / 86400, round(now.timestamp() * 1e6)
    columns = ", ".join(
        f"({_sql(feature.taken, day)})::DOUBLE AS {feature.name}"
        for feature in chosen
        if isinstance(feature.taken, Over)
    )
    query = (
        f"SELECT person_id, {columns} FROM read_parquet('{file}') WHERE day <= {day} AND known <= {moment} "
        "GROUP BY person_id"
    )
    with duckdb.connect(config={"threads": settings().threads}) as connection:
        connection.execute("SET enable_progress_bar = false")
        start = time.perf_counter()
        answer = connection.execute(query).to_arrow_table()
        seconds = time.perf_counter() - start
    return seconds, answer.to_pandas().set_index("person_id").sort_index().astype(np.float64)


def _sql(taken: Over, day: float) -> str:
    from features.streams import codes

    test = f"FILTER (code = {codes()[taken.stream]} AND {day} - day <= {min(taken.window_days, 1e6)})"
    return SQL[taken.statistic].format(test=test, now=day)


def _everybody(now: datetime) -> pd.DataFrame:
    from features.snapshot import read_snapshot

    table = pa.concat_tables(list(read_snapshot(NAME, now)))
    frame: pd.DataFrame = table.to_pandas().set_index("person_id").sort_index()
    return frame


def _agree(ours: pd.DataFrame, peer: pd.DataFrame, chosen: list[Feature]) -> tuple[bool, float]:
    """Return whether both agree on everybody whom the peer has a record of, and the largest relative difference."""
    names = [feature.name for feature in chosen]
    people = ours.index.intersection(peer.index)
    a, b = ours.loc[people, names].to_numpy(), peer.loc[people, names].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = np.abs(a - b) / np.maximum(np.abs(b), 1.0)
    missing_alike = bool(np.array_equal(np.isnan(a), np.isnan(b)))
    worst = float(np.nanmax(difference))
    return missing_alike and worst <= RELATIVE and len(people) > 0, worst


def _push(now: datetime) -> int:
    """Give 1 % of the residents two new measurements each; return how many residents that is."""
    from features.lake import open_lake
    from features.push import journal_rows

    with open_lake(NAME) as lake:
        persons = lake.execute("SELECT person_id FROM person ORDER BY person_id").fetchnumpy()["person_id"]
    generator = np.random.default_rng(3)
    chosen = generator.choice(persons, int(len(persons) * CHANGED), replace=False)
    owner = np.repeat(chosen, 2)
    moment = pd.Timestamp(now) - pd.Timedelta(days=1)
    rows = pd.DataFrame({
        "measurement_id": 10**15 + np.arange(len(owner)), "person_id": owner,
        "measurement_concept_id": np.tile([3004249, 3027018], len(chosen)), "measurement_date": moment,
        "value_as_number": generator.integers(60, 180, len(owner)).astype(np.float64),
        "unit_source_value": np.tile(["mm[Hg]", "/min"], len(chosen)), "known_at": moment,
    })  # fmt: skip
    journal_rows(NAME, {"measurement": rows})
    return len(chosen)
