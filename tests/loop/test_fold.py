"""Folding the journal into the lake changes nothing that anybody sees, whatever moment it is killed at."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.arriving.arrived import Arrived
from features.arriving.intake import Intake, Submission
from features.arriving.rows import read_json
from features.contracts import contracts
from features.data_commands import data_fold
from features.history import history
from features.journal import journal_path, newest, open_journal
from features.lake import build_lake, lake_path, open_lake
from features.online import online
from features.push import push
from features.residents import residents
from features.snapshot import read_snapshot, take_snapshot
from features.sources import get_source
from features.store import build_store
from features.versions import superseded_name
from tests.conftest import SANZAO, environment, run, use
from tests.loop.test_push import FIRST_ID, NOW, SOURCE, diagnoses, homes, people, readings

# What a fold reports on its way, in order.
STAGES = (
    "what arrived is archived",
    "bucket 1 of 4 folded",
    "bucket 3 of 4 folded",
    "lake folded",
    "bucket of the record log written",
    "keys indexed",
    "online rows brought up to date",
    "journal cut",
)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory) -> Path:
    """Return the folder of a lake and a feature store of the teaching cohort."""
    root = tmp_path_factory.mktemp("untouched")
    for words in (("data", "build"), ("features", "build")):
        result = run(root, *words, "--json")
        assert result.returncode == 0, result.stderr
    return root


def copied(root: Path, target: Path) -> Path:
    shutil.copytree(root, target)
    return target


def rows_of(number: int) -> dict[str, pd.DataFrame]:
    """Return the rows that arrive as the `number`-th: new ones, corrections of earlier ones, and of the lake's."""
    persons = people(60)
    new = readings(persons, FIRST_ID + 1000 * number, number)
    tables = {"measurement": new}
    if number == 1:
        tables |= {"household_member": homes(persons), "condition_occurrence": diagnoses(persons[::7], FIRST_ID)}
    if number:
        before = readings(persons, FIRST_ID + 1000 * (number - 1), number - 1).iloc[::5]
        later = before["known_at"] + pd.Timedelta(hours=1)
        other = before.assign(value_as_number=before["value_as_number"] + 0.25, known_at=later)
        tables["measurement"] = pd.concat([new, other])
    if number == 2:
        with open_lake(SOURCE) as lake:
            first = lake.execute("""
                FROM (FROM measurement UNION ALL BY NAME SELECT * EXCLUDE superseded_at FROM superseded_measurement)
                WHERE measurement_id < 1000000 QUALIFY known_at = min(known_at) OVER (PARTITION BY measurement_id)
                ORDER BY measurement_id LIMIT 40
            """).df()
        late = first.assign(value_as_number=first["value_as_number"] + 0.5, known_at=pd.Timestamp(NOW))
        tables["measurement"] = pd.concat([tables["measurement"], late])
    return tables


def arrive(root: Path, number: int) -> None:
    with use(root):
        pushed = push(SOURCE, rows_of(number))
        assert not len(pushed.findings)
        assert pushed.kept


def state(root: Path) -> dict[str, pd.DataFrame]:
    """Return what readers see: every table, history at several moments, the snapshot and the online rows."""
    found = {}
    with use(root):
        with open_lake(SOURCE) as lake:
            for contract in contracts().values():
                for view in (contract.name, superseded_name(contract)):
                    found[view] = lake.execute(f"SELECT * FROM {view} ORDER BY ALL").df()
        persons = people(80)
        moments = [pd.Timestamp(NOW) - pd.Timedelta(days=back) for back in (0, 30, 300, 700)]
        index = pd.DataFrame({"person_id": np.tile(persons, 4), "index_date": np.repeat(moments, len(persons))})
        found["history"] = history(SOURCE, index)
        take_snapshot(SOURCE, NOW)
        table = pa.concat_tables(list(read_snapshot(SOURCE, NOW)))
        found["snapshot"] = table.to_pandas().sort_values("person_id", ignore_index=True)
        found["online"] = online(SOURCE, residents(get_source(SOURCE), NOW).index.tolist())
    return found


def same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name], check_exact=True, obj=name)


