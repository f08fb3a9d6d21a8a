"""What counts as now.

Features move with time alone, so a city has to agree on one moment for everybody. It moves in whole days: now is the
source's own `as_of`, or the end of the day (UTC) on which the newest record that arrived became known, whichever is
later. So every record that has been acknowledged is known by now; within a day nothing changes but the people whom
records concern; and when a record of a new day arrives, whoever it concerns is worked out at the new now at once, and
everybody else after that. That now is the day of the records and not of the clock on the wall is our own choice: a
source that stands still keeps the features that its models were checked on, and a replay of its records gives the same.
"""

from __future__ import annotations

from datetime import UTC, datetime

from features.journal import newest_moment
from features.sources import Source

DAY_US = 86_400_000_000


def now_of(source: Source) -> datetime:
    """Return what counts as now for a source, given all that has arrived."""
    return datetime.fromtimestamp(now_us(source.as_of, newest_moment(source.name)) / 1e6, UTC)


def now_us(as_of: datetime, newest: int | None) -> int:
    """Return now in microseconds since 1970.

    Parameters
    ----------
    newest
        When the newest record that arrived became known, microseconds since 1970; None: none has arrived.

    >>> noon = datetime(2024, 1, 3, 12, tzinfo=UTC)
    >>> datetime.fromtimestamp(now_us(datetime(2024, 1, 1, tzinfo=UTC), round(noon.timestamp() * 1e6)) / 1e6, UTC).day
    4
    """
    own = round(as_of.timestamp() * 1e6)
    return own if newest is None else max(own, -(-newest // DAY_US) * DAY_US)
