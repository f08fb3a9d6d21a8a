"""Exact counts by month, area and series, bucket by bucket: what the shown cells of every bulletin are made of.

Cases are first diagnoses, counted as `training.burden.person_time` counts them: after the day on which somebody came
under observation, by the township in which they lived on that day, from the records that are known by now. So the
months of a year add up to the year of the burden. Nothing here may leave the house before `cells.protect`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.concepts import FEMALE
from features.lake import lake_buckets, open_lake
from features.sources import Source
from features.standard_populations import GROUP_YEARS, GROUPS
from training.bulletin.months import Month, Span
from training.burden.diseases import DISEASES
from training.burden.person_time import COUNTY, NOWHERE, TOWNSHIP, Period
from training.burden.screening import found_cases, offered_tests, offers_of

Floats = NDArray[np.float64]

CITY = ""
DEATHS = "deaths"
STAGES = ("invited", "tested", "found", "missed")
"""Of a screening programme: people invited, people tested, cases found within 90 days after a test, and cases at the
programme's ages that showed without one."""
MID_MONTH = 15
DELAY_DAYS = 420  # longer ones are counted as this one
STRATA = 2 * GROUPS  # sex and five-year age group


@dataclass(frozen=True)
class Ledger:
    """Exact counts.

    Attributes
    ----------
    areas, series
        The city ("") and its counties; names of diseases, `DEATHS`, and `programme.stage` of screening.
    counts : array (areas, months, series)
        The city's include who lives nowhere known.
    people : array (areas, months)
        Under observation in the middle of the month.
    delays : array (DELAY_DAYS + 1,)
        Share of diagnoses that are known within so many days, 0..1.
    """

    span: Span
    areas: tuple[str, ...]
    series: tuple[str, ...]
    counts: Floats
    people: Floats
    delays: Floats

    def completeness(self, month: Month, now_day: int) -> float:
        """Return which share of a month's diagnoses is known by a day (proleptic ordinal), by the delays of others."""
        waited = now_day - (month.first.toordinal() + np.arange(month.days))
        return float(np.where(waited < 0, 0.0, self.delays[np.clip(waited, 0, DELAY_DAYS)]).mean())


@dataclass(frozen=True)
class SmallAreas:
    """First diagnoses of the burden's years by township; arrays (areas, diseases, STRATA) and (areas, STRATA).

    Attributes
    ----------
    people
        Person-years: people under observation in the middle of each year, added up.
    """

    codes: tuple[str, ...]
    cases: Floats
    people: Floats

    def expected(self) -> Floats:
        """Return cases (areas, diseases) at the city's rates by sex and age."""
        whole = self.people.sum(axis=0)
        rates = np.divide(self.cases.sum(axis=0), whole, out=np.zeros(self.cases.shape[1:]), where=whole > 0)
        return np.asarray(np.einsum("dg,ag->ad", rates, self.people))

    def by_county(self) -> SmallAreas:
        """Return the counties that the townships belong to."""
        codes = sorted({code[:COUNTY] for code in self.codes})
        place = np.array([codes.index(code[:COUNTY]) for code in self.codes], dtype=np.int64)
        cases, people = (np.zeros((len(codes), *table.shape[1:])) for table in (self.cases, self.people))
        np.add.at(cases, place, self.cases)
        np.add.at(people, place, self.people)
        return SmallAreas(tuple(codes), cases, people)


def count_months(
    source: Source, span: Span, period: Period, progress: Callable[[str], None] = lambda _: None
) -> tuple[Ledger, SmallAreas]:
    """Count a source's records; its `as_of` is what counts as now.

    Raises
    ------
    NotReadyError
        If the lake has not been built.
    """
    known = f"known_at <= TIMESTAMPTZ '{source.as_of.isoformat()}'"
    whole = Period(span.first.year, span.last.year, span.first.year)
    offers = offers_of(source, whole, known)
    parts: dict[str, list[pd.DataFrame]] = {}
    for bucket in range(lake_buckets(source.name)):
        with open_lake(source.name, bucket) as lake:
            lake.execute(_residents(known))
            lake.execute(_homes(known))
            if offers:
                lake.register("offered", offered_tests(offers))
                lake.execute(found_cases(source, offers, known))
            lake.execute(_events(known, screened=bool(offers)))
            for name, query in _queries(source, period, known).items():
                parts.setdefault(name, []).append(lake.execute(query).df())
        progress(f"bucket {bucket}")
    tables = {name: pd.concat(frames) for name, frames in parts.items()}
    names = [offer.disease.programme or "" for offer in offers]
    series = (*(one.name for one in DISEASES), DEATHS, *(f"{name}.{stage}" for name in names for stage in STAGES))
    return _ledger(tables, span, series), _small_areas(tables)


