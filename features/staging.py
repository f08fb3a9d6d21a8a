"""Folders that appear whole or not at all, so that a run that is killed leaves nothing half-finished behind."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from features.errors import NotReadyError, SanzaoError
from features.settings import PROJECT

MANIFEST = "manifest.json"


def code_fingerprint(*parts: str) -> str:
    """Return 16 hexadecimal digits over the Python source of files and folders of the project.

    What is derived by code is made anew when the code changes, without anybody having to remember a version number.
    """
    digest = hashlib.sha256()
    for part in parts:
        path = PROJECT / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


class UnwritableFolderError(SanzaoError):
    """A folder that must be written cannot be."""

    status = 503


@contextmanager
def staged_folder(target: Path, manifest: dict[str, Any]) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` on success; `manifest` is written into it last.

    What an earlier, killed run left in the staging place is removed first. The old `target`, if any, is replaced;
    between its removal and the rename `target` is absent, which every reader treats as "not built yet".
    """
    # Named by process, so that one that was given up but still runs can never finish another's folder.
    staging = target.with_name(f"{target.name}.{os.getpid()}.staging")
    try:
        for left in target.parent.glob(f"{target.name}.*.staging"):
            shutil.rmtree(left, ignore_errors=True)
        staging.mkdir(parents=True)
    except OSError as error:
        raise unwritable(staging, error) from error
    yield staging
    (staging / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False))
    shutil.rmtree(target, ignore_errors=True)
    staging.replace(target)


@contextmanager
def next_generation(target: Path, manifest: dict[str, Any]) -> Iterator[Path]:
    """Yield an empty folder inside `target` that counts once the manifest of `target` names it as its `folder`.

    The manifest is replaced last and in one step, so that readers in other processes see what was there before or what
    there is now, and never nothing. Whoever has begun with the generation before can end with it: it is removed only
    when the one after this is begun.
    """
    current = str((read_manifest(target) or {}).get("folder", ""))
    try:
        target.mkdir(parents=True, exist_ok=True)
        numbers = [int(path.name) for path in target.iterdir() if path.is_dir() and path.name.isdigit()]
        folder = target / str(max(numbers, default=0) + 1)
        # What a killed run left goes, and what was replaced by the generation that counts now.
        for path in target.iterdir():
            if path.is_dir() and path.name != current and (current or path.name.isdigit()):
                shutil.rmtree(path, ignore_errors=True)
        folder.mkdir()
    except OSError as error:
        raise unwritable(target, error) from error
    yield folder
    write_manifest(target, manifest | {"folder": folder.name})


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Replace the manifest of a folder in one step."""
    draft = folder / f"{MANIFEST}.{os.getpid()}.draft"
    draft.write_text(json.dumps(manifest, indent=2, ensure_ascii=False))
    draft.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a finished folder, or None where there is none that can be read."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return None
    return manifest


def unwritable(path: Path, error: OSError) -> UnwritableFolderError:
    """Return the error for a folder that could not be written, naming the settings that move it."""
    return UnwritableFolderError(
        f"Cannot write to {path}: {error.strerror or error}. Give this user write access to it, or point "
        "SANZAO_STATE (lake, features, training) and SANZAO_MLRUNS (model registry) at folders that can be written."
    )


@contextmanager
def exclusive(folder: Path, what: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of `folder` for as long as the block runs; the system frees it when a process dies.

    Parameters
    ----------
    wait
        Wait until another process is done, for what takes a moment only.

    Raises
    ------
    NotReadyError
        If another process holds it.
    """
    path = folder / ".lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = path.open("a")
    except OSError as error:
        raise unwritable(folder, error) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NotReadyError(
                f"Another process is already {what} in {folder}. Wait for it to end, or stop it, then try again."
            ) from error
        yield
