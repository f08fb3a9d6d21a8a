"""What rows that arrive add to the record log: their own records, and the household records of those of the same home.

Where a row corrects one that is known, all own records of whom the older version is about are given anew, each with the
moment from which it no longer counts; where that, or a new member, changes what a home shares, all household records of
all who live there are. A mark before them says that what the residents had before no longer counts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arriving.arrived import Arrived
from features.arriving.homes import Homes, shared_codes, shared_events
from features.arriving.lake_index import HOME, home_rows
from features.arriving.records_of import end_records, stream_records_of
from features.contracts import contracts
from features.journal import REPLACED, REWRITTEN, STREAM_RECORD
from features.streams import RECORD_TABLES
from features.versions import counting


def log_records(arrived: Arrived, tables: Mapping[str, pa.Table], ended: Mapping[str, pa.Table]) -> NDArray[np.void]:
    """Return what new rows add to the record log, of `STREAM_RECORD`.

    Parameters
    ----------
    arrived
        What is known but for the new rows.
    tables
        The new rows, by table.
    ended
        Which versions, of these rows or of known ones, they supersede; see `features.journal.superseded`.
    """
    own = np.concatenate(
        [np.empty(0, STREAM_RECORD), *(stream_records_of(name, rows) for name, rows in tables.items())]
    )
    owners = [ended[name]["person"].to_numpy() for name in ended.keys() & RECORD_TABLES.keys()]
    corrected = np.unique(np.concatenate([np.empty(0, np.int64), *owners]))
    before = arrived.own_records(corrected)
    end_records(own, ended)
    end_records(before, ended)
    rewritten = np.concatenate([_marks(corrected, REWRITTEN), before])
    return np.concatenate([rewritten, own, _household_records(arrived, tables, ended, own, before)])


def _household_records(
    arrived: Arrived,
    tables: Mapping[str, pa.Table],
    ended: Mapping[str, pa.Table],
    own: NDArray[np.void],
    before: NDArray[np.void],
) -> NDArray[np.void]:
    homes, told = arrived.homes, shared_events(own)
    members = np.empty(0, HOME)
    if "household_member" in tables:
        name = "household_member"
        members = home_rows(counting(contracts()[name], tables[name], ended.get(name)))
    # A correction may take away what a home shares, and so may a new member: a home that has become an institution
    # says nothing any more. All who live there get all of their household records anew.
    ending = before[(before["until"] < np.iinfo(np.int64).max) & np.isin(before["code"], list(shared_codes()))]
    grown = {int(home) for home in members["household"]}
    grown |= {home for person in np.unique(ending["person"]).tolist() for home in homes.homes_of(person)}
    if not grown:
        return homes.passed_on(told)
    lived = _everybody(homes, grown)
    with homes.with_rows(members):
        moved = lived | _everybody(homes, grown)
        others = {other for person in moved for other in homes.others(person)}
        about = np.array(sorted(others | moved), dtype=np.int64)
        known = arrived.events(about)
        known = known[~np.isin(known["person"], before["person"])]
        events = np.concatenate([known, shared_events(before), told])
        events = events[np.argsort(events["person"], kind="stable")]
        anew = homes.records(sorted(moved), events)
        more = homes.passed_on(told)
    mine = np.array(sorted(moved), dtype=np.int64)
    return np.concatenate([_marks(mine, REPLACED), anew, more[~np.isin(more["person"], mine)]])


def _everybody(homes: Homes, households: set[int]) -> set[int]:
    return {person for home in households for person in homes.everybody(home)}


def _marks(persons: NDArray[np.int64], code: int) -> NDArray[np.void]:
    marks = np.zeros(len(persons), STREAM_RECORD)
    marks["person"], marks["code"] = persons, code
    return marks