def _residents(known: str) -> str:
    return f"""
        CREATE TEMP TABLE resident AS
        SELECT person_id, (gender_concept_id = {FEMALE})::INTEGER AS female, CAST(birth_date AS DATE) AS birth,
            CAST(observation_period_start_date AS DATE) AS entered, CAST(observation_period_end_date AS DATE) AS until,
            CAST(death_date AS DATE) AS died
        FROM observation_period JOIN person USING (person_id)
        LEFT JOIN (SELECT person_id, death_date FROM death WHERE {known}) USING (person_id)
    """


def _homes(known: str) -> str:
    """Return SQL for the townships in which residents live, from which day on until before which."""
    return """
        CREATE TEMP TABLE home AS
        SELECT person_id, since, township, coalesce(lead(since) OVER stays, DATE '9999-01-01') AS next
        FROM (
            SELECT person_id, CAST(valid_from AS DATE) AS since, arg_max(township, known_at) AS township
            FROM social GROUP BY ALL
        ) WINDOW stays AS (PARTITION BY person_id ORDER BY since)
    """


def _events(known: str, *, screened: bool) -> str:
    which = " ".join(f"WHEN {disease.codes} THEN '{disease.name}'" for disease in DISEASES)
    tests = f"""
        UNION ALL
        SELECT person_id, min(CAST(invitation_date AS DATE)), programme || '.invited' FROM screening_invitation
        WHERE {known} AND programme IN (SELECT programme FROM offered)
        GROUP BY person_id, programme, date_trunc('month', invitation_date)
        UNION ALL
        SELECT person_id, min(CAST(procedure_date AS DATE)), programme || '.tested'
        FROM procedure_occurrence JOIN offered ON procedure_source_value = test WHERE {known}
        GROUP BY person_id, programme, date_trunc('month', procedure_date)
        UNION ALL
        SELECT person_id, day, programme || CASE WHEN found THEN '.found' ELSE '.missed' END FROM found_case
        WHERE found OR at_age
    """
    return f"""
        CREATE TEMP TABLE happened AS
        SELECT e.person_id, e.day, series, left(home.township, {TOWNSHIP}) AS township
        FROM (
            SELECT person_id, day, series FROM (
                SELECT person_id, CASE {which} END AS series, CAST(min(condition_start_date) AS DATE) AS day
                FROM condition_occurrence WHERE {known} GROUP BY ALL HAVING series IS NOT NULL
            ) JOIN resident USING (person_id) WHERE day > entered AND day <= until
            UNION ALL
            SELECT person_id, died, '{DEATHS}' FROM resident WHERE died BETWEEN entered AND until
            {tests if screened else ""}
        ) AS e ASOF LEFT JOIN home ON e.person_id = home.person_id AND e.day >= home.since
    """


def _month(day: str) -> str:
    return f"(year({day}) * 12 + month({day}) - 1)"


def _mid_month(day: str) -> str:
    """Return SQL for the first month in whose middle `day` has come."""
    return f"({_month(day)} + (day({day}) > {MID_MONTH})::INTEGER)"


def _stratum(day: str) -> str:
    age = f"least(greatest(datesub('year', birth, {day}), 0) // {GROUP_YEARS}, {GROUPS - 1})"
    return f"CAST(female * {GROUPS} + {age} AS INTEGER)"


