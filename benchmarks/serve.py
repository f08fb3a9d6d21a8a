"""One resident's risks under all models with reasons, over HTTP, against MLflow's server of one model given features.

Ours is asked by a resident's number: it looks up who asks, writes down who is seen, reads the online row, scores ten
models and puts their reasons into words in two languages. MLflow's (`mlflow models serve`, as it comes) is sent the
ready features of one of these models and returns its risk. Both are asked in turn over connections that stay open: by
one client for the delay, by 32 at once for the requests per second and for errors. People and models are made up.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import resource
import signal
import socket
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from benchmarks._score_server import register_all, serve, serve_by_mlflow
from benchmarks._world import NAME, city, signed_in, source, world

RESIDENTS, SEED = 5_000, 20_260_104
REQUESTS, ROUNDS, CLIENTS = 300, 3, 32
GOAL_RATIO, GOAL_MS = 5.0, 15.0
TOLERANCE = 1e-9
START_SECONDS = 600


def bench(rows: int = REQUESTS) -> dict[str, Any]:
    """Measure both; `rows` are the requests of one client in one round, and of 32 together four times as many."""
    from features.sources._city.clock import AS_OF
    from features.store import build_store

    with world() as folder:
        city(RESIDENTS, SEED)
        build_store(source(AS_OF))
        models = register_all(folder / "results")
        asked = _people(400)
        ours = _Server(_free_port(), "/v1/score", folder / "ours.log")
        peer = _Server(_free_port(), "/invocations", folder / "mlflow.log")
        process = multiprocessing.get_context("spawn").Process(target=serve, args=(ours.port, models, ours.log))
        process.start()
        mlflow = serve_by_mlflow(models[0], peer.port, peer.log)
        try:
            ours.prepare([json.dumps({"residents": [person]}) for person in asked], signed_in("clinician", EVERYWHERE))
            peer.prepare([_features(models[0], person) for person in asked], {})
            ours.wait("/readyz", process.is_alive)
            peer.wait("/ping", lambda: mlflow.poll() is None)
            equal = _agree(ours, peer, models[0], len(asked))
            one, many = _measure([ours, peer], rows)
        finally:
            process.kill()
            process.join()
            with suppress(ProcessLookupError):
                os.killpg(mlflow.pid, signal.SIGKILL)
            mlflow.wait()
    return _told(one, many, equal=equal, models=len(models), requests=rows)


EVERYWHERE = frozenset({"*"})


@dataclass
class _Load:
    """What one server did under one load: seconds of each request, and how many were not answered as they should."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    took: float = 0.0

    @property
    def speed(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.took


@dataclass
class _Server:
    """One server, and the requests that it is sent, as bytes."""

    port: int
    path: str
    log: Path
    requests: list[bytes] = field(default_factory=list)

    def prepare(self, bodies: Sequence[str], headers: dict[str, str]) -> None:
        """Keep the requests ready, so that making them costs nothing while it is measured."""
        shared = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        for body in bodies:
            head = (
                f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{shared}"
                f"Content-Length: {len(body.encode())}\r\n\r\n"
            )
            self.requests.append(head.encode() + body.encode())

    def wait(self, health: str, alive: Callable[[], bool]) -> None:
        """Wait until it answers.

        Raises
        ------
        TimeoutError
            If it does not, or its process ends; with the end of what it said.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and alive():
            try:
                with _Connection(self.port) as connection:
                    status, _ = connection.ask(f"GET {health} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                    if status == 200:
                        return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError(f"The server of {self.path} did not start: {self.log.read_text()[-2000:]}")

    def load(self, clients: int, requests: int) -> _Load:
        """Send so many requests, from several clients at once."""
        numbers, found, lock = itertools.count(), _Load(), threading.Lock()

        def send() -> None:
            with _Connection(self.port) as connection:
                while (number := next(numbers)) < requests:
                    start = time.perf_counter()
                    status, _ = connection.ask(self.requests[number % len(self.requests)])
                    took = time.perf_counter() - start
                    with lock:
                        found.seconds.append(took)
                        found.errors += status != 200

        threads = [threading.Thread(target=send) for _ in range(clients)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found.took = time.perf_counter() - start
        return found


class _Connection:
    """One connection that stays open; it reads no more of an answer than it must."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Return status and body."""
        self._socket.sendall(request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = received[:end].lower()
        start = head.index(b"content-length:") + len(b"content-length:")
        length = int(head[start:].split(b"\r\n", 1)[0])
        body = received[end + 4 :]
        while len(body) < length:
            body += self._more()
        return int(head.split(b" ", 2)[1]), body

    def _more(self) -> bytes:
        part = self._socket.recv(65_536)
        if not part:
            raise ConnectionError("The server closed the connection.")
        return part


def _people(count: int) -> list[int]:
    """Return living residents of middle age, to whom most models apply."""
    from features.sources._city.clock import AS_OF
    from serving.population import Population

    population = Population(source(AS_OF))
    ages = population.features["age"]
    fitting = population.residents.index[population.living & (ages >= 40) & (ages <= 70)]
    return [int(person) for person in np.random.default_rng(SEED).choice(fitting, count, replace=False)]


def _features(model: str, person: int) -> str:
    """Return a resident's features as MLflow's server takes them."""
    from features.online import online_columns
    from models.risk_model import risk_models

    names = list(risk_models()[model].features)
    columns = online_columns(NAME, [person])
    row = [None if np.isnan(columns[name][0]) else float(columns[name][0]) for name in names]
    return json.dumps({"dataframe_split": {"columns": names, "data": [row]}})


def _agree(ours: _Server, peer: _Server, model: str, people: int) -> bool:
    """Return whether both give the same risk of everybody to whom the model applies."""
    compared = []
    with _Connection(ours.port) as mine, _Connection(peer.port) as theirs:
        for number in range(people):
            (person,) = json.loads(mine.ask(ours.requests[number])[1])["results"]
            (risk,) = (entry["risk"] for entry in person["risks"] if entry["model"] == model)
            (other,) = json.loads(theirs.ask(peer.requests[number])[1])["predictions"]
            if risk is not None:
                compared.append(abs(risk - other["risk"]) <= TOLERANCE)
    return len(compared) > people / 4 and all(compared)


def _measure(servers: Sequence[_Server], requests: int) -> tuple[list[list[_Load]], list[list[_Load]]]:
    """Return the loads of each server, round by round: of one client, and of many at once."""
    for server in servers:
        server.load(CLIENTS, requests)  # warm
    rounds = [
        [(server.load(1, requests), server.load(CLIENTS, 4 * requests)) for server in servers] for _ in range(ROUNDS)
    ]
    one = [[entry[place][0] for entry in rounds] for place in range(len(servers))]
    many = [[entry[place][1] for entry in rounds] for place in range(len(servers))]
    return one, many


def _told(
    one: list[list[_Load]], many: list[list[_Load]], *, equal: bool, models: int, requests: int
) -> dict[str, Any]:
    fast = [statistics.median(load.speed for load in loads) for loads in many]
    alone = [statistics.median(load.speed for load in loads) for loads in one]
    delays = [1000 * np.concatenate([load.seconds for load in loads]) for loads in one]
    p99, p99_peer = (float(np.quantile(delay, 0.99)) for delay in delays)
    return {
        "unit": "requests/s",
        "ours": fast[0],
        "peer": fast[1],
        "peer_name": "mlflow models serve",
        "ratio": fast[0] / fast[1],
        "goal_ratio": GOAL_RATIO,
        "equal": equal,
        "tolerance": TOLERANCE,
        "rows": ROUNDS * 5 * requests,
        "clients": CLIENTS,
        "errors": sum(load.errors for load in (*one[0], *many[0])),
        "one_client": alone[0],
        "one_client_peer": alone[1],
        "ratio_one_client": alone[0] / alone[1],
        "p50_ms": float(np.median(delays[0])),
        "p99_ms": p99,
        "p99_ms_peer": p99_peer,
        "goal_p99_ms": GOAL_MS,
        "p99_within_goal": p99 <= GOAL_MS,
        "models": models,
        "residents": RESIDENTS,
        "data": "simulated city, models fitted to chance",
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
