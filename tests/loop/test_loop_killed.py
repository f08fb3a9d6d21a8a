"""A process that is killed between a step of the loop and the next: everything is there in the end, and once."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import func, select

from features.concepts import MEASUREMENTS
from features.lake import open_lake
from features.sources import get_source
from models.screening_programme import get_programme
from serving.database import transaction, upgrade
from serving.loop.follower import Follower
from serving.loop.invitations import TABLE
from serving.loop.opening import open_list
from serving.loop.tables import List, Task
from serving.loop.tasks import history
from serving.service import Service
from serving.worklists import Candidates
from tests.conftest import PROJECT, environment

SOURCE = "framingham"
NOW = get_source(SOURCE).as_of
WEEK = "1968-W01"
FIRST_ID = 7 * 10**9

# One process does one step and dies at the place that it is told, without a chance to clean up.
DYING = """
import os, signal, sys
import pandas as pd
from features.push import journal_rows, push
from serving.loop import invitations

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

where, argument = sys.argv[1:]
if where == "before the journal":
    invitations.record_invitations("framingham", die)
elif where == "before the mark":
    def take(submission):
        frame = submission.tables[invitations.TABLE].rows.to_pandas()
        push("framingham", {invitations.TABLE: frame})
        die()
    invitations.record_invitations("framingham", take)
elif where == "before the closing":
    journal_rows("framingham", {"measurement": pd.read_parquet(argument)})
    print("acknowledged", flush=True)
    die()
"""


class NoModels:
    """A registry without champions: the loop does without."""

    def __init__(self):
        from serving.champions import Snapshot

        self.declared, self.current = {}, Snapshot()

    def refresh(self):
        return False


def die(world, where, argument=""):
    done = subprocess.run(
        [sys.executable, "-c", DYING, where, str(argument)], env=environment(world) | {"PYTHONPATH": str(PROJECT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout


def candidates(count):
    with open_lake(SOURCE) as lake:
        persons = lake.execute("SELECT person_id FROM person ORDER BY 1").fetchnumpy()["person_id"][:count]
    programme = get_programme("hypertension")
    risk, uptake = np.linspace(0.1, 0.5, count), np.full(count, 0.5)
    return Candidates(
        programme=programme, champion=SimpleNamespace(version=1), circumstances=None, uptake_source="by hand",
        population=SimpleNamespace(now=NOW, source=SimpleNamespace(name=SOURCE)), rows=np.arange(count), person=persons,
        risk=risk, uptake=uptake, benefit=programme.benefit(risk, uptake), township=np.full(count, "", dtype=object),
        overdue=np.full(count, np.inf), second=np.zeros(count, dtype=bool),
    )  # fmt: skip


def started():
    """Return what a server that starts does with the loop, done."""
    service = Service(get_source(SOURCE), NoModels())
    Follower(service).catch_up()
    service.stop()


@pytest.fixture
def opened(own_world):
    upgrade(SOURCE)
    answer = open_list(SOURCE, candidates(300), 40, WEEK, None, "anna", None)
    assert (answer["invited"], answer["by_lot"]) == (40, 2)
    return own_world


def recorded():
    with open_lake(SOURCE) as lake:
        return lake.execute(f"SELECT * FROM {TABLE} ORDER BY person_id").df()


@pytest.mark.parametrize("place", ["before the journal", "before the mark"])
def test_invitations_are_recorded_once_wherever_a_process_is_killed(opened, place):
    for _ in range(2):
        die(opened, place)
        with transaction(SOURCE, reads=True) as session:
            assert session.scalar(select(List.recorded_at)) is None
        assert len(recorded()) == (0 if place == "before the journal" else 40)
    started()
    rows = recorded()
    with transaction(SOURCE, reads=True) as session:
        assert session.scalar(select(List.recorded_at)) is not None
        tasks = session.execute(select(Task.person_id, Task.inclusion_probability).order_by(Task.person_id)).all()
    assert [tuple(row) for row in rows[["person_id", "inclusion_probability"]].to_numpy()] == [tuple(t) for t in tasks]
    assert rows["screening_invitation_id"].is_unique
    assert set(rows["known_at"]) == {pd.Timestamp(NOW)}
    started()
    assert len(recorded()) == 40


def test_a_record_that_was_acknowledged_closes_its_task_though_its_server_was_killed(opened, tmp_path):
    with transaction(SOURCE, reads=True) as session:
        task = session.scalar(select(Task).order_by(Task.id).limit(1))
    rows = pd.DataFrame(
        [
            {
                "measurement_id": FIRST_ID + place, "person_id": task.person_id, "measurement_date": pd.Timestamp(NOW),
                "measurement_concept_id": MEASUREMENTS[name].concept_id, "value_as_number": value,
                "unit_source_value": "mm[Hg]", "known_at": pd.Timestamp(NOW),
            }
            for place, (name, value) in enumerate((("systolic_bp", 122.0), ("diastolic_bp", 78.0)))
        ]
    )  # fmt: skip
    rows.to_parquet(tmp_path / "rows.parquet")
    assert "acknowledged" in die(opened, "before the closing", tmp_path / "rows.parquet")
    for _ in range(2):  # a second server that starts finds nothing left to do
        started()
        with transaction(SOURCE, reads=True) as session:
            steps = history(session, session.get_one(Task, task.id))
            assert [step.after for step in steps] == ["to_call", "tested", "negative", "closed"]
            assert {step.actor for step in steps[1:]} == {"records"}
            others = select(func.count()).where(Task.state != "to_call")
            assert session.scalar(others) == 1
