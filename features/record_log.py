"""The record log: every record of every stream, laid out so that one resident's records lie together.

<state>/<source>/log/<n>/bucket=<k>/records.arrow   the records, by resident, day, moment known, number
<state>/<source>/log/<n>/bucket=<k>/people.arrow    where each resident's records begin, birth and sex
<state>/<source>/log/<n>/bucket=<k>/former.arrow    what registrations said before they were corrected, if any were
<state>/<source>/log/<n>/areas.arrow                area_year
<state>/<source>/log/manifest.json                  the folder <n> that counts, lake, buckets, records, residents

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
RECORDS, PEOPLE, FORMER, AREAS = "records.arrow", "people.arrow", "former.arrow", "areas.arrow"
NEVER = NEVER_REGISTERED = np.iinfo(np.int64).max


@dataclass(frozen=True)
class RecordLog:
    """A finished log, as it was when it was asked for: one that is written later changes nothing in it.

    Attributes
    ----------
    lake, code
        Fingerprints of what it was made from and by.
    arrived
        The newest batch of the journal that is in it.
    """

    source: str
    folder: Path
    lake: str
    code: str
    buckets: int
    arrived: int


@dataclass(frozen=True)
class Former:
    """What was known of registrations before they were corrected, ordered by resident and moment known; (k,) each."""

    person: NDArray[np.int64]
    known: NDArray[np.int64]
    birth: NDArray[np.float64]
    female: NDArray[np.float64]

    def last_by(self, persons: NDArray[np.int64], moments: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each of `persons` the position of what was known of them last by its moment, (n,); -1: nothing."""
        who, when = np.concatenate([self.person, persons]), np.concatenate([self.known, moments])
        order = np.lexsort((np.arange(len(who)), when, who))
        # Going up, the newest position so far; those of `Former` lie in that order already.
        newest = np.maximum.accumulate(np.where(order < len(self.person), order, -1))
        found = np.empty(len(who), dtype=np.int64)
        found[order] = newest
        last = found[len(self.person) :]
        mine = (last >= 0) & (np.append(self.person, -1)[last] == persons)
        return np.where(mine, last, -1)


def nobody_before() -> Former:
    """Return that no registration was ever corrected."""
    return Former(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))


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
        int64 (n,): moment in microseconds from which the registration is known, as it now is.
    former
        What registrations said before.
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
    until
        int64 (m,): moment in microseconds from which the record no longer counts, because one that corrects it became
        known; `NEVER` where none did. Empty where that holds for all.
    """

    person: NDArray[np.int64]
    start: NDArray[np.int64]
    birth: NDArray[np.float64]
    female: NDArray[np.float64]
    registered: NDArray[np.int64]
    former: Former
    day: NDArray[np.int32]
    known: NDArray[np.int64]
    code: NDArray[np.uint8]
    value: NDArray[np.float64]
    record: NDArray[np.int64]
    until: NDArray[np.int64]

    def registered_by(self, moment: int) -> NDArray[np.bool_]:
        """Return which residents (n,) were registered by a moment."""
        early = self.former.person[self.former.known <= moment]
        found: NDArray[np.bool_] = (self.registered <= moment) | np.isin(self.person, early)
        return found

    def rows_of(self, persons: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the position of each of `persons` among the residents, (k,); -1 where unknown."""
        if not len(self.person):
            return np.full(len(persons), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.person, persons), len(self.person) - 1)
        return np.where(self.person[found] == persons, found, -1)


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


def current_log(source: str) -> RecordLog:
    """Return the log of a source as it is now.

    Raises
    ------
    NotReadyError
        If there is no finished log.
    """
    found = log_manifest(source)
    folder = log_path(source) / str(found.get("folder", ""))
    return RecordLog(source, folder, found["lake"], found["code"], int(found["buckets"]), int(found["arrived"]))


def read_columns(path: Path) -> dict[str, NDArray[Any]]:
    """Return the columns of a file of the log, mapped into memory."""
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


def open_bucket(log: RecordLog, bucket: int) -> Records:
    """Return one bucket of a log, mapped into memory."""
    return _open_bucket(log.folder / f"bucket={bucket}", log)


@lru_cache(maxsize=1024)
def _open_bucket(folder: Path, _version: object) -> Records:
    people, records = read_columns(folder / PEOPLE), read_columns(folder / RECORDS)
    former = Former(**read_columns(folder / FORMER)) if (folder / FORMER).exists() else nobody_before()
    return Records(
        person=people["person_id"],
        start=np.append(people["start"], len(records["day"])),
        birth=people["birth"],
        female=people["female"],
        registered=people["registered"],
        former=former,
        until=records.pop("until", _never()),
        **{name: records[name] for name in ("day", "known", "code", "value", "record")},
    )


def _never() -> NDArray[np.int64]:
    never = np.empty(0, dtype=np.int64)
    never.flags.writeable = False  # as the mapped files are, so that one compiled loop serves both
    return never
