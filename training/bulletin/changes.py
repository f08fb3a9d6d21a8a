"""Whether a month's count is more or less than the season of earlier years lets expect.

The month is held against the same month and its two neighbours in each of the five years before, as the historical
limits of the Morbidity and Mortality Weekly Report do (Stroup DF, Williamson GD, Herndon JL, Karon JM. Detection of
aberrations in the occurrence of notifiable diseases surveillance data. Statistics in Medicine 1989;8:323-329), here per
person and day under observation. The ratio's interval is that of two counts on the log scale; where earlier months
vary more than Poisson's, both are widened by Pearson's dispersion (McCullagh P, Nelder JA, Generalized Linear Models,
2nd ed., 1989, section 6.2.3), and the rounding of shown counts adds its own variance of an even spread (step²/12).

Only shown counts go in, so nothing that comes out tells more than they do. An earlier month that is not told had seven
or fewer: the mean that a Poisson count of that rate has when it is so small stands in for it, and the rate is found by
repeating that (Dempster AP, Laird NM, Rubin DB. JRSS B 1977;39:1-38), because months that were left out for being low
would make the others look like more. Diagnoses that are not known yet are allowed for by the share that is known
(`Ledger.completeness`). Many diseases are looked at each month, so which of them rose or fell is decided at a false-
discovery rate of 5 % (Benjamini Y, Hochberg Y. JRSS B 1995;57:289-300).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtr, stdtr, stdtrit
from scipy.stats import false_discovery_control

from models.area.rates import LEVEL, UNKNOWN, Estimate
from models.disclosure import RULE
from training.bulletin.counting import Floats
from training.bulletin.months import YEAR

YEARS_BACK, NEIGHBOURS = 5, 1
LEAST_TOLD = 0.6  # share of the earlier periods; with fewer told their rate hangs on the stand-ins (our own choice)
STEPS = 50
FALSE_DISCOVERY = 0.05
ROSE, FELL, LEVEL_ = "rose", "fell", "level"


@dataclass(frozen=True)
class Change:
    """A month against its season.

    Attributes
    ----------
    expected
        Count that the season lets expect, as much of it as is known by now; NaN where too few months are told.
    ratio
        Count over expected, with its interval.
    p
        Two-sided, NaN where there is no ratio.
    """

    expected: float
    ratio: Estimate
    p: float


UNTOLD = Change(float("nan"), UNKNOWN, float("nan"))


def season(at: int) -> NDArray[np.int64]:
    """Return the positions of the months that a month at position `at` is held against, oldest first.

    >>> season(61)[:4].tolist(), season(61)[-1]
    ([0, 1, 2, 12], np.int64(50))
    """
    years = at - YEAR * np.arange(YEARS_BACK, 0, -1)
    found = (years[:, None] + np.arange(-NEIGHBOURS, NEIGHBOURS + 1)).ravel()
    return found[found >= 0]


def years_before(at: int) -> NDArray[np.int64]:
    """Return the positions of the five years before a year at position `at`, oldest first."""
    return np.arange(max(at - YEARS_BACK, 0), at)


def change(counts: Floats, exposure: Floats, at: int, past: NDArray[np.int64], known: float) -> Change:
    """Return the change of one series.

    Parameters
    ----------
    counts : array (periods,)
        As shown, NaN where not told.
    exposure : array (periods,)
        People times days.
    at, past
        Positions of the period and of those that it is held against.
    known
        Share of the period's events that is known by now, 0..1.
    """
    past = past[exposure[past] > 0]
    told = np.isfinite(counts[past])
    days = exposure[at] * known
    if told.sum() < max(LEAST_TOLD * len(past), 2) or not days > 0:
        return UNTOLD
    base = exposure[past]
    history = _filled(counts[past], base)
    rate = history.sum() / base.sum()
    expected = float(rate * days)
    count = counts[at]
    if not np.isfinite(count):
        return Change(expected, UNKNOWN, float("nan"))
    fitted, free = rate * base[told], int(told.sum()) - 1
    spread = max(1.0, float(((history[told] - fitted) ** 2 / fitted).sum() / free))
    rounding = RULE.round_to**2 / 12
    variance = sum((spread * n + k * rounding) / n**2 for n, k in ((count, 1), (history.sum(), len(past))))
    error = float(np.sqrt(variance))
    log_ratio = float(np.log(count / expected))
    reach = float(stdtrit(free, 0.5 + LEVEL / 2)) * error
    limits = np.exp([log_ratio - reach, log_ratio, log_ratio + reach])
    return Change(expected, Estimate(limits[1], limits[0], limits[2]), float(2 * stdtr(free, -abs(log_ratio) / error)))


def _filled(counts: Floats, exposure: Floats) -> Floats:
    """Return counts with the mean of a small one in place of each that is not told."""
    untold, most = ~np.isfinite(counts), RULE.suppress_up_to
    filled = np.where(untold, most / 2, counts)
    for _ in range(STEPS):
        mean = filled.sum() / exposure.sum() * exposure[untold]
        share = pdtr(most, mean)
        filled[untold] = np.where(share > 0, mean * pdtr(most - 1, mean) / np.where(share > 0, share, 1), most)
    return filled


def verdicts(changes: Sequence[Change]) -> list[str | None]:
    """Return for each series whether it rose, fell or neither, at a false-discovery rate; None where nobody can say."""
    p = np.array([one.p for one in changes])
    told = np.isfinite(p)
    q = np.full(len(p), np.nan)
    if told.any():
        q[told] = false_discovery_control(p[told], method="bh")
    return [
        None if not known else LEVEL_ if rate > FALSE_DISCOVERY else ROSE if one.ratio.value > 1 else FELL
        for one, known, rate in zip(changes, told, q, strict=True)
    ]
