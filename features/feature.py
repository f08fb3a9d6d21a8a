"""What a feature is: a statistic over a stream of records, as known at an index date.

A feature is declared by *what it takes from the records* (its `taken`) and by what a reader must know of it: name in
two languages, unit, plausible range, resolution. From the declaration follow the value at any index date, the check
of a value that somebody sends, and the words in which a reason is given. `features.taking` holds the short forms in
which views declare them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["continuous", "ordinal", "binary"]
Direction = Literal["rises", "falls"]
Array = NDArray[np.float64]

DAYS_PER_YEAR = 365.25

# Of the days in the window on which the stream has a record (one value a day: the newest known of that day):
# last, mean, sd (n - 1), lowest, highest   of the values
# slope                                     least-squares slope of the values, per year
# count                                     the number of days
# ever                                      1 if there is any, else 0
# days_since, days_since_first              days from the last or first of them to the index date
# Of the records in the window, also those of one day:
# total                                     sum of the values
Statistic = Literal[
    "last", "mean", "sd", "slope", "lowest", "highest", "count", "ever", "days_since", "days_since_first", "total"
]


@dataclass(frozen=True)
class Over:
    """A statistic over the records of one stream that are not older than `window_days` at the index date."""

    statistic: Statistic
    stream: str
    window_days: float = math.inf


@dataclass(frozen=True)
class Age:
    """Years of 365.25 days from birth to the index date."""


@dataclass(frozen=True)
class Female:
    """1 for women, 0 for men."""


@dataclass(frozen=True)
class OfArea:
    """A column of the newest year of `area_year` that is known of the township in which the resident lives."""

    column: str


@dataclass(frozen=True)
class Derived:
    """A formula over other features: `formula` gets one float64 array (n,) for each of `inputs`."""

    inputs: tuple[str, ...]
    formula: Callable[..., Array]


Taken = Over | Age | Female | OfArea | Derived


@dataclass(frozen=True)
class Feature:
    """One column that models may use.

    Attributes
    ----------
    low, high
        Plausible range in `unit`; values outside are refused when somebody sends them.
    step
        Resolution at which the quantity is measured or told apart; curves of a regression are tabulated on it.
    direction
        How the risk of disease moves with it where medicine knows one for diseases in general, else None; a model
        may know more or less of its own disease.
    other_units
        Units that are accepted beside `unit`, each with the divisor that turns it into `unit`.
    required
        Whether a person cannot be scored without it.
    opposite
        What 0 of a binary feature is called, in English and Chinese, where "no" before the label will not do.
    """

    name: str
    label: str
    label_zh: str
    unit: str
    low: float
    high: float
    step: float
    kind: Kind
    taken: Taken
    description: str
    direction: Direction | None = None
    other_units: tuple[tuple[str, float], ...] = ()
    required: bool = False
    opposite: tuple[str, str] | None = None

    @property
    def window_days(self) -> float | None:
        """How far back records count, in days; infinite for ever, None where no records are counted."""
        return self.taken.window_days if isinstance(self.taken, Over) else None

    @property
    def absent(self) -> float:
        """What no record at all means: 0 for what either happened or did not, else missing."""
        return 0.0 if isinstance(self.taken, Over) and self.taken.statistic == "ever" else math.nan


@dataclass(frozen=True)
class View:
    """A group of features that are stored together; one file in `features/views/`."""

    name: str
    description: str
    features: tuple[Feature, ...]
