"""The row rule shared by measurement and observation: known concept, canonical unit, plausible value."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.concepts import MEASUREMENTS
from features.contracts._contract import RowRule

_BY_CONCEPT = {entry.concept_id: entry for entry in MEASUREMENTS.values()}


def plausible_value(table: str) -> RowRule:
    """Return the rule that a known concept's value lies in its plausible range and is in its canonical unit.

    Concepts that are not in the vocabulary are kept as they are: a city records more than the models use.
    """
    concept_column = f"{table}_concept_id"

    def broken(frame: pd.DataFrame) -> NDArray[np.bool_]:
        concept = frame[concept_column]
        low = concept.map({key: entry.low for key, entry in _BY_CONCEPT.items()}).to_numpy(dtype=np.float64)
        high = concept.map({key: entry.high for key, entry in _BY_CONCEPT.items()}).to_numpy(dtype=np.float64)
        unit = concept.map({key: entry.unit for key, entry in _BY_CONCEPT.items()})
        value = frame["value_as_number"].to_numpy(dtype=np.float64)
        wrong_unit = (unit.notna() & (unit != frame["unit_source_value"])).to_numpy(dtype=bool)
        outside: NDArray[np.bool_] = (value < low) | (value > high) | wrong_unit
        return outside

    def allowed(frame: pd.DataFrame) -> NDArray[np.object_]:
        entries = [_BY_CONCEPT[concept] for concept in frame[concept_column]]
        return np.array([f"{e.label}: {e.low:g} to {e.high:g} {e.unit}" for e in entries], dtype=object)

    return RowRule("plausible value in the canonical unit", "value_as_number", broken, allowed)
