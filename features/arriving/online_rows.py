"""The online rows, brought up to what the journal holds, by whichever process comes first.

<state>/<source>/features/applied   the newest batch of the journal that the online rows hold; absent: that of the build

Rows are worked out and written under a lock, so that a process that saw less of the journal never covers what another
one wrote; the number is written after the rows, so that a process that is killed in between leaves work that is done
again, and none that is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.arriving.arrived import Arrived
from features.feature import Array
from features.journal import open_journal, read_records
from features.settings import settings
from features.staging import exclusive, read_manifest
from features.store import open_store, store_path

APPLIED = "applied"
AT_ONCE = 20_000  # residents whose features are in memory together


def applied(source: str) -> int:
    """Return the newest batch of the journal that the online rows hold."""
    try:
        return int((store_path(source) / APPLIED).read_text())
    except (OSError, ValueError):
        return int((read_manifest(store_path(source)) or {}).get("arrived", 0))


def write_online(source: str, persons: NDArray[np.int64], features: Array, moment: int, seq: int) -> bool:
    """Write the online rows of residents unless they hold batch `seq` already; return whether they were written.

    Parameters
    ----------
    persons
        int64 (n,), ascending: all whom the batches concern that came after the last call of this process.
    features
        Their features (features, n), as of batch `seq`.
    moment
        When they hold, microseconds since 1970.
    """
    with exclusive(settings().source_state(source) / "online_rows", "writing online rows", wait=True):
        before = applied(source)
        if before >= seq:
            return False
        _write(source, [(persons, features)], moment)
        _note(source, seq)
    return True


def refresh_online(arrived: Arrived, moment: int) -> NDArray[np.int64]:
    """Bring the online rows up to everything that `arrived` holds; return whose were written."""
    source = arrived.source
    with exclusive(settings().source_state(source) / "online_rows", "writing online rows", wait=True):
        before = applied(source)
        if before >= arrived.seq:
            return np.empty(0, dtype=np.int64)
        with open_journal(source) as journal:
            records, _ = read_records(journal, before, arrived.seq)
        persons = np.union1d(records["person"], arrived.registered_since(before)).astype(np.int64)
        parts = (persons[start : start + AT_ONCE] for start in range(0, len(persons), AT_ONCE))
        _write(source, ((part, arrived.features(part, moment)) for part in parts), moment)
        _note(source, arrived.seq)
    return persons


def rewrite_online(source: str, persons: NDArray[np.int64], features: Array, moment: int, seq: int) -> bool:
    """Write rows that changed with time alone, unless others have taken in more of the journal than batch `seq`."""
    with exclusive(settings().source_state(source) / "online_rows", "writing online rows", wait=True):
        if applied(source) > seq:
            return False
        _write(source, [(persons, features)], moment)
    return True


def _write(source: str, rows: Iterable[tuple[NDArray[np.int64], Array]], moment: int) -> None:
    from features.online import fill_online

    # Feast is slow to import, and the embedded store does not need it.
    store: Any = open_store(source) if settings().online_store else None
    fill_online(store, store_path(source), rows, datetime.fromtimestamp(moment / 1e6, UTC))


def _note(source: str, seq: int) -> None:
    draft = store_path(source) / f"{APPLIED}.draft"
    draft.write_text(str(seq))
    draft.replace(store_path(source) / APPLIED)
