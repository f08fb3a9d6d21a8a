"""The cells of which every area answer is made: people and cases by township, sex and year, rounded before all else.

There is one set of cells a measure and disease, and each is put under disclosure control once, here. Counties, the
city, both sexes and spans of years are sums of shown cells, and rates, smoothed risks and clusters are worked out from
such sums. So no two answers can be subtracted to more than the cells themselves show: nothing that leaves has seen an
exact count of cases. A suppressed cell counts nothing in a sum, which then is a lower bound.

Exact numbers are used for one thing only: the city's rates by sex and age, from which expected cases follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.concepts import CONDITIONS, FEMALE
from features.homes import NO_HOME
from features.lake import open_lake
from features.standard_populations import GROUP_YEARS, GROUPS
from models.disclosure import RULE, DisclosureRule, safe_array
from models.risk_model import RiskModel
from serving.population import Ranking

Cells = NDArray[np.float64]

YEARS = 5  # before now: the window in which diagnoses and tests are counted
SEXES = ("male", "female")
COUNTY_DIVISOR = 1000  # nine digits of a township, six of its county


@dataclass(frozen=True)
class Observed:
    """First diagnoses; arrays (townships, sexes, years), oldest year first.

    Attributes
    ----------
    cases, people
        As they may be shown, NaN where suppressed; `people` are those under observation in the middle of the year.
    expected
        At the city's rates by sex and age of the whole window.
    """

    cases: Cells
    people: Cells
    expected: Cells


@dataclass(frozen=True)
class Predicted:
    """Cases that a model expects, within its horizon; arrays (townships, sexes), NaN where suppressed."""

    model: str
    version: int
    horizon_years: float
    people: Cells
    cases: Cells


@dataclass(frozen=True)
class Screened:
    """Who had a test that screens for the disease in the window; arrays (townships, sexes), NaN where suppressed."""

    eligible: Cells
    tested: Cells


class AreaCells:
    """The cells of one ranking; each kind is counted when it is first asked for.

    Attributes
    ----------
    place, female
        By row of the population, int64 (residents,): the place of the township in `townships`, -1 where it is not
        known, and whether somebody is a woman. Residents who came since are in no cell.
    """

    def __init__(self, ranking: Ranking, declared: Mapping[str, RiskModel], rule: DisclosureRule = RULE) -> None:
        self.ranking = ranking
        self.rule = rule
        self.declared = declared
        homes = ranking.population.homes()
        self.townships = np.unique(homes[homes != NO_HOME])
        self.place = np.where(homes == NO_HOME, -1, np.searchsorted(self.townships, homes))
        self.female = (ranking.population.features["female"].to_numpy() == 1).astype(np.int64)
        self._alive = ranking.population.residents["died_on"].isna().to_numpy()

    @property
    def diseases(self) -> tuple[str, ...]:
        """Diseases that a declared model predicts and the vocabulary names."""
        return tuple(sorted({model.outcome for model in self.declared.values()} & set(CONDITIONS)))

    @property
    def screened_diseases(self) -> tuple[str, ...]:
        """Diseases for which there is a screening test."""
        return tuple(sorted({m.outcome for m in self.declared.values() if m.screening_tests} & set(self.diseases)))

    @cached_property
    def observed(self) -> dict[str, Observed]:
        """First diagnoses of each disease, out of the records, in two columnar passes."""
        shape = (len(self.townships), len(SEXES), YEARS, GROUPS)
        source, now = self.ranking.population.source, self.ranking.population.now
        with open_lake(source.name) as lake:
            lake.register("home", self._homes())
            options = {"now": now}
            people = _table(lake.execute(_people_sql(), options), shape)
            cases = {name: _table(lake.execute(_cases_sql(name), options), shape) for name in self.diseases}
        found = {}
        shown = safe_array(people.sum(axis=3), self.rule)
        for name, exact in cases.items():
            whole = people.sum(axis=(0, 2))
            rates = np.divide(exact.sum(axis=(0, 2)), whole, out=np.zeros_like(whole), where=whole > 0)
            expected = np.einsum("sg,tsyg->tsy", rates, people)
            found[name] = Observed(safe_array(exact.sum(axis=3), self.rule), shown, expected)
        return found

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
        rows = self.rows_of(model)
        rows = rows[self.place[rows] >= 0]
        cell = self.place[rows] * len(SEXES) + self.female[rows]
        people = self._sum(cell)
        cases = self._sum(cell, self.ranking.risks[rows, column])
        shown = safe_array(people, self.rule)
        # Expected cases are no people, so they follow the rounded number of people: mean risk times those shown.
        mean = np.divide(cases, people, out=np.zeros_like(cases), where=people > 0)
        return Predicted(model, champion.version, champion.declaration.horizon_years, shown, mean * shown)

    def screened(self, disease: str) -> Screened:
        """Return who of those whom a screening model of the disease is for had one of its tests."""
        models = [m for m in self.declared.values() if m.outcome == disease and m.screening_tests]
        population = self.ranking.population
        features = population.features
        eligible = np.zeros(len(features), bool)
        for model in models:
            low, high = model.cohort.age
            fits = features["age"].between(low, high).to_numpy()
            if model.cohort.sex is not None:
                fits &= self.female == (model.cohort.sex == "women")
            eligible |= fits
        eligible &= self._alive & (self.place >= 0)
        tests = sorted({test for model in models for test in model.screening_tests})
        with open_lake(population.source.name) as lake:
            tested = lake.execute(_TESTED_SQL, {"now": population.now, "tests": tests}).fetchnumpy()["person_id"]
        came = eligible & np.isin(population.residents.index.to_numpy(), tested)
        cell = self.place * len(SEXES) + self.female
        return Screened(safe_array(self._sum(cell[eligible]), self.rule), safe_array(self._sum(cell[came]), self.rule))

    def _sum(self, cell: NDArray[np.int64], weights: NDArray[np.float64] | None = None) -> Cells:
        size = len(self.townships) * len(SEXES)
        return np.bincount(cell, weights, size).astype(np.float64).reshape(len(self.townships), len(SEXES))

    def _homes(self) -> pa.Table:
        known = self.place >= 0
        persons = self.ranking.population.residents.index.to_numpy()
        return pa.table({"person_id": persons[known], "place": self.place[known]})


def _table(answer: duckdb.DuckDBPyConnection, shape: tuple[int, ...]) -> Cells:
    """Return columns place, female, year, age, people as an array of that shape."""
    found = answer.fetchnumpy()
    if not len(found["people"]):
        return np.zeros(shape)
    axes = tuple(np.asarray(found[name], dtype=np.int64) for name in ("place", "female", "year", "age"))
    cell = np.ravel_multi_index(axes, shape)
    size = int(np.prod(shape))
    return np.bincount(cell, found["people"], size).astype(np.float64).reshape(shape)


def _age_sql(day: str) -> str:
    return f"least(greatest(datesub('year', birth_date, {day}), 0) // {GROUP_YEARS}, {GROUPS - 1})"


def _people_sql() -> str:
    """Return SQL for those under observation in the middle of each year of the window."""
    return f"""
        SELECT place, gender_concept_id = {FEMALE} AS female, year, {_age_sql("middle")} AS age, count(*) AS people
        FROM person JOIN home USING (person_id) JOIN observation_period USING (person_id)
        CROSS JOIN (
            SELECT y AS year, CAST($now::TIMESTAMPTZ AS DATE) - CAST(365.25 * ({YEARS} - y - 0.5) AS INTEGER) AS middle
            FROM range({YEARS}) AS years(y)
        )
        WHERE middle BETWEEN observation_period_start_date AND observation_period_end_date AND birth_date <= middle
            AND person.known_at <= $now
        GROUP BY ALL
    """


def _cases_sql(disease: str) -> str:
    """Return SQL for first diagnoses by the year of the window in which they fall."""
    return f"""
        WITH first AS (
            SELECT person_id, CAST(min(condition_start_date) AS DATE) AS day
            FROM condition_occurrence
            WHERE known_at <= $now AND {CONDITIONS[disease].sql("condition_source_value")}
            GROUP BY person_id
        )
        SELECT place, gender_concept_id = {FEMALE} AS female,
            {YEARS - 1} - CAST(floor((CAST($now::TIMESTAMPTZ AS DATE) - day) / 365.25) AS INTEGER) AS year,
            {_age_sql("day")} AS age, count(DISTINCT person_id) AS people
        FROM first JOIN home USING (person_id) JOIN person USING (person_id)
            JOIN observation_period USING (person_id)
        WHERE day > observation_period_start_date AND day <= observation_period_end_date
            AND year BETWEEN 0 AND {YEARS - 1}
        GROUP BY ALL
    """


_TESTED_SQL = f"""
    SELECT DISTINCT person_id FROM procedure_occurrence
    WHERE known_at <= $now AND procedure_date <= $now::TIMESTAMPTZ
        AND procedure_date > $now::TIMESTAMPTZ - INTERVAL {YEARS} YEAR
        AND list_contains($tests::VARCHAR[], procedure_source_value)
"""
