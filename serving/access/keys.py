"""Secret keys, kept outside the database: from the environment, or made on first use in files that only we can read."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Literal

from features.errors import NotReadyError
from features.settings import settings
from features.staging import unwritable

KeyName = Literal["token", "pseudonym", "audit"]
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
    path = keys_folder() / f"{name}.key"
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise NotReadyError(f"The key {path} can be read by others. Run `chmod 600 {path}`.")
    return path.read_bytes()


def keys_folder() -> Path:
    """Return the folder of the key files."""
    return settings().state / "keys"


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
    derived = hmac.digest(secret_key(name), purpose.encode(), hashlib.sha256)
    return hmac.digest(derived, text.encode(), hashlib.sha256)
