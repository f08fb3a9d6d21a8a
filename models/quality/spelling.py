"""Misspellings: a rare value that is nearly a frequent one, in a column where neighbours are otherwise rare.

Near means one edit (insertion, deletion, substitution, neighbours swapped), found through the texts that are left when
one letter is taken out (the deletion neighbourhood of Mor and Fraenkel, CACM 1982;25:935), or, between texts of equal
length, a share of letters that differ. Some columns are made of near values, codes such as A10 and A11; so what being
near a frequent value means is learned from each column: how many of its *frequent* values have such a neighbour.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from features.contracts import TableContract
from models.quality._detector import Detector, Evidence, Reason, silent
from models.quality._table import CellTable, TableColumn

# Own choices.
SHARE_OF_LETTERS = 0.2  # of texts of equal length so many letters may differ
TIMES_AS_FREQUENT = 3  # and the neighbour must be so many times as frequent
OFTEN = 0.03  # share of the rows at which a value is too common to be a slip of the pen
MOST_VALUES = 20_000  # of a column with more distinct values the rarest are left out
MOST_LETTERS = 200  # of longer texts only the beginning is compared
MOST_COMPARED = 2_000  # texts of one length that are compared with each other


def find(table: CellTable, _: TableContract | None = None) -> Evidence | None:
    """Return for each cell how likely it is a misspelling of another value of its column."""
    score = silent(table)
    suggestion = np.full(table.shape, -1, dtype=np.int64)
    for position, column in enumerate(table.columns):
        if column.numeric or column.identifies or column.distinct < 2:
            continue
        chance, target = misspelt(column)
        score[:, position] = chance[column.codes]
        suggestion[:, position] = target[column.codes]
    if np.isnan(score).all():
        return None

    def reason(row: int, position: int) -> Reason:
        column = table.columns[position]
        code, meant = column.codes[row], suggestion[row, position]
        value, other = column.values[code], column.values[meant]
        here, there = int(column.counts[code]), int(column.counts[meant])
        return Reason(
            f"'{value}' ({here} rows) is nearly '{other}' ({there} rows)",
            f"“{value}”（{here} 行）与“{other}”（{there} 行）几乎相同",
        )

    return Evidence(score, suggestion, reason)


def misspelt(column: TableColumn) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return for each value (d,) the chance that it is a misspelling, NaN for missing ones, and of which value."""
    counts = column.counts
    chance = np.where(column.missing, np.nan, 0.0).astype(np.float32)
    target = np.full(len(counts), -1, dtype=np.int64)
    pairs = _near(column)
    if not len(pairs):
        return chance, target
    both = np.concatenate([pairs, pairs[:, ::-1]])
    # Values that stand in many rows are no slips of the pen: how often have they a neighbour that is frequent, too?
    frequent = counts >= max(5, TIMES_AS_FREQUENT)
    frequent &= counts * max(column.distinct, 1) >= column.filled * 0.2
    beside = np.zeros(len(counts), dtype=bool)
    close = both[frequent[both[:, 0]] & frequent[both[:, 1]]]
    beside[close[:, 0]] = True
    usual = (beside.sum() + 0.5) / (frequent.sum() + 3)
    likely = both[(counts[both[:, 1]] >= TIMES_AS_FREQUENT * counts[both[:, 0]]) & (counts[both[:, 1]] >= 3)]
    if not len(likely):
        return chance, target
    # The most frequent neighbour; of equally frequent ones the first in order.
    order = np.lexsort((-likely[:, 1], counts[likely[:, 1]], likely[:, 0]))
    likely = likely[order]
    last = np.flatnonzero(np.diff(likely[:, 0], append=-1))
    value, meant = likely[last, 0], likely[last, 1]
    target[value] = meant
    ratio = counts[meant] / (counts[value] + 1.0)
    repeated = 1 + ((counts[value] - 1) / max(column.filled, 1) / OFTEN) ** 2
    chance[value] = (1 - usual) ** 2 * ratio / (ratio + 1) / repeated
    return chance, target


def _near(column: TableColumn) -> NDArray[np.int64]:
    """Return the pairs of values that are near each other, (p, 2), first code below second."""
    eligible = np.flatnonzero(~column.missing)
    if len(eligible) > MOST_VALUES:
        eligible = np.sort(eligible[np.argsort(-column.counts[eligible], kind="stable")[:MOST_VALUES]])
    texts = {int(code): str(column.values[code])[:MOST_LETTERS] for code in eligible}
    pairs = _one_edit(texts) | _few_letters(texts)
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def _one_edit(texts: dict[int, str]) -> set[tuple[int, int]]:
    """Return the pairs one edit apart, of texts of three letters and more."""
    left: defaultdict[str, list[int]] = defaultdict(list)
    for code, text in texts.items():
        if 3 <= len(text) <= 40:  # longer ones differ by a share of their letters
            for part in {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}:
                left[part].append(code)
    return {
        (a, b)
        for codes in left.values()
        if 1 < len(codes) <= 50
        for a, b in combinations(sorted(codes), 2)
        if abs(len(texts[a]) - len(texts[b])) <= 1 and not _numbers_differ(texts[a], texts[b])
    } | {(min(a, b), max(a, b)) for a, b in _short(texts)}


def _short(texts: dict[int, str]) -> set[tuple[int, int]]:
    """Return pairs of texts of two letters, one of which differs."""
    short = sorted(code for code, text in texts.items() if len(text) == 2)
    if len(short) > MOST_COMPARED:
        return set()
    return {
        (a, b)
        for a, b in combinations(short, 2)
        if (texts[a][0] == texts[b][0]) != (texts[a][1] == texts[b][1]) and not _numbers_differ(texts[a], texts[b])
    }


def _few_letters(texts: dict[int, str]) -> set[tuple[int, int]]:
    """Return the pairs of equal length of which at most `SHARE_OF_LETTERS` differ."""
    by_length: defaultdict[int, list[int]] = defaultdict(list)
    for code, text in texts.items():
        if len(text) >= 5:
            by_length[len(text)].append(code)
    pairs = set()
    for length, codes in by_length.items():
        if not 1 < len(codes) <= MOST_COMPARED:
            continue
        letters = np.array([texts[code] for code in codes], dtype=f"<U{length}").view("<U1").reshape(len(codes), length)
        symbols = letters.view(np.uint32)
        most = max(1, int(length * SHARE_OF_LETTERS))
        for at in range(len(codes) - 1):
            differ = (symbols[at + 1 :] != symbols[at]).sum(axis=1)
            for other in np.flatnonzero(differ <= most) + at + 1:
                if not _numbers_differ(texts[codes[at]], texts[codes[other]]):
                    pairs.add((codes[at], codes[other]))
    return pairs


def _numbers_differ(first: str, second: str) -> bool:
    """Return whether two texts, a number in each, differ in digits only: 12 beds and 13 beds are both right."""
    masked = [("".join("9" if letter.isdigit() else letter for letter in text)) for text in (first, second)]
    return masked[0] == masked[1]


DETECTOR = Detector("misspelling", "拼写错误", find)
