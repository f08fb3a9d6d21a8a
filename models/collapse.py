"""A LightGBM booster as tables, exactly.

A leaf of a tree whose path asks about at most two features is a rectangle in their plane: a pattern of cells
of a one- or two-feature table. So an ensemble of such trees *is* a sum of tables, whatever its number of
trees or leaves. What each split does with missing values, zeros and ties follows LightGBM's own prediction
(microsoft/LightGBM, ``include/LightGBM/tree.h``, ``Tree::NumericalDecision``; ``src/c_api.cpp``, rows of a
dense matrix).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.errors import InvalidInputError
from models.tables import Array, Curve, Surface, TableForm, representatives

if TYPE_CHECKING:
    import lightgbm

# LightGBM's kZeroThreshold is the float literal 1e-35f, which widens to a double slightly above 1e-35.
# Prediction takes every value within it for zero, and a split of missing type Zero takes zero for missing.
ZERO = float(np.float32(1e-35))
BELOW_ZERO = float(np.nextafter(-ZERO, -np.inf))

# Bits of LightGBM's decision_type: 1 categorical, 2 missing values go left, 4 and 8 the missing type.
CATEGORICAL, DEFAULT_LEFT = 1, 2
MISSING_ZERO, MISSING_NAN = 1, 2


@dataclass(frozen=True)
class _Split:
    """One split of a tree: `value <= threshold` goes left."""

    feature: int
    threshold: float
    default_left: bool
    missing: int

    def edges(self) -> tuple[float, ...]:
        """Edges between which all values go the same way."""
        # A split of the missing from the present has the threshold infinity, which parts no two values.
        threshold = (self.threshold,) if self.threshold < np.inf else ()
        return (BELOW_ZERO, ZERO, *threshold) if self.missing == MISSING_ZERO else threshold

    def goes_left(self, values: Array) -> NDArray[np.bool_]:
        """Return the way that each value goes."""
        nothing = np.isnan(values)
        if self.missing == MISSING_NAN:
            return np.where(nothing, self.default_left, values <= self.threshold)
        known = np.where(nothing, 0.0, values)
        left = known <= self.threshold
        return np.where(np.abs(known) <= ZERO, self.default_left, left) if self.missing == MISSING_ZERO else left


Path = tuple[tuple[_Split, bool], ...]  # the splits down to a leaf, and whether it lies to their left


@dataclass(frozen=True)
class _Leaf:
    value: float
    path: Path

    @property
    def features(self) -> tuple[int, ...]:
        return tuple(sorted({split.feature for split, _ in self.path}))

    def covers(self, feature: int, points: Array) -> NDArray[np.bool_]:
        """Return which of the values of one feature lead to this leaf, as far as that feature decides."""
        inside = np.ones(len(points), dtype=np.bool_)
        for split, left in self.path:
            if split.feature == feature:
                inside &= split.goes_left(points) == left
        return inside


def collapse(booster: lightgbm.Booster, feature_names: Sequence[str]) -> TableForm:
    """Return tables that add up to the booster's raw score.

    Parameters
    ----------
    booster
        Of one output, numeric splits and constant leaves, no path with more than two distinct features. As in
        `Booster.predict`, trees behind the best iteration of early stopping do not count.
    feature_names
        The names of the columns in the order of training.

    Returns
    -------
    TableForm
        Equal to ``booster.predict(..., raw_score=True)`` for every input, but for the rounding of the sum;
        what a booster was started from (`init_score`) is not part of it, as it is not part of the booster.

    Raises
    ------
    InvalidInputError
        If the booster cannot be written as tables; the message says how to train it otherwise.
    """
    names = _checked_names(booster, feature_names)
    header, *trees = booster.model_to_string().split("\nTree=")
    fields = _fields(header)
    if fields["num_tree_per_iteration"] != "1":
        raise InvalidInputError("A booster with several outputs has no single table form. Train one model an outcome.")
    if "average_output" in header.splitlines():
        # Its raw score is the sum of the trees, but its probability is made from their mean.
        raise InvalidInputError("The raw score of a random forest is not its log-odds. Train with boosting='gbdt'.")
    tables: dict[tuple[int, ...], list[_Leaf]] = {(): []}
    for tree in trees:
        for leaf in _leaves(_fields(tree.split("\n\n", 1)[0])):
            tables.setdefault(_checked_path(leaf, names), []).append(leaf)
    keys = sorted(tables)
    return TableForm(
        intercept=sum(leaf.value for leaf in tables[()]),
        curves=tuple(_curve(names, key[0], tables[key]) for key in keys if len(key) == 1),
        surfaces=tuple(_surface(names, (key[0], key[1]), tables[key]) for key in keys if len(key) == 2),
    )


def _checked_names(booster: lightgbm.Booster, feature_names: Sequence[str]) -> tuple[str, ...]:
    names, trained = tuple(feature_names), tuple(booster.feature_name())
    if repeated := sorted(name for name, count in Counter(names).items() if count > 1):
        raise InvalidInputError(f"Feature names must differ; repeated: {', '.join(repeated)}.")
    if len(names) != len(trained):
        raise InvalidInputError(f"The booster was trained on {len(trained)} features, but {len(names)} are named.")
    if names != trained and set(names) == set(trained):
        raise InvalidInputError(f"Name the features in the order of training: {', '.join(trained)}.")
    return names


def _fields(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def _leaves(fields: dict[str, str]) -> Iterator[_Leaf]:
    """Yield the leaves of one tree, written in the text format of LightGBM's models."""
    if fields.get("is_linear") == "1":
        raise InvalidInputError("A tree with linear leaves has no table form. Train with linear_tree=false.")
    values = [float(value) for value in fields["leaf_value"].split()]
    if fields["num_leaves"] == "1":
        yield _Leaf(values[0], ())
        return
    splits = [
        _split(int(feature), float(threshold), int(decision))
        for feature, threshold, decision in zip(
            *(fields[name].split() for name in ("split_feature", "threshold", "decision_type")), strict=True
        )
    ]
    children = [[int(node) for node in fields[side].split()] for side in ("right_child", "left_child")]
    pending: list[tuple[int, Path]] = [(0, ())]
    while pending:
        node, path = pending.pop()
        if node < 0:
            yield _Leaf(values[~node], path)
            continue
        pending += [(children[left][node], (*path, (splits[node], left))) for left in (False, True)]


