"""What `sanzao score`, `serve` and the last step of `up` do."""

from __future__ import annotations

import errno
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from features.commands import chosen_source
from features.errors import InvalidInputError, SanzaoError
from features.settings import settings
from features.sources import Source

WORKER_SECONDS = 60  # a process that says nothing for so long is started anew; one that is being set up says little


class PortInUseError(SanzaoError):
    """The port that the server should listen on is taken."""


def require_free_port() -> None:
    """Check that the server's port can be bound.

    Raises
    ------
    PortInUseError
        If it cannot; the message says how to choose another.
    """
    host, port = settings().host, settings().port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(
                    f"Port {port} on {host} is in use by another process. Stop that process, or choose another port: "
                    f"SANZAO_PORT={port + 1} make run."
                ) from error
            raise PortInUseError(
                f"Port {port} on {host} cannot be opened: {error.strerror}. Set SANZAO_HOST and SANZAO_PORT to an "
                "address of this machine and a port above 1023."
            ) from error


def serve(*, source: str | None, workers: int = 1, started_by_up: bool = False) -> None:
    """Serve the API and the pages until stopped; with demo log-ins if `sanzao up` starts open data.

    Parameters
    ----------
    workers
        Processes that share the work. Each holds everybody's features and follows the journal and the registry itself,
        so that records which one takes in are in the lists of all within moments.

    Raises
    ------
    InvalidInputError
        If there are fewer than one.
    NotReadyError
        If there is no model registry yet.
    """
    if workers < 1:
        raise InvalidInputError(f"At least one process must serve, not {workers}: leave --workers out.")
    require_free_port()
    from serving.access.demo import demo_wanted
    from serving.champions import registry_client

    chosen = chosen_source(source)
    demo = demo_wanted(chosen, started_by_up=started_by_up)
    registry_client()  # better told here, once, than by every process
    if workers == 1:
        _serve_here(chosen, demo=demo)
    else:
        _serve_by_many(chosen, workers, demo=demo)


def _serve_here(chosen: Source, *, demo: bool) -> None:
    import uvicorn

    from serving.api import create_app
    from serving.logs import set_up_logs
    from serving.service import Service

    set_up_logs()
    app = create_app(Service(chosen), demo=demo)
    _welcome(chosen, demo=demo)
    uvicorn.run(app, host=settings().host, port=settings().port, log_level="warning", access_log=False)


def _serve_by_many(chosen: Source, workers: int, *, demo: bool) -> None:
    """Serve by several processes; what they must know travels in the environment (see `serving.api.application`)."""
    import uvicorn

    with tempfile.TemporaryDirectory(prefix="sanzao-metrics-") as counts:
        os.environ |= {
            "SANZAO_SOURCE": chosen.name, "SANZAO_DEMO": str(demo), "SANZAO_METRICS_FOLDER": counts,
            "PROMETHEUS_MULTIPROC_DIR": counts,
        }  # fmt: skip
        _welcome(chosen, demo=demo)
        if settings().rate_store == "memory://":
            print(
                f"Each of the {workers} processes counts log-ins and requests for itself, so up to {workers} times the "
                "limits come through; SANZAO_RATE_STORE=redis://… makes them count together.", file=sys.stderr,
            )  # fmt: skip
        uvicorn.run(
            "serving.api:application", factory=True, workers=workers, host=settings().host, port=settings().port,
            log_level="warning", access_log=False, timeout_worker_healthcheck=WORKER_SECONDS,
        )  # fmt: skip


def _welcome(chosen: Source, *, demo: bool) -> None:
    """Say where it serves, whose data, and who may come in."""
    from features.clock import now_of
    from features.residents import residents
    from serving.access.demo import make_demo_accounts, most_measured
    from serving.database import upgrade

    host, port = settings().host, settings().port
    print(f"Sanzao serves {chosen.title} at http://{host}:{port}/  (API: /docs, stop: Ctrl-C)", file=sys.stderr)
    print(chosen.notice, file=sys.stderr, flush=True)
    if not demo:
        print("Accounts are made by `sanzao user add`.", file=sys.stderr, flush=True)
        return
    upgrade(chosen.name)
    known = residents(chosen, now_of(chosen))
    people = known.index[known["died_on"].isna()].to_numpy()
    print("Demo log-ins (open data only; `sanzao user demo` prints them again):", file=sys.stderr)
    for entry in make_demo_accounts(chosen, most_measured(chosen.name, people)):
        print(f"  {entry['name']:<20} {entry['password']}", file=sys.stderr, flush=True)


def score(*, source: str | None, residents: Sequence[int], every: bool, quiet: bool) -> Any:
    """Score residents: a few with reasons, or everybody into a score snapshot."""
    if every == bool(residents):
        raise InvalidInputError("Name residents by number, or say --all.")
    if every:
        return _score_everybody(source, quiet=quiet)
    from serving.present import risk_out
    from serving.service import Service

    service = Service(chosen_source(source))
    answers = service.answers_of(residents)
    return [
        {
            "resident": resident,
            "data_source": service.source.name,
            **risk_out(entry).model_dump(exclude={"reasons"}),
            "reasons": [reason.text for reason in risk_out(entry).reasons],
        }
        for row, resident in enumerate(residents)
        for entry in answers.risks(row)
    ]


def _score_everybody(source: str | None, *, quiet: bool) -> list[dict[str, Any]]:
    """Write the score snapshot; return a row a model."""
    from features.clock import now_of
    from features.record_log import log_manifest
    from features.terminal import progress
    from models.risk_model import models_for
    from serving.champions import Registry, registry_client
    from serving.everybody import current_scores, score_everybody

    chosen = chosen_source(source)
    registry = Registry(registry_client(), models_for(chosen))
    registry.refresh()
    champions = registry.current
    steps = log_manifest(chosen.name)["buckets"] + len(champions.champions)
    with progress("score", steps, quiet=quiet) as report:
        manifest = score_everybody(chosen, champions, now_of(chosen), report)
    shared = {"residents": manifest["residents"], "moment": manifest["moment"], "data_source": chosen.name}
    shared |= {"synthetic": chosen.synthetic, "folder": str(current_scores(chosen.name))}
    return [{"model": name, **entry, **shared} for name, entry in manifest["models"].items()]
