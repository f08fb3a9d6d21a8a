"""Several writers at once, and a writer that is killed: nothing is overwritten, lost or done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from features.errors import RefusedError
from serving.database import transaction
from serving.loop.tables import Task
from serving.loop.tasks import ConflictError, Step, advance, history, record_outcome
from tests.loop.loop_people import SOURCE, opened

WRITER = """
import sys
from serving.loop.tasks import Step, record_outcome
tasks = [int(number) for number in sys.argv[1:]]
version = 1
while True:
    for task in tasks:
        outcome = "agreed" if version % 2 else "call_later"
        record_outcome("city", task, version, Step(outcome, note="n"), "writer", f"{task}-{version}")
        print(task, version, flush=True)
    version += 1
"""


def test_of_two_who_write_at_once_one_wins_and_the_other_is_told_who(database):
    tasks = opened(6)
    barrier, answers = threading.Barrier(2, timeout=20), {}

    def write(actor):
        for task in tasks:
            barrier.wait()
            try:
                answers[task, actor] = record_outcome(SOURCE, task, 1, Step("agreed"), actor)["version"]
            except RefusedError as error:
                answers[task, actor] = error

    threads = [threading.Thread(target=write, args=(actor,)) for actor in ("anna", "bo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for task in tasks:
        both = {actor: answers[task, actor] for actor in ("anna", "bo")}
        (winner,) = [actor for actor, answer in both.items() if answer == 2]
        loser = both["bo" if winner == "anna" else "anna"]
        assert isinstance(loser, ConflictError)
        assert f"{winner} set 'agreed' at" in str(loser)
        with transaction(SOURCE, reads=True) as session:
            assert [step.actor for step in history(session, session.get(Task, task))] == ["anna", winner]


def test_the_same_request_sent_twice_at_once_is_done_once(database):
    tasks = opened(5)
    barrier, answers = threading.Barrier(2, timeout=20), []

    def write():
        for task in tasks:
            barrier.wait()
            answers.append(record_outcome(SOURCE, task, 1, Step("agreed"), "bo", f"key-{task}")["version"])

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [2] * 10


def test_a_killed_writer_loses_nothing_that_it_acknowledged(database):
    folder, address = database
    tasks = opened(3)
    environment = os.environ | {"SANZAO_STATE": str(folder), "SANZAO_DATABASE": address}
    acknowledged = dict.fromkeys(tasks, 0)
    for enough in (8, 17):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, *map(str, tasks)],
            env=environment, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        lines = [writer.stdout.readline() for _ in range(enough)]
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
        writer.stdout.close()
        writer.wait()
        for line in lines:
            if line.endswith("\n"):
                task, version = map(int, line.split())
                acknowledged[task] = max(acknowledged[task], version)
        # The next writer sends everything again from the start: what was done is answered, not repeated.
    with transaction(SOURCE, reads=True) as session:
        for task in tasks:
            steps = history(session, session.get(Task, task))
            assert [step.version for step in steps] == list(range(1, len(steps) + 1))
            done = len(steps) - 1
            assert acknowledged[task] <= done <= acknowledged[task] + 1
            assert [step.after for step in steps[1:]] == ["agreed", "call_later"] * (done // 2) + ["agreed"] * (
                done % 2
            )
            assert done >= 5
            assert session.get(Task, task).version == len(steps)


def test_a_write_that_fails_half_way_leaves_nothing(database):
    (task,) = opened(1)

    class HalfWayError(Exception):
        pass

    def fail_half_way():
        with transaction(SOURCE) as session:
            advance(session, session.get(Task, task), Step("agreed"), "bo")
            raise HalfWayError

    with pytest.raises(HalfWayError):
        fail_half_way()
    with transaction(SOURCE, reads=True) as session:
        assert session.get(Task, task).state == "to_call"
        assert len(history(session, session.get(Task, task))) == 1
