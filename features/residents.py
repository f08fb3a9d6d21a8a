"""Who can be scored now, and where they live: residents who are known, live here and are, as far as is known, alive."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

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


def homes(
    source: str, now: datetime, persons: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], pd.Categorical]:
    """Return the township in which residents live, as the newest social record that is known by `now` says.

    Parameters
    ----------
    persons
        Residents (n,); None: everybody of whom one is known.

    Returns
    -------
    persons : numpy.ndarray
        Resident numbers, int64 (k,), ascending; whoever has no social record is left out.
    townships : pandas.Categorical
        Area codes (k,).
    """
    with open_lake(source) as lake:
        asked = ""
        if persons is not None:
            lake.register("asked", pa.table({"person_id": persons}))
            asked = "AND person_id IN (SELECT person_id FROM asked)"
        found = lake.execute(
            f"""
            SELECT person_id, arg_max(township, row(valid_from, known_at, social_id)) AS township
            FROM social WHERE valid_from <= $now AND known_at <= $now {asked}
            GROUP BY person_id ORDER BY person_id
            """,
            {"now": now},
        ).to_arrow_table()
    codes = found["township"].combine_chunks().dictionary_encode()
    townships = pd.Categorical.from_codes(codes.indices.to_numpy(zero_copy_only=False), codes.dictionary.to_pylist())
    return found["person_id"].to_numpy(), townships
