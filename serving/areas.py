"""Measures of areas as they are shown: sums of rounded cells, and what follows from them.

Every measure has one shape: a count over a denominator, a value with an interval, and beside it what smoothing makes of
it. Nothing here sees an exact count (`serving.area_cells`).
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from features.concepts import CONDITIONS
from features.errors import InvalidInputError, UnknownNameError
from features.settings import settings
from models.area.funnel import FAR, NEAR, funnel_limits
from models.area.neighbours import Neighbours, in_km, queen
from models.area.rates import PER, crude_rates, proportion, standardised_ratios
from models.area.scan import Scan, circular_scan
from models.area.shrinkage import shrink
from models.area.trend import percent_changes
from models.risk_model import models_for
from serving.area_cells import COUNTY_DIVISOR, SEXES, YEARS, AreaCells, Cells
from serving.service import Service

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

LEVELS = ("county", "township")
BOTH = "all"
DIGITS = 4  # significant ones: more would be read as precision
KEPT_ANSWERS = 512
REFRESH_SECONDS = 30.0  # people who have moved are counted anew at most so often
BORDER_GAP = 1e-4  # degrees, about ten metres: borders that were cut apart still touch
SHOWN_DEGREES = 5  # decimals of a coordinate, about a metre


@dataclass(frozen=True)
class Measure:
    """One kind of figure.

    Attributes
    ----------
    per
        The value is the count divided by the denominator, times this.
    """

    name: str
    title: str
    title_zh: str
    count: str
    denominator: str
    per: float


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("observed", "first diagnoses", "新诊断", "cases in five years", "person-years", PER),
        Measure(
            "risk", "mean predicted risk", "平均预测风险", "cases expected within the horizon", "people at risk", 1.0
        ),
        Measure("screening", "screening coverage", "筛查覆盖率", "tested in five years", "people eligible", 1.0),
        Measure("missed", "predicted minus found", "预测与发现之差", "cases a year", "people at risk", PER),
    )
}


@dataclass(frozen=True)
class Figures:
    """A measure of every area of a level; arrays (areas,), NaN where suppressed or unknown.

    Attributes
    ----------
    suppressed
        How many cells of an area are suppressed: its count is then a lower bound, and NaN if all are.
    expected
        Cases at the city's rates by sex and age, and the ratio to it with its interval; only of observed disease.
    smoothed, smoothed_low, smoothed_high, exceedance
        The ratio by empirical Bayes, and the probability that it is above one.
    """

    measure: Measure
    model: str | None
    codes: tuple[str, ...]
    count: Cells
    denominator: Cells
    value: Cells
    low: Cells
    high: Cells
    suppressed: NDArray[np.int64]
    expected: Cells
    ratio: Cells
    ratio_low: Cells
    ratio_high: Cells
    smoothed: Cells
    smoothed_low: Cells
    smoothed_high: Cells
    exceedance: Cells


class Areas:
    """The areas of one ranking: their cells, names and shapes."""

    def __init__(self, service: Service) -> None:
        self.source = service.source
        self.ranking = service.ranking
        self.cells = AreaCells(service.ranking, models_for(service.source))
        self.answers: OrderedDict[tuple[str, ...], tuple[bytes, str]] = OrderedDict()
        self._lock = threading.Lock()

    # --- what there is ---

    def codes(self, level: str) -> tuple[str, ...]:
        """Return the codes of a level, ascending.

        Raises
        ------
        UnknownNameError
            If there is no such level; villages are none, because the records name no village.
        """
        if level not in LEVELS:
            raise UnknownNameError("level of areas", level, LEVELS)
        return tuple(str(code) for code in (self.cells.townships if level == "township" else self._counties))

    def level_of(self, code: str) -> str:
        """Return the level of an area.

        Raises
        ------
        UnknownNameError
            If nobody is known to live in such an area.
        """
        for level in LEVELS:
            if code in self.codes(level):
                return level
        raise UnknownNameError("area", code, [code for level in LEVELS for code in self.codes(level)])

    def names(self, code: str) -> tuple[str, str]:
        """Return the English and Chinese name of an area; the code where it has none."""
        return self.source.area_names.get(code, (code, code))

    @cached_property
    def _counties(self) -> NDArray[np.int64]:
        return np.unique(self.cells.townships // COUNTY_DIVISOR)

    def _groups(self, level: str) -> NDArray[np.int64]:
        """Return for each township the place of its area in the level."""
        if level == "township":
            return np.arange(len(self.cells.townships))
        return np.searchsorted(self._counties, self.cells.townships // COUNTY_DIVISOR)

    # --- figures ---

    def figures(self, level: str, measure: str, disease: str, sex: str = BOTH, year: int | None = None) -> Figures:
        """Return a measure of every area of a level.

        Parameters
        ----------
        sex
            `all`, `female` or `male`.
        year
            Only for observed disease: how many years back, 0 being the last; None: the whole window.

        Raises
        ------
        UnknownNameError
            If level, measure, disease or sex is unknown.
        InvalidInputError
            If there is no such figure: no model serves, or nothing screens for the disease.
        """
        codes = self.codes(level)
        kind = self._checked(measure, disease, sex, year)
        sexes = [SEXES.index(sex)] if sex != BOTH else list(range(len(SEXES)))
        groups = self._groups(level)

        def summed(cells: Cells) -> tuple[Cells, NDArray[np.int64]]:
            return _sums(cells[:, sexes], groups, len(codes))

        model: str | None = None
        unknown = np.full(len(codes), np.nan)
        expected = unknown
        if measure == "observed":
            years = slice(None) if year is None else slice(YEARS - 1 - year, YEARS - year)
            one = self.cells.observed[disease]
            count, hidden = summed(one.cases[:, :, years])
            denominator, _ = summed(one.people[:, :, years])
            # What a cell expects is told only with its people.
            expected, _ = summed(np.where(np.isnan(one.people), np.nan, one.expected)[:, :, years])
            found = crude_rates(np.nan_to_num(count), denominator, kind.per)
            low, high = found.low, found.high
        elif measure == "screening":
            cover = self.cells.screened(disease)
            count, hidden = summed(cover.tested)
            denominator, _ = summed(cover.eligible)
            low, high = _wilson(count, denominator)
        else:
            kinds = ("screening", "risk") if measure == "missed" else ("risk", "screening")
            model = self.cells.model_of(disease, kinds)
            if model is None:
                raise InvalidInputError(f"No model of {disease} serves. See GET /v1/models for those that do.")
            told = self.cells.predicted(model)
            count, hidden = summed(told.cases)
            denominator, _ = summed(told.people)
            low, high = unknown, unknown
            if measure == "missed":
                # per year, because horizon and window differ
                seen, unseen = summed(self.cells.observed[disease].cases)
                count, hidden = count / told.horizon_years - seen / YEARS, hidden + unseen
        gone = np.isnan(count) | np.isnan(denominator) | ~(denominator > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(gone, np.nan, count / denominator * kind.per)
        low, high = (np.where(gone, np.nan, limit) for limit in (low, high))
        figures = Figures(
            kind, model, codes, count, denominator, value, low, high, hidden,
            expected, *(unknown for _ in range(7)),
        )  # fmt: skip
        return _with_ratios(figures, gone) if measure == "observed" else figures

    def _checked(self, measure: str, disease: str, sex: str, year: int | None) -> Measure:
        if measure not in MEASURES:
            raise UnknownNameError("measure", measure, MEASURES)
        if disease not in self.cells.diseases:
            raise UnknownNameError("disease", disease, self.cells.diseases)
        if sex not in (BOTH, *SEXES):
            raise UnknownNameError("sex", sex, (BOTH, *SEXES))
        if year is not None and (measure != "observed" or not 0 <= year < YEARS):
            raise InvalidInputError(
                f"Single years are told of observed disease only, 0 (the last) to {YEARS - 1} years back.",
                [{"field": "year", "value": year, "allowed": f"0 to {YEARS - 1}", "fix": "leave it out"}],
            )
        if measure == "screening" and disease not in self.cells.screened_diseases:
            raise InvalidInputError(
                f"Nothing screens for {disease}. Screened for are: {', '.join(self.cells.screened_diseases) or 'none'}."
            )
        return MEASURES[measure]

    def series(self, code: str, disease: str, sex: str = BOTH) -> dict[str, Any]:
        """Return the observed disease of an area year by year, and its yearly change in percent with interval."""
        level = self.level_of(code)
        place = self.codes(level).index(code)
        years = [self.figures(level, "observed", disease, sex, year) for year in reversed(range(YEARS))]
        count, expected = (np.array([getattr(one, name)[place] for one in years]) for name in ("count", "expected"))
        told = bool(np.isfinite(count).all() and (expected > 0).all())
        change = percent_changes(range(YEARS), count[None], expected[None]) if told else None
        return {
            "years": [_row(one, place) | {"years_back": YEARS - 1 - at} for at, one in enumerate(years)],
            "change_percent": None if change is None else _number(change.value[0]),
            "change_low": None if change is None else _number(change.low[0]),
            "change_high": None if change is None else _number(change.high[0]),
        }

    def clusters(self, level: str, disease: str, sex: str = BOTH) -> tuple[Figures, Scan | None]:
        """Return where shown cases lie together more than chance would put them, adjusted for sex and age.

        None where there is nothing to scan: no places, or fewer than two areas with cases.
        """
        figures = self.figures(level, "observed", disease, sex)
        places = self._places(level)
        cases = np.nan_to_num(figures.count)
        expected = np.nan_to_num(figures.expected)
        cases = np.where(expected > 0, cases, 0.0)
        if places is None or (cases > 0).sum() < 2:
            return figures, None
        return figures, circular_scan(cases, expected, places, threads=settings().threads)

    # --- shapes ---

    @cached_property
    def _township_shapes(self) -> dict[str, BaseGeometry]:
        return dict(self.source.area_shapes())

    def shapes(self, level: str) -> dict[str, BaseGeometry]:
        """Return the shapes of a level's areas by code; a county is its townships together."""
        known = {code: self._township_shapes[code] for code in self.codes("township") if code in self._township_shapes}
        if level == "township":
            return known
        from shapely import union_all

        return {
            county: union_all([shape for code, shape in self._township_shapes.items() if code.startswith(county)])
            for county in self.codes("county")
            if any(code.startswith(county) for code in self._township_shapes)
        }

    def neighbours(self, level: str) -> Neighbours | None:
        """Return which areas of a level touch; None where shapes are missing."""
        shapes = self.shapes(level)
        codes = self.codes(level)
        if not codes or not set(codes) <= set(shapes):
            return None
        return queen([shapes[code] for code in codes], BORDER_GAP)

    def _places(self, level: str) -> Cells | None:
        shapes = self.shapes(level)
        codes = self.codes(level)
        if not codes or not set(codes) <= set(shapes):
            return None
        middles = [shapes[code].representative_point() for code in codes]
        return in_km(np.array([(middle.x, middle.y) for middle in middles]))

    # --- finished answers ---

    def answer(self, asked: tuple[str, ...], make: Callable[[], bytes]) -> tuple[bytes, str]:
        """Return the bytes of an answer and their ETag, made once as long as nothing changes."""
        with self._lock:
            if asked in self.answers:
                self.answers.move_to_end(asked)
                return self.answers[asked]
        body = make()
        made = body, f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'  # weak: compressed or not, it is the same answer
        with self._lock:
            self.answers[asked] = made
            while len(self.answers) > KEPT_ANSWERS:
                self.answers.popitem(last=False)
        return made


