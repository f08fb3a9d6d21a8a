"""`sanzao serve --workers 2`: what one process takes in the other shows; log-ins and counts are those of both."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from serving.access.demo import demo_password
from tests.conftest import SANZAO, environment, token_for
from tests.loop.test_killed_server import body, free_port

SOURCE, MODEL = "framingham", "stroke_10y"
SECONDS = 240


@pytest.fixture
def served(own_world, tmp_path):
    """Give the address of a server of two processes on a world of its own, its number, and the file of its log."""
    port, log = free_port(), tmp_path / "log"
    with log.open("w") as written:
        server = subprocess.Popen(
            [SANZAO, "serve", "--workers", "2"], stderr=written, start_new_session=True,
            env=environment(own_world, SANZAO_PORT=str(port), SANZAO_DEMO="true", SANZAO_LOG_JSON="true"),
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: len(workers_of(server.pid)) == 2 and all(serves(address, server.pid, place) for place in (0, 1)))
        yield address, server.pid, log
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def until(true):
    """Wait until something is so; what is not there yet counts as no."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("it did not come to that")


def ask(address, headers=None, data=None, seconds=60):
    request = urllib.request.Request(address, data=data, headers=headers or {})  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
        content = answer.read()
    return json.loads(content) if answer.headers["content-type"] == "application/json" else content.decode()


def workers_of(server: int) -> list[int]:
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return [int(child) for child in children if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()]


@contextmanager
def only(server, place):
    """Hold the other process still, so that this one must answer; for one request, since it may hold a lock."""
    others = [worker for number, worker in enumerate(workers_of(server)) if number != place]
    for other in others:
        os.kill(other, signal.SIGSTOP)
    try:
        yield
    finally:
        for other in others:
            os.kill(other, signal.SIGCONT)


def serves(address, server, place):
    with only(server, place):
        return ask(f"{address}/readyz", seconds=2)["models"]


def test_what_one_process_takes_in_all_show(served):
    address, server, log = served
    password = demo_password("clinician")
    token = ask(f"{address}/v1/token", data=f"username=demo-clinician&password={password}".encode())
    clinician, steward = {"Authorization": f"Bearer {token['access_token']}"}, token_for(SOURCE, "steward")
    person = ask(f"{address}/v1/risk-list?model={MODEL}&limit=50", clinician)["people"][-1]["resident"]

    def risk_of():
        risks = ask(f"{address}/v1/residents/{person}/risks", clinician)["risks"]
        return next(risk["risk"] for risk in risks if risk["model"] == MODEL)

    def holds(place, batch):
        with only(server, place):
            return ask(f"{address}/v1/risk-list?model={MODEL}&limit=1", clinician, seconds=5)["arrived"] >= batch

    before, batches = risk_of(), []
    for place in (0, 1):
        sent = body(person, 5 * 10**9 + 3 * place).encode()
        with only(server, place):
            kept = ask(f"{address}/v1/records", steward, sent)
        with only(server, 1 - place):  # the same again, to the other one
            again = ask(f"{address}/v1/records", steward, sent)
        assert (kept["kept"], kept["already_there"], again["kept"], again["already_there"]) == (3, 0, 0, 3)
        batches.append(kept["batch"])
    assert batches[0] < batches[1]
    seen = []
    for place in (0, 1):
        until(lambda: holds(place, batches[1]))  # noqa: B023 - asked at once
        with only(server, place):
            seen.append(risk_of())
    assert seen[0] == seen[1] != before
    counted = ask(f"{address}/metrics")
    assert re.search(r'sanzao_records_total\{outcome="kept"\} 6\.0', counted)
    assert re.search(r'sanzao_records_total\{outcome="already_there"\} 6\.0', counted)

    def logged():
        # A process writes what it was asked after the answer is out, so the last line may come later than the answer.
        whole = log.read_text().rpartition("\n")[0].splitlines()
        return [json.loads(line) for line in whole if line.startswith("{")]

    until(lambda: {"/v1/records", "/v1/token", "/metrics"} <= {line.get("route") for line in logged()})
    lines = logged()
    assert str(person) not in "".join(line["message"] for line in lines)
    assert "times the limits come through" in log.read_text()


def test_wrong_numbers_of_processes_are_refused(world):
    answer = subprocess.run(
        [SANZAO, "serve", "--workers", "0"], env=environment(world, SANZAO_PORT=str(free_port())),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert answer.returncode == 2
    assert "At least one process" in answer.stderr
