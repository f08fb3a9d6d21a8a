"""One chance for each cell from what the detectors say of it, without a label.

Some detectors check a cell against other cells that should say the same (dependencies, several sources): they speak
for a cell as well as against it. The others only see that something is odd. How far each of these can be believed in
this table is learned from the checking ones, as in weak supervision, where labelling functions are weighed by how they
agree (Ratner et al., PVLDB 2017;11:269): of the cells that it suspects, how many do the checking ones find wrong? A few
imagined cells stand for what is expected of a detector, where there is little to check. The chances are then joined as
independent evidence, on the scale of log-odds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.quality._detector import Evidence

Array = NDArray[np.float64]

# Own choices.
CHECKING = ("contract", "dependency", "sources")
EXPECTED, FEWEST, MOST = 0.03, 0.002, 0.1  # share of wrong cells before looking, and its bounds after
IMAGINED, BELIEVED = 20.0, 0.85  # so many imagined suspicions, this share of them right
NOTHING = 0.05  # a score that says nothing
FIRMEST_FOR = 2.5  # log-odds that speaking for a cell may count at most


def reliabilities(evidence: Mapping[str, Evidence]) -> dict[str, Array]:
    """Return for each detector that only finds things odd how far it can be believed in each column, (k,)."""
    scores = [entry.score.astype(np.float64) for name, entry in evidence.items() if name in CHECKING]
    nothing = np.full_like(next(iter(evidence.values())).score, np.nan, dtype=np.float64) if evidence else np.empty(0)
    checked = np.fmax.reduce(
        [nothing, *scores]
    )  # the highest chance that a checking detector gives, NaN where none does
    found = {}
    for name, entry in evidence.items():
        if name in CHECKING:
            continue
        suspected = np.where(np.isnan(checked), 0.0, np.nan_to_num(entry.score))
        suspected = np.where(suspected > 0.5, suspected, 0.0)
        right = (suspected * np.nan_to_num(checked)).sum(axis=0)
        # Both what happened in this column and in the whole table count, the table as the imagined cells.
        table = (right.sum() + IMAGINED * BELIEVED) / (suspected.sum() + IMAGINED)
        found[name] = (right + IMAGINED * table) / (suspected.sum(axis=0) + IMAGINED)
    return found


def combine(evidence: Mapping[str, Evidence], shape: tuple[int, int]) -> Array:
    """Return the chance that each cell is wrong, (n, k).

    The share of wrong cells in the table, from which every cell starts, is what the first round finds.
    """
    believed = reliabilities(evidence)
    suspected = float((_joined(evidence, believed, shape, EXPECTED) > 0.5).mean())
    return _joined(evidence, believed, shape, float(np.clip(suspected, FEWEST, MOST)))


def _joined(
    evidence: Mapping[str, Evidence], believed: Mapping[str, Array], shape: tuple[int, int], expected: float
) -> Array:
    prior = _odds(expected)
    odds = np.full(shape, prior)
    for name in sorted(evidence):
        score = evidence[name].score.astype(np.float64)
        if name in believed:
            score = score * believed[name]
        told = _odds(np.clip(score, 1e-4, 0.995))
        # A score of one half alone makes a half and a higher one itself; what hardly differs from nothing says nothing;
        # below, a checking detector speaks for the cell.
        above = told - _odds(NOTHING)
        told = np.where(told >= 0, told - prior, np.where(above >= 0, -prior * above / -_odds(NOTHING), above))
        least = -FIRMEST_FOR if name in CHECKING else 0.0
        odds += np.where(np.isnan(told), 0.0, np.maximum(told, least))
    chance: Array = 1 / (1 + np.exp(-odds))
    return chance


def _odds(chance: Any) -> Any:
    return np.log(chance / (1 - chance))
