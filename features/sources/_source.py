"""What a data source is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from features.settings import settings

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Progress = Callable[[str], None]

Truth = Callable[[str, datetime], pd.DataFrame]
"""Columns person_id, risk (true probability of a diagnosis, or death, within five years, 0..1) and present (whether
the disease is there undetected, 0 or 1), of everybody without the diagnosis on that day."""


@dataclass(frozen=True)
class BucketedParquet:
    """One table as a folder of Parquet files in `bucket=<k>`, k = person_id % Source.buckets(): read as it lies.

    A table that is not about residents may lie in any of these buckets.
    """

    folder: Path


@dataclass(frozen=True)
class ParquetFiles:
    """One table as Parquet files in any order, which the lake has to divide first."""

    files: tuple[Path, ...]


Records = Mapping[str, pd.DataFrame | BucketedParquet | ParquetFiles]


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
        Name of the measurement that makes index dates for training: the moments at which its results became known.
    landmarks
        Days on which everybody under observation gets an index date, instead of `landmark_concept`: what a model
        learns from is then the whole population, those included who never come for a test.
    temporal_split
        Temporal validation trains on index dates before the first moment and judges on those from the second on.
    outcomes, horizons
        Outcomes that the records can show (names in `features.concepts.CONDITIONS`, and `death`), and the horizons in
        years that the follow-up is used for; None: whatever there is.
    left_out
        Models that are not trained here although the records could: another one does the same better.
    events
        Event models (names in `models/event/`) that learn from the source's service requests.
    survey
        Where people were drawn by a survey: returns person_id, weight, stratum and psu of those whose design is
        known, so that figures can speak of the population.
    truth
        Where people are simulated: returns for an outcome and an index date what is true of each resident, for
        judging models only.
    fingerprint
        Returns a short text that changes when the records change.
    load
        Returns the tables by contract name, not yet checked: as frames where they are small, else as Parquet.
        A table that is missing is empty.
    prepare
        Makes the records where they are missing, before any of the others is called.
    absence_days
        How much earlier than others' a resident's observation period may end without meaning that the resident left.
    area_names
        English and Chinese name by area code; a lake whose areas have none is shown by codes.
    area_shapes
        Returns the shape of small areas by code (shapely polygons, longitude and latitude in degrees), where there
        are any.
    area_shapes_note, area_shapes_note_zh
        The sentence that stands beside these shapes wherever they are shown.
    open_data
        Whether everybody may see the records anyway, because the people are simulated or the data set is published;
        only then may there be demo log-ins.
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
    landmarks: tuple[datetime, ...] = ()
    temporal_split: tuple[datetime, datetime] | None = None
    outcomes: frozenset[str] | None = None
    horizons: frozenset[float] | None = None
    left_out: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    survey: Callable[[], pd.DataFrame] | None = None
    truth: Truth | None = None
    absence_days: int = 0
    area_names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    area_shapes: Callable[[], Mapping[str, BaseGeometry]] = dict
    area_shapes_note: str = ""
    area_shapes_note_zh: str = ""
    open_data: bool = False
    buckets: Callable[[], int] = configured_buckets
