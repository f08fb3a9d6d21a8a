"""Formats: a cell whose build, digits here and letters there, is rare in a column that has few builds.

The build of a text is its classes of letters, runs joined: `AA-3859` is `a-9`; words joined by blanks, points and
hyphens are one run, because how many words a name has says nothing. A second, stricter build keeps the length of runs
of digits, for columns of fixed width. Columns of free text have many builds, and no rare one means anything there: the
surprise at a build, -log2 of its share, is held against the average surprise of the column, its entropy (Shannon, Bell
Syst Tech J 1948;27:379).
"""

from __future__ import annotations

import re
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from features.contracts import TableContract
from models.quality._detector import Detector, Evidence, Reason, silent
from models.quality._table import CellTable, TableColumn

# Own choices: a build is suspected from so many bits above the column's average, and firmly so at twice that.
SURPRISE = 3.0
MOST_BUILDS = 2.0  # bits of entropy above which a column is free text
MOST_LETTERS = 200
WORDS = re.compile(r"a(?:[ .'&/-]+a)+")


def build(text: str, *, strict: bool = False) -> str:
    """Return the build of a text: 9 digit, a letter, the rest as it is.

    >>> build("AA-3859 b"), build("AA-3859 b", strict=True), build("St. Paul")
    ('a-9 a', 'a-9999 a', 'a')
    """
    classes = "".join(_class(letter) for letter in text[:MOST_LETTERS])
    runs = [(letter, len(list(run))) for letter, run in groupby(classes)]
    return WORDS.sub("a", "".join(letter * (size if strict and letter == "9" else 1) for letter, size in runs))


def _class(letter: str) -> str:
    if letter.isdigit():
        return "9"
    if letter.isalpha():
        return "a"
    return letter


def find(table: CellTable, _: TableContract | None = None) -> Evidence | None:
    """Return for each cell how odd its build is."""
    score = silent(table)
    usual: dict[int, str] = {}
    for position, column in enumerate(table.columns):
        if column.filled < 10:
            continue
        found = odd_build(column)
        if found is not None:
            chance, usual[position] = found
            score[:, position] = chance[column.codes]
    if np.isnan(score).all():
        return None

    def reason(row: int, position: int) -> Reason:
        column = table.columns[position]
        value = column.values[column.codes[row]]
        return Reason(
            f"'{value}' is not built as the other values of {column.name}, which are mostly like '{usual[position]}'",
            f"“{value}”的格式与 {column.name} 的其他值不同，后者多形如“{usual[position]}”",
        )

    return Evidence(score, None, reason)


def odd_build(column: TableColumn) -> tuple[NDArray[np.float32], str] | None:
    """Return for each value (d,) the chance that its build is wrong, and the commonest value of the usual build.

    None where the column has too many builds to tell.
    """
    texts = column.values.tolist()
    present = ~column.missing
    best: NDArray[np.float64] | None = None
    example = ""
    for strict in (False, True):
        kind = np.unique([build(text, strict=strict) for text in texts], return_inverse=True)[1]
        rows = np.bincount(kind, weights=column.counts * present)
        share = rows / rows.sum()
        bits = -np.log2(np.maximum(share, 0.5 / rows.sum()))
        entropy = float((share * bits).sum())
        if entropy > MOST_BUILDS:
            continue
        excess = bits - entropy - SURPRISE
        # A build that many different values share is a second format, not a slip, unless one format rules all.
        chance = 1 / (1 + np.exp(-1.2 * excess)) * (1 - entropy / (MOST_BUILDS + 1))
        if strict and column.numeric:
            continue  # 9 and 10 are no two formats
        found = chance[kind]
        best = found if best is None else np.maximum(best, found)
        if not example:
            of_usual = np.flatnonzero((kind == np.argmax(rows)) & present)
            example = texts[of_usual[np.argmax(column.counts[of_usual])]]
    if best is None:
        return None
    return np.where(present, best, np.nan).astype(np.float32), example


DETECTOR = Detector("format", "格式", find)
