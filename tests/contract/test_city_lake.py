"""The simulated city in the lake: every record is there or was set aside, bucket by bucket, in the promised order."""

from __future__ import annotations

import json

import duckdb
import pyarrow.parquet as pq
import pytest

from features.contracts import contracts
from features.errors import InvalidInputError
from features.lake import lake_buckets, lake_path, open_lake
from tests.conftest import run, use


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """Return the folder of a lake that `data build` made of a city that it simulated itself, in two buckets."""
    root = tmp_path_factory.mktemp("city-lake")
    result = run(root, "data", "build", "--source", "city", "--json", SANZAO_CITY_RESIDENTS="24000", SANZAO_THREADS="2")
    assert result.returncode == 0, result.stderr
    with use(root):
        yield root, {row["table"]: row for row in json.loads(result.stdout)}


def test_every_record_is_kept_or_set_aside(city):
    root, told = city
    given = json.loads((root / "var/city/records/manifest.json").read_text())["rows"]
    assert given["measurement"] > 500_000
    for table, rows in given.items():
        assert told[table]["rows"] + told[table]["set_aside"] == rows, table
    found = duckdb.read_parquet(str(lake_path("city") / "findings.parquet"))
    assert len(found) == sum(row["findings"] for row in told.values()) > 0


def test_what_is_set_aside_is_what_the_simulator_spoilt(city):
    root, _ = city
    wrong = duckdb.sql(f"""
        WITH aside AS (
            SELECT CAST(record ->> '$.measurement_id' AS BIGINT) AS record_id
            FROM '{lake_path("city")}/findings.parquet' WHERE "table" = 'measurement'
        ), spoilt AS (FROM '{root}/var/truth/city/error/*/*.parquet')
        SELECT record_id FROM aside WHERE record_id NOT IN (SELECT record_id FROM spoilt WHERE "table" = 'measurement')
    """)
    assert len(wrong) == 0


def test_buckets_hold_their_own_residents_and_together_everybody(city):
    assert lake_buckets("city") == 2
    with open_lake("city") as whole:
        for contract in contracts().values():
            (expected,) = whole.execute(f"SELECT count(*) FROM {contract.name}").fetchone()
            parts = []
            for bucket in range(2):
                with open_lake("city", bucket) as lake:
                    rows = lake.execute(f"SELECT count(*) FROM {contract.name}").fetchone()[0]
                    if contract.about_residents:
                        lake.execute(f"SELECT count(*) FROM {contract.name} WHERE person_id % 2 <> {bucket}")
                        assert lake.fetchone() == (0,)
                    parts.append(rows)
            assert sum(parts) == expected if contract.about_residents else set(parts) == {expected}, contract.name
    with pytest.raises(InvalidInputError, match="choose 0 to 1"):
        open_lake("city", 2)


def test_rows_are_sorted_by_resident_day_and_number(city):
    for contract in contracts().values():
        for part in lake_path("city").glob(f"{contract.name}/*/*.parquet"):
            rows = pq.read_table(part, partitioning=None).to_pandas()
            ordered = rows.sort_values(contract.order, kind="stable")
            assert ordered.index.is_monotonic_increasing, part


def test_every_view_has_the_types_of_its_contract_even_where_it_is_empty(tmp_path):
    sql = {"int64": "BIGINT", "float64": "DOUBLE", "string": "VARCHAR"}
    assert run(tmp_path, "data", "build", "--source", "framingham").returncode == 0
    with use(tmp_path), open_lake("framingham", 0) as lake:
        assert lake.execute("SELECT count(*) FROM social").fetchone() == (0,)
        for contract in contracts().values():
            described = lake.execute(f"DESCRIBE {contract.name}").fetchall()
            expected = [(c.name, sql.get(c.dtype, "TIMESTAMP WITH TIME ZONE")) for c in contract.columns]
            assert [(name, kind) for name, kind, *_ in described] == expected


def test_building_again_changes_nothing(city):
    root, _ = city
    before = {path: path.stat().st_mtime_ns for path in (root / "var").rglob("*.parquet")}
    # The size is a wish for the first time only: the city that is there is used.
    assert run(root, "data", "build", "--source", "city", SANZAO_CITY_RESIDENTS="40000").returncode == 0
    assert {path: path.stat().st_mtime_ns for path in (root / "var").rglob("*.parquet")} == before
