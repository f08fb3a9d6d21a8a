"""Where residents live at a moment, out of the record log."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.feature import Feature, Over
from features.log_reading import everybody_at
from features.plan import plan_of

# Where a resident lives, as a number; no feature of any model.
HOME = Feature(
    name="home", label="township of residence", label_zh="居住乡镇", unit="1", low=0, high=1e9, step=1, kind="ordinal",
    taken=Over("last", "social.township"), description="statistical division code of the township of residence",
)  # fmt: skip
NO_HOME = -1


def everybody_homes(source: str, moment: datetime) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return everybody who is registered at the moment (n,), ascending, and the code of each one's township.

    The code is that of the newest social record which is known by then, `NO_HOME` where there is none.
    """
    persons, codes = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for _, people, values in everybody_at(source, round(moment.timestamp() * 1e6), plan_of((HOME,))):
        persons.append(people)
        codes.append(as_codes(values[0]))
    everybody = np.concatenate(persons)
    order = np.argsort(everybody, kind="stable")
    return everybody[order], np.concatenate(codes)[order]


def as_codes(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the values of `HOME` as whole numbers, `NO_HOME` where missing."""
    return np.nan_to_num(values, nan=NO_HOME).astype(np.int64)
