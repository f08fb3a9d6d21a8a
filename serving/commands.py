"""What `sanzao score`, `serve` and the last step of `up` do."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Sequence
from typing import Any

from features.commands import chosen_source
from features.errors import InvalidInputError, SanzaoError
from features.settings import settings


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


def serve(*, source: str | None, started_by_up: bool = False) -> None:
    """Serve the API and the pages until stopped; with demo log-ins if `sanzao up` starts open data."""
    require_free_port()
    import uvicorn

    from serving.access.demo import demo_wanted, make_demo_accounts
    from serving.access.envelope import log_with_request_ids
    from serving.api import create_app
    from serving.service import Service

    log_with_request_ids()
    chosen = chosen_source(source)
    demo = demo_wanted(chosen, started_by_up=started_by_up)
    service = Service(chosen)
    app = create_app(service, demo=demo)
    host, port = settings().host, settings().port
    print(f"Sanzao serves {chosen.title} at http://{host}:{port}/  (API: /docs, stop: Ctrl-C)", file=sys.stderr)
    print(chosen.notice, file=sys.stderr, flush=True)
    if demo:
        people = service.population.residents.index[service.population.living]
        print("Demo log-ins (open data only; `sanzao user demo` prints them again):", file=sys.stderr)
        for entry in make_demo_accounts(chosen, int(people[0]) if len(people) else None):
            print(f"  {entry['name']:<20} {entry['password']}", file=sys.stderr, flush=True)
    else:
        print("Accounts are made by `sanzao user add`.", file=sys.stderr, flush=True)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)


def score(*, source: str | None, residents: Sequence[int], every: bool, quiet: bool) -> Any:
    """Score residents: a few with reasons, or everybody into a score snapshot."""
    if every == bool(residents):
        raise InvalidInputError("Name residents by number, or say --all.")
    if every:
        return _score_everybody(source, quiet=quiet)
    from serving.present import risk_out
    from serving.service import Service

    service = Service(chosen_source(source))
    return [
        {
            "resident": resident,
            "data_source": service.source.name,
            **risk_out(entry).model_dump(exclude={"reasons"}),
            "reasons": [reason.text for reason in risk_out(entry).reasons],
        }
        for resident, answers in zip(residents, service.risks_of(service.features_of(residents)), strict=True)
        for entry in answers
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
