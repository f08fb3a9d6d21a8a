"""Soft functional dependencies, found by themselves: what one column says, another usually follows.

A -> B holds softly if the rows that agree in A mostly agree in B, much more than all rows do (Huhtala et al.,
Comput J 1999;42:100 for the error g3; the reduction of error against always guessing the commonest value is Goodman
and Kruskal's lambda, JASA 1954;49:732). Every A that determines B has a vote on each cell of B, counted by how firmly
it determines it; a cell of A that is itself suspected has less of a vote in the second round.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.contracts import TableContract
from models.quality._detector import Detector, Evidence, Reason
from models.quality._table import CellTable, Codes, TableColumn, joint

Array = NDArray[np.float64]

# Own choices. A dependency must take away most of the errors of guessing, and hold in most of the rows that
# it speaks of; rows that stand alone support nothing.
LEAST_REDUCTION, LEAST_AGREEMENT, LEAST_SUPPORT = 0.6, 0.8, 0.1
LEAST_GROUPS = 3
ONE_TRUTH = 0.75  # share of the commonest value at which a group is as likely to have one truth as several
ROUNDS = 2
LEAST_TRUST = 0.02
SURE = 0.5  # weight of all voters together from which on they count in full


@dataclass(frozen=True, eq=False)
class Votes:
    """What one dependency says of each row.

    Attributes
    ----------
    weight
        How firmly the dependency holds, 0..1.
    wrong
        Chance that the cell is wrong, (n,), NaN where no other row agrees in the determining column.
    most, size
        Rows with the commonest other value, and rows of the group, (n,).
    usual
        Code of the group's commonest value, (n,).
    """

    weight: float
    wrong: Array
    most: Codes
    size: Codes
    usual: Codes


def votes(first: TableColumn, second: TableColumn) -> Votes | None:
    """Return the votes of `first` on `second`, or None where there is no dependency to speak of."""
    if first.identifies or second.distinct < 2 or first.distinct < LEAST_GROUPS:
        return None
    of_first, of_second, count, row = joint(first, second)
    # Pairs are sorted by the first column; within it by count, so that the commonest comes last.
    order = np.lexsort((-of_second, count, of_first))
    group_end = np.flatnonzero(np.diff(of_first[order], append=-1))
    top = np.zeros(len(first.values), dtype=np.int64)
    usual = np.zeros(len(first.values), dtype=np.int64)
    top[of_first[order][group_end]] = count[order][group_end]
    usual[of_first[order][group_end]] = of_second[order][group_end]
    runner_up = np.zeros(len(first.values), dtype=np.int64)
    before = group_end - 1
    same = (before >= 0) & (of_first[order][np.maximum(before, 0)] == of_first[order][group_end])
    runner_up[of_first[order][group_end][same]] = count[order][before[same]]
    size = first.counts
    speaks = (size >= 2) & ~first.missing
    supported = int(size[speaks].sum())
    if supported < LEAST_SUPPORT * len(row) or speaks.sum() < LEAST_GROUPS:
        return None
    # Agreement is judged leaving each cell out: does it have the value that most of the *others* have?
    is_top = usual[of_first] == of_second
    against = np.where(is_top, runner_up[of_first], top[of_first])
    own = count - 1
    agrees = (own > against) & speaks[of_first]
    agreement = float(count[agrees].sum() / supported)
    base = float(second.counts.max() / len(row))
    reduction = (agreement - base) / max(1 - base, 1e-9)
    if agreement < LEAST_AGREEMENT or reduction < LEAST_REDUCTION:
        return None
    weight = float(np.clip((reduction - LEAST_REDUCTION) / (0.9 - LEAST_REDUCTION), 0.05, 1.0))
    # Either the group has one true value, from which each cell strays at the rate that the dependency shows, or it
    # has none: the more of the group stray, the less likely is the first.
    stray = np.clip(1 - agreement, 0.005, 0.4)
    margin = (against - own).astype(np.float64)
    odds = np.clip(margin, -12, 12) * np.log((1 - stray) / stray)
    purity = top[of_first] / np.maximum(size[of_first], 1)
    one_truth = 1 / (1 + np.exp(-(purity - ONE_TRUTH) * 20))
    wrong = one_truth / (1 + np.exp(-odds)) + (1 - one_truth) * stray
    wrong = np.where(speaks[of_first] & ~(second.missing[usual[of_first]] & ~is_top), wrong, np.nan)
    return Votes(weight, wrong[row], top[of_first][row], size[of_first][row], usual[of_first][row])


def find(table: CellTable, _: TableContract | None = None) -> Evidence | None:
    """Return what the dependencies of a table say of its cells."""
    n, k = table.shape
    found = {
        (a, b): vote
        for b in range(k)
        for a in range(k)
        if a != b and (vote := votes(table.columns[a], table.columns[b])) is not None
    }
    if not found:
        return None
    voters = {b: [a for a in range(k) if (a, b) in found] for b in range(k)}
    score, best = np.full((n, k), np.nan), np.full((n, k), -1, dtype=np.int64)
    for _round in range(ROUNDS):
        trusted = 1 - np.nan_to_num(score)
        for b in range(k):
            if voters[b]:
                score[:, b], best[:, b] = _poll([found[a, b] for a in voters[b]], trusted[:, voters[b]])
    suggestion = np.full((n, k), -1, dtype=np.int64)
    for b in range(k):
        rows = np.flatnonzero(score[:, b] > 0.5)
        if len(rows):
            suggestion[rows, b] = _favourite([found[a, b] for a in voters[b]], rows, len(table.columns[b].values))

    def reason(row: int, column: int) -> Reason:
        a = voters[column][int(best[row, column])]
        vote, first, second = found[a, column], table.columns[a], table.columns[column]
        given, usual = first.values[first.codes[row]], second.values[vote.usual[row]]
        most, size = int(vote.most[row]), int(vote.size[row])
        return Reason(
            f"{first.name} {given} usually goes with {second.name} {usual} ({most} of {size} rows)",
            f"{first.name} 为 {given} 时，{second.name} 通常为 {usual}（{size} 行中有 {most} 行）",
        )

    return Evidence(score.astype(np.float32), suggestion, reason)


def _poll(votes_: list[Votes], trusted: Array) -> tuple[Array, Codes]:
    """Return the weighted mean of the votes on each cell of a column, NaN where none is heard, and the firmest voter.

    `trusted` (n, voters) is how far each row's cell in the voter's column can be trusted.
    """
    told = np.column_stack([vote.wrong for vote in votes_])
    firm = np.where(np.isnan(told), 0.0, np.array([vote.weight for vote in votes_]))
    # Trust only weighs voters against each other: of two cells that accuse each other both stay suspected.
    weight = firm * np.maximum(trusted, LEAST_TRUST)
    told = np.nan_to_num(told)
    heard = weight.sum(axis=1)
    # One weak voter alone must not sound as sure as several firm ones.
    sure = np.minimum(firm.sum(axis=1) / SURE, 1.0)
    mean = (weight * told).sum(axis=1) / np.maximum(heard, 1e-9) * sure
    return np.where(heard > 0, mean, np.nan), np.argmax(weight * told, axis=1)


def _favourite(voters: list[Votes], rows: Codes, values: int) -> Codes:
    """Return for each row the value that the voters favour, each by its weight; of equal ones the first in order."""
    ballot = np.concatenate([np.arange(len(rows)) * values + vote.usual[rows] for vote in voters])
    weight = np.concatenate([np.where(np.isnan(vote.wrong[rows]), 0.0, vote.weight) for vote in voters])
    choice, inverse = np.unique(ballot, return_inverse=True)
    total = np.bincount(inverse, weights=weight)
    order = np.lexsort((-choice, np.round(total, 9), choice // values))
    last = np.flatnonzero(np.diff((choice // values)[order], append=-1))
    favourite: Codes = (choice % values)[order][last]
    return favourite


DETECTOR = Detector("functional dependency", "函数依赖", find)
