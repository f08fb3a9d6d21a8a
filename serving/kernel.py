"""The fast path: score, risk and reasons of all models, for a city or for one person, from their table forms.

A `Scorer` compiles its models once. Each feature gets the union of the edges that any model asks about, so
that a value is binned once for all models; curves are spread over these bins, while surfaces keep their own
small resolution and are reached through a short remap array an axis. What is left per person and table is one
lookup and one addition.

A result does not depend on who else is in the batch or on the number of threads: every row runs through the
same arithmetic in the same order (intercept, curves, surfaces, as in `TableForm.raw`), without fast-math. Rows
are worked on in blocks that fit the cache. The threads are Python's own, with the interpreter lock released:
Numba's own parallel loops abort the process when two requests enter them at once and neither TBB nor OpenMP is
there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.compiled import compiled_for
from features.errors import InvalidInputError
from features.settings import settings
from models.attribution import Attribution
from models.tables import Array, TableForm, finite, named_columns
from serving.packing import Index, Remaps, Tables

Codes = NDArray[np.uint16]

BLOCK = 1024  # rows whose values, bins and contributions stay in a core's cache together
SPAN = 8 * BLOCK  # rows that a thread takes at a time

# exp(x) is spelled out, because a library's vector and scalar versions differ in the last bit, and which one
# runs would depend on a row's place in the batch. x is reduced to |rest| <= log(2)/2 with log(2) in two
# parts, the first short enough for an exact product (Cody and Waite, Software Manual for the Elementary
# Functions, 1980, chapter 6); then follows Taylor's series. Beyond +-LARGEST, where the power of two would
# not be a normal number, x is cut off: no risk is below 3e-308.
LARGEST = 708.0
PER_LOG2 = 1.0 / math.log(2.0)
LOG2_HIGH, LOG2_LOW = float.fromhex("0x1.62e42feep-1"), float.fromhex("0x1.a39ef35793c76p-33")
POWERS_OF_TWO = np.ldexp(1.0, np.arange(-1022, 1024))
TAYLOR = np.array([1.0 / math.factorial(order) for order in range(13, -1, -1)])


@compiled_for("void(f8[:,::1], f8[::1], u8[:,::1], u2[:,::1])")
def _bin(values: Array, edges: Array, axes: Index, codes: Codes) -> None:
    """Write the bin of each value, (features, rows).

    `axes` has for each feature the start of its edges, their number k, and the number 2**s - 1 to which they
    are filled up with infinity: so the binary search takes the same steps for all rows, and takes many rows
    at once.
    """
    one = np.uint32(1)
    place = np.empty(values.shape[1], np.uint32)
    for feature in range(len(values)):
        start, count, filled = axes[feature]
        grid, value, code = edges[start : start + filled], values[feature], codes[feature]
        place[:] = 0
        step = np.uint32((filled + 1) // 2)
        while step > 0:
            for row in range(len(value)):
                upper = np.uint32(place[row] + step)
                place[row] = upper if grid[np.uint32(upper - one)] < value[row] else place[row]
            step >>= one
        for row in range(len(value)):
            code[row] = place[row] if value[row] == value[row] else np.uint32(count + 1)  # NaN equals nothing


@compiled_for("void(u2[:,::1], u8[:,::1], u8[:,::1], f8[:,::1], u4[::1], f8[:,::1], u8, f8[:,::1], f8[:,::1])")
def _score(
    codes: Codes,
    curves: Index,
    surfaces: Index,
    cells: Array,
    remaps: Remaps,
    models: Array,
    start: int,
    raw: Array,
    risk: Array,
) -> None:
    """Write raw score and risk, (models, all rows), of the rows from `start` on.

    Loops over tables index and do not slice: a slice costs more than the lookup when there is but one row.

    Parameters
    ----------
    codes
        Bins of these rows, (features, rows).
    curves
        A row a curve: model, feature, start of its cells.
    surfaces
        A row a surface: model, first and second feature, starts of their remaps, start of its cells.
    cells
        (3, c): what each cell of all tables adds to the score, what its first feature contributes, and what
        its second.
    remaps
        For each axis of a surface, from the union bin to the place of its own bin in `cells`.
    models
        A row a model: intercept of the form, slope and intercept of the calibration.
    """
    rows = np.uint64(codes.shape[1])
    for model in range(len(models)):
        raw[model, start : start + rows] = models[model, 0]
    for table in range(len(curves)):
        model, feature, cell = curves[table, 0], curves[table, 1], curves[table, 2]
        for row in range(rows):
            raw[model, start + row] += cells[0, cell + codes[feature, row]]
    for table in range(len(surfaces)):
        model, first, second = surfaces[table, 0], surfaces[table, 1], surfaces[table, 2]
        along, across, cell = surfaces[table, 3], surfaces[table, 4], surfaces[table, 5]
        for row in range(rows):
            place = remaps[along + codes[first, row]] + remaps[across + codes[second, row]]
            raw[model, start + row] += cells[0, cell + place]
    for model in range(len(models)):
        slope, intercept = models[model, 1], models[model, 2]
        for row in range(start, start + rows):
            x = min(max(-(intercept + slope * raw[model, row]), -LARGEST), LARGEST)
            power = math.floor(x * PER_LOG2 + 0.5)
            rest = (x - power * LOG2_HIGH) - power * LOG2_LOW
            series = 0.0
            for coefficient in TAYLOR:
                series = series * rest + coefficient
            risk[model, row] = 1.0 / (1.0 + series * POWERS_OF_TWO[int(power) + 1022])


@compiled_for("void(u2[:,::1], u8[:,::1], u8[:,::1], f8[:,::1], u4[::1], f8[:,::1])")
def _contribute(codes: Codes, curves: Index, surfaces: Index, cells: Array, remaps: Remaps, total: Array) -> None:
    """Write what each feature adds to the raw score of one model, (features, rows).

    `curves` and `surfaces` are those of the model; the rest is as in `_score`.
    """
    rows = np.uint64(codes.shape[1])
    total[:] = 0.0
    for table in range(len(curves)):
        feature, cell = curves[table, 1], curves[table, 2]
        for row in range(rows):
            total[feature, row] += cells[1, cell + codes[feature, row]]
    for table in range(len(surfaces)):
        first, second = surfaces[table, 1], surfaces[table, 2]
        along, across, cell = surfaces[table, 3], surfaces[table, 4], surfaces[table, 5]
        for row in range(rows):
            place = cell + (remaps[along + codes[first, row]] + remaps[across + codes[second, row]])
            total[first, row] += cells[1, place]
            total[second, row] += cells[2, place]


@compiled_for("void(f8[:,::1], i2[:,::1], f8[:,::1])")
def _select(total: Array, feature: NDArray[np.int16], contribution: Array) -> None:
    """Write the k largest contributions of each row by size, (rows, k), from `total`, (features, rows)."""
    feature[:] = -1
    contribution[:] = 0.0
    last = feature.shape[1] - 1
    for candidate in range(len(total)):
        for row in range(total.shape[1]):
            value = total[candidate, row]
            place = last + 1
            while place > 0 and abs(value) > abs(contribution[row, place - 1]):
                place -= 1
                if place < last:
                    contribution[row, place + 1] = contribution[row, place]
                    feature[row, place + 1] = feature[row, place]
            if place <= last:
                contribution[row, place] = value
                feature[row, place] = candidate


@dataclass(frozen=True)
class Scores:
    """Raw scores (log-odds before calibration) and calibrated risks (0..1), float64 (n, models)."""

    raw: Array
    risk: Array


@dataclass(frozen=True)
class Reasons:
    """The contributions that weigh most, largest first whatever their sign; ties go to the earlier feature.

    Attributes
    ----------
    feature
        int16 (n, models, k), place in `Scorer.features`; -1 where fewer than k features contribute.
    contribution
        float64 (n, models, k), part of the raw score; 0 where `feature` is -1.
    """

    feature: NDArray[np.int16]
    contribution: Array


@dataclass(frozen=True)
class Listed:
    """Those whose risk under one model reaches a threshold, in the order of the rows.

    Attributes
    ----------
    row
        int64 (m,), place in the batch.
    risk
        float64 (m,).
    feature, contribution
        (m, k), as in `Reasons`.
    """

    row: NDArray[np.int64]
    risk: Array
    feature: NDArray[np.int16]
    contribution: Array


class Scorer:
    """All models compiled together; safe to share between threads.

    Parameters
    ----------
    models
        For each model its table form, its contributions, and slope and intercept of its calibration:
        risk = 1 / (1 + exp(-(intercept + slope * raw))).
    threads
        Threads for large batches; default `Settings.threads`.

    Attributes
    ----------
    features
        Names of the columns that any model needs, sorted: the order of a matrix and of contributions.
    base
        float64 (models,), mean raw score of each model's background.

    Raises
    ------
    InvalidInputError
        If contributions do not belong to their form, or a feature has more bins than 16 bits can number.
    """

    def __init__(
        self, models: Sequence[tuple[TableForm, Attribution, float, float]], threads: int | None = None
    ) -> None:
        forms = [form for form, *_ in models]
        self.features = tuple(sorted({name for form in forms for name in form.features}))
        self.base = np.array([attribution.base for _, attribution, *_ in models])
        self._threads = settings().threads if threads is None else threads
        constants = [[form.intercept, slope, intercept] for form, _, slope, intercept in models]
        # A copy, because the kernel's signature asks for a writeable array.
        self._models = finite(constants, "the calibration").reshape(-1, 3).copy()
        self._tables = Tables(self.features, forms, [attribution for _, attribution, *_ in models])

    def score(self, columns: Mapping[str, ArrayLike] | Array) -> Scores:
        """Return raw score and risk of every row under every model.

        Parameters
        ----------
        columns
            float64 arrays (n,) by name, of which those that no model needs are left alone; or a float64
            matrix (n, len(features)) in the order of `features`. NaN where missing.

        Raises
        ------
        UnknownNameError
            If a column is not there.
        InvalidInputError
            If columns differ in length, or the matrix has another shape.
        """
        rows, block = self._blocks(columns)
        raw, risk = np.empty((2, len(self.base), rows))
        of = self._tables

        def work(codes: Codes, start: int) -> None:
            _score(codes, of.curves, of.surfaces, of.cells, of.remaps, self._models, start, raw, risk)

        self._run(rows, block, work)
        return Scores(raw.T, risk.T)

    def contributions(self, columns: Mapping[str, ArrayLike] | Array, model: int) -> Array:
        """Return what each of `features` adds to the raw score of one model, float64 (n, len(features)).

        ``base[model]`` and a row's contributions add up to its raw score. `model` is the model's place;
        `columns` and errors are as in `score`.
        """
        model = range(len(self.base))[model]  # raises where there is no such model
        rows, block = self._blocks(columns)
        total = np.empty((rows, len(self.features)))

        def work(codes: Codes, start: int) -> None:
            total[start : start + codes.shape[1]] = self._contributed(codes, model).T

        self._run(rows, block, work)
        return total

    def reasons(self, columns: Mapping[str, ArrayLike] | Array, k: int) -> Reasons:
        """Return the `k` >= 1 contributions that weigh most, for every row under every model.

        `columns` and errors are as in `score`.
        """
        if k < 1:
            raise InvalidInputError(f"Ask for at least one reason a person, not {k}.")
        rows, block = self._blocks(columns)
        feature = np.empty((len(self.base), rows, k), np.int16)
        contribution = np.empty((len(self.base), rows, k))

        def work(codes: Codes, start: int) -> None:
            here = slice(start, start + codes.shape[1])
            for model in range(len(self.base)):
                _select(self._contributed(codes, model), feature[model, here], contribution[model, here])

        self._run(rows, block, work)
        return Reasons(feature.swapaxes(0, 1), contribution.swapaxes(0, 1))

    def score_and_explain(
        self, columns: Mapping[str, ArrayLike] | Array, models: Sequence[int], k: int
    ) -> tuple[Scores, Reasons]:
        """Return the scores under every model, and the `k` >= 1 reasons under some, out of the same bins.

        Parameters
        ----------
        columns
            As in `score`.
        models
            Places of the models whose reasons are wanted, in the order of the answer.
        """
        rows, block = self._blocks(columns)
        raw, risk = np.empty((2, len(self.base), rows))
        feature = np.empty((len(models), rows, k), np.int16)
        contribution = np.empty((len(models), rows, k))
        of = self._tables

        def work(codes: Codes, start: int) -> None:
            _score(codes, of.curves, of.surfaces, of.cells, of.remaps, self._models, start, raw, risk)
            here = slice(start, start + codes.shape[1])
            for place, model in enumerate(models):
                _select(self._contributed(codes, model), feature[place, here], contribution[place, here])

        self._run(rows, block, work)
        return Scores(raw.T, risk.T), Reasons(feature.swapaxes(0, 1), contribution.swapaxes(0, 1))

    def score_and_list(
        self, columns: Mapping[str, ArrayLike] | Array, may: NDArray[np.bool_], thresholds: Array, k: int
    ) -> tuple[Scores, list[Listed]]:
        """Score every row, and give the reasons of those who stand on a list, out of the same bins.

        Parameters
        ----------
        columns
            As in `score`.
        may
            (models, n): to whom each model applies; nobody else is listed.
        thresholds
            (models,): risks from which on a row is listed.
        k
            Reasons for each row that is listed.

        Returns
        -------
        tuple
            The scores of all rows, and for each model who is listed.
        """
        rows, block = self._blocks(columns)
        raw, risk = np.empty((2, len(self.base), rows))
        parts: list[dict[int, Listed]] = [{} for _ in self.base]
        of = self._tables

        def work(codes: Codes, start: int) -> None:
            _score(codes, of.curves, of.surfaces, of.cells, of.remaps, self._models, start, raw, risk)
            here = slice(start, start + codes.shape[1])
            for model, threshold in enumerate(thresholds):
                listed = np.flatnonzero(may[model, here] & (risk[model, here] >= threshold))
                feature, contribution = np.empty((len(listed), k), np.int16), np.empty((len(listed), k))
                _select(self._contributed(np.ascontiguousarray(codes[:, listed]), model), feature, contribution)
                parts[model][start] = Listed(listed + start, risk[model, here][listed], feature, contribution)

        self._run(rows, block, work)
        return Scores(raw.T, risk.T), [_joined([part[start] for start in sorted(part)], k) for part in parts]

    def _contributed(self, codes: Codes, model: int) -> Array:
        total = np.empty(codes.shape)
        curves, surfaces = self._tables.of(model)
        _contribute(codes, curves, surfaces, self._tables.cells, self._tables.remaps, total)
        return total

    def _blocks(self, columns: Mapping[str, ArrayLike] | Array) -> tuple[int, Callable[[int, int], Array]]:
        """Return the number of rows, and what gives the values between two rows, float64 (features, rows)."""
        if isinstance(columns, np.ndarray):
            matrix = columns
            if matrix.ndim != 2 or matrix.shape[1] != len(self.features) or matrix.dtype != np.float64:
                raise InvalidInputError(
                    f"Expected a float64 matrix of {len(self.features)} columns in the order of `features`, "
                    f"found {matrix.dtype} {matrix.shape}."
                )
            return len(matrix), lambda start, stop: np.ascontiguousarray(matrix[start:stop].T)
        # Models without tables still need to know how many rows there are, so they take any column.
        given = named_columns(columns, self.features or list(columns)[:1])
        rows = len(next(iter(given.values()))) if given else 0
        ordered = [given[name] for name in self.features]

        def block(start: int, stop: int) -> Array:
            values = np.empty((len(ordered), stop - start))
            for place, column in enumerate(ordered):
                values[place] = column[start:stop]
            return values

        return rows, block

    def _run(self, rows: int, block: Callable[[int, int], Array], work: Callable[[Codes, int], None]) -> None:
        """Bin the rows block by block and hand the bins to `work`, on several threads if that is worth it."""

        def span(first: int) -> None:
            for start in range(first, min(first + SPAN, rows), BLOCK):
                values = block(start, min(start + BLOCK, rows))
                codes = np.empty(values.shape, np.uint16)
                _bin(values, self._tables.edges, self._tables.axes, codes)
                work(codes, start)

        spans = range(0, rows, SPAN)
        if self._threads == 1 or len(spans) <= 1:
            for first in spans:
                span(first)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(span, spans))  # the list raises here what a thread raised


def _joined(parts: Sequence[Listed], k: int) -> Listed:
    """Return lists of several blocks as one."""
    nobody = Listed(np.empty(0, np.int64), np.empty(0), np.empty((0, k), np.int16), np.empty((0, k)))
    every = [nobody, *parts]
    return Listed(*(np.concatenate([getattr(part, name) for part in every]) for name in Listed.__dataclass_fields__))
