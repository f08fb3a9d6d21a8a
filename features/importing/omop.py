"""OMOP CDM 5.4 tables as the lake's contracts have them.

What is decided here, because the CDM and the contracts differ:

- *known_at*: the CDM does not say when a record became known, so it is the record's own day, or the column that
  `--known-at` names, in the tables that have it. A person is known from the first observation period on.
- *Codes* are kept as they are, whatever their system; where a source value is missing, the concept stands in.
- *Visits* keep three kinds. Emergency with admission (262) is inpatient; office, home and telehealth visits are
  outpatient. Other kinds are set aside.
- *Observation periods*: the contract has one a person; the one that ends last counts, others are superseded.
- *Values in words* become numbers where they have one meaning (`features.importing.answers`); others are set aside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from features.contracts._casting import quoted
from features.importing.answers import answered_sql
from features.importing.files import RawTable
from features.importing.units import converted_sql, unit_sql


@dataclass(frozen=True)
class OmopTable:
    """One CDM table: contract column -> SQL over its text columns, the day it is about, and the order of rows."""

    columns: Mapping[str, str]
    day: str
    order: str = ""
    finish: Callable[[str], str] = field(default=lambda rows: rows)


VISIT_KINDS = {
    "262": 9201,  # emergency room and inpatient visit
    "581477": 9202,  # office visit
    "581476": 9202,  # home visit
    "5083": 9202,  # telehealth
}
_KINDS = " ".join(f"WHEN '{given}' THEN '{kind}'" for given, kind in VISIT_KINDS.items())
VISIT = f"CASE visit_concept_id {_KINDS} ELSE visit_concept_id END"


def _day(column: str) -> str:
    # A CDM date may be stored with a time of day; the contract wants the day.
    return f"left(trim({column}), 10)"


def _code(table: str) -> str:
    return f"coalesce(nullif(trim({table}_source_value), ''), 'concept ' || {table}_concept_id)"


def _event(table: str, key: str, day: str) -> OmopTable:
    columns = {
        key: key,
        "person_id": "person_id",
        f"{table}_concept_id": f"{table}_concept_id",
        day: _day(day),
        f"{table}_source_value": _code(table),
    }
    return OmopTable(columns, day)


def _value(table: str) -> OmopTable:
    columns = {
        f"{table}_id": f"{table}_id",
        "person_id": "person_id",
        f"{table}_concept_id": f"{table}_concept_id",
        f"{table}_date": _day(f"{table}_date"),
        "value_as_number": answered_sql(f"{table}_concept_id"),
        "unit_source_value": unit_sql("unit_source_value", "unit_concept_id"),
    }
    return OmopTable(columns, f"{table}_date", finish=lambda rows: converted_sql(rows, f"{table}_concept_id"))


_BIRTH = (
    "coalesce(left(trim(birth_datetime), 10), year_of_birth || '-' || "
    "lpad(coalesce(month_of_birth, '7'), 2, '0') || '-' || lpad(coalesce(day_of_birth, '1'), 2, '0'))"
)

TABLES: dict[str, OmopTable] = {
    "person": OmopTable(
        {
            "person_id": "person_id",
            "gender_concept_id": "gender_concept_id",
            "birth_date": _BIRTH,  # the middle of the year where only the year is known
        },
        day=_BIRTH,
    ),
    "observation_period": OmopTable(
        {
            "person_id": "person_id",
            "observation_period_start_date": _day("observation_period_start_date"),
            "observation_period_end_date": _day("observation_period_end_date"),
        },
        day="observation_period_start_date",
        order="observation_period_end_date DESC",
    ),
    "visit_occurrence": OmopTable(
        {
            "visit_occurrence_id": "visit_occurrence_id",
            "person_id": "person_id",
            "visit_concept_id": VISIT,
            "visit_start_date": _day("visit_start_date"),
            "visit_source_value": f"CASE WHEN ({VISIT}) = '9202' THEN 'clinic' ELSE 'hospital' END",
        },
        day="visit_start_date",
    ),
    "condition_occurrence": _event("condition", "condition_occurrence_id", "condition_start_date"),
    "drug_exposure": _event("drug", "drug_exposure_id", "drug_exposure_start_date"),
    "measurement": _value("measurement"),
    "observation": _value("observation"),
    "procedure_occurrence": _event("procedure", "procedure_occurrence_id", "procedure_date"),
    "death": OmopTable({"person_id": "person_id", "death_date": _day("death_date")}, day="death_date"),
}

# Columns of the CDM that the expressions above name; a file that lacks an optional one has it empty.
_NAMED = (
    "birth_datetime", "year_of_birth", "month_of_birth", "day_of_birth", "gender_concept_id", "unit_source_value",
    "unit_concept_id", "value_as_number", "value_as_concept_id", "value_as_string", "value_source_value",
    "visit_concept_id",
)  # fmt: skip


def contract_sql(name: str, raw: Mapping[str, RawTable], known_at: str | None) -> tuple[str, str]:
    """Return a query for CDM table `name` in the contract's columns, and the order in which to take its rows."""
    table = TABLES[name]
    have = {column.lower() for column in raw[name].columns}
    subject = name.partition("_")[0]
    wanted = {*_NAMED, *table.columns, f"{subject}_source_value", f"{subject}_concept_id"}
    absent = "".join(f", CAST(NULL AS VARCHAR) AS {quoted(column)}" for column in sorted(wanted - have))
    rows = f"SELECT *{absent} FROM ({raw[name].query})"
    known = _known_at(table, raw, have, known_at, name)
    columns = ", ".join(f"{sql} AS {quoted(column)}" for column, sql in table.columns.items())
    return table.finish(f"SELECT {columns}, {known} AS known_at FROM ({rows}) AS cdm"), table.order


def _known_at(table: OmopTable, raw: Mapping[str, RawTable], have: set[str], known_at: str | None, name: str) -> str:
    if known_at is not None and known_at.lower() in have:
        return quoted(known_at)
    if name == "observation_period":
        return "CAST(NULL AS VARCHAR)"  # on its last day, as the contract says
    if name == "person" and "observation_period" in raw:
        first = (
            f"SELECT min({_day('observation_period_start_date')}) FROM ({raw['observation_period'].query}) AS seen "
            "WHERE seen.person_id = cdm.person_id"
        )
        return f"coalesce(({first}), {table.day})"
    return _day(table.day)
