"""On which day something last happened to each resident: tests, visits, invitations, and where they live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.lake import open_lake
from features.residents import homes
from features.streams import RECORD_TABLES, streams

Days = NDArray[np.float64]


def last_days(
    source: str, things: Mapping[str, Sequence[str]], people: NDArray[np.int64], now: datetime
) -> dict[str, Days]:
    """Return the last day of each thing, by name.

    Parameters
    ----------
    things
        Names of streams (`features.streams.streams`) by the name of the thing; any of them counts.
    people
        Resident numbers (n,), ascending.
    now
        What happened or became known later is not seen.

    Returns
    -------
    dict
        float64 (n,) each: days since 1970, NaN where it never happened.
    """
    with open_lake(source) as lake:
        found = {}
        for name, wanted in things.items():
            parts = " UNION ALL ".join(_days_of(stream) for stream in wanted)
            rows = lake.execute(
                f"""
                SELECT person_id, max(date_diff('day', DATE '1970-01-01', day::DATE))::DOUBLE AS day
                FROM ({parts}) WHERE greatest(day, known_at) <= $now GROUP BY person_id
                """,
                {"now": now},
            ).fetchnumpy()
            found[name] = _placed(rows, people)
    return found


def diagnosed_since(
    source: str, codes: Sequence[str], days: float, people: NDArray[np.int64], now: datetime
) -> NDArray[np.bool_]:
    """Return who (n,) was diagnosed with one of `codes` (ICD-10 prefixes) within the last `days`."""
    tests = " OR ".join(f"starts_with(condition_source_value, '{code}')" for code in codes)
    with open_lake(source) as lake:
        rows = lake.execute(
            f"""
            SELECT DISTINCT person_id, 1.0 AS day FROM condition_occurrence
            WHERE ({tests}) AND greatest(condition_start_date, known_at) <= $now
                AND condition_start_date >= $now - to_days({round(days)})
            """,
            {"now": now},
        ).fetchnumpy()
    return np.asarray(_placed(rows, people) == 1)


def townships_of(source: str, people: NDArray[np.int64], now: datetime) -> NDArray[np.object_]:
    """Return the township (code) in which each resident lives (n,), an empty text where it is not known."""
    known, townships = homes(source, now)
    place = pd.Series(np.asarray(townships, dtype=object), index=known)
    return place.reindex(people).fillna("").to_numpy(dtype=object)


def invitations(
    source: str, programme: str, test: str, within_days: int, since: datetime, now: datetime
) -> pd.DataFrame:
    """Return who was invited to a test of a programme and whether they came, for invitations old enough to tell.

    Returns
    -------
    pandas.DataFrame
        person_id (int64), came (float64, 0 or 1): one row an invitation from `since` until `within_days` before `now`.
    """
    with open_lake(source) as lake:
        return lake.execute(
            f"""
            WITH invited AS (
                SELECT screening_invitation_id, person_id, invitation_date FROM screening_invitation
                WHERE programme = $programme AND procedure_source_value = $test
                    AND greatest(invitation_date, known_at) <= $now
                    AND invitation_date BETWEEN $since AND $now - to_days({within_days})
            ), tested AS (
                SELECT person_id, procedure_date FROM procedure_occurrence
                WHERE procedure_source_value = $test AND greatest(procedure_date, known_at) <= $now
            )
            SELECT invited.person_id, (count(procedure_date) > 0)::DOUBLE AS came FROM invited
            LEFT JOIN tested ON tested.person_id = invited.person_id
                AND procedure_date BETWEEN invitation_date AND invitation_date + to_days({within_days})
            GROUP BY screening_invitation_id, invited.person_id ORDER BY screening_invitation_id
            """,
            {"programme": programme, "test": test, "since": since, "now": now},
        ).df()


def _days_of(name: str) -> str:
    stream = streams()[name]
    table = RECORD_TABLES[stream.table]
    key = f"(SELECT *, {table.key} AS key FROM {stream.table})" if table.key else stream.table
    return f"SELECT person_id, {table.day} AS day, known_at FROM {key} WHERE {stream.test}"


def _placed(rows: Mapping[str, Any], people: NDArray[np.int64]) -> Days:
    person, value = rows["person_id"], rows["day"]
    placed = np.full(len(people), np.nan)
    if len(people) and len(person):
        at = np.minimum(np.searchsorted(people, person), len(people) - 1)
        mine = people[at] == person
        placed[at[mine]] = np.ma.filled(value, np.nan)[mine]
    return placed
