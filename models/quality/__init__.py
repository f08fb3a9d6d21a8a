"""Data quality: which cells of a table are wrong. One module a detector, each defining `DETECTOR`."""

from __future__ import annotations

from functools import cache

from features.contracts import TableContract
from features.folder import load_folder
from models.quality._combine import combine
from models.quality._detector import Detector, Evidence, Reason
from models.quality._features import CONTEXT, JOINED, cell_features
from models.quality._table import CellTable

__all__ = [
    "CONTEXT",
    "JOINED",
    "CellTable",
    "Detector",
    "Evidence",
    "Reason",
    "cell_features",
    "combine",
    "detectors",
    "examine",
]


@cache
def detectors() -> dict[str, Detector]:
    """Return every detector by name."""
    return load_folder("models.quality", "DETECTOR")


def examine(table: CellTable, contract: TableContract | None = None) -> dict[str, Evidence]:
    """Return the evidence of every detector that has something to say of the table, by the detector's name."""
    found = {name: detector.find(table, contract) for name, detector in detectors().items()}
    return {name: evidence for name, evidence in found.items() if evidence is not None}
