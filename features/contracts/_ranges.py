"""The row rule shared by measurement and observation: known concept, canonical unit, plausible value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.concepts import MEASUREMENTS, Measurement
from features.contracts._casting import literal
from features.contracts._contract import RowRule

_BY_CONCEPT = {entry.concept_id: entry for entry in MEASUREMENTS.values()}
# By concept id, ascending, so that whole columns are looked up at once.
_KNOWN = sorted(_BY_CONCEPT.values(), key=lambda entry: entry.concept_id)
_CONCEPTS = np.array([entry.concept_id for entry in _KNOWN], dtype=np.float64)
_LOW, _HIGH = (np.array([getattr(entry, name) for entry in _KNOWN], dtype=np.float64) for name in ("low", "high"))
_UNITS = np.array([entry.unit for entry in _KNOWN], dtype=object)


def plausible_value(table: str) -> RowRule:
    """Return the rule that a known concept's value lies in its plausible range and is in its canonical unit.

    Concepts that are not in the vocabulary are kept as they are: a city records more than the models use.
    """
    concept_column = f"{table}_concept_id"

    def broken(frame: pd.DataFrame | Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
        concept, value = _numbers(frame[concept_column]), _numbers(frame["value_as_number"])
        place = np.minimum(np.searchsorted(_CONCEPTS, concept), len(_CONCEPTS) - 1)
        outside = (value < _LOW[place]) | (value > _HIGH[place]) | (_UNITS[place] != _texts(frame["unit_source_value"]))
        found: NDArray[np.bool_] = (_CONCEPTS[place] == concept) & outside.astype(np.bool_)
        return found

    def allowed(frame: pd.DataFrame) -> NDArray[np.object_]:
        entries = [_BY_CONCEPT[concept] for concept in frame[concept_column]]
        return np.array([_allowed(entry) for entry in entries], dtype=object)

    branches = " ".join(
        f"WHEN {entry.concept_id} THEN NOT (coalesce(value_as_number BETWEEN {float(entry.low)!r}::DOUBLE "
        f"AND {float(entry.high)!r}::DOUBLE, true) AND unit_source_value IS NOT DISTINCT FROM {literal(entry.unit)})"
        for entry in MEASUREMENTS.values()
    )
    return RowRule(
        name="plausible value in the canonical unit",
        column="value_as_number",
        broken=broken,
        broken_sql=f"CASE {concept_column} {branches} ELSE false END",
        allowed=allowed,
    )


def _numbers(values: pd.Series[Any] | NDArray[Any]) -> NDArray[np.float64]:
    found = values.to_numpy(np.float64, na_value=np.nan) if isinstance(values, pd.Series) else values
    return found.astype(np.float64, copy=False)


def _texts(values: pd.Series[Any] | NDArray[Any]) -> NDArray[np.object_]:
    return values.astype(object).mask(values.isna(), None).to_numpy() if isinstance(values, pd.Series) else values


def _allowed(entry: Measurement) -> str:
    converted = f"; an import also converts {', '.join(entry.other_units)}" if entry.other_units else ""
    return f"{entry.label}: {entry.low:g} to {entry.high:g} {entry.unit}{converted}"
