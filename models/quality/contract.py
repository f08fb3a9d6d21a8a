"""What a table's contract forbids, where it has one: types, ranges, allowed values, keys, rules over whole rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.contracts import TableContract
from models.quality._detector import Detector, Evidence, Reason, silent
from models.quality._table import CellTable

BROKEN = 0.99  # own choice: a contract can be wrong, too


def find(table: CellTable, contract: TableContract | None) -> Evidence | None:
    """Return the cells that break the contract; nothing without a contract."""
    if contract is None:
        return None
    at = {column.name: position for position, column in enumerate(table.columns)}
    promised = [column for column in contract.columns if column.name in at]
    score = silent(table)
    said: dict[tuple[int, int], str] = {}
    typed: dict[str, pd.Series] = {}
    for column in promised:
        held = table.columns[at[column.name]]
        texts = pd.Series(
            [None if nothing else text for text, nothing in zip(held.values.tolist(), held.missing, strict=True)]
        )
        texts = texts.astype(object)
        read, unreadable = _read(texts, column.dtype)
        position = at[column.name]
        score[unreadable[held.codes], position] = BROKEN  # a promise that is kept says little: the rest is left open
        for row in np.flatnonzero(unreadable[held.codes]):
            said[int(row), position] = f"cannot be read as {column.dtype}"
        typed[column.name] = read.iloc[held.codes].reset_index(drop=True)
    findings = contract.findings(contract.coerce(pd.DataFrame(typed, index=pd.RangeIndex(table.rows))))
    for row, name, rule, allowed in zip(
        findings["row"], findings["column"], findings["rule"], findings["allowed"], strict=True
    ):
        if name in at and (int(row), at[name]) not in said:
            score[row, at[name]] = BROKEN
            said[int(row), at[name]] = f"{rule}: {allowed}" if allowed and allowed != rule else str(rule)
    if np.isnan(score).all():
        return None

    def reason(row: int, position: int) -> Reason:
        column = table.columns[position]
        value, rule = column.values[column.codes[row]], said.get((row, position), "")
        return Reason(
            f"'{value}' breaks the contract of {contract.name}.{column.name}: {rule}",
            f"“{value}”违反 {contract.name}.{column.name} 的约定：{rule}",
        )

    return Evidence(score, None, reason)


def _read(texts: pd.Series, dtype: str) -> tuple[pd.Series, np.ndarray]:
    """Return texts as the contract's type, and which could not be read (d,)."""
    if dtype == "string":
        return texts.astype("string"), np.zeros(len(texts), dtype=np.bool_)
    if dtype in ("int64", "float64"):
        read = pd.to_numeric(texts, errors="coerce")
        if dtype == "int64":
            read = read.where(read == np.floor(read))
    else:
        read = pd.to_datetime(texts, errors="coerce", utc=True, format="ISO8601")
    unreadable = (read.isna() & texts.notna()).to_numpy(dtype=np.bool_)
    return read, unreadable


DETECTOR = Detector("contract", "数据约定", find)
