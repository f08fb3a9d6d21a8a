"""Truth discovery: several sources describe the same thing, and do not agree.

Found by itself is which column names the thing and which the source: together they (nearly) identify a row, each of
them repeats, and rows of one thing agree in other columns far more than rows at random, rows of one source do not.
Then what is true of each thing and how far each source can be trusted are estimated in turns: a value's chance is that
of the sources that claim it, each counted by the log-odds of its accuracy, and a source's accuracy is the mean chance
of what it claims (the model ACCU of Dong, Berti-Equille and Srivastava, PVLDB 2009;2:550; the principle goes back to
TruthFinder, Yin, Han and Yu, KDD 2007). Accuracy is estimated for each column on its own, drawn towards that of all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.contracts import TableContract
from models.quality._detector import Detector, Evidence, Reason, silent
from models.quality._table import CellTable, Codes, TableColumn, joint

Array = NDArray[np.float64]

# Own choices.
LEAST_ROWS_A_THING, LEAST_ROWS_A_SOURCE, LEAST_SOURCES = 2.5, 5, 3
UNIQUE = 0.95  # share of rows that thing and source must identify
CROSSED = 0.05  # share of the pairs of a thing and a source of which there is a row
LEAST_REDUCTION = 0.2  # of the errors of guessing a column, by knowing the thing
FALSE_VALUES = 10  # ways to be wrong, n in ACCU
DRAW = 10.0  # claims that a source's accuracy in all columns counts for in one
ROUNDS = 20


@dataclass(frozen=True)
class Roles:
    """Which columns name the thing and the source, and which describe the thing (positions)."""

    thing: int
    source: int
    described: tuple[int, ...]


def reduction(first: TableColumn, second: TableColumn) -> float:
    """Return by how much knowing `first` reduces the errors of guessing `second`, missing values left aside.

    Goodman and Kruskal's lambda, but that each cell is left out of the majority that it is held against.
    """
    of_first, of_second, count, _ = joint(first, second)
    usable = ~second.missing[of_second] & ~first.missing[of_first]
    of_first, of_second, count = of_first[usable], of_second[usable], count[usable]
    if not len(count):
        return 0.0
    order = np.lexsort((count, of_first))
    a, c = of_first[order], count[order]
    end = np.flatnonzero(np.diff(a, append=-1))
    total = np.bincount(a, weights=c, minlength=len(first.values))
    # The commonest value's rows agree with the other rows of their group; a value that stands alone agrees with none.
    agree = float(np.where(c[end] >= 2, c[end], 0).sum())
    speak = float(total[total >= 2].sum())
    base = float(np.bincount(of_second, weights=count).max() / count.sum())
    return (agree / speak - base) / max(1 - base, 1e-9) if speak else 0.0


def roles(table: CellTable) -> Roles | None:
    """Return which column names the thing and which the source, or None where the table is not of that kind."""
    n = table.rows
    repeating = [
        position
        for position, column in enumerate(table.columns)
        if not column.identifies and column.filled == n and 3 <= column.distinct <= n / LEAST_ROWS_A_THING
    ]
    told = {
        (a, b): reduction(table.columns[a], table.columns[b])
        for a in repeating
        for b in range(len(table.columns))
        if a != b and not table.columns[b].identifies and table.columns[b].distinct >= 2
    }
    best: tuple[float, int, Roles] | None = None
    for thing in repeating:
        for source in repeating:
            first, second = table.columns[thing], table.columns[source]
            if (
                thing == source
                or second.distinct < LEAST_SOURCES
                or n / second.distinct < LEAST_ROWS_A_SOURCE
                or told[thing, source] > 0.5  # the thing has its source: nothing is told twice
                or n < CROSSED * first.distinct * second.distinct
                or len(joint(first, second)[0]) < UNIQUE * n
            ):
                continue
            described = tuple(
                b
                for b in range(len(table.columns))
                if b not in (thing, source)
                and told.get((thing, b), 0.0) >= LEAST_REDUCTION
                and told.get((source, b), 0.0) < told[thing, b] / 2
            )
            worth = sum(told[thing, b] - max(told.get((source, b), 0.0), 0.0) for b in described)
            key = (round(worth, 9), first.distinct)
            if described and (best is None or key > best[:2]):
                best = (*key, Roles(thing, source, described))
    return best[2] if best else None


def find(table: CellTable, _: TableContract | None = None) -> Evidence | None:
    """Return for each cell that describes a thing the chance that the sources together contradict it."""
    found = roles(table)
    if found is None:
        return None
    thing, source = table.columns[found.thing], table.columns[found.source]
    score = silent(table)
    suggestion = np.full(table.shape, -1, dtype=np.int64)
    chances, accuracies = discover(table, found)
    for position in found.described:
        column = table.columns[position]
        chance, usual, known = chances[position]
        empty = column.missing[column.codes]
        # An empty cell is wrong if others know a value, however they disagree on which.
        score[:, position] = np.where(known, np.where(empty, 0.95, 1 - chance), np.nan)
        suggestion[:, position] = np.where(known, usual, -1)

    def reason(row: int, position: int) -> Reason:
        column = table.columns[position]
        truth = column.values[suggestion[row, position]]
        here = column.values[column.codes[row]] or "nothing"
        accuracy = accuracies[position][source.codes[row]]
        which, who = thing.values[thing.codes[row]], source.values[source.codes[row]]
        claims = int(((thing.codes == thing.codes[row]) & (column.codes == suggestion[row, position])).sum())
        return Reason(
            f"for {thing.name} {which} the sources together say {column.name} {truth} ({claims} rows); "
            f"{source.name} {who}, which says {here}, is right in {accuracy:.0%} of such cells",
            f"对于 {thing.name} {which}，各来源综合认为 {column.name} 为 {truth}（{claims} 行）；"
            f"{source.name} {who} 此处为“{here}”，其同类数据的正确率为 {accuracy:.0%}",
        )

    return Evidence(score, suggestion, reason)


Discovered = tuple[Array, Codes, NDArray[np.bool_]]


def discover(table: CellTable, found: Roles) -> tuple[dict[int, Discovered], dict[int, Array]]:
    """Return what is true, and how accurate the sources are.

    Returns
    -------
    tuple
        By column, for each row the chance that its value is true, the code of the likeliest value of its thing, and
        whether any source says anything of it; and by column the accuracy of each source.
    """
    thing, source = table.columns[found.thing], table.columns[found.source]
    claims: dict[int, tuple[NDArray[np.bool_], Codes, Codes, Codes]] = {}
    for position in found.described:
        column = table.columns[position]
        spoken = ~column.missing[column.codes]
        key = thing.codes * len(column.values) + column.codes
        pairs, pair = np.unique(key[spoken], return_inverse=True)
        claims[position] = (spoken, pairs // len(column.values), pairs % len(column.values), pair)
    sources = len(source.values)
    accuracy = {position: np.full(sources, 0.8) for position in found.described}
    chance: dict[int, Array] = {}
    for _ in range(ROUNDS):
        right, told = {}, {}
        for position, (spoken, of_thing, _, pair) in claims.items():
            trust = np.clip(accuracy[position], 0.05, 0.98)
            vote = np.log(FALSE_VALUES * trust / (1 - trust))
            heard = vote[source.codes[spoken]]
            confidence = np.bincount(pair, weights=heard, minlength=len(of_thing)).astype(np.float64)
            chance[position] = _softmax(confidence, of_thing, len(thing.values))
            right[position] = np.bincount(source.codes[spoken], weights=chance[position][pair], minlength=sources)
            told[position] = np.bincount(source.codes[spoken], minlength=sources)
        overall = (sum(right.values()) + 4.0) / (sum(told.values()) + 5.0)
        accuracy = {p: (right[p] + DRAW * overall) / (told[p] + DRAW) for p in claims}
    answers = {}
    for position, (spoken, of_thing, code, pair) in claims.items():
        of_row = np.zeros(table.rows)
        of_row[spoken] = chance[position][pair]
        order = np.lexsort((-code, np.round(chance[position], 9), of_thing))
        last = np.flatnonzero(np.diff(of_thing[order], append=-1))
        usual = np.full(len(thing.values), -1, dtype=np.int64)
        usual[of_thing[order][last]] = code[order][last]
        answers[position] = (of_row, usual[thing.codes], usual[thing.codes] >= 0)
    return answers, accuracy


def _softmax(confidence: Array, group: Codes, groups: int) -> Array:
    """Return the chance of each value among those of its group, one that nobody claims being possible, too."""
    highest = np.zeros(groups)
    np.maximum.at(highest, group, confidence)
    grown = np.exp(confidence - highest[group])
    total = np.bincount(group, weights=grown, minlength=groups) + np.exp(-highest)
    chance: Array = grown / total[group]
    return chance


DETECTOR = Detector("truth discovery", "多源真值发现", find)
