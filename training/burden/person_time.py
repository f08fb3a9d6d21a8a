"""Person-time, events and contacts by calendar year, sex, age, area and set of known diseases (a Lexis expansion).

Each resident's time is cut where the year, the five-year age group, the residence or the set of known diseases
changes; each piece belongs to one cell, and cells are summed. What follows is arithmetic on cells: person-time at risk
of a disease is that of cells in which it is not known, and so on. Buckets of residents are counted one after the
other, so memory grows with the number of cells, not with the city.

A record counts only if it was known by the moment that counts as now, so the last weeks are incomplete. A diagnosis on
the day on which somebody comes under observation, or before, is an old one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import duckdb
import pandas as pd

from features.concepts import FEMALE
from features.errors import InvalidInputError
from features.feature import DAYS_PER_YEAR
from features.lake import lake_buckets, open_lake
from features.sources import Source
from features.standard_populations import GROUP_YEARS, OLDEST
from training.burden.diseases import DISEASES
from training.burden.life_years import YEARS_LEFT

NOWHERE = ""  # area of residents whose residence is not recorded
CELL = ["year", "female", "age", "area", "known"]
COUNTY, TOWNSHIP = 6, 9  # digits of the statistical division code
CONTACTS = ("stays", "visits", "drugs")
"""Hospital stays, visits to clinics and emergency rooms (not check-ups), and drug records."""


@dataclass(frozen=True)
class Period:
    """Whole calendar years.

    Attributes
    ----------
    first, last
        The years that are reported, both included.
    trend_from
        First year of the trend.
    """

    first: int
    last: int
    trend_from: int

    @property
    def years(self) -> int:
        """How many years are reported."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Counts:
    """What was counted, one row a cell.

    Attributes
    ----------
    cells
        year, female, age (position of the five-year group), area, known (bits of `DISEASES`), person_years, deaths,
        years_lost (sum over the deaths of the standard years left at the age of death), and, within the reported
        years, stays, visits, drugs.
    cases
        year, female, age, area, disease (position in `DISEASES`), cases: first diagnoses.
    living
        female, age, area, known, social (whether circumstances are recorded), poor (lowest fifth of incomes or
        minimum living allowance), uninsured, people: who was there on the last day.
    """

    period: Period
    cells: pd.DataFrame
    cases: pd.DataFrame
    living: pd.DataFrame


def period_of(source: Source, years: int, trend_years: int) -> Period:
    """Return the whole calendar years before the source's now.

    Raises
    ------
    InvalidInputError
        If fewer years than asked for are under observation, or none.
    """
    with open_lake(source.name) as lake:
        first, last = lake.execute("""
            SELECT min(year(observation_period_start_date)), max(year(observation_period_end_date))
            FROM observation_period
        """).fetchone() or (None, None)
    if first is None:
        raise InvalidInputError(f"Source '{source.name}' has nobody under observation: there is nothing to count.")
    last = min(int(last), source.as_of.year - 1)
    if years < 1 or last - years + 1 < first:
        raise InvalidInputError(
            f"{years} years cannot be reported: whole years under observation are {first} to {last}. "
            f"Say --years 1 to {max(last - int(first) + 1, 1)}."
        )
    return Period(last - years + 1, last, max(int(first), last - max(trend_years, years) + 1))


def count(
    source: Source, period: Period, progress: Callable[[str], None] = lambda _: None, digits: int = COUNTY
) -> Counts:
    """Count a source's records, bucket by bucket, by county or, with nine digits of the code, by township."""
    sums: dict[str, pd.DataFrame] = {}
    for bucket in range(lake_buckets(source.name)):
        with open_lake(source.name, bucket) as lake:
            part = _count_bucket(lake, source, period, digits)
        for name, frame in part.items():
            keys = [column for column in frame.columns if column not in _SUMMED]
            both = pd.concat([sums[name], frame]) if name in sums else frame
            sums[name] = both.groupby(keys, as_index=False, sort=True).sum()
        progress(f"bucket {bucket}")
    return Counts(period, **sums)