class _Kept:
    """The areas of one service, made anew when its ranking has changed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.areas: Areas | None = None
        self.made = 0.0


_kept: WeakKeyDictionary[Service, _Kept] = WeakKeyDictionary()
_keeping = threading.Lock()


def areas_of(service: Service) -> Areas:
    """Return the areas of what the service serves now."""
    with _keeping:
        kept = _kept.setdefault(service, _Kept())
    with kept.lock:
        areas, ranking = kept.areas, service.ranking
        if areas is not None and areas.ranking is ranking:
            moved = areas.cells.version != ranking.version
            if not moved or time.monotonic() - kept.made < REFRESH_SECONDS:
                return areas
        kept.areas, kept.made = Areas(service), time.monotonic()
        return kept.areas


def _sums(cells: Cells, groups: NDArray[np.int64], areas: int) -> tuple[Cells, NDArray[np.int64]]:
    """Return sums of shown cells (townships, ...) by area, NaN where all are suppressed, and how many are so."""
    hidden = np.isnan(cells)
    within = tuple(range(1, cells.ndim))
    total = np.bincount(groups, np.where(hidden, 0.0, cells).sum(axis=within), areas)
    missing = np.bincount(groups, hidden.sum(axis=within), areas).astype(np.int64)
    every = np.bincount(groups, np.full(len(cells), np.prod(cells.shape[1:])), areas)
    return np.where(missing == every, np.nan, total), missing


def _with_ratios(figures: Figures, gone: NDArray[np.bool_]) -> Figures:
    """Add the ratios to expected cases, plain and smoothed; all from counts as they are shown."""
    expects = ~gone & (figures.expected > 0)
    filled = np.where(expects, figures.expected, np.nan)
    ratios = standardised_ratios(np.where(expects, figures.count, 0.0), filled)
    columns = [np.full(len(gone), np.nan) for _ in range(4)]
    if expects.sum() > 1 and figures.count[expects].sum() > 0:
        risks = shrink(figures.count[expects], figures.expected[expects])
        for column, told in zip(columns, (risks.risk, risks.low, risks.high, risks.exceedance(1.0)), strict=True):
            column[expects] = told
    smoothed, low, high, above = columns
    return replace(
        figures, ratio=ratios.value, ratio_low=ratios.low, ratio_high=ratios.high,
        smoothed=smoothed, smoothed_low=low, smoothed_high=high, exceedance=above,
    )  # fmt: skip


def _wilson(count: Cells, people: Cells) -> tuple[Cells, Cells]:
    found = [
        proportion(min(c, n), n) if np.isfinite(c) and n > 0 else proportion(0, 0)
        for c, n in zip(count, people, strict=True)
    ]
    return np.array([one.low for one in found]), np.array([one.high for one in found])


def funnel(figures: Figures, place: int) -> dict[str, float | None]:
    """Return the limits of an area's ratio if nothing but chance moved it."""
    expected = figures.expected[place]
    if not expected > 0:
        return dict.fromkeys(("near_low", "near_high", "far_low", "far_high"))
    limits = [limit[0] / expected for level in (NEAR, FAR) for limit in funnel_limits([expected], level)]
    return dict(zip(("near_low", "near_high", "far_low", "far_high"), map(_number, limits), strict=True))


