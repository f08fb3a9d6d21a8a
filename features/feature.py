"""What a feature is, and how it is read off the records.

A feature is declared by *what it takes from the records* (a `Taken`), and by what a reader must know of it: name in
two languages, unit, plausible range, resolution. From the declaration follow the SQL that builds its history, the
value at an index date, the check of a value that somebody sends, and the words in which a reason is given.

Days are float64 days since 1 January 1970 (UTC). `at_index` receives, for n people, the value of the newest record
that was known at the index date and its day, both missing (NaN) where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.concepts import CONDITIONS, DRUGS, FEMALE, MEASUREMENTS

Kind = Literal["continuous", "ordinal", "binary"]
Array = NDArray[np.float64]

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Latest:
    """The most recent value of a measurement, if it is not older than `window_days` at the index date."""

    measurement: str
    window_days: int = 1826  # five years

    def stream_sql(self) -> str:
        """Return SQL for (person_id, record_date, known_at, record_id, value), one row a record."""
        entry = MEASUREMENTS[self.measurement]
        table = entry.table
        return (
            f"SELECT person_id, {table}_date AS record_date, known_at, {table}_id AS record_id, "
            f"value_as_number AS value FROM {table} WHERE {table}_concept_id = {entry.concept_id}"
        )

    def at_index(self, value: Array, day: Array, index_day: Array) -> Array:
        """Return the value (n,), missing where its day is further back than the window."""
        return np.where(index_day - day <= self.window_days, value, np.nan)


@dataclass(frozen=True)
class EverDiagnosed:
    """1 if a diagnosis of the set was made and known by the index date, else 0."""

    condition: str

    def stream_sql(self) -> str:
        """Return SQL for (person_id, record_date, known_at, record_id, value), one row a record."""
        test = CONDITIONS[self.condition].sql("condition_source_value")
        return (
            "SELECT person_id, condition_start_date AS record_date, known_at, "
            f"condition_occurrence_id AS record_id, 1.0 AS value FROM condition_occurrence WHERE {test}"
        )

    def at_index(self, value: Array, day: Array, index_day: Array) -> Array:
        """Return 1 where there is a diagnosis, else 0; no record means not diagnosed."""
        return (~np.isnan(value)).astype(np.float64)


@dataclass(frozen=True)
class OnDrug:
    """1 if an exposure to a drug of the set began within `window_days` before the index date, else 0."""

    drug: str
    window_days: int = 1826  # five years; the teaching cohort is asked every six

    def stream_sql(self) -> str:
        """Return SQL for (person_id, record_date, known_at, record_id, value), one row a record."""
        test = DRUGS[self.drug].sql("drug_source_value")
        return (
            "SELECT person_id, drug_exposure_start_date AS record_date, known_at, "
            f"drug_exposure_id AS record_id, 1.0 AS value FROM drug_exposure WHERE {test}"
        )

    def at_index(self, value: Array, day: Array, index_day: Array) -> Array:
        """Return 1 where an exposure lies within the window, else 0."""
        return (~np.isnan(value) & (index_day - day <= self.window_days)).astype(np.float64)


@dataclass(frozen=True)
class YearsSinceBirth:
    """Age at the index date in years of 365.25 days."""

    def stream_sql(self) -> str:
        """Return SQL for (person_id, record_date, known_at, record_id, value), one row a person."""
        return (
            "SELECT person_id, known_at AS record_date, known_at, person_id AS record_id, "
            "epoch(birth_date) / 86400.0 AS value FROM person"
        )

    def at_index(self, value: Array, day: Array, index_day: Array) -> Array:
        """Return the age; `value` is the day of birth."""
        return (index_day - value) / DAYS_PER_YEAR


@dataclass(frozen=True)
class IsFemale:
    """1 for women, 0 for men."""

    def stream_sql(self) -> str:
        """Return SQL for (person_id, record_date, known_at, record_id, value), one row a person."""
        return (
            "SELECT person_id, known_at AS record_date, known_at, person_id AS record_id, "
            f"(gender_concept_id = {FEMALE})::DOUBLE AS value FROM person"
        )

    def at_index(self, value: Array, day: Array, index_day: Array) -> Array:
        """Return the value as it is."""
        return value


Taken = Latest | EverDiagnosed | OnDrug | YearsSinceBirth | IsFemale


@dataclass(frozen=True)
class Feature:
    """One column that models may use.

    Attributes
    ----------
    low, high
        Plausible range in `unit`; values outside are refused when somebody sends them.
    step
        Resolution at which the quantity is measured or told apart; curves of a regression are tabulated on it.
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
    other_units: tuple[tuple[str, float], ...] = ()
    required: bool = False
    opposite: tuple[str, str] | None = None


@dataclass(frozen=True)
class View:
    """A group of features that are stored together; one file in `features/views/`."""

    name: str
    description: str
    features: tuple[Feature, ...]


def measured(name: str, step: float, description: str, kind: Kind = "continuous") -> Feature:
    """Return the feature "latest value of measurement `name`", its unit and range taken from the vocabulary."""
    entry = MEASUREMENTS[name]
    return Feature(
        name=name,
        label=entry.label,
        label_zh=entry.label_zh,
        unit=entry.unit,
        low=entry.low,
        high=entry.high,
        step=step,
        kind=kind,
        taken=Latest(name),
        description=description,
        other_units=tuple(entry.other_units.items()),
    )


def diagnosed(name: str) -> Feature:
    """Return the feature "was ever diagnosed with `name`"."""
    entry = CONDITIONS[name]
    return Feature(
        name=name,
        label=entry.label,
        label_zh=entry.label_zh,
        unit="1",
        low=0,
        high=1,
        step=1,
        kind="binary",
        taken=EverDiagnosed(name),
        description=f"{entry.label} ({', '.join(entry.ranges)}) diagnosed and known by the index date",
    )
