"""What a table contract is, and how rows are held against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DType = Literal["int64", "float64", "string", "date", "timestamp"]
Sensitivity = Literal["public", "internal", "personal", "health"]

# `date` is a whole day (midnight UTC), `timestamp` a moment; both are microseconds in UTC, because DuckDB and Feast
# disagree about nanoseconds.
PANDAS_DTYPE: dict[DType, str] = {
    "int64": "Int64",  # a broken row may lack its number
    "float64": "float64",
    "string": "string",
    "date": "datetime64[us, UTC]",
    "timestamp": "datetime64[us, UTC]",
}


FINDING_DTYPES = {"row": "int64", "column": "string", "value": "string", "rule": "string", "allowed": "string"}


@dataclass(frozen=True)
class Column:
    """One column: what it means, in which unit, and what it may hold."""

    name: str
    dtype: DType
    meaning: str
    unit: str = ""
    nullable: bool = False
    low: float | None = None
    high: float | None = None
    allowed: tuple[int | str, ...] = ()
    code_system: str = ""
    references: str = ""


@dataclass(frozen=True)
class RowRule:
    """A rule over whole rows, for instance a plausible range that depends on what was measured.

    `broken` returns a boolean array (n,), true where the rule is broken, for a frame of the contract's dtypes or for
    its columns as arrays (whole and other numbers as they are, texts as objects); `broken_sql` is the same as a DuckDB
    condition, which may be NULL where nothing is broken; `allowed` says in words what would be right for each row, as
    an object array (n,).
    """

    name: str
    column: str
    broken: Callable[[pd.DataFrame | Mapping[str, NDArray[Any]]], NDArray[np.bool_]]
    broken_sql: str
    allowed: Callable[[pd.DataFrame], NDArray[np.object_]]


@dataclass(frozen=True)
class TableContract:
    """The promise that a lake table makes to everything that reads it."""

    name: str
    meaning: str
    owner: str
    origin: str
    sensitivity: Sensitivity
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[RowRule, ...] = field(default=())
    known: tuple[str, ...] = ("known_at",)
    """When a row became known: the first of these columns that is not empty. Of rows with one key the last counts."""

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in the order in which the lake stores them."""
        return [column.name for column in self.columns]

    @property
    def about_residents(self) -> bool:
        """Whether every row belongs to one resident."""
        return "person_id" in self.column_names

    @property
    def day(self) -> str:
        """Name of the column that says when what a row tells happened: its first day, else its first moment."""
        moments = [column.name for kind in ("date", "timestamp") for column in self.columns if column.dtype == kind]
        return moments[0]

    @property
    def order(self) -> list[str]:
        """Names of the columns by which the lake sorts rows: the resident, the day that a row is about, the key."""
        resident = ["person_id"] if self.about_residents else []
        return list(dict.fromkeys([*resident, self.day, *self.key]))

    def with_versions(self) -> TableContract:
        """Return the same promise of a table that may hold a key several times, once a moment at which it is known."""
        return replace(self, key=tuple(dict.fromkeys([*self.key, *self.known])))

    def without_references(self) -> TableContract:
        """Return the same promise of a table that stands alone."""
        return replace(self, columns=tuple(replace(column, references="") for column in self.columns))

    def coerce(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with the contract's columns, order and dtypes; absent columns become empty.

        Raises
        ------
        ValueError, TypeError
            If a value cannot be read as its dtype; records of unknown quality go through the lake, which makes a
            finding of it.
        """
        absent = pd.Series(None, index=frame.index, dtype="object")  # NA is no float
        typed = {
            column.name: frame.get(column.name, absent).astype(PANDAS_DTYPE[column.dtype])  # type: ignore[call-overload]
            for column in self.columns
        }
        return pd.DataFrame(typed, index=frame.index)

    def findings(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return one row for every broken cell of `frame`, which has the dtypes that `coerce` gives.

        Of several rows with the same key the first is kept; the others are findings.

        Returns
        -------
        pandas.DataFrame
            Columns row (position in `frame`), column, value (as text), rule, allowed.
        """
        # pandera is slow to import and only ingestion needs it.
        from features.contracts._schema import schema_findings

        found = [schema_findings(self, frame)]
        for rule in self.rules:
            rows = np.flatnonzero(rule.broken(frame))
            if rows.size:
                part = frame.iloc[rows]
                found.append(
                    pd.DataFrame(
                        {
                            "row": rows,
                            "column": rule.column,
                            "value": part[rule.column].astype("string").to_numpy(),
                            "rule": rule.name,
                            "allowed": rule.allowed(part),
                        }
                    )
                )
        return pd.concat([part.astype(FINDING_DTYPES) for part in found], ignore_index=True)
