"""Who can be scored now: residents who are known and, as far as is known, alive."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.lake import open_lake


def residents(source: str, now: datetime) -> pd.DataFrame:
    """Return every resident who was known by `now`.

    Returns
    -------
    pandas.DataFrame
        Indexed by person_id (int64, ascending): died_on, the day of a death that is known by `now`, else missing.
    """
    with open_lake(source) as lake:
        frame = lake.execute(
            """
            SELECT person.person_id, death_date AS died_on
            FROM person
            LEFT JOIN death ON death.person_id = person.person_id AND greatest(death_date, death.known_at) <= $now
            WHERE person.known_at <= $now
            ORDER BY person.person_id
            """,
            {"now": now},
        ).df()
    return frame.set_index("person_id")


def dead(source: str, now: datetime) -> NDArray[np.int64]:
    """Return the residents of whose death is known by `now`, int64 (n,), ascending."""
    with open_lake(source) as lake:
        found = lake.execute(
            "SELECT DISTINCT person_id FROM death WHERE greatest(death_date, known_at) <= $now ORDER BY person_id",
            {"now": now},
        ).fetchnumpy()
    return np.asarray(found["person_id"], dtype=np.int64)
