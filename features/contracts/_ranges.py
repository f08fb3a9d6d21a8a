"""The row rule shared by measurement and observation: known concept, canonical unit, plausible value."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.concepts import MEASUREMENTS, Measurement
from features.contracts._casting import literal
from features.contracts._contract import RowRule

_BY_CONCEPT = {entry.concept_id: entry for entry in MEASUREMENTS.values()}


def plausible_value(table: str) -> RowRule:
    """Return the rule that a known concept's value lies in its plausible range and is in its canonical unit.

    Concepts that are not in the vocabulary are kept as they are: a city records more than the models use.
    """
    concept_column = f"{table}_concept_id"

    def broken(frame: pd.DataFrame) -> NDArray[np.bool_]:
        concept = frame[concept_column]
        low = concept.map({key: entry.low for key, entry in _BY_CONCEPT.items()}).to_numpy(np.float64, na_value=np.nan)
        high = concept.map({key: entry.high for key, entry in _BY_CONCEPT.items()}).to_numpy(
            np.float64, na_value=np.nan
        )
        unit = concept.map({key: entry.unit for key, entry in _BY_CONCEPT.items()}).astype("string")
        value = frame["value_as_number"].to_numpy(dtype=np.float64)
        wrong_unit = unit.notna() & ~(unit == frame["unit_source_value"]).fillna(value=False)
        outside: NDArray[np.bool_] = (value < low) | (value > high) | wrong_unit.to_numpy(dtype=bool)
        return outside

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


def _allowed(entry: Measurement) -> str:
    converted = f"; an import also converts {', '.join(entry.other_units)}" if entry.other_units else ""
    return f"{entry.label}: {entry.low:g} to {entry.high:g} {entry.unit}{converted}"
