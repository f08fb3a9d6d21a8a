"""Annual percent change: how fast a rate rises or falls from year to year.

Log-linear Poisson regression of yearly counts on the calendar year, the logarithm of the expected events being the
offset, so that an ageing population is no rise (Fay MP, Tiwari RC, Feuer EJ, Zou Z. Estimating average annual percent
change for disease rates without assuming constant change. Biometrics 2006;62:847-854, the Poisson model with one
segment). Where counts vary more than Poisson's, the error is widened by Pearson's dispersion (McCullagh P, Nelder JA,
Generalized Linear Models, 2nd ed., 1989, section 6.2.3). One slope assumes a constant change; breaks are not sought.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from features.errors import InvalidInputError
from models.rates import LEVEL, UNKNOWN, Estimate

LEAST_YEARS, LEAST_EVENTS = 5, 10
STEPS = 100


def annual_percent_change(years: ArrayLike, events: ArrayLike, expected: ArrayLike, level: float = LEVEL) -> Estimate:
    """Return the change a year in percent; unknown with fewer than five years or ten events.

    Parameters
    ----------
    years, events, expected : array (k,)
        By calendar year; `expected` is what constant rates would have given (or simply the person-years).

    Raises
    ------
    InvalidInputError
        If the three differ in length, or events happened in a year in which none could.

    >>> round(annual_percent_change(range(6), [100, 110, 121, 133.1, 146.41, 161.051], [1] * 6).value, 6)
    10.0
    """
    x, y, e = (
        np.asarray(array, dtype=np.float64)
        for array in (list(years) if isinstance(years, range) else years, events, expected)
    )
    if not x.shape == y.shape == e.shape:
        raise InvalidInputError(f"{x.shape} years, {y.shape} counts, {e.shape} expected: give one each a year.")
    seen = e > 0
    if np.any(y[~seen] > 0):
        raise InvalidInputError("There are events in a year in which none were expected. Check how both were counted.")
    x, y, e = x[seen], y[seen], e[seen]
    if len(x) < LEAST_YEARS or y.sum() < LEAST_EVENTS:
        return UNKNOWN
    design = np.stack([np.ones_like(x), x - x.mean()], axis=1)
    beta = np.array([np.log(y.sum() / e.sum()), 0.0])
    for _ in range(STEPS):  # Newton's method: the likelihood is concave
        mean = e * np.exp(design @ beta)
        step = np.linalg.solve(design.T @ (design * mean[:, None]), design.T @ (y - mean))
        beta = beta + step
        if np.abs(step).max() < 1e-12:
            break
    mean = e * np.exp(design @ beta)
    free = len(x) - 2
    dispersion = max(float(((y - mean) ** 2 / mean).sum()) / free, 1.0)
    error = float(np.sqrt(dispersion * np.linalg.inv(design.T @ (design * mean[:, None]))[1, 1]))
    reach = float(stdtrit(free, 0.5 + level / 2)) * error
    return Estimate(*(100 * (float(np.exp(slope)) - 1) for slope in (beta[1], beta[1] - reach, beta[1] + reach)))
