"""Where records come from: one module an origin, each defining `SOURCE`; and what a city has imported itself."""

from __future__ import annotations

from functools import cache

from features.errors import UnknownNameError
from features.folder import load_folder
from features.sources._imported import imported, imported_names
from features.sources._source import BucketedParquet, ParquetFiles, Records, Source

__all__ = ["BucketedParquet", "ParquetFiles", "Records", "Source", "get_source", "sources"]


@cache
def sources() -> dict[str, Source]:
    """Return every data source that comes with the code, by name."""
    return load_folder("features.sources", "SOURCE")


def get_source(name: str) -> Source:
    """Return the data source called `name`, which may be an imported one.

    Raises
    ------
    UnknownNameError
        If there is none; the message names the known ones.
    """
    source = sources().get(name) or imported(name)
    if source is None:
        raise UnknownNameError("data source", name, [*sources(), *imported_names()])
    return source
