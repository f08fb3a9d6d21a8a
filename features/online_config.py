"""Which online store Feast uses: the embedded packed rows, or a Valkey or Redis server that the settings name."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

from features.errors import InvalidInputError
from features.settings import settings


def online_store_config(path: Path) -> dict[str, str]:
    """Return Feast's online store configuration.

    Parameters
    ----------
    path
        Where the embedded store keeps its rows.

    Raises
    ------
    InvalidInputError
        If SANZAO_ONLINE_STORE is not an address such as redis://host:port.
    """
    address = settings().online_store
    if not address:
        return {"type": "features.packed_online.PackedOnlineStore", "path": str(path)}
    return {"type": "redis", "connection_string": _connection_string(address)}


def _connection_string(address: str) -> str:
    """Return `address` as Feast spells it: host:port, then options, divided by commas."""
    parts = urlsplit(address)
    named = {"username": parts.username, "password": parts.password}
    credentials = {name: unquote(text) for name, text in named.items() if text}
    try:
        host, port, database = parts.hostname, parts.port or 6379, int(parts.path.strip("/") or 0)
    except ValueError:
        host, port, database = None, 0, 0
    if parts.scheme not in {"redis", "rediss"} or not host or any("," in text for text in credentials.values()):
        raise InvalidInputError(  # without the address: it may carry a password
            "SANZAO_ONLINE_STORE is not the address of a Valkey or Redis server. Write "
            "redis://[user:password@]host:port[/database] (rediss:// for TLS; no comma in the password), or leave it "
            "empty for the embedded store."
        )
    # Feast reads each option as JSON if it can; quoted, a password of digits remains a text.
    options = [f"{name}={json.dumps(text)}" for name, text in credentials.items()]
    options += [f"db={database}"] if database else []
    options += ["ssl=true"] if parts.scheme == "rediss" else []
    return ",".join([f"{host}:{port}", *options])
