"""Where residents live at a moment, out of the record log."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.feature import Feature, Over
from features.log_reading import features_at
from features.plan import plan_of

# Where a resident lives, as a number; no feature of any model.
HOME = Feature(
    name="home", label="township of residence", label_zh="居住乡镇", unit="1", low=0, high=1e9, step=1, kind="ordinal",
    taken=Over("last", "social.township"), description="statistical division code of the township of residence",
)  # fmt: skip
NO_HOME = -1


def homes(source: str, persons: NDArray[np.int64], moment: datetime) -> NDArray[np.int64]:
    """Return the code of each person's township (n,) as known at the moment, `NO_HOME` where none is."""
    moments = np.full(len(persons), round(moment.timestamp() * 1e6))
    return as_codes(features_at(source, persons, moments, plan_of((HOME,)))[0])


def as_codes(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the values of `HOME` as whole numbers, `NO_HOME` where missing."""
    return np.nan_to_num(values, nan=NO_HOME).astype(np.int64)