def _split(feature: int, threshold: float, decision: int) -> _Split:
    if decision & CATEGORICAL:
        raise InvalidInputError(
            "A split on a native categorical feature has no table form. "
            "Encode categories as numbers and train without `categorical_feature`."
        )
    if not threshold > -np.inf:
        raise InvalidInputError(
            "A split at minus infinity has no table form. Train with NaN in place of infinite values."
        )
    if abs(threshold) <= ZERO:  # zero stays whole, so all of these part negative values from the rest
        threshold = BELOW_ZERO if threshold < 0 else ZERO
    return _Split(feature, threshold, bool(decision & DEFAULT_LEFT), decision >> 2 & 3)


def _checked_path(leaf: _Leaf, names: tuple[str, ...]) -> tuple[int, ...]:
    if len(leaf.features) > 2:
        together = ", ".join(names[feature] for feature in leaf.features)
        raise InvalidInputError(
            f"A path of this booster asks about {together} together, and tables hold two features at most. "
            "Train with max_depth=2, or with interaction_constraints that list pairs."
        )
    return leaf.features


def _edges(feature: int, leaves: list[_Leaf]) -> Array:
    """Return every edge that the leaves need along one feature."""
    found = {edge for leaf in leaves for split, _ in leaf.path if split.feature == feature for edge in split.edges()}
    return np.array(sorted(found))


def _curve(names: tuple[str, ...], feature: int, leaves: list[_Leaf]) -> Curve:
    edges = _edges(feature, leaves)
    points = representatives(edges)
    values = np.zeros(len(points))
    for leaf in leaves:
        values[leaf.covers(feature, points)] += leaf.value
    return Curve(names[feature], edges, values)


def _surface(names: tuple[str, ...], pair: tuple[int, int], leaves: list[_Leaf]) -> Surface:
    edges = (_edges(pair[0], leaves), _edges(pair[1], leaves))
    points = (representatives(edges[0]), representatives(edges[1]))
    values = np.zeros((len(points[0]), len(points[1])))
    for leaf in leaves:
        values[np.ix_(leaf.covers(pair[0], points[0]), leaf.covers(pair[1], points[1]))] += leaf.value
    return Surface((names[pair[0]], names[pair[1]]), edges, values)
