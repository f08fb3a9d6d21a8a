"""Files that one room writes and another reads: what is kept of a model beside its bundle, as JSON with a format.

In the folder of a version lie `profile.json` (the cohort in aggregates) and `figures.json` (calibration, decision curve
and the rest that a report draws); both hold nothing of any one person. What `sanzao drift` found last of a model lies
in the state folder of its source, for the people of now are not a part of any version.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from features.settings import settings
from features.staging import unwritable

PROFILE, FIGURES = "profile.json", "figures.json"
FORMAT = 1


def drift_file(source: str, model: str) -> Path:
    """Return where the last drift report of a model is kept."""
    return settings().source_state(source) / "drift" / f"{model}.json"


def write_kept(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file that readers see whole or not at all.

    Raises
    ------
    UnwritableFolderError
        If its folder cannot be written.
    """
    text = json.dumps({"format": FORMAT, **content}, ensure_ascii=False, separators=(",", ":"))
    staged = path.with_name(f"{path.name}.{os.getpid()}.staging")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staged.write_text(text, encoding="utf-8")
        staged.replace(path)
    except OSError as error:
        raise unwritable(path.parent, error) from error


def read_kept(path: Path) -> dict[str, Any] | None:
    """Return what `write_kept` wrote; None where there is nothing, or it is damaged or of another format."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and content.pop("format", None) == FORMAT else None
