"""What is known of townships, beside the record log."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.record_log import AREAS, RecordLog, read_columns

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Areas:
    """What is known of townships, one entry a township and year, ordered by township and moment known.

    Attributes
    ----------
    township
        float64 (k,): the code as a number, as the stream `social.township` has it.
    known, year
        int64 (k,).
    newest
        int64 (k,): row of the newest year among those known of the township by then. An old year that arrives late
        never covers a newer one.
    columns
        float64 (k,) by name.
    """

    township: NDArray[np.float64]
    known: NDArray[np.int64]
    year: NDArray[np.int64]
    newest: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]


def open_areas(log: RecordLog) -> Areas:
    """Return what is known of townships."""
    return _open_areas(log.folder / AREAS, log)


@lru_cache(maxsize=16)
def _open_areas(path: Path, _version: object) -> Areas:
    return _areas(read_columns(path))


def areas_with(areas: Areas, rows: pa.Table | None) -> Areas:
    """Return what is known of townships together with rows of `area_year` that arrived later."""
    if rows is None:
        return areas
    import pyarrow as pa
    import pyarrow.compute

    numeric = pa.array([_number(text) for text in rows["township"].to_pylist()], pa.float64())
    known = pa.compute.cast(rows["known_at"], pa.int64())
    late = {"township": numeric, "known": known} | {name: rows[name] for name in ("year", *areas.columns)}
    there = ~np.isnan(numeric.to_numpy(zero_copy_only=False))
    columns = {"township": areas.township, "known": areas.known, "year": areas.year, **areas.columns}
    both = {
        name: np.concatenate([values, late[name].to_numpy(zero_copy_only=False)[there].astype(values.dtype)])
        for name, values in columns.items()
    }
    order = np.lexsort((both["year"], both["known"], both["township"]))
    return _areas({name: values[order] for name, values in both.items()})


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _areas(columns: dict[str, NDArray[Any]]) -> Areas:
    township, known, year = (columns.pop(name) for name in ("township", "known", "year"))
    newest = np.arange(len(year))
    for row in range(1, len(year)):
        before = newest[row - 1]
        if township[row] == township[row - 1] and year[before] > year[row]:
            newest[row] = before
    numbers = {name: values.astype(np.float64) for name, values in columns.items() if name != "year"}
    return Areas(township, known, year, newest, numbers)
