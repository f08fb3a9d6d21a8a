"""A record that arrives is kept once, seen at once, and gives what a full build from all records gives."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.errors import InvalidInputError, UnknownNameError
from features.history import history
from features.lake import open_lake
from features.log_writing import build_log
from features.online import online
from features.push import push
from features.record_log import log_path
from features.snapshot import read_snapshot, refresh_snapshot, take_snapshot
from features.sources import get_source
from tests.conftest import environment

SOURCE = "framingham"
NOW = get_source(SOURCE).as_of
FIRST_ID = 10**9
CONCEPTS = {3004249: ("mm[Hg]", 60.0), 3027114: ("mmol/L", 4.0), 3004501: ("mmol/L", 5.0)}


def people(count: int) -> np.ndarray:
    with open_lake(SOURCE) as lake:
        found = lake.execute(f"SELECT person_id FROM person ORDER BY person_id LIMIT {count}").fetchnumpy()
    return found["person_id"]


def readings(persons, first_id: int, seed: int = 0, *, back: int = 900) -> pd.DataFrame:
    """Return one measurement a person, dated in the past, some known only later."""
    rng = np.random.default_rng(seed)
    concept = rng.choice(list(CONCEPTS), len(persons))
    day = pd.Timestamp(NOW) - pd.to_timedelta(rng.integers(1, back, len(persons)), unit="D")
    known = np.minimum(day + pd.to_timedelta(rng.integers(0, 200, len(persons)), unit="D"), pd.Timestamp(NOW))
    extra = rng.integers(0, 9, len(persons))
    return pd.DataFrame({
        "measurement_id": first_id + np.arange(len(persons)),
        "person_id": persons,
        "measurement_concept_id": concept,
        "measurement_date": day,
        "value_as_number": [CONCEPTS[kind][1] + more for kind, more in zip(concept, extra, strict=True)],
        "unit_source_value": [CONCEPTS[kind][0] for kind in concept],
        "known_at": known,
    })  # fmt: skip


def homes(persons) -> pd.DataFrame:
    """Return households of three."""
    moment = pd.Timestamp(NOW) - pd.Timedelta(days=2000)
    return pd.DataFrame({
        "household_id": np.arange(len(persons)) // 3 + 1, "person_id": persons, "role": "spouse",
        "member_from": moment, "known_at": moment,
    })  # fmt: skip


def diagnoses(persons, first_id: int) -> pd.DataFrame:
    moment = pd.Timestamp(NOW) - pd.Timedelta(days=100)
    return pd.DataFrame({
        "condition_occurrence_id": first_id + np.arange(len(persons)), "person_id": persons, "condition_concept_id": 0,
        "condition_start_date": moment, "condition_source_value": "E11", "known_at": moment,
    })  # fmt: skip


def everybody() -> pd.DataFrame:
    table = pa.concat_tables(list(read_snapshot(SOURCE, NOW)))
    return table.to_pandas().sort_values("person_id", ignore_index=True)


def test_a_pushed_record_is_in_the_online_row_the_lake_and_history_at_once(own_world):
    person = int(people(1)[0])
    row = readings([person], FIRST_ID).assign(
        measurement_concept_id=3004249, measurement_date=pd.Timestamp(NOW), known_at=pd.Timestamp(NOW),
        value_as_number=177.0, unit_source_value="mm[Hg]",
    )  # fmt: skip
    pushed = push(SOURCE, {"measurement": row})
    assert (pushed.kept, pushed.already_there, len(pushed.findings)) == (1, 0, 0)
    assert online(SOURCE, [person])["systolic_bp"].item() == 177
    past = pd.DataFrame({"person_id": [person, person], "index_date": [NOW, NOW - pd.Timedelta(seconds=1)]})
    now, before = history(SOURCE, past)["systolic_bp"]
    assert now == 177
    assert before != 177
    with open_lake(SOURCE) as lake:
        assert lake.execute(
            f"SELECT value_as_number FROM measurement WHERE measurement_id = {FIRST_ID}"
        ).fetchone() == (177.0,)


def test_what_is_sent_again_changes_nothing_and_what_differs_is_said(own_world):
    rows = readings(people(40), FIRST_ID)
    assert push(SOURCE, {"measurement": rows}).kept == 40
    before = online(SOURCE, people(40).tolist())
    again = push(SOURCE, {"measurement": pd.concat([rows, rows])})
    assert (again.kept, again.already_there, len(again.persons)) == (0, 80, 0)
    pd.testing.assert_frame_equal(online(SOURCE, people(40).tolist()), before, check_exact=True)
    other = push(SOURCE, {"measurement": rows.assign(value_as_number=rows["value_as_number"] + 0.5)})
    assert (other.kept, len(other.findings)) == (0, 40)
    assert "one content" in other.findings["rule"].iloc[0]
    with open_lake(SOURCE) as lake:  # a record of the file, sent anew
        first = lake.execute("SELECT * FROM measurement ORDER BY measurement_id LIMIT 5").df()
    assert push(SOURCE, {"measurement": first}).already_there == 5


def test_rows_that_break_the_contract_are_named_and_the_others_kept(own_world):
    rows = readings(people(5), FIRST_ID).assign(measurement_concept_id=3004249, unit_source_value="mm[Hg]")
    rows["value_as_number"] = [120.0, 1200.0, 121.0, 122.0, 123.0]
    rows.loc[3, "person_id"] = 123_456_789
    pushed = push(SOURCE, {"measurement": rows})
    assert pushed.kept == 3
    assert sorted(pushed.findings["row"].astype(int)) == [1, 3]
    with pytest.raises(UnknownNameError, match="measurement"):
        push(SOURCE, {"measurment": rows})
    with pytest.raises(InvalidInputError, match="known_at"):
        push(SOURCE, {"measurement": rows.drop(columns="known_at")})


def test_a_stream_in_any_order_gives_what_a_full_build_gives(own_world):
    persons = people(60)
    take_snapshot(SOURCE, NOW)
    tables = [("measurement", readings(np.repeat(persons, 4), FIRST_ID, 3))]
    tables += [("household_member", homes(persons)), ("condition_occurrence", diagnoses(persons[::7], FIRST_ID))]
    rows = [(name, table.iloc[[number]]) for name, table in tables for number in range(len(table))]
    rng = np.random.default_rng(11)
    order = rng.permutation(len(rows))
    batches = np.split(order, np.sort(rng.integers(0, len(rows), 12)))
    for batch in batches:
        sent = [*batch, *rng.choice(order, 2)]  # some are sent twice
        frames = {
            name: pd.concat(parts)
            for name in ("measurement", "household_member", "condition_occurrence")
            if (parts := [rows[number][1] for number in sent if rows[number][0] == name])
        }
        push(SOURCE, frames)
    assert refresh_snapshot(SOURCE, NOW) == len(persons)
    refreshed = everybody()
    take_snapshot(SOURCE, NOW)
    pd.testing.assert_frame_equal(everybody(), refreshed, check_exact=True)
    shutil.rmtree(log_path(SOURCE))
    build_log(SOURCE)
    take_snapshot(SOURCE, NOW)
    pd.testing.assert_frame_equal(everybody(), refreshed, check_exact=True)
    row = online(SOURCE, persons.tolist())
    pd.testing.assert_frame_equal(
        row, refreshed.set_index("person_id").loc[persons], check_exact=True, check_names=False
    )
    assert row["household_size"].eq(3).all()
    assert row["household_diabetes"].any()


SENDER = """
import sys
import pandas as pd
from features.push import journal_rows
rows = pd.read_parquet(sys.argv[1])
for number in range(len(rows)):
    journal_rows("framingham", {"measurement": rows.iloc[[number]]})
    print(number, flush=True)
"""


def test_nothing_that_was_acknowledged_is_lost_when_a_sender_is_killed(own_world, tmp_path):
    rows = readings(np.repeat(people(50), 4), FIRST_ID)
    rows.to_parquet(tmp_path / "rows.parquet")
    acknowledged = 0
    for _ in range(2):  # the second sender repeats what the first had sent
        process = subprocess.Popen(
            [sys.executable, "-c", SENDER, tmp_path / "rows.parquet"], env=environment(own_world), text=True,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        for line in process.stdout:
            acknowledged = max(acknowledged, int(line) + 1)
            if int(line) == 4:
                process.kill()
        process.wait()
        process.stdout.close()
    with open_lake(SOURCE) as lake:
        (kept, different) = lake.execute(
            f"SELECT count(*), count(DISTINCT measurement_id) FROM measurement WHERE measurement_id >= {FIRST_ID}"
        ).fetchone()
    assert acknowledged >= 5
    assert kept == different >= acknowledged