def folded(root: Path) -> dict[str, object]:
    """Fold in another process; return its answer."""
    result = run(root, "data", "fold", "--json", SANZAO_THREADS="1")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def killed_at(root: Path, stage: str, threads: str) -> None:
    """Start a fold and kill it at the moment it reports `stage`."""
    process = subprocess.Popen(
        [SANZAO, "data", "fold"], env=environment(root, SANZAO_THREADS=threads), stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert any(stage in line for line in process.stderr), f"the fold ended without reporting '{stage}'"
    process.kill()
    process.wait()
    process.stderr.close()


def test_killed_at_every_stage_it_loses_nothing_and_doubles_nothing(untouched, tmp_path):
    root, twin = copied(untouched, tmp_path / "folded"), copied(untouched, tmp_path / "twin")
    arrive(root, 0)
    arrive(twin, 0)
    for number, stage in enumerate(STAGES):
        if number % 2 == 0:  # what arrives between two folds is of the journal, and the twin never folds
            arrive(root, 1 + number // 2)
            arrive(twin, 1 + number // 2)
        killed_at(root, stage, "2" if number == 2 else "1")  # with workers, or without
        with use(root), open_lake(SOURCE) as lake:
            keys = lake.execute("SELECT count(*), count(DISTINCT measurement_id) FROM measurement").fetchone()
        with use(twin), open_lake(SOURCE) as lake:
            assert keys == lake.execute("SELECT count(*), count(DISTINCT measurement_id) FROM measurement").fetchone()
    same(state(twin), state(root))
    with use(root, SANZAO_THREADS="1"):
        answers = [data_fold(source=SOURCE, quiet=True) for _ in range(2)]
        assert answers[0]["up_to"] == answers[1]["up_to"] == newest(SOURCE)
    assert answers[1]["waiting"] == 0
    same(state(twin), state(root))
    # Whatever is sent once more is known, though the journal has let go of it.
    with use(root):
        for number in range(1 + len(STAGES) // 2):
            again = push(SOURCE, rows_of(number))
            assert (again.kept, len(again.findings)) == (0, 0)
    # Built anew, for instance because a contract has changed, the lake holds what arrived all the same.
    with use(root, SANZAO_THREADS="1"):
        manifest = json.loads((lake_path(SOURCE) / "manifest.json").read_text())
        (lake_path(SOURCE) / "manifest.json").write_text(json.dumps(manifest | {"fingerprint": "older"}))
        build_lake(get_source(SOURCE))
        build_store(get_source(SOURCE))
    same(state(twin), state(root))


def test_a_fold_without_a_journal_or_a_lake_says_so(untouched, tmp_path):
    root = copied(untouched, tmp_path / "root")
    with use(root, SANZAO_THREADS="1"):
        answer = data_fold(source=SOURCE, quiet=True)
    assert (answer["rows"], answer["up_to"], answer["waiting"]) == (0, 0, 0)
    nothing = run(tmp_path / "empty", "data", "fold")
    assert nothing.returncode == 2
    assert "sanzao data build" in nothing.stderr


def test_a_server_goes_on_through_folds(untouched, tmp_path):
    from benchmarks._stream_server import ChanceModels, state_of
    from serving.service import Service

    root = copied(untouched, tmp_path / "root")
    with use(root):
        service = Service(get_source(SOURCE), ChanceModels(2, 10))
        service.live.start()
        persons = people(60).tolist()
        stopped, faults, sent = threading.Event(), [], []

        def read() -> None:
            while not stopped.is_set():
                try:
                    index = pd.DataFrame({"person_id": persons, "index_date": NOW})
                    assert history(SOURCE, index)["age"].notna().all()
                    with open_lake(SOURCE) as lake:
                        found = lake.execute("SELECT count(*), count(DISTINCT measurement_id) FROM measurement")
                        rows, keys = found.fetchone()
                    assert rows == keys
                except Exception as error:  # noqa: BLE001 - told below
                    faults.append(error)
                    return

        def write() -> None:
            try:
                while not stopped.is_set():
                    number = FIRST_ID + len(sent)
                    row = reading(persons[len(sent) % len(persons)], number, 100 + number % 80)
                    outcome, _ = service.recorder.submit(row).result(60)
                    assert outcome.kept == 1, outcome.findings
                    sent.append(number)
                    stopped.wait(0.02)
            except Exception as error:  # noqa: BLE001 - told below
                faults.append(error)

        threads = [threading.Thread(target=read), threading.Thread(target=write)]
        for thread in threads:
            thread.start()
        removed = [folded(root)["removed"] for _ in range(2)]
        stopped.set()
        for thread in threads:
            thread.join()
        assert not faults, faults
        assert sum(removed) > 0
        again = service.recorder.submit(reading(persons[0], FIRST_ID, 100 + FIRST_ID % 80)).result(60)[0]
        assert (again.kept, again.already_there) == (0, 1)
        service.live.settle()
        streamed = state_of(service)
        service.stop()
        with open_lake(SOURCE) as lake:
            query = f"SELECT measurement_id FROM measurement WHERE measurement_id >= {FIRST_ID} ORDER BY 1"
            assert [number for (number,) in lake.execute(query).fetchall()] == sent
        anew = state_of(Service(get_source(SOURCE), ChanceModels(2, 10)))
    for name in anew.keys() - {"arrived"}:
        np.testing.assert_array_equal(streamed[name], anew[name], err_msg=name)


def reading(person: int, number: int, value: float) -> Submission:
    day = (NOW - pd.Timedelta(days=1)).date().isoformat()
    row = {
        "measurement_id": number, "person_id": person, "measurement_concept_id": 3004249, "measurement_date": day,
        "value_as_number": float(value), "unit_source_value": "mm[Hg]", "known_at": day + "T12:00:00Z",
    }  # fmt: skip
    return Submission({"measurement": read_json(contracts()["measurement"], [row])})


def test_a_process_that_slept_through_two_folds_says_so(untouched, tmp_path):
    root = copied(untouched, tmp_path / "root")
    arrive(root, 0)
    with use(root), open_journal(SOURCE) as journal:
        asleep = Arrived(SOURCE)
        asleep.catch_up(journal)
        for number in (1, 2):
            arrive(root, number)
            with use(root, SANZAO_THREADS="1"):
                data_fold(source=SOURCE, quiet=True)
    with use(root), open_journal(SOURCE) as journal:
        with pytest.raises(Exception, match="start it anew"):
            asleep.catch_up(journal)
        fresh = Arrived(SOURCE)
        fresh.catch_up(journal)
        assert fresh.seq == newest(SOURCE)
        outcomes, _ = Intake(fresh, journal).take([reading(int(people(1)[0]), FIRST_ID + 10**6, 150)])
        assert outcomes[0].kept == 1
        assert journal_path(SOURCE).exists()
