"""Who can be scored now: residents who are known, live here and are, as far as is known, alive."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from features.lake import open_lake
from features.sources import Source


def residents(source: Source, now: datetime) -> pd.DataFrame:
    """Return every resident who was known by `now` and has not left.

    Somebody has left whose observation period ended before that of the others: before the day on which most periods
    end, which is the last day that the source knows of, or before yesterday if that is earlier. A source may allow for
    longer (`Source.absence_days`), because in some of them a period ends with the last record. Who died stays, and
    whoever has no period does.

    Returns
    -------
    pandas.DataFrame
        Indexed by person_id (int64, ascending): died_on, the day of a death that is known by `now`, else missing.
    """
    with open_lake(source.name) as lake:
        frame = lake.execute(
            """
            WITH usual AS (
                SELECT observation_period_end_date AS day FROM observation_period
                GROUP BY day ORDER BY count(*) DESC, day DESC LIMIT 1
            ),
            gone AS (
                SELECT person_id FROM observation_period, usual
                WHERE observation_period_end_date < least($now - INTERVAL 1 DAY, day) - to_days($absence)
            )
            SELECT person.person_id, death_date AS died_on
            FROM person
            LEFT JOIN death ON death.person_id = person.person_id AND greatest(death_date, death.known_at) <= $now
            WHERE person.known_at <= $now AND (death_date IS NOT NULL OR person.person_id NOT IN (FROM gone))
            ORDER BY person.person_id
            """,
            {"now": now, "absence": source.absence_days},
        ).df()
    return frame.set_index("person_id")
