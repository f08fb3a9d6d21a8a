"""Secret keys, kept outside the database: from the environment, or made on first use in files that only we can read."""

from __future__ import annotations

import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Literal

from features.errors import NotReadyError
from features.settings import settings
from features.staging import unwritable

KeyName = Literal["token", "pseudonym", "audit"]
HASH = "sha256"
KEYS = "keys"
KEY_BYTES = 32  # as many as HMAC-SHA256 wants: RFC 7518, section 3.2


def secret_key(name: KeyName) -> bytes:
    """Return a secret key.

    Raises
    ------
    NotReadyError
        If the configured key is too short, or its file can be read by others.
    """
    configured = str(getattr(settings(), f"{name}_key").get_secret_value()).encode()
    if configured:
        if len(configured) < KEY_BYTES:
            raise NotReadyError(f"SANZAO_{name.upper()}_KEY has {len(configured)} bytes; it needs {KEY_BYTES} or more.")
        return configured
    path = _path(settings().state, name)
    try:
        found = os.stat(path)  # noqa: PTH116 - half the price of Path.stat, several times in every request
    except FileNotFoundError:
        _make(Path(path))
        found = os.stat(path)  # noqa: PTH116
    if found.st_mode & 0o077:
        raise NotReadyError(f"The key {path} can be read by others. Run `chmod 600 {path}`.")
    return _read(path, found.st_ino, found.st_mtime_ns)


@lru_cache(maxsize=16)
def _path(state: Path, name: KeyName) -> str:
    return str(state / KEYS / f"{name}.key")


@lru_cache(maxsize=16)
def _read(path: str, _file: int, _written: int) -> bytes:
    """Return what the file holds, read once for as long as it is the same file."""
    return Path(path).read_bytes()


def keys_folder() -> Path:
    """Return the folder of the key files."""
    return settings().state / KEYS


def _make(path: Path) -> None:
    staging = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise unwritable(path.parent, error) from error
    try:
        path.hardlink_to(staging)  # whole or not at all; of two processes that start at once, the first one's key holds
    except FileExistsError:
        pass
    finally:
        staging.unlink()


def keyed(name: KeyName, purpose: str, text: str) -> bytes:
    """Return 32 bytes that only who has the key can work out: HMAC-SHA256 of a text, another one for each purpose."""
    return hmac.digest(_derived(secret_key(name), purpose), text.encode(), HASH)


@lru_cache(maxsize=64)
def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, purpose.encode(), HASH)
