"""The areas of what is served: their levels, every measure of them, series, clusters, and finished answers."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from features.errors import InvalidInputError, UnknownNameError
from features.settings import settings
from models.area.scan import Scan, circular_scan
from models.area.trend import percent_changes
from models.risk_model import models_for
from serving.area_cells import AGE_BANDS, COUNTY_DIVISOR, SEXES, AreaCells
from serving.area_counts import YEARS
from serving.area_measures import MEASURES, PREDICTED, SCREENED, Figures, Part, counted, missed, predicted
from serving.area_rows import number, row
from serving.area_shapes import AreaShapes
from serving.service import Service

LEVELS = ("county", "township")
BOTH = "all"
KEPT_ANSWERS = 512
REFRESH_SECONDS = 30.0  # people who have moved are counted anew at most so often


class Areas:
    """The areas of one ranking: their cells, names and shapes."""

    def __init__(self, service: Service) -> None:
        self.source = service.source
        self.ranking = service.ranking
        self.cells = AreaCells(service.ranking, models_for(service.source))
        self.answers: OrderedDict[tuple[str, ...], tuple[bytes, str]] = OrderedDict()
        self._shapes: dict[str, AreaShapes] = {}
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

    def there_is(self, measure: str, disease: str) -> bool:
        """Return whether a measure is there for a disease: something screens for it, a model of it serves."""
        if measure in SCREENED:
            return disease in self.cells.screened_diseases
        return measure not in PREDICTED or self.model_of(measure, disease) is not None

    def model_of(self, measure: str, disease: str) -> str | None:
        """Return the serving model that a measure of a disease speaks of; None where none does."""
        if measure not in PREDICTED:
            return None
        return self.cells.model_of(disease, ("screening", "risk") if measure == "missed" else ("risk", "screening"))

    @cached_property
    def _counties(self) -> NDArray[np.int64]:
        return np.unique(self.cells.townships // COUNTY_DIVISOR)

    # --- figures ---

    def figures(
        self, level: str, measure: str, disease: str, sex: str = BOTH, year: int | None = None, age: str = BOTH
    ) -> Figures:
        """Return a measure of every area of a level.

        Parameters
        ----------
        level
            `county`, `township`, or `city`: everybody as one area.
        sex
            `all`, `female` or `male`.
        year
            Only for observed disease: how many years back, 0 being the last; None: the whole window.
        age
            `all` or one of `AGE_BANDS`: at the diagnosis, and now for all other measures.

        Raises
        ------
        UnknownNameError
            If level, measure, disease, sex or age is unknown.
        InvalidInputError
            If there is no such figure: no model serves, or nothing screens for the disease.
        """
        part = self._part(level, sex, year, age)
        self._check(measure, disease, year)
        cells, kind = self.cells, MEASURES[measure]
        if measure == "observed":
            return counted(part, cells.observed[disease], kind, cells.rule)
        if measure in SCREENED:
            about = cells.screened(disease) if measure == "screening" else cells.found(disease)
            return counted(part, about, kind, cells.rule)
        model = self.model_of(measure, disease)
        if model is None:
            raise InvalidInputError(f"No model of {disease} serves. See GET /v1/models for those that do.")
        if measure == "risk":
            return predicted(part, cells.predicted(model))
        return missed(part, cells.predicted(model), cells.observed[disease], cells.rule)

    def _part(self, level: str, sex: str, year: int | None, age: str) -> Part:
        for what, asked, known in (("sex", sex, (BOTH, *SEXES)), ("age band", age, (BOTH, *AGE_BANDS))):
            if asked not in known:
                raise UnknownNameError(what, asked, known)
        band = None if age == BOTH else list(AGE_BANDS).index(age)
        townships = self.cells.townships
        if level == "city":
            groups, areas = np.zeros(len(townships), dtype=np.int64), 1
        else:
            areas = len(self.codes(level))
            groups = np.arange(len(townships))
            if level == "county":
                groups = np.searchsorted(self._counties, townships // COUNTY_DIVISOR)
        return Part(
            sexes=tuple(range(len(SEXES))) if sex == BOTH else (SEXES.index(sex),),
            years=slice(None) if year is None else slice(YEARS - 1 - year, YEARS - year),
            bands=slice(None) if band is None else slice(band, band + 1),
            groups=groups,
            areas=areas,
        )

    def _check(self, measure: str, disease: str, year: int | None) -> None:
        if measure not in MEASURES:
            raise UnknownNameError("measure", measure, MEASURES)
        if disease not in self.cells.diseases:
            raise UnknownNameError("disease", disease, self.cells.diseases)
        if year is not None and (measure != "observed" or not 0 <= year < YEARS):
            raise InvalidInputError(
                f"Single years are told of observed disease only, 0 (the last) to {YEARS - 1} years back.",
                [{"field": "year", "value": year, "allowed": f"0 to {YEARS - 1}", "fix": "leave it out"}],
            )
        if measure in SCREENED and disease not in self.cells.screened_diseases:
            raise InvalidInputError(
                f"Nothing screens for {disease}. Screened for are: {', '.join(self.cells.screened_diseases) or 'none'}."
            )

    def series(self, code: str, disease: str, sex: str = BOTH, age: str = BOTH) -> dict[str, Any]:
        """Return the observed disease of an area year by year, and its yearly change in percent with interval."""
        level = self.level_of(code)
        place = self.codes(level).index(code)
        years = [self.figures(level, "observed", disease, sex, year, age) for year in reversed(range(YEARS))]
        cases, weight = (np.array([getattr(one, name)[place] for one in years]) for name in ("cases", "weight"))
        told = bool(np.isfinite(cases).all() and (weight > 0).all())
        change = percent_changes(range(YEARS), cases[None], weight[None]) if told else None
        return {
            "years": [row(one, place) | {"years_back": YEARS - 1 - at} for at, one in enumerate(years)],
            "change_percent": None if change is None else number(change.value[0]),
            "change_low": None if change is None else number(change.low[0]),
            "change_high": None if change is None else number(change.high[0]),
        }

    def clusters(self, level: str, disease: str, sex: str = BOTH, age: str = BOTH) -> tuple[Figures, Scan | None]:
        """Return where cases lie together more than chance would put them, adjusted for sex and age.

        None where there is nothing to scan: no places, or fewer than two areas with cases.
        """
        figures = self.figures(level, "observed", disease, sex, age=age)
        places = self.shapes(level).places()
        weight = np.nan_to_num(figures.weight)
        cases = np.where(weight > 0, np.rint(np.nan_to_num(figures.cases)), 0.0)
        if places is None or (cases > 0).sum() < 2:
            return figures, None
        people = np.nan_to_num(figures.expected)
        return figures, circular_scan(cases, weight, places, population=people, threads=settings().threads)

    def shapes(self, level: str) -> AreaShapes:
        """Return where the areas of a level lie."""
        with self._lock:
            if level not in self._shapes:
                self._shapes[level] = AreaShapes(self.source.area_shapes(), self.codes(level))
            return self._shapes[level]

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
