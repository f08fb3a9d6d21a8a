"""The loop behind every feature: one walk over a resident's records gives all statistics over all streams.

One loop serves history, snapshot and online row, so the three agree to the last bit. For each resident and moment it
reads that resident's records in order of day, skips what was not known by then or had been corrected, and keeps for
each *slot* (a stream within a window) one value a day, the newest known, folded into running moments (Welford,
Technometrics 1962;4:419).
"""

from __future__ import annotations

import math
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from features.feature import DAYS_PER_YEAR, Statistic
from features.record_log import DAY_US

STATISTICS: tuple[str, ...] = get_args(Statistic)
(LAST, MEAN, SD, SLOPE, LOWEST, HIGHEST, COUNT, EVER, DAYS_SINCE, DAYS_SINCE_FIRST, TOTAL) = range(len(STATISTICS))


class Asked(NamedTuple):
    """Residents and moments, (n,): range of each resident's records, and the moment in microseconds since 1970."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    moment: NDArray[np.int64]


class Log(NamedTuple):
    """The records, (m,), see `features.record_log.Records`; `until` is empty where no record was ever superseded."""

    day: NDArray[np.int32]
    known: NDArray[np.int64]
    code: NDArray[np.uint8]
    value: NDArray[np.float64]
    until: NDArray[np.int64]


class Slots(NamedTuple):
    """Streams within windows.

    Attributes
    ----------
    start, of_code
        Records of code c count in the slots `of_code[start[c]:start[c + 1]]`.
    window
        Longest age in days, (slots,).
    moments
        Whether more than the last value and the number of days is asked for, (slots,).
    """

    start: NDArray[np.int64]
    of_code: NDArray[np.int64]
    window: NDArray[np.float64]
    moments: NDArray[np.bool_]


class Wanted(NamedTuple):
    """Which statistic of which slot goes into which row of the answer, (statistics,)."""

    statistic: NDArray[np.int64]
    slot: NDArray[np.int64]
    row: NDArray[np.int64]


# One walk with its state in local arrays; cut into functions, it would be slower and no clearer.
@compiled
def fold(out: NDArray[np.float64], begin: int, asked: Asked, log: Log, slots: Slots, wanted: Wanted) -> None:  # noqa: C901, PLR0912, PLR0915
    """Write the wanted statistics of n residents at n moments into `out` (rows, any), from column `begin` on."""
    first, last, moment = asked
    day, known, code, value, until = log
    corrected = len(until) > 0
    slot_start, of_code, window, moments = slots
    statistic, slot, row = wanted
    k = len(window)
    days = np.zeros(k, np.int64)  # finished days
    today = np.empty(k, np.int32)  # the day that is not finished yet, and its value
    value_today = np.empty(k)
    begun = np.empty(k, np.int32)
    mean_x, mean, sum_xx, sum_xy, sum_yy = np.empty(k), np.empty(k), np.empty(k), np.empty(k), np.empty(k)
    low, high, total = np.empty(k), np.empty(k), np.empty(k)
    touched = np.empty(k, np.int64)
    for i in range(len(moment)):
        now = moment[i] / DAY_US
        n_touched = 0
        # 1. Walk over the records.
        for r in range(first[i], last[i] + 1):
            # One step past the end finishes the last day of every slot.
            over = r == last[i] or day[r] > now
            if not over and (known[r] > moment[i] or (corrected and until[r] <= moment[i])):
                continue
            n = n_touched if over else slot_start[code[r] + 1] - slot_start[code[r]]
            for j in range(n):
                if over:
                    s = touched[j]
                else:
                    s = of_code[slot_start[code[r]] + j]
                    if now - day[r] > window[s]:
                        continue
                    if days[s] == 0:
                        touched[n_touched] = s
                        n_touched += 1
                        days[s] = 1
                        begun[s] = today[s] = day[r]
                        value_today[s] = value[r]
                        mean_x[s] = mean[s] = sum_xx[s] = sum_xy[s] = sum_yy[s] = 0.0
                        low[s], high[s] = math.inf, -math.inf
                        total[s] = value[r]
                        continue
                    total[s] += value[r]
                    if today[s] == day[r]:
                        value_today[s] = value[r]
                        continue
                # 2. Fold a finished day into the moments; `days` counts it already.
                if moments[s]:
                    x = float(today[s] - begun[s])
                    y = value_today[s]
                    step_x, step_y = x - mean_x[s], y - mean[s]
                    mean_x[s] += step_x / days[s]
                    mean[s] += step_y / days[s]
                    sum_xx[s] += step_x * (x - mean_x[s])
                    sum_xy[s] += step_x * (y - mean[s])
                    sum_yy[s] += step_y * (y - mean[s])
                    low[s], high[s] = min(low[s], y), max(high[s], y)
                if not over:
                    days[s] += 1
                    today[s] = day[r]
                    value_today[s] = value[r]
            if over:
                break
        # 3. Read the statistics off the slots.
        for f in range(len(slot)):
            s, what = slot[f], statistic[f]
            n = days[s]
            answer = math.nan
            if what == COUNT:
                answer = float(n)
            elif what == EVER:
                answer = 1.0 if n else 0.0
            elif n == 0:
                pass
            elif what == LAST:
                answer = value_today[s]
            elif what == MEAN:
                answer = mean[s]
            elif what == SD:
                if n > 1:
                    answer = math.sqrt(sum_yy[s] / (n - 1))
            elif what == SLOPE:
                if n > 1:
                    answer = sum_xy[s] / sum_xx[s] * DAYS_PER_YEAR
            elif what == LOWEST:
                answer = low[s]
            elif what == HIGHEST:
                answer = high[s]
            elif what == TOTAL:
                answer = total[s]
            elif what == DAYS_SINCE:
                answer = now - today[s]
            else:
                answer = now - begun[s]
            out[row[f], begin + i] = answer
        for j in range(n_touched):
            days[touched[j]] = 0


class Ordered(NamedTuple):
    """Records of n residents: their ranges (n + 1,), and what they are ordered by within a resident, (m,)."""

    start: NDArray[np.int64]
    day: NDArray[np.int32]
    known: NDArray[np.int64]
    record: NDArray[np.int64]


@compiled
def merge(one: Ordered, other: Ordered) -> NDArray[np.int64]:
    """Return the order in which two sets of records of the same residents lie in one log.

    Returns
    -------
    numpy.ndarray
        int64 (m,): positions in `one`, and in `other` counted on from the length of `one`.
    """
    start_a, day_a, known_a, record_a = one
    start_b, day_b, known_b, record_b = other
    order = np.empty(len(day_a) + len(day_b), np.int64)
    at = 0
    for i in range(len(start_a) - 1):
        a, b = start_a[i], start_b[i]
        while a < start_a[i + 1] or b < start_b[i + 1]:
            if b == start_b[i + 1]:
                take_a = True
            elif a == start_a[i + 1]:
                take_a = False
            elif day_a[a] != day_b[b]:
                take_a = day_a[a] < day_b[b]
            elif known_a[a] != known_b[b]:
                take_a = known_a[a] < known_b[b]
            else:
                take_a = record_a[a] <= record_b[b]
            if take_a:
                order[at] = a
                a += 1
            else:
                order[at] = len(day_a) + b
                b += 1
            at += 1
    return order
