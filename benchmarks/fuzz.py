"""Every operation of the OpenAPI page, asked with input that nobody thought of: no answer may be a fault.

Schemathesis makes the cases, half of them after the page's schemas and half against them; the server is the whole
application on a small simulated city. `ours` is how many cases out of a hundred were answered without a
fault; the goal is all of them. `--rows` says how many cases an operation gets in each half.
"""

from __future__ import annotations

import collections
import resource
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from benchmarks._world import NAME, city, signed_in, source, world

if TYPE_CHECKING:
    from fastapi import FastAPI

CASES = 200  # of each operation and half
RESIDENTS, MODELS, TREES = 2_000, 4, 30
SEED = 20_260_803


@dataclass
class Fuzzed:
    """What came of it.

    Attributes
    ----------
    statuses
        How often each status was answered.
    faults
        Method, address, status and beginning of the answer of every fault.
    """

    cases: int = 0
    operations: int = 0
    statuses: collections.Counter[int] = field(default_factory=collections.Counter)
    faults: list[str] = field(default_factory=list)


def bench(rows: int = CASES) -> dict[str, Any]:
    """Ask a server on the simulated city for long."""
    with world():
        app, headers = _application()
        found = fuzz(app, headers, rows)
    for fault in found.faults[:20]:
        print(fault, file=sys.stderr)
    return {
        "unit": "% of cases without a server error",
        "ours": 100 * (1 - len(found.faults) / found.cases),
        "peer": 100.0,
        "peer_name": "goal",
        "ratio": 1 - len(found.faults) / found.cases,
        "equal": not found.faults,
        "tolerance": 0,
        "rows": found.cases,
        "operations": found.operations,
        "statuses": dict(sorted(found.statuses.items())),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def fuzz(app: FastAPI, headers: Mapping[str, Mapping[str, str]], cases: int) -> Fuzzed:
    """Ask every operation that many times in each half, as every role in turn.

    Parameters
    ----------
    headers
        By role, what makes a request one of that role.
    """
    import hypothesis

    found = Fuzzed()
    callers = list(headers.values())
    for strategy in _strategies(app):
        found.operations += 1

        @hypothesis.seed(SEED)
        @hypothesis.settings(
            max_examples=cases, deadline=None, database=None, phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )  # fmt: skip
        @hypothesis.given(strategy)
        def ask(case: Any) -> None:
            caller = callers[found.cases % len(callers)]
            _note(found, case, case.call(session=None, headers=dict(caller), app=app, timeout=60))

        with suppress(hypothesis.errors.Unsatisfiable):  # nothing goes against a schema that asks for nothing
            ask()
    return found


def _strategies(app: FastAPI) -> Iterator[Any]:
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.core.result import Err

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_dict(app.openapi())
        schema.app = app
        for result in schema.get_all_operations():
            if isinstance(result, Err):
                raise result.err()
            operation = result.ok()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                yield operation.as_strategy(generation_mode=mode)


def _note(found: Fuzzed, case: Any, answer: Any) -> None:
    found.cases += 1
    found.statuses[answer.status_code] += 1
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        found.faults.append(f"{case.method} {case.formatted_path} {answer.status_code} {answer.text[:300]}")


def _application() -> tuple[FastAPI, dict[str, dict[str, str]]]:
    """Return an application on a small simulated city with models fitted to chance, and a caller of every role."""
    from benchmarks._stream_server import ChanceModels
    from features.sources._city.clock import AS_OF
    from features.store import build_store
    from serving.access.accounts import add_account, make_api_key
    from serving.access.roles import ROLES
    from serving.api import create_app
    from serving.service import Service
    from training.registry import client

    city(RESIDENTS, SEED)
    small = source(AS_OF)
    build_store(small)
    models = ChanceModels(MODELS, TREES)
    models.client = client()
    service = Service(small, models)  # type: ignore[arg-type]
    app = create_app(service)
    resident = int(service.population.residents.index[0])
    add_account(NAME, "bench-resident", "resident", resident=resident)
    add_account(NAME, "bench-app", "app")
    everywhere = frozenset({"*"})
    headers = {
        role: signed_in(role, everywhere if role in ("clinician", "coordinator") else frozenset())
        for role in ROLES
        if role != "app"
    }
    return app, headers | {"app": {"X-API-Key": make_api_key(NAME, "bench-app")}}
