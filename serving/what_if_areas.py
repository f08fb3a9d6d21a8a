"""What-if for everybody at once: how expected cases move in each township, so that no two answers tell of few people.

A question can be asked again with a slightly other change, and the difference of both answers is then of those whom
only one of the changes moves. So that these are never 1 to 7 people:

1. The cells are those of `serving.area_cells`: people by township and sex, rounded once; counties and the city are sums
   of them. Whoever has no known home is in a cell of their own. A cell whose people are suppressed counts nothing.
2. A township's change is told only if each feature that moves, beside all the others, moves the scores of nobody or of
   more than the rule suppresses: counted apart for those it lowers, those it raises, and those it gives a value where
   none was known. Else the township stays as it was, in every sum too.
3. Groups are moved to a value (`set`, `at_most`, `at_least`), each feature once. Of two such limits the nearer one
   moves all whom the farther one moves, and moves them farther; so who differs between the answers are at least those
   whom the farther one moves, of whom there are enough by 2, and by 2 the same holds if a feature is left out. `add` is
   for one person: everybody moved by 60 and by 61 differ in the few only who do not reach the end of the range.
4. Expected cases are told to a tenth, mean risks follow from what is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.errors import InvalidInputError
from models.disclosure import safe_array
from serving.area_cells import COUNTY_DIVISOR, SEXES, Cells
from serving.areas import Areas
from serving.champions import Champion
from serving.what_if import Change, groups_moved, inputs_of_changes, moved_columns, raised, shift

DECIMALS = 1  # of expected cases
FOR_ONE = "add"


@dataclass(frozen=True)
class MovedCells:
    """A model's answer by place: every township, then those whose township is not known; float64 (places,).

    Attributes
    ----------
    people
        Whom the model applies to, as they may be shown; NaN where suppressed.
    before, after
        Expected cases; `after` is NaN where the change is not told.
    moved
        How many of the people the changes move, as they may be shown; NaN where suppressed.
    """

    people: Cells
    before: Cells
    after: Cells
    moved: Cells


def check_group(changes: Sequence[Change]) -> None:
    """Refuse changes that are not answered for a group.

    Raises
    ------
    InvalidInputError
        If a feature is moved by an amount, or twice.
    """
    problems: list[dict[str, object]] = []
    for number, change in enumerate(changes):
        if change.how == FOR_ONE:
            problems.append(
                {
                    "field": f"changes[{number}].how", "value": FOR_ONE,
                    "allowed": "set, at_most or at_least; add for one resident",
                    "fix": "name the value up to which the group is moved, or ask of a resident",
                }
            )  # fmt: skip
        if change.feature in {other.feature for other in changes[:number]}:
            problems.append(
                {
                    "field": f"changes[{number}].feature", "value": change.feature,
                    "allowed": "each feature once; twice for one resident", "fix": "keep one of the changes",
                }
            )  # fmt: skip
    if problems:
        raise InvalidInputError("The changes cannot be answered for a group: its answers must not tell of few people.",
                                problems)  # fmt: skip


def move_cells(areas: Areas, champion: Champion, changes: Sequence[Change]) -> MovedCells:
    """Return how the expected cases of one model move, by place.

    Parameters
    ----------
    changes
        Of features that the model uses, as `check_group` lets through.
    """
    cells, ranking = areas.cells, areas.cells.ranking
    model = champion.declaration.name
    rows = cells.rows_of(model)
    column = list(ranking.snapshot.champions).index(model)
    with ranking.population.lock:
        features = ranking.population.features
        stored = {name: features[name].to_numpy()[rows] for name in inputs_of_changes(champion, changes)}
        before = ranking.risks[rows, column]
    moved = moved_columns(stored, changes)
    touched = {change.feature for change in changes}
    by = shift(champion, stored, moved, touched) if changes else np.zeros(len(rows))
    after = raised(before, champion.bundle.slope * by)

    places = len(cells.townships) + 1
    place = np.where(cells.place[rows] < 0, places - 1, cells.place[rows])
    cell = place * len(SEXES) + cells.female[rows]

    def summed(weights: Cells | None = None) -> Cells:
        return np.bincount(cell, weights, places * len(SEXES)).astype(np.float64).reshape(places, len(SEXES))

    people = summed()
    shown = safe_array(people, cells.rule)
    told = ~np.isnan(shown).reshape(-1)[cell]  # who adds to what is told

    def counted(group: NDArray[np.bool_]) -> Cells:
        return safe_array(np.bincount(place[group & told], minlength=places), cells.rule)

    hidden = np.zeros(places, dtype=np.bool_)
    for group in groups_moved(champion, stored, moved, changes):
        hidden |= np.isnan(counted(group))
    per_person = np.divide(np.nan_to_num(shown), people, out=np.zeros_like(people), where=people > 0)
    gone = np.isnan(shown).all(axis=1)

    def expected(risk: Cells) -> Cells:
        # Mean risk times the people who are shown, so that it tells no more of their number than that does.
        return np.where(gone, np.nan, np.round((summed(risk) * per_person).sum(axis=1), DECIMALS))

    return MovedCells(
        people=np.where(gone, np.nan, np.nansum(shown, axis=1)),
        before=expected(before),
        after=np.where(hidden, np.nan, expected(after)),
        moved=np.where(hidden, np.nan, counted(by != 0.0)),
    )


NOBODY: dict[str, Any] = {
    "people": None, "moved": None, "expected_before": None, "expected_after": None, "mean_risk_before": None,
    "mean_risk_after": None, "untold": 0,
}  # fmt: skip


def figures(cells: MovedCells, places: NDArray[np.int64]) -> dict[str, Any]:
    """Return the sum over some places: what is not told of one counts as it was, nothing where nothing is told."""
    shown = places[cells.people[places] > 0]
    if not len(shown):
        return dict(NOBODY)
    people, before = float(cells.people[shown].sum()), float(cells.before[shown].sum())
    untold = np.isnan(cells.after[shown])
    told = NOBODY | {
        "people": int(people),
        "expected_before": round(before, DECIMALS),
        "mean_risk_before": round(before / people, 5),
        "untold": int(untold.sum()),
    }
    if untold.all():
        return told
    after = float(np.where(untold, cells.before[shown], cells.after[shown]).sum())
    return told | {
        "moved": int(np.nansum(cells.moved[shown])),
        "expected_after": round(after, DECIMALS),
        "mean_risk_after": round(after / people, 5),
    }


def places_of(areas: Areas, area: str | None) -> NDArray[np.int64]:
    """Return the places of an area, of everybody if none is named.

    Raises
    ------
    UnknownNameError
        If nobody is known to live in such an area.
    """
    townships = areas.cells.townships
    if area is None:
        return np.arange(len(townships) + 1)
    codes = townships if areas.level_of(area) == "township" else townships // COUNTY_DIVISOR
    return np.flatnonzero(codes == int(area))


def by_area(areas: Areas, cells: MovedCells, level: str, area: str | None) -> list[dict[str, Any]]:
    """Return the figures of every area of a level, within an area if one is named."""
    inside = places_of(areas, area)
    rows = []
    for code in areas.codes(level):
        places = np.intersect1d(places_of(areas, code), inside)
        if len(places):
            name, name_zh = areas.source.area_names.get(code, (code, code))
            rows.append({"code": code, "level": level, "name": name, "name_zh": name_zh, **figures(cells, places)})
    return rows
