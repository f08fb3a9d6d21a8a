"""Years of life lost: what a death at each age takes away, by the life table of the Global Health Estimates.

WHO methods and data sources for global burden of disease estimates 2000-2015 (Global Health Estimates Technical Paper
WHO/HIS/IER/GHE/2017.1), standard life table: the frontier of national life expectancies projected for 2050, one table
for both sexes. Its 21 values were compared in three public copies (among them the residual life expectancies of the
Belgian national burden of disease study, which call it the WHO/GHE table); they agree. No discounting, no age weights.
"""

from __future__ import annotations

import numpy as np

SOURCE = "WHO Global Health Estimates, standard life table (WHO/HIS/IER/GHE/2017.1)"

# Age in years and the years of life still expected there; between the ages it is interpolated.
YEARS_LEFT: tuple[tuple[float, float], ...] = (
    (0, 91.94), (1, 91.00), (5, 87.02), (10, 82.03), (15, 77.04), (20, 72.06), (25, 67.08), (30, 62.11), (35, 57.15),
    (40, 52.20), (45, 47.27), (50, 42.36), (55, 37.49), (60, 32.65), (65, 27.86), (70, 23.15), (75, 18.62),
    (80, 14.41), (85, 10.70), (90, 7.60), (95, 5.13),
)  # fmt: skip


def years_left(age: float) -> float:
    """Return the years that a death at `age` takes away; beyond 95 those of 95.

    >>> years_left(60)
    32.65
    >>> round(years_left(62.5), 3)
    30.255
    """
    ages, years = zip(*YEARS_LEFT, strict=True)
    return float(np.interp(age, ages, years))
