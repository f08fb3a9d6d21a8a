"""What has arrived since the record log was written, as those need it who read the log."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.concepts import FEMALE
from features.journal import StreamRecords, arrived, journal_identity, log_order, newest, stream_records
from features.record_log import DAY_US, RecordLog, current_log

Entry = tuple[float, float, int]
"""What a registration says: birth (days since 1970), female (1 or 0) and moment known, microseconds since 1970."""


@dataclass(frozen=True)
class Arrivals:
    """What has arrived since a log was written.

    Attributes
    ----------
    log
        That log; the two belong together, whatever log is written later.
    records
        (m,) of `features.journal.STREAM_RECORD`, ordered as the log is.
    persons
        int64 (n,), ascending: whom it concerns.
    registry
        What registrations that came since say, by person_id, in the order in which they became known.
    replaced, rewritten
        int64, ascending: residents whose household records, or whose other ones, in the log no longer count.
    areas
        Rows of `area_year`; None where none has arrived. They concern everybody who lives there.
    """

    log: RecordLog
    records: NDArray[np.void]
    persons: NDArray[np.int64]
    registry: dict[int, list[Entry]]
    replaced: NDArray[np.int64]
    rewritten: NDArray[np.int64]
    areas: pa.Table | None = None


def arrivals(source: str, after: int | None = None) -> Arrivals:
    """Return what arrived after batch `after` of the journal; None: since the log was written."""
    log = current_log(source)
    return _arrivals(log, log.arrived if after is None else after, newest(source), journal_identity(source))


@lru_cache(maxsize=4)
def _arrivals(log: RecordLog, after: int, until: int, _journal: tuple[str, int]) -> Arrivals:
    found, tables = stream_records(log.source, after, until), arrived(log.source, until, after)
    return arrivals_of(log, found, registry_of(tables.get("person")), tables.get("area_year"))


def arrivals_of(
    log: RecordLog, found: StreamRecords, registry: dict[int, list[Entry]], areas: pa.Table | None
) -> Arrivals:
    """Return arrivals from records in any order; see `Arrivals`."""
    known = [found.records["person"], found.replaced, found.rewritten, np.array(list(registry), dtype=np.int64)]
    persons = np.unique(np.concatenate(known)).astype(np.int64)
    return Arrivals(log, log_order(found.records), persons, registry, found.replaced, found.rewritten, areas)


def registry_of(people: pa.Table | None) -> dict[int, list[Entry]]:
    """Return what rows of `person` say, by person_id, in the order in which it became known."""
    if people is None:
        return {}
    birth, known = (people[name].cast(pa.int64()).to_numpy() for name in ("birth_date", "known_at"))
    female = people["gender_concept_id"].to_numpy() == FEMALE
    entries = zip((birth / DAY_US).tolist(), female.astype(float).tolist(), known.tolist(), strict=True)
    found: dict[int, list[Entry]] = {}
    for person, entry in zip(people["person_id"].to_pylist(), entries, strict=True):
        found.setdefault(person, []).append(entry)
    return {person: sorted(versions, key=lambda entry: entry[2]) for person, versions in found.items()}
