"""What a data source is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from features.settings import settings

Progress = Callable[[str], None]


@dataclass(frozen=True)
class ParquetRecords:
    """One table handed over as a folder of Parquet files, which are read a bucket at a time.

    Attributes
    ----------
    folder
        The files lie in it or below it.
    divided
        Whether they lie in `bucket=<k>` by person_id % Source.buckets() already, so that the lake need not divide
        them. A table that is not about residents may lie in any of these buckets.
    """

    folder: Path
    divided: bool


Records = Mapping[str, pd.DataFrame | ParquetRecords]


def nothing_to_prepare(_: Progress) -> None:
    """Leave everything as it is: the records are there."""


def configured_buckets() -> int:
    """Return the number of buckets that the settings name, for sources that fit into memory anyway."""
    return settings().buckets


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
        Returns the tables by contract name, not yet checked: as frames where they are small, else as Parquet.
        A table that is missing is empty.
    prepare
        Makes the records where they are missing, before any of the others is called.
    buckets
        Returns how many buckets the lake divides the residents into; one bucket is in memory at a time.
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
    load: Callable[[], Records]
    prepare: Callable[[Progress], None] = nothing_to_prepare
    buckets: Callable[[], int] = configured_buckets
