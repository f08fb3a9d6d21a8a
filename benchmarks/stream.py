"""Records to list: a simulated city's server takes records over HTTP while a reader watches a list.

The server is a process of its own (uvicorn, one worker) with models of the size that a city's have. Senders post
batches as an exchange platform would, several at once; a reader asks for the top of a list all the time. Reported are
the records per second that are acknowledged and in the lists when senders send as fast as they are answered; and, when
records come at a steady rate above the goal, how long after its acknowledgement a batch was first seen to be in the
answered list. Then everything that the server holds (features, risks, lists, online
rows) is compared bit for bit with what a record log written anew from all records gives. No peer does this job; the
goal of 500 records a second, listed within 150 ms in 99 of 100 cases, stands in for one.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._stream_server import MODELS, ChanceModels, model_names, serve, state_of
from benchmarks._world import NAME, finish_lake, signed_in, source, world

RESIDENTS, RECORDS, SEED = 50_000, 20_000, 20_260_102
SENDERS, BATCH = 4, 10  # senders at once, and records that each posts at a time
GOAL, GOAL_MS = 500.0, 150.0
STEADY = 550.0  # records a second while the delay is measured
READ_EVERY = 0.005  # seconds between two looks at a list
WARM = 0.1  # share of the records before the clock runs


def bench(rows: int = RECORDS) -> dict[str, Any]:
    """Measure the way of records into the lists, and compare what comes out with a full batch."""
    from features.log_writing import build_log
    from features.sources._city.clock import AS_OF
    from features.store import build_store

    with world() as folder:
        _city(RESIDENTS)
        city = source(AS_OF)
        build_store(city)
        batches = _batches(rows)
        run = _run(folder, batches)
        build_log(NAME, with_arrivals=True)
        equal, compared = _compare(folder, city)
    full, steady = run
    p99 = float(np.quantile(steady.milliseconds, 0.99))
    return {
        "unit": "records/s",
        "ours": full.records / full.seconds,
        "peer": GOAL,
        "peer_name": "goal",
        "ratio": full.records / full.seconds / GOAL,
        "steady_records_per_second": steady.records / steady.seconds,
        "p50_ms": float(np.quantile(steady.milliseconds, 0.5)),
        "p99_ms": p99,
        "goal_p99_ms": GOAL_MS,
        "p99_within_goal": p99 <= GOAL_MS,
        "p99_ms_at_full_speed": float(np.quantile(full.milliseconds, 0.99)),
        "acknowledged_p50_ms": float(np.quantile(steady.answered, 0.5)),
        "acknowledged_p99_ms": float(np.quantile(steady.answered, 0.99)),
        "equal": equal,
        "tolerance": 0,
        "compared": compared,
        "rows": full.records + steady.records,
        "senders": SENDERS,
        "records_a_request": BATCH,
        "list_reads": full.reads + steady.reads,
        "residents": RESIDENTS,
        "models": MODELS,
        "data": "simulated city",
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


@dataclass
class Run:
    """What was measured.

    Attributes
    ----------
    milliseconds
        From the acknowledgement of each request to the first list that was seen to hold it.
    answered
        From sending each request to its acknowledgement, milliseconds.
    """

    records: int = 0
    seconds: float = 0.0
    reads: int = 0
    milliseconds: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)


def _city(residents: int) -> None:
    """Simulate a city and let its records stand as the lake; the contracts are not what is measured."""
    from features.lake import lake_path
    from features.sources._city import build

    buckets = build.build(residents, SEED)["buckets"]
    lake_path(NAME).parent.mkdir(parents=True, exist_ok=True)
    build.records_path().rename(lake_path(NAME))
    finish_lake(buckets)


def _batches(count: int) -> list[bytes]:
    """Return requests with measurements, visits, diagnoses and deaths of the day before now, some sent twice."""
    from features.concepts import MEASUREMENTS
    from features.lake import open_lake
    from features.sources._city.clock import AS_OF

    generator = np.random.default_rng(SEED)
    with open_lake(NAME) as lake:
        persons = lake.execute(
            "SELECT person_id FROM person WHERE person_id NOT IN (SELECT person_id FROM death) ORDER BY person_id"
        ).fetchnumpy()["person_id"]
    dying = iter(generator.permutation(persons).tolist())  # nobody dies twice
    moment = (AS_OF - pd.Timedelta(hours=6)).isoformat()
    day = (AS_OF - pd.Timedelta(days=1)).date().isoformat()
    readings = [entry for entry in MEASUREMENTS.values() if entry.table == "measurement"]
    rows: list[tuple[str, dict[str, Any]]] = []
    for number in range(count):
        shared = {"person_id": int(generator.choice(persons)), "known_at": moment}
        kind = generator.choice(["measurement", "visit_occurrence", "condition_occurrence", "death"], p=KINDS)
        row: dict[str, Any] = {f"{kind}_id": 10**15 + number} if kind != "death" else {}
        if kind == "measurement":
            entry = readings[generator.integers(len(readings))]
            value = float(generator.uniform(entry.low, (entry.low + entry.high) / 2))
            row |= {"measurement_concept_id": entry.concept_id, "measurement_date": day, "value_as_number": value}
            row |= {"unit_source_value": entry.unit}
        elif kind == "visit_occurrence":
            row |= {"visit_concept_id": 9202, "visit_start_date": day, "visit_source_value": "clinic"}
        elif kind == "condition_occurrence":
            row |= {"condition_concept_id": 0, "condition_start_date": day}
            row |= {"condition_source_value": str(generator.choice(["I10", "E11", "I63", "J44", "C34", "B18.1"]))}
        else:
            row |= {"death_date": day, "person_id": next(dying)}
        rows.append((str(kind), shared | row))
    bodies = []
    for start in range(0, len(rows), BATCH):
        sent = rows[start : start + BATCH]
        if start and generator.random() < 0.02:
            sent = [*sent[1:], rows[int(generator.integers(start))]]
            sent.append(rows[start])
        tables: dict[str, list[dict[str, Any]]] = {}
        for kind, row in sent:
            tables.setdefault(kind, []).append(row)
        bodies.append(json.dumps({"records": tables}).encode())
    return bodies


KINDS = [0.7, 0.2, 0.095, 0.005]


def _run(folder: Path, batches: list[bytes]) -> tuple[Run, Run]:
    """Return what was measured at full speed and at a steady rate."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    server = context.Process(target=serve, args=(port, folder / "served.npz"))
    server.start()
    try:
        _await(port)
        half = len(batches) // 2
        run = _measure(port, batches[:half], 0.0), _measure(port, batches[half:], BATCH / STEADY)
        with _client(port) as client:
            client.request("POST", "/stop")
            client.getresponse().read()
        server.join(120)
    finally:
        server.kill()
        server.join()
    return run


