"""A table contract as a pandera schema."""

from __future__ import annotations

import warnings
from functools import cache

import pandas as pd
import pandera.pandas as pa

from features.contracts._contract import PANDAS_DTYPE, Column, TableContract


@cache
def schema(contract: TableContract) -> pa.DataFrameSchema:
    """Return the pandera schema that enforces `contract` on a pandas frame."""
    return pa.DataFrameSchema(
        {column.name: _column(column) for column in contract.columns},
        unique=list(contract.key),
        report_duplicates="exclude_first",
        name=contract.name,
        strict=True,
    )


def _column(column: Column) -> pa.Column:
    checks = []
    if column.low is not None or column.high is not None:
        low = -float("inf") if column.low is None else column.low
        high = float("inf") if column.high is None else column.high
        checks.append(pa.Check.in_range(low, high, name=f"between {low:g} and {high:g}"))
    if column.allowed:
        checks.append(pa.Check.isin(column.allowed, name="one of " + ", ".join(map(str, column.allowed))))
    if column.dtype == "date":
        checks.append(pa.Check(_is_whole_day, name="a whole day (midnight UTC)"))
    return pa.Column(PANDAS_DTYPE[column.dtype], checks=checks, nullable=column.nullable)


def _is_whole_day(days: pd.Series[pd.Timestamp]) -> pd.Series[bool]:
    return days == days.dt.floor("D")


def schema_findings(contract: TableContract, frame: pd.DataFrame) -> pd.DataFrame:
    """Return what pandera finds wrong with `frame`, one row a broken cell (see `TableContract.findings`)."""
    indexed = frame.reset_index(drop=True)
    empty = pd.DataFrame({"row": [], "column": [], "value": [], "rule": [], "allowed": []})
    try:
        with warnings.catch_warnings():
            # pandera joins its failure cases in a way that pandas will do otherwise some day.
            warnings.simplefilter("ignore", FutureWarning)
            schema(contract).validate(indexed, lazy=True)
    except pa.errors.SchemaErrors as failure:
        cases = failure.failure_cases
    else:
        return empty
    return pd.DataFrame(
        {
            "row": cases["index"],
            "column": cases["column"],
            "value": cases["failure_case"].astype("string"),
            "rule": cases["check"].map(lambda check: "key is unique" if "unique" in str(check) else str(check)),
            "allowed": cases["check"].astype("string"),
        }
    )