_SUMMED = frozenset({"person_years", "deaths", "years_lost", "cases", "people", *CONTACTS})


def _count_bucket(
    lake: duckdb.DuckDBPyConnection, source: Source, period: Period, digits: int
) -> dict[str, pd.DataFrame]:
    known = f"known_at <= TIMESTAMPTZ '{source.as_of.isoformat()}'"
    ask: Callable[[str], duckdb.DuckDBPyConnection] = lake.execute
    ask(_residents(period, known))
    ask(_diagnoses(known))
    ask(_pieces(digits))
    ask(_contacts(period, known))
    return {
        "cells": ask(_cells(period)).df(),
        "cases": ask(_cases()).df(),
        "living": ask(_living(period, known)).df(),
    }


def _residents(period: Period, known: str) -> str:
    """Return SQL for the residents with the days [start, stop) in which they are seen."""
    return f"""
        CREATE TEMP TABLE resident AS
        SELECT person_id, gender_concept_id = {FEMALE} AS female, CAST(birth_date AS DATE) AS birth,
            CAST(observation_period_start_date AS DATE) AS entered,
            greatest(entered, DATE '{period.trend_from}-01-01') AS start,
            least(CAST(observation_period_end_date AS DATE) + 1, DATE '{period.last + 1}-01-01') AS stop,
            CAST(death_date AS DATE) AS died
        FROM observation_period JOIN person USING (person_id)
        LEFT JOIN (SELECT person_id, death_date FROM death WHERE {known}) USING (person_id)
        WHERE start < stop AND birth <= start
    """


def _diagnoses(known: str) -> str:
    """Return SQL for the day of each resident's first diagnosis of each disease."""
    which = " ".join(f"WHEN {disease.codes} THEN {position}" for position, disease in enumerate(DISEASES))
    return f"""
        CREATE TEMP TABLE diagnosis AS
        SELECT person_id, CASE {which} END AS disease, CAST(min(condition_start_date) AS DATE) AS day
        FROM condition_occurrence WHERE {known} GROUP BY ALL HAVING disease IS NOT NULL
    """


def _pieces(digits: int) -> str:
    """Return SQL that cuts the time of residents into pieces [day, next)."""
    next_group = f"(datesub('year', birth, start) // {GROUP_YEARS} + 1) * {GROUP_YEARS}"
    last_group = f"least(datesub('year', birth, stop), {OLDEST})"
    return f"""
        CREATE TEMP TABLE piece AS
        WITH cut AS (
            SELECT person_id, start AS day, 0::BIGINT AS found, 0::BIGINT AS new, NULL AS area, NULL AS since
            FROM resident
            UNION ALL
            SELECT person_id, make_date(y, 1, 1), 0, 0, NULL, NULL
            FROM (SELECT *, unnest(range(year(start) + 1, year(stop) + 1)) AS y FROM resident)
            WHERE make_date(y, 1, 1) < stop
            UNION ALL
            SELECT person_id, CAST(birth + to_years(CAST(y AS INTEGER)) AS DATE) AS turns, 0, 0, NULL, NULL
            FROM (SELECT *, unnest(range({next_group}, {last_group} + 1, {GROUP_YEARS})) AS y FROM resident)
            WHERE turns > start AND turns < stop
            UNION ALL
            SELECT person_id, greatest(day, start), 1::BIGINT << disease,
                CASE WHEN day >= start AND day > entered THEN 1::BIGINT << disease ELSE 0 END, NULL, NULL
            FROM diagnosis JOIN resident USING (person_id) WHERE day < stop
            UNION ALL
            SELECT person_id, greatest(CAST(valid_from AS DATE), start), 0, 0, left(township, {digits}), valid_from
            FROM social JOIN resident USING (person_id) WHERE valid_from < stop
        ), joined AS (
            SELECT person_id, day, bit_or(found) AS found, bit_or(new) AS new, arg_max(area, since) AS area
            FROM cut GROUP BY person_id, day
        ), followed AS (
            SELECT person_id, day, lead(day) OVER later AS until, new, bit_or(found) OVER so_far AS known,
                coalesce(last_value(area IGNORE NULLS) OVER so_far, '{NOWHERE}') AS area
            FROM joined
            WINDOW later AS (PARTITION BY person_id ORDER BY day),
                so_far AS (PARTITION BY person_id ORDER BY day ROWS UNBOUNDED PRECEDING)
        )
        SELECT person_id, day, coalesce(until, stop) AS next, new, known, area, female,
            CAST(year(day) AS INTEGER) AS year,
            CAST(least(datesub('year', birth, day), {OLDEST}) // {GROUP_YEARS} AS INTEGER) AS age,
            until IS NULL AND died >= day AND died < stop AS dies,
            datediff('day', birth, died) / {DAYS_PER_YEAR} AS died_at
        FROM followed JOIN resident USING (person_id)
    """