def _queries(source: Source, period: Period, known: str) -> dict[str, str]:
    names = ", ".join(f"'{disease.name}'" for disease in DISEASES)
    within = f"BETWEEN DATE '{period.first}-01-01' AND DATE '{period.last}-12-31'"
    now = f"DATE '{source.as_of.date().isoformat()}'"
    stay = f"""
        SELECT left(township, {COUNTY}) AS area, greatest(since, entered) AS day, least(next, until + 1) AS gone
        FROM home JOIN resident USING (person_id) WHERE day < gone
        UNION ALL SELECT '{CITY}', entered, until + 1 FROM resident
    """
    return {
        "months": f"""
            SELECT left(township, {COUNTY}) AS area, {_month("day")} AS month, series, count(*) AS n
            FROM happened GROUP BY ALL
        """,
        "people": f"""
            SELECT area, month, sum(change) AS n FROM (
                SELECT area, {_mid_month("day")} AS month, 1 AS change FROM ({stay})
                UNION ALL SELECT area, {_mid_month("gone")}, -1 FROM ({stay})
            ) GROUP BY ALL
        """,
        "delays": f"""
            SELECT least(greatest(datediff('day', condition_start_date, known_at), 0), {DELAY_DAYS}) AS delay,
                count(*) AS n
            FROM condition_occurrence
            WHERE CAST(condition_start_date AS DATE) BETWEEN {now} - {2 * DELAY_DAYS} AND {now} - {DELAY_DAYS}
            GROUP BY ALL
        """,
        "cases": f"""
            SELECT township AS area, series, {_stratum("day")} AS stratum, count(*) AS n
            FROM happened JOIN resident USING (person_id)
            WHERE day {within} AND series IN ({names}) AND township IS NOT NULL GROUP BY ALL
        """,
        "years": f"""
            SELECT left(township, {TOWNSHIP}) AS area, {_stratum("middle")} AS stratum, count(*) AS n
            FROM resident JOIN home USING (person_id)
            JOIN (SELECT make_date(y, 7, 1) AS middle FROM range({period.first}, {period.last + 1}) AS t(y))
                ON middle >= since AND middle < next AND middle BETWEEN entered AND until
            GROUP BY ALL
        """,
    }  # fmt: skip


def _ledger(tables: dict[str, pd.DataFrame], span: Span, series: tuple[str, ...]) -> Ledger:
    months, people, waited = tables["months"], tables["people"], tables["delays"]
    areas = (CITY, *sorted({code for code in people["area"].dropna() if code not in (CITY, NOWHERE)}))
    counts = np.zeros((len(areas), span.months, len(series)))
    _add(counts, months, areas, months["month"].to_numpy() - span.first.index, series)
    counts[0] = 0
    _add(counts, months.assign(area=CITY), areas, months["month"].to_numpy() - span.first.index, series)
    # What changed before the first month is there in it.
    at = np.clip(people["month"].to_numpy() - span.first.index, 0, None)
    moved = np.zeros((len(areas), span.months, 1))
    _add(moved, people.assign(series="people"), areas, at, ("people",))
    delayed = np.bincount(waited["delay"].to_numpy(np.int64), waited["n"].to_numpy(np.float64), DELAY_DAYS + 1)
    known = np.cumsum(delayed) / delayed.sum() if delayed.sum() > 0 else np.ones(DELAY_DAYS + 1)
    return Ledger(span, areas, series, counts, moved[:, :, 0].cumsum(axis=1), known)


def _add(
    table: Floats, rows: pd.DataFrame, areas: tuple[str, ...], month: NDArray[np.int64], series: tuple[str, ...]
) -> None:
    """Add the counts of rows to their cells; what lies in no area, month or series of the table is left out."""
    area, kind = (
        pd.Index(areas).get_indexer(pd.Index(rows["area"])),
        pd.Index(series).get_indexer(pd.Index(rows["series"])),
    )
    inside = (area >= 0) & (kind >= 0) & (month >= 0) & (month < table.shape[1])
    np.add.at(table, (area[inside], month[inside], kind[inside]), rows["n"].to_numpy(np.float64)[inside])


def _small_areas(tables: dict[str, pd.DataFrame]) -> SmallAreas:
    cases, years = tables["cases"], tables["years"]
    codes = tuple(sorted(set(years["area"].dropna())))
    found, people = np.zeros((len(codes), STRATA, len(DISEASES))), np.zeros((len(codes), STRATA, 1))
    _add(found, cases, codes, cases["stratum"].to_numpy(np.int64), tuple(one.name for one in DISEASES))
    _add(people, years.assign(series="people"), codes, years["stratum"].to_numpy(np.int64), ("people",))
    return SmallAreas(codes, found.transpose(0, 2, 1), people[:, :, 0])
