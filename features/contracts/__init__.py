"""Table contracts: the data catalogue. One module a lake table, each defining `CONTRACT`."""

from __future__ import annotations

from functools import cache

from features.contracts._contract import Column, TableContract
from features.folder import load_folder

__all__ = ["Column", "TableContract", "contracts"]


@cache
def contracts() -> dict[str, TableContract]:
    """Return every table contract by table name."""
    return load_folder("features.contracts", "CONTRACT")
