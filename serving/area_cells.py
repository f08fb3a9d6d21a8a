"""The cells of which every area answer is made: people and cases by township, sex, age band and year, rounded first.

There is one set of cells a measure and disease, and each is put under disclosure control once, here. Counties, the
city, both sexes, all ages and spans of years are sums over shown cells, and rates, smoothed risks and clusters are
worked out from what the cells show. So no two answers can be subtracted to more than the cells themselves show: nothing
that leaves has seen an exact count of cases. That is also why there are no months: counted beside the years they would
be a second rounding of the same people, and in their place a cell would hold too few.

Exact numbers are used for one thing only: the city's rates by sex and age, from which expected cases follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.concepts import CONDITIONS
from features.homes import NO_HOME
from features.lake import open_lake
from features.standard_populations import GROUP_YEARS, GROUPS
from models.disclosure import RULE, DisclosureRule, safe_array
from models.risk_model import RiskModel
from serving.area_counts import YEARS, found_by_tests, observed_cases, observed_people, tested_persons
from serving.population import Ranking

Cells = NDArray[np.float64]

SEXES = ("male", "female")
COUNTY_DIVISOR = 1000  # nine digits of a township, six of its county
# Lowest age of each band. Three, as wide as cancer registries' broadest ones: each further one makes cells smaller.
AGE_BANDS: dict[str, int] = {"0-44": 0, "45-64": 45, "65+": 65}
_FIRST_GROUPS = [low // GROUP_YEARS for low in AGE_BANDS.values()]


@dataclass(frozen=True)
class Counted:
    """Cases among people; arrays (townships, sexes, years, age bands), oldest year first, one "year" for the window.

    Attributes
    ----------
    cases, people
        As they may be shown, NaN where suppressed.
    expected
        Cases at the city's rates by sex and five years of age, of the whole window; NaN where the people are hidden.
    """

    cases: Cells
    people: Cells
    expected: Cells


@dataclass(frozen=True)
class Predicted:
    """Cases that a model expects, within its horizon; arrays as in `Counted`, of one year, NaN where suppressed."""

    model: str
    version: int
    horizon_years: float
    people: Cells
    cases: Cells


class AreaCells:
    """The cells of one ranking; each kind is counted when it is first asked for.

    They are about those who are residents when it is made; whoever joins later is in the cells that are made next.

    Attributes
    ----------
    place, female
        By row of the population, int64 (residents,): the place of the township in `townships`, -1 where it is not
        known, and whether somebody is a woman.
    """

    def __init__(self, ranking: Ranking, declared: Mapping[str, RiskModel], rule: DisclosureRule = RULE) -> None:
        self.ranking = ranking
        self.rule = rule
        self.declared = declared
        population = ranking.population
        with population.lock:  # nobody joins while the columns are taken, so all are of one length
            self.version = ranking.version
            self._person = population.residents.index.to_numpy(dtype=np.int64)
            self.female = (population.features["female"].to_numpy() == 1).astype(np.int64)
            self._age = population.features["age"].to_numpy().copy()
            self._living = population.living.copy()
        homes = population.townships.of(self._person)
        self.townships = np.unique(homes[homes != NO_HOME])
        self.place = np.where(homes == NO_HOME, -1, np.searchsorted(self.townships, homes))
        self._screening: dict[str, tuple[Counted, Counted]] = {}

    @property
    def diseases(self) -> tuple[str, ...]:
        """Diseases that a declared model predicts and the vocabulary names."""
        return tuple(sorted({model.outcome for model in self.declared.values()} & set(CONDITIONS)))

    @property
    def screened_diseases(self) -> tuple[str, ...]:
        """Diseases for which there is a screening test."""
        return tuple(sorted({m.outcome for m in self.declared.values() if m.screening_tests} & set(self.diseases)))

    @cached_property
    def observed(self) -> dict[str, Counted]:
        """First diagnoses of each disease; people are those under observation in the middle of the year."""
        shape = (len(self.townships), len(SEXES), YEARS, GROUPS)
        source, now = self.ranking.population.source, self.ranking.population.now
        with open_lake(source.name) as lake:
            lake.register("home", self._homes())
            people = observed_people(lake, now, shape)
            return {name: self._counted(observed_cases(lake, name, now, shape), people) for name in self.diseases}

    def model_of(self, disease: str, kinds: Sequence[str]) -> str | None:
        """Return the serving model of a disease, of the first kind that has one; horizons near five years first."""
        serving = self.ranking.snapshot.champions
        for kind in kinds:
            fitting = [n for n, c in serving.items() if c.declaration.outcome == disease and c.declaration.kind == kind]
            if fitting:
                return min(fitting, key=lambda name: (abs(serving[name].declaration.horizon_years - YEARS), name))
        return None

    def rows_of(self, model: str) -> NDArray[np.int64]:
        """Return the rows of those on a model's list, ascending."""
        listed = self.ranking.lists[model]
        rows = np.sort(listed.stretch(0, len(listed)).row)
        return rows[: np.searchsorted(rows, len(self.place))]

    def predicted(self, model: str) -> Predicted:
        """Return what a serving model expects of those it applies to."""
        champion = self.ranking.snapshot.champions[model]
        column = list(self.ranking.snapshot.champions).index(model)
        with self.ranking.population.lock:
            rows = self.rows_of(model)
            rows = rows[self.place[rows] >= 0]
            risks = self.ranking.risks[rows, column]
        people, cases = (_by_band(self._sum(rows, each)) for each in (None, risks))
        shown = safe_array(people, self.rule)
        # Expected cases are no people, so they follow the rounded number of people: mean risk times those shown.
        mean = np.divide(cases, people, out=np.zeros_like(cases), where=people > 0)
        return Predicted(model, champion.version, champion.declaration.horizon_years, shown, mean * shown)

    def screened(self, disease: str) -> Counted:
        """Return who had a test that screens for the disease in the window, among living residents it is meant for."""
        return self._tested_and_found(disease)[0]

    def found(self, disease: str) -> Counted:
        """Return who was diagnosed through a test of the window, among those who had one (`screened`'s cases)."""
        return self._tested_and_found(disease)[1]

    def _tested_and_found(self, disease: str) -> tuple[Counted, Counted]:
        if disease not in self._screening:
            models = [m for m in self.declared.values() if m.outcome == disease and m.screening_tests]
            eligible = self._eligible(models)
            tests = sorted({test for model in models for test in model.screening_tests})
            now = self.ranking.population.now
            with open_lake(self.ranking.population.source.name) as lake:
                came = eligible & np.isin(self._person, tested_persons(lake, tests, now))
                found = came & np.isin(self._person, found_by_tests(lake, disease, tests, now))
            able, tested, ill = (self._sum(np.flatnonzero(who)) for who in (eligible, came, found))
            self._screening[disease] = self._counted(tested, able), self._counted(ill, tested)
        return self._screening[disease]

    def _eligible(self, models: Sequence[RiskModel]) -> NDArray[np.bool_]:
        """Return whom any of the models is for, (residents,)."""
        eligible = np.zeros(len(self._age), bool)
        for model in models:
            low, high = model.cohort.age
            fits = (self._age >= low) & (self._age <= high)
            if model.cohort.sex is not None:
                fits &= self.female == (model.cohort.sex == "women")
            eligible |= fits
        return eligible & self._living & (self.place >= 0)

    def _counted(self, cases: Cells, people: Cells) -> Counted:
        """Return exact counts (townships, sexes, years, age groups) as shown cells, with what is expected in each."""
        whole = people.sum(axis=(0, 2))
        rates = np.divide(cases.sum(axis=(0, 2)), whole, out=np.zeros_like(whole), where=whole > 0)
        shown = safe_array(_by_band(people), self.rule)
        # What a cell expects is told only with its people.
        expected = np.where(np.isnan(shown), np.nan, _by_band(rates[None, :, None] * people))
        return Counted(safe_array(_by_band(cases), self.rule), shown, expected)

    def _sum(self, rows: NDArray[np.int64], weights: Cells | None = None) -> Cells:
        """Return how many residents of the rows, or their weight, by township, sex, one year and age group of now."""
        shape = (len(self.townships), len(SEXES), 1, GROUPS)
        age = np.nan_to_num(self._age[rows]).astype(np.int64)
        group = np.clip(age // GROUP_YEARS, 0, GROUPS - 1)
        cell = np.ravel_multi_index((self.place[rows], self.female[rows], 0 * group, group), shape)
        return np.bincount(cell, weights, int(np.prod(shape))).astype(np.float64).reshape(shape)

    def _homes(self) -> pa.Table:
        known = self.place >= 0
        return pa.table({"person_id": self._person[known], "place": self.place[known]})


def _by_band(groups: Cells) -> Cells:
    """Return five-year age groups (..., groups) as age bands (..., bands)."""
    return np.asarray(np.add.reduceat(groups, _FIRST_GROUPS, axis=-1))
