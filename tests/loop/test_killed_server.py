"""A server that is killed again and again while records stream in: what it acknowledged is there, and once."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pandas as pd

from features.arriving.arrived import Arrived
from features.arriving.online_rows import refresh_online
from features.clock import now_us
from features.history import history
from features.journal import open_journal
from features.lake import open_lake
from features.online import online
from features.sources import get_source
from tests.conftest import environment, token_for

SOURCE = "framingham"
FIRST_ID = 3 * 10**9
LIVES = 20

# Imports take seconds and are not what is killed: one process imports, and forks a server for each life.
NURSERY = """
import os, sys
import uvicorn
from features.sources import get_source
from features.store import import_feast, open_store
from serving.api import create_app
from serving.champions import Registry, Snapshot
from serving.service import Service

class NoModels:
    declared, current = {}, Snapshot()
    def refresh(self):
        return False

open_store("framingham")
print("ready", flush=True)
for line in sys.stdin:
    port = int(line)
    child = os.fork()
    if child == 0:
        app = create_app(Service(get_source("framingham"), NoModels()))
        uvicorn.run(app, port=port, log_level="error", access_log=False)
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def body(person: int, number: int) -> str:
    """Return a request with three readings of one resident, numbered on from `number`."""
    rows = [
        {
            "measurement_id": number + place, "person_id": person, "measurement_concept_id": 3004249,
            "measurement_date": "1969-01-05", "value_as_number": 100 + number % 100, "unit_source_value": "mm[Hg]",
            "known_at": "1969-01-05T12:00:00Z",
        }
        for place in range(3)
    ]  # fmt: skip
    return json.dumps({"records": {"measurement": rows}})


def live(port: int, server: int, seconds: float, persons: np.ndarray, sent: int, *, early: bool) -> int:
    """Send records until the server is killed; return how many requests it took.

    It is killed `seconds` after the first request reached it, or, if not `early`, was answered.
    """
    taken, killer = 0, None
    headers = token_for("framingham", "steward")
    while True:
        number, person = FIRST_ID + 3 * (sent + taken), int(persons[(sent + taken) % len(persons)])
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            client.request("POST", "/v1/records", body(person, number), headers)
            if early and killer is None:
                killer = threading.Timer(seconds, os.kill, [server, signal.SIGKILL])
                killer.start()
            answer = client.getresponse()
            assert answer.status == 200, answer.read()
            document = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            if killer is not None:
                killer.join()
                # Without an answer the sender cannot know, so the next life gets the same once more.
                return taken
            time.sleep(0.02)  # it does not listen yet
            continue
        finally:
            client.close()
        assert document["kept"] + document["already_there"] == 3
        taken += 1
        if killer is None:
            killer = threading.Timer(seconds, os.kill, [server, signal.SIGKILL])
            killer.start()


def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(own_world):
    with open_lake(SOURCE) as lake:
        persons = lake.execute("SELECT person_id FROM person ORDER BY 1 LIMIT 200").fetchnumpy()["person_id"]
    generator = np.random.default_rng(7)
    nursery = subprocess.Popen(
        [sys.executable, "-c", NURSERY], env=environment(own_world), text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert nursery.stdout.readline().strip() == "ready"
        taken = 0
        for number in range(LIVES):
            port = free_port()
            print(port, file=nursery.stdin, flush=True)
            server = int(nursery.stdout.readline())
            seconds = float(generator.uniform(0.0, 0.3))
            taken += live(port, server, seconds, persons, taken, early=number % 2 == 0)
    finally:
        nursery.stdin.close()
        nursery.kill()
        nursery.wait()
        nursery.stdout.close()
    acknowledged = set(range(FIRST_ID, FIRST_ID + 3 * taken))
    with open_lake(SOURCE) as lake:
        (there,) = lake.execute(
            f"SELECT list(measurement_id ORDER BY measurement_id) FROM measurement WHERE measurement_id >= {FIRST_ID}"
        ).fetchone()
    assert taken >= LIVES // 2
    assert acknowledged <= set(there)
    assert len(there) == len(set(there))
    assert len(there) - len(acknowledged) in {0, 3}  # at most the last request, whose answer was lost
    # A server that starts brings the online rows to what is in the journal, whatever the killed ones left undone.
    arrived = Arrived(SOURCE)
    with open_journal(SOURCE) as journal:
        arrived.catch_up(journal)
    now = get_source(SOURCE).as_of
    refresh_online(arrived, now_us(now, arrived.newest))
    index = pd.DataFrame({"person_id": persons, "index_date": now})
    expected = history(SOURCE, index).set_index(pd.Index(persons, name="person_id"))
    pd.testing.assert_frame_equal(online(SOURCE, persons.tolist()), expected, check_exact=True)
