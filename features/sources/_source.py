"""What a data source is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pandas as pd


@dataclass(frozen=True)
class Source:
    """One origin of records.

    Attributes
    ----------
    notice, notice_zh
        The sentence that every page, report and answer carries, so that no result of teaching or simulated data
        is taken for a clinical one.
    synthetic
        Whether the people are simulated.
    as_of
        The moment that counts as now: served risks are predicted from here.
    landmark_concept
        Name of the measurement whose days are the index dates for training (an examination day).
    fingerprint
        Returns a short text that changes when the records change.
    load
        Returns the tables by contract name, not yet checked.
    """

    name: str
    title: str
    title_zh: str
    notice: str
    notice_zh: str
    licence: str
    synthetic: bool
    as_of: datetime
    landmark_concept: str
    fingerprint: Callable[[], str]
    load: Callable[[], dict[str, pd.DataFrame]]
