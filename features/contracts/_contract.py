"""What a table contract is, and how rows are held against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DType = Literal["int64", "float64", "string", "date", "timestamp"]
Sensitivity = Literal["public", "internal", "personal", "health"]

# `date` is a whole day (midnight UTC), `timestamp` a moment; both are microseconds in UTC, because DuckDB and Feast
# disagree about nanoseconds.
PANDAS_DTYPE: dict[DType, str] = {
    "int64": "int64",
    "float64": "float64",
    "string": "string",
    "date": "datetime64[us, UTC]",
    "timestamp": "datetime64[us, UTC]",
}


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

    `broken` returns a boolean array (n,), true where the rule is broken; `allowed` says in words what would be
    right for each row, as an object array (n,).
    """

    name: str
    column: str
    broken: Callable[[pd.DataFrame], NDArray[np.bool_]]
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

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in the order in which the lake stores them."""
        return [column.name for column in self.columns]

    def coerce(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with the contract's columns, order and dtypes; absent nullable columns become empty."""
        typed = {}
        for column in self.columns:
            dtype = PANDAS_DTYPE[column.dtype]
            if column.name in frame:
                typed[column.name] = frame[column.name].astype(dtype)  # type: ignore[call-overload]
            elif column.nullable:
                typed[column.name] = pd.Series(pd.NA, index=frame.index, dtype="object").astype(dtype)  # type: ignore[call-overload]
        return pd.DataFrame(typed, index=frame.index)

    def findings(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return one row for every broken cell of `frame`.

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
        return pd.concat(found, ignore_index=True)
