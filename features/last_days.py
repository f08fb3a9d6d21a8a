"""On which day something last happened to each resident: tests, visits, invitations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.feature import Feature, Over
from features.lake import open_lake
from features.log_reading import Arrivals, features_at
from features.plan import plan_of
from features.record_log import DAY_US
from features.streams import RECORD_TABLES, streams

AT_ONCE = 250_000  # residents whose answers are in memory together beside the result

Days = NDArray[np.float64]


def last_days(
    source: str,
    things: Mapping[str, Sequence[str]],
    people: NDArray[np.int64],
    now: datetime,
    new: Arrivals | None = None,
) -> dict[str, Days]:
    """Return the last day of each thing, by name, out of the record log.

    Parameters
    ----------
    things
        Names of streams (`features.streams.streams`) by the name of the thing; any of them counts.
    people
        Resident numbers (n,).
    now
        What happened or became known later is not seen.
    new
        What has arrived about them since the log was written; None: what the journal holds.

    Returns
    -------
    dict
        float64 (n,) each: days since 1970, NaN where it never happened.
    """
    wanted = list(dict.fromkeys(stream for shown in things.values() for stream in shown))
    steps = plan_of(tuple(_since(stream) for stream in wanted))
    moment = round(now.timestamp() * 1e6)
    found = {name: np.full(len(people), np.nan) for name in things}
    for start in range(0, len(people), AT_ONCE):
        part = slice(start, min(start + AT_ONCE, len(people)))
        moments = np.full(part.stop - start, moment)
        day = np.rint(moment / DAY_US - features_at(source, people[part], moments, steps, new))
        for name, shown in things.items():
            for stream in shown:
                found[name][part] = np.fmax(found[name][part], day[wanted.index(stream)])
    return found


def _since(stream: str) -> Feature:
    """Return the days since a stream's last record, which is no feature of any model."""
    return Feature(
        name=stream, label=stream, label_zh=stream, unit="d", low=0, high=1e9, step=1, kind="continuous",
        taken=Over("days_since", stream), description=f"days since the last record of {stream}",
    )  # fmt: skip


def diagnosed_since(
    source: str, codes: Sequence[str], days: float, people: NDArray[np.int64], now: datetime
) -> NDArray[np.bool_]:
    """Return who (n,) was diagnosed with one of `codes` (ICD-10 prefixes) within the last `days`."""
    tests = " OR ".join(f"starts_with(condition_source_value, '{code}')" for code in codes)
    with open_lake(source) as lake:
        rows = lake.execute(
            f"""
            SELECT DISTINCT person_id FROM condition_occurrence
            WHERE ({tests}) AND greatest(condition_start_date, known_at) <= $now
                AND condition_start_date >= $now - to_days({round(days)})
            """,
            {"now": now},
        ).fetchnumpy()
    return np.isin(people, rows["person_id"])


def invitations(
    source: str, programme: str, test: str, done: Sequence[str], within_days: int, since: datetime, now: datetime
) -> pd.DataFrame:
    """Return who was invited to a test of a programme and whether they came, for invitations old enough to tell.

    Parameters
    ----------
    done
        Names of the streams whose records show that the test was done.

    Returns
    -------
    pandas.DataFrame
        person_id (int64), came (float64, 0 or 1): one row an invitation from `since` until `within_days` before `now`.
    """
    parts = " UNION ALL ".join(_days_of(stream) for stream in done)
    with open_lake(source) as lake:
        return lake.execute(
            f"""
            WITH invited AS (
                SELECT screening_invitation_id, person_id, invitation_date FROM screening_invitation
                WHERE programme = $programme AND procedure_source_value = $test
                    AND greatest(invitation_date, known_at) <= $now
                    AND invitation_date BETWEEN $since AND $now - to_days({within_days})
            ), tested AS (
                SELECT person_id, day FROM ({parts})
                WHERE person_id IN (SELECT person_id FROM invited) AND greatest(day, known_at) <= $now
            )
            SELECT invited.person_id, (count(day) > 0)::DOUBLE AS came FROM invited
            LEFT JOIN tested ON tested.person_id = invited.person_id
                AND day BETWEEN invitation_date AND invitation_date + to_days({within_days})
            GROUP BY screening_invitation_id, invited.person_id ORDER BY screening_invitation_id
            """,
            {"programme": programme, "test": test, "since": since, "now": now},
        ).df()


def _days_of(name: str) -> str:
    stream = streams()[name]
    table = RECORD_TABLES[stream.table]
    key = f"(SELECT *, {table.key} AS key FROM {stream.table})" if table.key else stream.table
    return f"SELECT person_id, {table.day} AS day, known_at FROM {key} WHERE {stream.test}"
