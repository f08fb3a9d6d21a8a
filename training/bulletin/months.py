"""Calendar months, and which of them a bulletin can be written about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from features.errors import InvalidInputError, NotReadyError
from features.lake import open_lake
from features.sources import Source
from training.burden.person_time import Period

YEAR = 12
BURDEN_YEARS, TREND_YEARS = 5, 15  # whole calendar years behind a bulletin, as those of `sanzao report burden`


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month.

    >>> Month.parse("2023-06").plus(-7), str(Month(2023, 6)), Month(2024, 2).days
    (Month(year=2022, month=11), '2023-06', 29)
    """

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Return the month that is written like 2023-06.

        Raises
        ------
        InvalidInputError
            If it is written otherwise, or no month of the calendar.
        """
        found = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
        if found is None or not 1 <= int(found[2]) <= YEAR or int(found[1]) < 1:
            raise InvalidInputError(f"'{text}' is not a month. Write year and month like 2023-06.")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def at(cls, index: int) -> Month:
        """Return the month with that `index`."""
        return cls(index // YEAR, index % YEAR + 1)

    @property
    def index(self) -> int:
        """Return the number of months since the year nought."""
        return self.year * YEAR + self.month - 1

    @property
    def first(self) -> date:
        """Return the first day."""
        return date(self.year, self.month, 1)

    @property
    def after(self) -> date:
        """Return the first day of the next month."""
        return self.plus(1).first

    @property
    def last(self) -> date:
        """Return the last day."""
        return self.after - timedelta(days=1)

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.after - self.first).days

    def plus(self, months: int) -> Month:
        """Return the month so many months later."""
        return Month.at(self.index + months)

    def __str__(self) -> str:
        """Write it like 2023-06."""
        return f"{self.year:04}-{self.month:02}"


@dataclass(frozen=True)
class Span:
    """The months of which there are whole records: from the first January under observation to the last one over."""

    first: Month
    last: Month

    @property
    def months(self) -> int:
        """How many months there are."""
        return self.last.index - self.first.index + 1

    @property
    def whole_years(self) -> range:
        """Return the calendar years of which every month is there."""
        return range(self.first.year, self.last.year + (self.last.month == YEAR))

    def chosen(self, text: str | None) -> Month:
        """Return the month that somebody asked for, the newest if none.

        Raises
        ------
        InvalidInputError
            If it is no month, is not over yet, or has no whole calendar year of records up to its end.
        """
        earliest = Month(self.first.year, YEAR)
        month = self.last if text is None else Month.parse(text)
        if not earliest <= month <= self.last:
            why = "is not over yet" if month > self.last else "has no whole calendar year of records before its end"
            raise InvalidInputError(
                f"A bulletin of {month} cannot be written: it {why}. Choose {earliest} to {self.last}."
            )
        return month

    def burden_period(self, month: Month) -> Period:
        """Return the whole calendar years, at most five, that a month's bulletin looks back on."""
        last = month.year if month.month == YEAR else month.year - 1
        first = max(self.first.year, last - BURDEN_YEARS + 1)
        return Period(first, last, max(self.first.year, last - TREND_YEARS + 1))


def span_of(source: Source) -> Span:
    """Return the months of a source's records; its `as_of` is what counts as now.

    Raises
    ------
    NotReadyError
        If the lake has not been built, or holds less than one calendar year.
    """
    with open_lake(source.name) as lake:
        first, last = lake.execute("""
            SELECT CAST(min(observation_period_start_date) AS DATE), CAST(max(observation_period_end_date) AS DATE)
            FROM observation_period
        """).fetchone() or (None, None)
    if first is not None and last is not None:
        over = Month(source.as_of.year, source.as_of.month).plus(-1)
        ends = Month(last.year, last.month)
        whole = ends if ends.last <= last else ends.plus(-1)
        span = Span(Month(first.year, 1), min(over, whole))
        if span.whole_years:
            return span
    raise NotReadyError(
        f"Source '{source.name}' has no calendar year of records, and a bulletin compares with years. Choose a source "
        "with residents under observation, such as --source city."
    )
