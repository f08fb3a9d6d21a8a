"""The scoring core for cells: a table in, its suspicious cells out, with reasons and, where one is known, a value."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.contracts import TableContract
from features.errors import NotReadyError
from features.settings import settings
from models.cell_model import CellModel
from models.quality import JOINED, CellTable, Evidence, cell_features, detectors, examine
from serving.champions import CellChampion, Registry, registry_client

LEAST_SCORE = 0.25  # of a detector that is named as a reason (own choice)


@dataclass(frozen=True)
class DetectorReason:
    """What one detector says against a cell: its name, its own chance, and words."""

    detector: str
    title: str
    title_zh: str
    score: float
    text: str
    text_zh: str


@dataclass(frozen=True)
class SuspiciousCell:
    """One cell that is probably wrong; `suggestion` is the value that should stand there, None where none is known."""

    row: int
    column: str
    value: str
    probability: float
    suggestion: str | None
    reasons: tuple[DetectorReason, ...]


class CellChampions:
    """Follows the champion of one cell model; asked rather than watching, because tables are sent now and then."""

    def __init__(self, model: CellModel) -> None:
        self.model = model
        self._lock = threading.Lock()
        self._registry: Registry | None = None
        self._looked = -np.inf

    def champion(self) -> CellChampion | None:
        """Return the version that serves, or None where none was trained; a damaged one leaves its predecessor."""
        with self._lock:
            if time.monotonic() - self._looked >= settings().reload_seconds:
                try:
                    if self._registry is None:
                        self._registry = Registry(registry_client(), {self.model.name: self.model})
                    self._registry.refresh()
                except NotReadyError:
                    pass  # nothing has been trained here yet: the detectors answer without labels
                self._looked = time.monotonic()
            return self._registry.current.cells.get(self.model.name) if self._registry else None


def suspicious(
    model: CellModel,
    champion: CellChampion | None,
    table: CellTable,
    contract: TableContract | None,
    threshold: float,
    limit: int,
) -> tuple[int, list[SuspiciousCell]]:
    """Return how many cells are at or above `threshold`, and the most suspicious `limit` of them, likeliest first.

    Without a champion the chance is the one that the detectors give together without any label.
    """
    evidence = examine(table, contract)
    features = cell_features(table, evidence, model.features)
    chance = champion.bundle.risk(features) if champion else 1 / (1 + np.exp(-features[JOINED]))
    found = np.flatnonzero(chance >= threshold)
    # Of equal chances the first in reading order; a sum over tables in another order must not change that.
    order = found[np.argsort(-np.round(chance[found], 9), kind="stable")][:limit]
    width = len(table.columns)
    return len(found), [_cell(table, evidence, float(chance[cell]), *divmod(int(cell), width)) for cell in order]


def _cell(table: CellTable, evidence: Mapping[str, Evidence], chance: float, row: int, position: int) -> SuspiciousCell:
    column = table.columns[position]
    own = int(column.codes[row])
    speaking = [(float(entry.score[row, position]), name) for name, entry in evidence.items()]
    against = sorted(((score, name) for score, name in speaking if score >= LEAST_SCORE), key=lambda one: -one[0])
    reasons = []
    suggestion: str | None = None
    for score, name in against:
        words = evidence[name].reason(row, position)
        detector = detectors()[name]
        reasons.append(DetectorReason(name, detector.title, detector.title_zh, score, words.text, words.text_zh))
        offered = evidence[name].suggestion
        code = -1 if offered is None else int(offered[row, position])
        if suggestion is None and code >= 0 and code != own and not column.missing[code]:
            suggestion = str(column.values[code])
    return SuspiciousCell(row, column.name, str(column.values[own]), chance, suggestion, tuple(reasons))