def _contacts(period: Period, known: str) -> str:
    """Return SQL for the contacts of the reported years, by the piece of time in which they lie."""
    days = f">= TIMESTAMPTZ '{period.first}-01-01' AND {{}} < TIMESTAMPTZ '{period.last + 1}-01-01'"
    visited, taken = (
        f"{column} {days.format(column)} AND {known}" for column in ("visit_start_date", "drug_exposure_start_date")
    )
    sums = ", ".join(f"count(*) FILTER (kind = '{kind}') AS {kind}" for kind in CONTACTS)
    return f"""
        CREATE TEMP TABLE contact AS
        WITH event AS (
            SELECT person_id, CAST(visit_start_date AS DATE) AS on_day,
                CASE WHEN visit_concept_id = 9201 THEN 'stays' ELSE 'visits' END AS kind
            FROM visit_occurrence WHERE {visited} AND visit_source_value <> 'checkup'
            UNION ALL
            SELECT person_id, CAST(drug_exposure_start_date AS DATE), 'drugs' FROM drug_exposure WHERE {taken}
        )
        SELECT event.person_id, piece.day, {sums}
        FROM event ASOF JOIN piece ON event.person_id = piece.person_id AND event.on_day >= piece.day
        WHERE event.on_day < piece.next GROUP BY ALL
    """


def _cells(period: Period) -> str:
    steps = pairwise(YEARS_LEFT)
    left = " ".join(
        f"WHEN died_at < {after} THEN {years} + (died_at - {age}) * {(later - years) / (after - age)}"
        for (age, years), (after, later) in steps
    )
    sums = ", ".join(f"CAST(coalesce(sum({kind}), 0) AS DOUBLE) AS {kind}" for kind in CONTACTS)
    return f"""
        SELECT {", ".join(CELL)}, sum(datediff('day', piece.day, next)) / {DAYS_PER_YEAR} AS person_years,
            CAST(count(*) FILTER (dies) AS DOUBLE) AS deaths,
            coalesce(sum(CASE {left} ELSE {YEARS_LEFT[-1][1]} END) FILTER (dies), 0) AS years_lost, {sums}
        FROM piece LEFT JOIN contact USING (person_id, day) GROUP BY {", ".join(CELL)}
    """


def _cases() -> str:
    return f"""
        SELECT year, female, age, area, disease, CAST(count(*) AS DOUBLE) AS cases
        FROM piece, (SELECT unnest(range({len(DISEASES)})) AS disease)
        WHERE new <> 0 AND (new >> disease) & 1 = 1 GROUP BY ALL
    """


def _living(period: Period, known: str) -> str:
    day = f"DATE '{period.last}-12-31'"
    return f"""
        WITH circumstances AS (
            SELECT person_id, arg_max(income_band = 1 OR minimum_living_allowance = 1, valid_from) AS poor,
                arg_max(insurance = 'none', valid_from) AS uninsured
            FROM social WHERE valid_from <= {day} AND {known} GROUP BY person_id
        )
        SELECT female, age, area, known, poor IS NOT NULL AS social, coalesce(poor, false) AS poor,
            coalesce(uninsured, false) AS uninsured, CAST(count(*) AS DOUBLE) AS people
        FROM piece LEFT JOIN circumstances USING (person_id)
        WHERE day <= {day} AND next > {day} GROUP BY ALL
    """
