"""Where records come from: one module an origin, each defining `SOURCE`."""

from __future__ import annotations

from functools import cache

from features.errors import UnknownNameError
from features.folder import load_folder
from features.sources._source import ParquetRecords, Records, Source

__all__ = ["ParquetRecords", "Records", "Source", "get_source", "sources"]


@cache
def sources() -> dict[str, Source]:
    """Return every data source by name."""
    return load_folder("features.sources", "SOURCE")


def get_source(name: str) -> Source:
    """Return the data source called `name`.

    Raises
    ------
    UnknownNameError
        If there is none; the message names the known ones.
    """
    if name not in sources():
        raise UnknownNameError("data source", name, sources())
    return sources()[name]
