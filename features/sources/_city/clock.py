"""The simulated time, and the streams of random numbers.

Days are whole days since 1 January 1970. Records run over fifteen calendar years; before them the lives of the
residents are run through coarser steps, so that everybody enters the records with a past.
"""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

DAYS_PER_YEAR = 365.25
EPOCH = date(1970, 1, 1)


def day_of(year: int, month: int = 1, day: int = 1) -> int:
    """Return the number of the day, counted from 1 January 1970."""
    return (date(year, month, day) - EPOCH).days


FIRST_YEAR, LAST_YEAR = 2009, 2023
YEARS = tuple(range(FIRST_YEAR, LAST_YEAR + 1))
START_DAY, END_DAY = day_of(FIRST_YEAR), day_of(LAST_YEAR + 1)
CENSUS_DAY = day_of(2020, 11, 1)
AS_OF = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)

# Steps of the past before the records: first day and length in years. Five-year steps suffice for slow diseases;
# the last ten years go by the year, so that the pool of cancers not yet found is the right one.
PAST: tuple[tuple[int, float], ...] = (
    *((year, 5.0) for year in range(1959, 1999, 5)),
    *((year, 1.0) for year in range(1999, FIRST_YEAR)),
)

# Index dates at which the true risk is written; both have five full years of records behind them.
LANDMARKS: tuple[int, ...] = (day_of(2014), day_of(2019))
HORIZON_YEARS = 5
# Days at which the true state of everybody is written, as a survey without error would find it.
SURVEY_YEARS: tuple[int, ...] = (2010, 2013, 2015, 2018, 2020)

NEVER = np.int32(2**30)  # a day that does not come


def stream(seed: int, topic: str, bucket: int = 0) -> np.random.Generator:
    """Return the random numbers of one topic in one bucket; they depend on nothing else."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, zlib.crc32(topic.encode()), bucket])))


def normal(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Return n standard normal numbers, float32."""
    return rng.standard_normal(n, dtype=np.float32)


def uniform(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Return n uniform numbers in [0, 1), float32."""
    return rng.random(n, dtype=np.float32)
