"""Tables whose wrong cells are known: one as it was found, beside the same with every mistake mended.

They are no records of residents, so they are no `Source`: nothing of them goes into the lake. `--source quality` names
them on the command line, `SANZAO_QUALITY` the folder: one subfolder a table, `dirty.csv` and `clean.csv` in each, of
the same columns and rows in the same order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InvalidInputError, NotReadyError
from features.settings import settings

QUALITY = "quality"
NOTICE = "Public benchmark tables with known mistakes (hospitals, flights, census). For testing, not for clinical use."
NOTICE_ZH = "带有已知错误的公开基准表格（医院、航班、人口普查）。仅供测试，不得用于临床。"


@dataclass(frozen=True, eq=False)
class TablePair:
    """One table with what is wrong in it.

    Attributes
    ----------
    dirty
        The table as it was found, every cell as text, "" where there is nothing.
    wrong
        bool (n, k), which cells differ from the mended table.
    """

    name: str
    dirty: pd.DataFrame
    wrong: NDArray[np.bool_]


def table_pairs() -> list[TablePair]:
    """Return every pair in the folder that the settings name, by name.

    Raises
    ------
    NotReadyError
        If there are none.
    InvalidInputError
        If the two tables of a pair do not fit each other.
    """
    return [_pair(folder) for folder in _folders()]


def pairs_fingerprint() -> str:
    """Return 16 hexadecimal digits that change with the tables."""
    digest = hashlib.sha256()
    for folder in _folders():
        for name in ("dirty.csv", "clean.csv"):
            digest.update(f"{folder.name}/{name}".encode())
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:16]


def _folders() -> list[Path]:
    root = settings().quality
    found = sorted(path.parent for path in root.glob("*/dirty.csv") if (path.parent / "clean.csv").is_file())
    if not found:
        raise NotReadyError(
            f"There are no tables with known mistakes in {root}. Point SANZAO_QUALITY at a folder that holds "
            "NAME/dirty.csv and NAME/clean.csv for each table."
        )
    return found


def _pair(folder: Path) -> TablePair:
    dirty, clean = (pd.read_csv(folder / name, dtype=str, keep_default_na=False) for name in ("dirty.csv", "clean.csv"))
    if list(dirty.columns) != list(clean.columns) or len(dirty) != len(clean):
        raise InvalidInputError(
            f"dirty.csv and clean.csv in {folder} must have the same columns and rows, not {dirty.shape} and "
            f"{clean.shape}."
        )
    return TablePair(folder.name, dirty, dirty.to_numpy() != clean.to_numpy())
