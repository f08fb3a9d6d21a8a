"""The record log: every record of every stream, laid out so that one resident's records lie together.

<state>/<source>/log/bucket=<k>/records.arrow   the records, by resident, day, moment known, number
<state>/<source>/log/bucket=<k>/people.arrow    where each resident's records begin, birth and sex
<state>/<source>/log/areas.arrow                area_year
<state>/<source>/log/manifest.json              which lake it was made from, buckets, records, residents

The lake is the truth and is read by table; the log is derived from it and is read by resident: a few at once for a
request, all of a bucket for a snapshot. Files are uncompressed Arrow, mapped into memory, so that a resident costs
what that resident's records cost, and all readers share one copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.errors import NotReadyError
from features.settings import settings
from features.staging import read_manifest

if TYPE_CHECKING:
    import pyarrow as pa

DAY_US = 86_400_000_000
RECORDS, PEOPLE, AREAS = "records.arrow", "people.arrow", "areas.arrow"
NEVER_REGISTERED = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Records:
    """Records of n residents, m in all, ordered by resident, day, moment known and number.

    Attributes
    ----------
    person
        int64 (n,), ascending.
    start
        int64 (n + 1,): the records of resident i are `start[i]` to `start[i + 1]`.
    birth, female
        float64 (n,): day of birth since 1970, and 1 for women; NaN where not registered.
    registered
        int64 (n,): moment in microseconds from which the registration is known.
    day
        int32 (m,), days since 1970.
    known
        int64 (m,), microseconds since 1970, UTC.
    code
        uint8 (m,), see `features.streams.codes`.
    value
        float64 (m,).
    record
        int64 (m,), number of the record in its table.
    """

    person: NDArray[np.int64]
    start: NDArray[np.int64]
    birth: NDArray[np.float64]
    female: NDArray[np.float64]
    registered: NDArray[np.int64]
    day: NDArray[np.int32]
    known: NDArray[np.int64]
    code: NDArray[np.uint8]
    value: NDArray[np.float64]
    record: NDArray[np.int64]

    def rows_of(self, persons: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the position of each of `persons` among the residents, (k,); -1 where unknown."""
        if not len(self.person):
            return np.full(len(persons), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.person, persons), len(self.person) - 1)
        return np.where(self.person[found] == persons, found, -1)


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


def log_path(source: str) -> Path:
    """Return the folder of a source's record log."""
    return settings().source_state(source) / "log"


def log_manifest(source: str) -> dict[str, Any]:
    """Return the manifest of a source's log.

    Raises
    ------
    NotReadyError
        If there is no finished log.
    """
    manifest = read_manifest(log_path(source))
    if manifest is None:
        raise NotReadyError(
            f"There is no feature store for source '{source}' yet. Run `sanzao features build --source {source}`."
        )
    return manifest


def _version(source: str) -> tuple[Any, ...]:
    """Return what tells one log in a folder from the next."""
    manifest = log_manifest(source)
    return tuple(manifest[name] for name in ("lake", "code", "arrived"))


def _read(path: Path) -> dict[str, NDArray[Any]]:
    import pyarrow as pa

    try:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except (OSError, pa.ArrowInvalid) as error:
        raise NotReadyError(
            f"The record log {path} is missing or damaged. Run `sanzao features build` to make it anew."
        ) from error
    return {name: _stretch(table[name]) for name in table.column_names}


def _stretch(column: pa.ChunkedArray) -> NDArray[Any]:
    if column.num_chunks == 0:
        return np.empty(0, dtype=column.type.to_pandas_dtype())
    return np.asarray(column.chunk(0).to_numpy(zero_copy_only=True))


def open_bucket(source: str, bucket: int) -> Records:
    """Return one bucket of a source's log, mapped into memory."""
    return _open_bucket(log_path(source) / f"bucket={bucket}", _version(source))


@lru_cache(maxsize=1024)
def _open_bucket(folder: Path, _version: tuple[Any, ...]) -> Records:
    people, records = _read(folder / PEOPLE), _read(folder / RECORDS)
    return Records(
        person=people["person_id"],
        start=np.append(people["start"], len(records["day"])),
        birth=people["birth"],
        female=people["female"],
        registered=people["registered"],
        **{name: records[name] for name in ("day", "known", "code", "value", "record")},
    )


def open_areas(source: str) -> Areas:
    """Return what is known of townships."""
    return _open_areas(log_path(source) / AREAS, _version(source))


@lru_cache(maxsize=16)
def _open_areas(path: Path, _version: tuple[Any, ...]) -> Areas:
    return _areas(_read(path))


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