def _await(port: int) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            with _client(port) as client:
                client.request("GET", "/readyz")
                if client.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("The server did not start.")


def _measure(port: int, batches: list[bytes], every: float) -> Run:
    """Send everything from several senders at once, one batch `every` so many seconds, with a reader beside them."""
    load = _Load(port, batches, every)
    reader = threading.Thread(target=load.read)
    senders = [threading.Thread(target=load.send) for _ in range(SENDERS)]
    for thread in (reader, *senders):
        thread.start()
    for sender in senders:
        sender.join()
    while load.reading and load.seen[-1][1] < load.newest:
        time.sleep(0.01)
    load.done.set()
    reader.join()
    return load.result()


class _Load:
    """Senders and a reader of one server."""

    def __init__(self, port: int, batches: list[bytes], every: float) -> None:
        self._port = port
        self._every = every
        self._start = time.monotonic()
        self._waiting = iter(enumerate(batches))
        self._first = int(len(batches) * WARM)
        self._lock = threading.Lock()
        self._began = 0.0
        self._run = Run()
        self._acknowledged: list[tuple[float, int]] = []
        self.seen: list[tuple[float, int]] = [(0.0, -1)]
        self.done = threading.Event()
        self.reading = True

    @property
    def newest(self) -> int:
        """The newest batch that was acknowledged."""
        return max(batch for _, batch in self._acknowledged)

    def send(self) -> None:
        """Post batches until none is left."""
        json_of_steward = signed_in("steward") | {"Content-Type": "application/json"}
        with _client(self._port) as client:
            while True:
                with self._lock:
                    number, body = next(self._waiting, (0, b""))
                    if number == self._first:
                        self._began = time.monotonic()
                if not body:
                    return
                time.sleep(max(0.0, self._start + number * self._every - time.monotonic()))
                start = time.monotonic()
                client.request("POST", "/v1/records", body, json_of_steward)
                answer = client.getresponse()
                document = json.loads(answer.read())
                now = time.monotonic()
                if answer.status != 200:
                    raise RuntimeError(f"The server refused records: {document}")
                if number >= self._first:
                    with self._lock:
                        self._run.records += document["kept"] + document["already_there"]
                        self._run.answered.append(1000 * (now - start))
                        self._acknowledged.append((now, document["batch"]))

    def read(self) -> None:
        """Ask for the top of a list again and again, and note which batch it holds."""
        try:
            clinician = signed_in("clinician", frozenset({"*"}))
            with _client(self._port) as client:
                while not self.done.is_set():
                    client.request("GET", f"/v1/risk-list?model={model_names()[0]}&limit=1", headers=clinician)
                    document = json.loads(client.getresponse().read())
                    self.seen.append((time.monotonic(), document["arrived"]))
                    time.sleep(READ_EVERY)
        finally:
            self.reading = False

    def result(self) -> Run:
        """Return what was measured."""
        moments, batches = np.array(self.seen).T
        for at, batch in self._acknowledged:
            shown = moments[np.searchsorted(batches, batch)]
            self._run.milliseconds.append(1000 * max(0.0, shown - at))
        self._run.seconds = float(moments[np.searchsorted(batches, self.newest)]) - self._began
        self._run.reads = len(self.seen)
        return self._run


def _client(port: int) -> Any:
    import contextlib
    import http.client

    return contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60))


def _compare(folder: Path, city: Any) -> tuple[bool, int]:
    """Return whether the server's state is that of a service begun anew on a log of all records, and its numbers."""
    from serving.service import Service

    served = dict(np.load(folder / "served.npz"))
    anew = state_of(Service(city, ChanceModels()))  # type: ignore[arg-type]
    served.pop("arrived"), anew.pop("arrived")
    equal = served.keys() == anew.keys() and all(
        np.array_equal(served[name], anew[name], equal_nan=served[name].dtype.kind == "f") for name in served
    )
    features = served["online"], served["features"]
    return equal and np.array_equal(*features, equal_nan=True), sum(values.size for values in served.values())
