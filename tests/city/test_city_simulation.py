"""The simulated city: the same bytes for the same seed, records that keep their contracts, a truth apart."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.concepts import MEASUREMENTS
from features.contracts import contracts
from features.sources._city import city, mistakes, requests
from features.sources._city.calibrated import FACTORS
from features.sources._city.clock import AS_OF
from features.sources._city.diseases import NAMES, D
from tests.city.conftest import BUCKETS, RESIDENTS


def as_bytes(bucket: city.CityBucket) -> dict[str, bytes]:
    out = {}
    for tree in (bucket.tables, bucket.truth):
        for name, table in tree.items():
            sink = io.BytesIO()
            pq.write_table(table, sink)
            out[name] = sink.getvalue()
    return out


def pooled(buckets: list[city.CityBucket], name: str) -> pd.DataFrame:
    return pd.concat([one.tables[name].to_pandas() for one in buckets], ignore_index=True)


def test_a_bucket_depends_on_seed_and_number_only(small: list[city.CityBucket]) -> None:
    again = city.simulate_bucket(RESIDENTS, 7, 2, BUCKETS)
    assert as_bytes(again) == as_bytes(small[2])
    other = city.simulate_bucket(RESIDENTS, 8, 2, BUCKETS)
    assert as_bytes(other)["measurement"] != as_bytes(small[2])["measurement"]


def test_buckets_share_nothing(small: list[city.CityBucket]) -> None:
    for one in small:
        for name, table in one.tables.items():
            if "person_id" in table.column_names:
                assert (table["person_id"].to_numpy() % BUCKETS == one.number).all(), name
    for name, key in (("measurement", "measurement_id"), ("person", "person_id"), ("social", "social_id")):
        assert pooled(small, name)[key].is_unique
    homes = [set(one.tables["household_member"]["household_id"].to_pylist()) for one in small]
    assert not homes[0] & homes[1]


def test_every_table_has_a_contract_and_keeps_it_but_for_injected_errors(small: list[city.CityBucket]) -> None:
    tables = {**{name: pooled(small, name) for name in small[0].tables}, **{
        name: table.to_pandas() for name, table in city.area_tables(7).items()}}  # fmt: skip
    injected = pd.concat([one.truth["error"].to_pandas() for one in small])
    assert set(tables) == set(contracts())
    for name, frame in tables.items():
        contract = contracts()[name]
        typed = contract.coerce(frame)
        found = contract.findings(typed)
        broken = frame.iloc[found["row"].astype(int)]
        known = injected.loc[injected["table"] == name, "record_id"]
        copies = injected.loc[(injected["table"] == name) & (injected["kind"] == "duplicate")]
        # A copy of a mistaken row is mistaken too.
        known = set(known) | set(copies.loc[copies["original_value"].astype(int).isin(set(known)), "record_id"])
        assert set(broken[contract.key[0]] if len(broken) else []) <= known, name


def test_every_reference_points_to_a_person(small: list[city.CityBucket]) -> None:
    people = set(pooled(small, "person")["person_id"])
    for name in small[0].tables:
        if "person_id" in small[0].tables[name].column_names:
            assert set(pooled(small, name)["person_id"]) <= people, name


def test_records_lie_within_observation_and_before_they_are_known(small: list[city.CityBucket]) -> None:
    period = pooled(small, "observation_period").set_index("person_id")
    rows = pooled(small, "measurement")
    first = rows["person_id"].map(period["observation_period_start_date"])
    last = rows["person_id"].map(period["observation_period_end_date"])
    assert ((rows["measurement_date"] >= first) & (rows["measurement_date"] <= last)).all()
    assert (rows["known_at"] >= rows["measurement_date"]).all()
    late = (rows["known_at"] - rows["measurement_date"]).dt.days
    assert 0.01 < (late > 40).mean() < 0.1
    assert (period["observation_period_end_date"] < AS_OF).all()


def test_errors_are_where_the_truth_says(small: list[city.CityBucket]) -> None:
    errors = pd.concat([one.truth["error"].to_pandas() for one in small])
    rows = pooled(small, "measurement").set_index("measurement_id")
    divisor = {MEASUREMENTS[n].concept_id: MEASUREMENTS[n].other_units["mg/dL"] for n in mistakes.UNIT_MISTAKES}
    units = errors[errors["kind"] == "unit"].set_index("record_id")
    hit = rows.loc[units.index]
    expected = units["original_value"].astype(float) * hit["measurement_concept_id"].map(divisor)
    assert len(units) > 10
    assert np.allclose(hit["value_as_number"], expected, atol=0.011)
    copies = errors[(errors["kind"] == "duplicate") & (errors["table"] == "measurement")].set_index("record_id")
    pair = rows.loc[copies["original_value"].astype(int)]
    for column in ("person_id", "measurement_concept_id", "measurement_date", "value_as_number"):
        assert (rows.loc[copies.index, column].to_numpy() == pair[column].to_numpy()).all()
    codes = pooled(small, "condition_occurrence").set_index("condition_occurrence_id")["condition_source_value"]
    wrong = errors[errors["kind"].isin(["code_format", "code_wrong"])]
    assert (codes.loc[wrong["record_id"]].to_numpy() != wrong["original_value"].to_numpy()).all()
    right = codes.drop(errors.loc[errors["table"] == "condition_occurrence", "record_id"], errors="ignore")
    assert right.astype(str).str.fullmatch(r"[A-Z]\d\d(\.\d)?").mean() > 0.999


def test_the_truth_is_in_no_record_table(small: list[city.CityBucket], tmp_path: Path) -> None:
    hidden = {"risk_onset", "risk_diagnosis", "onset_date", "found_early", "cause", "original_value", "has", "seek"}
    for table in small[0].tables.values():
        assert not hidden & set(table.column_names)
    assert not set(small[0].tables) & (set(small[0].truth) - {"person"})
    city.write(small[:1], tmp_path / "lake", tmp_path / "truth")
    assert {p.name for p in (tmp_path / "lake").iterdir()} == set(small[0].tables)
    assert {p.name for p in (tmp_path / "truth").iterdir()} == {"risk", "latent", "survey", "person", "error"}
    back = pq.read_table(tmp_path / "lake" / "measurement" / "bucket=0" / "part-0.parquet", partitioning=None)
    assert back.num_rows == small[0].tables["measurement"].num_rows


def test_service_requests_come_late_in_part_and_in_bursts(small: list[city.CityBucket]) -> None:
    rows = pooled(small, "service_request")
    ended = rows[rows["due_at"] < AS_OF]
    late = (ended["closed_at"].isna() | (ended["closed_at"] > ended["due_at"])).mean()
    assert 0.02 < late < 0.08
    assert rows["text"].astype(str).str.len().min() > 8
    assert rows["closed_at"].isna().any()
    many = requests.draw(300_000, 7, 0, 1).to_pandas()
    per_day = many.groupby([many["created_at"].dt.date, "request_type"], observed=True).size()
    assert per_day.max() > 5 * per_day.mean()
    heat = many[many["request_type"] == "供电"]["created_at"].dt.month.isin([6, 7, 8, 9]).mean()
    assert heat > 0.4


def test_calibration_covers_every_disease() -> None:
    assert len(FACTORS) == D + 1 == len(NAMES) + 1
    assert all(0 < value < 20 for sexes in FACTORS for row in sexes for value in row)


@pytest.mark.parametrize("name", ["measurement", "condition_occurrence"])
def test_codes_are_dictionaries(small: list[city.CityBucket], name: str) -> None:
    assert any(pa.types.is_dictionary(field.type) for field in small[0].tables[name].schema)
