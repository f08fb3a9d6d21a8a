"""What `sanzao score`, `serve` and the last step of `up` do."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from features.commands import chosen_source
from features.errors import InvalidInputError, SanzaoError
from features.settings import settings
from features.staging import unwritable


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
        people = service.population.residents.index
        print("Demo log-ins (open data only; `sanzao user demo` prints them again):", file=sys.stderr)
        for entry in make_demo_accounts(chosen, int(people[0]) if len(people) else None):
            print(f"  {entry['name']:<20} {entry['password']}", file=sys.stderr, flush=True)
    else:
        print("Accounts are made by `sanzao user add`.", file=sys.stderr, flush=True)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)


def score(*, source: str | None, residents: Sequence[int], every: bool, output: str) -> Any:
    """Score residents: a few with reasons, or everybody into a Parquet file."""
    if every == bool(residents):
        raise InvalidInputError("Name residents by number, or say --all.")
    from serving.present import risk_out
    from serving.service import Service

    service = Service(chosen_source(source))
    if every:
        return _score_everybody(service, Path(output))
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


def _score_everybody(service: Any, path: Path) -> dict[str, Any]:
    """Write one row a resident and model at risk: person_id, model, version, risk, tier."""
    import numpy as np
    import pandas as pd

    ranking = service.ranking
    people = ranking.population.residents.index.to_numpy()
    parts = []
    for column, (name, champion) in enumerate(ranking.snapshot.champions.items()):
        rows = np.sort(ranking.order[name])
        risk, tiers = ranking.risks[rows, column], champion.bundle.tiers
        tier = np.select([risk >= tiers.very_high, risk >= tiers.high], ["very_high", "high"], "usual")
        parts.append(
            pd.DataFrame(
                {"person_id": people[rows], "model": name, "version": champion.version, "risk": risk, "tier": tier}
            ).assign(data_source=service.source.name, synthetic=service.source.synthetic)
        )
    table = pd.concat(parts, ignore_index=True)
    staging = path.with_name(path.name + ".staging")
    try:
        table.to_parquet(staging, index=False)
        staging.replace(path)
    except OSError as error:
        raise unwritable(path.parent.resolve(), error) from error
    return {"file": str(path), "rows": len(table), "residents": len(people), "data_source": service.source.name}