def _row(figures: Figures, place: int) -> dict[str, Any]:
    """Return the figures of one area."""
    return {
        "count": _number(figures.count[place]),
        "denominator": _number(figures.denominator[place]),
        "value": _number(figures.value[place]),
        "low": _number(figures.low[place]),
        "high": _number(figures.high[place]),
        "suppressed_cells": int(figures.suppressed[place]),
        "suppressed": bool(np.isnan(figures.value[place])),
        "expected": _number(figures.expected[place]),
        "ratio": _number(figures.ratio[place]),
        "ratio_low": _number(figures.ratio_low[place]),
        "ratio_high": _number(figures.ratio_high[place]),
        "smoothed": _number(figures.smoothed[place]),
        "smoothed_low": _number(figures.smoothed_low[place]),
        "smoothed_high": _number(figures.smoothed_high[place]),
        "exceedance": _number(figures.exceedance[place]),
    }


def rows(areas: Areas, level: str, figures: Figures) -> list[dict[str, Any]]:
    """Return the figures of every area of a level, with its names."""
    listed = []
    for place, code in enumerate(figures.codes):
        name, name_zh = areas.names(code)
        listed.append({"code": code, "level": level, "name": name, "name_zh": name_zh, **_row(figures, place)})
    return listed


def labels(disease: str) -> tuple[str, str]:
    """Return the English and Chinese name of a disease."""
    return CONDITIONS[disease].label, CONDITIONS[disease].label_zh


def _number(value: float) -> float | None:
    """Return a figure with as many digits as are told; None where there is none."""
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
