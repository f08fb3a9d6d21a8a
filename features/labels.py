"""Labels that came back from screening: whom a programme invited and tested, what it found, and whom they stand for.

<state>/<source>/labels/<programme>.parquet: person_id, index_date, label, weight, inclusion_probability, response.
"""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from features.settings import settings
from features.staging import unwritable


def labels_path(source: str, programme: str) -> Path:
    """Return the file of a programme's labels."""
    return settings().source_state(source) / "labels" / f"{programme}.parquet"


def read_labels(source: str, programme: str) -> pd.DataFrame | None:
    """Return a programme's labels, one row a tested person; None where none came back yet."""
    path = labels_path(source, programme)
    return pd.read_parquet(path) if path.exists() else None


def write_labels(source: str, programme: str, labels: pd.DataFrame) -> None:
    """Replace a programme's labels as a whole."""
    path = labels_path(source, programme)
    staging = path.with_name(f"{path.name}.{os.getpid()}.staging")  # several processes may write the same
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        labels.to_parquet(staging, index=False)
        staging.replace(path)
    except OSError as error:
        raise unwritable(path.parent, error) from error
