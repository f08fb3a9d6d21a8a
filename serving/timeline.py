"""What happened to one resident, out of the records and the loop, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select

from features.concepts import CONDITIONS, DRUGS, MEASUREMENTS, CodeSet
from features.lake import lake_buckets, open_lake
from features.streams import RECORD_TABLES
from models.screening_programme import programmes
from serving.database import transaction
from serving.loop.tables import Task, Transition
from serving.schemas_people import EntryKind, TimelineEntry
from serving.vocabulary import word
from serving.words import messages

# Table -> what its rows are called here, and the columns of programme, value and unit where it has them.
TABLES: dict[str, tuple[EntryKind, str, str, str]] = {
    "measurement": ("measurement", "NULL", "value_as_number", "unit_source_value"),
    "observation": ("observation", "NULL", "value_as_number", "unit_source_value"),
    "condition_occurrence": ("diagnosis", "NULL", "NULL", "NULL"),
    "drug_exposure": ("drug", "NULL", "NULL", "NULL"),
    "visit_occurrence": ("visit", "NULL", "NULL", "NULL"),
    "procedure_occurrence": ("examination", "NULL", "NULL", "NULL"),
    "screening_invitation": ("invitation", "programme", "NULL", "NULL"),
    "death": ("death", "NULL", "NULL", "NULL"),
}
CODE = {"death": "'death'", "screening_invitation": "procedure_source_value"}
# Tests that the records name and no programme offers.
OTHER_TESTS = {"hpv": ("HPV test", "HPV检测")}
WIDE = ("cardiovascular_disease", "any_cancer")  # sets that others are part of


def timeline(source: str, person: int, now: datetime, most: int, *, working: bool) -> list[TimelineEntry]:
    """Return the newest `most` entries of a resident's history.

    Parameters
    ----------
    now
        Records that became known later are not seen.
    working
        Whether whoever asks works lists: only then who made a contact, and why, is told.
    """
    entries = [*_records(source, person, now, most), *_contacts(source, person, most, working=working)]
    return sorted(entries, key=lambda entry: (entry.on, entry.known_at), reverse=True)[:most]


def _records(source: str, person: int, now: datetime, most: int) -> Iterator[TimelineEntry]:
    parts = [
        f"""
        SELECT {day} AS day, '{kind}' AS kind, {code}::VARCHAR AS code, {value}::DOUBLE AS value,
            {unit}::VARCHAR AS unit, {programme}::VARCHAR AS programme, known_at
        FROM {table} WHERE person_id = $person
        """
        for table, (kind, programme, value, unit) in TABLES.items()
        for day, code in [_day_and_code(table)]
    ]
    query = f"""
        SELECT * FROM ({" UNION ALL ".join(parts)}) WHERE greatest(day, known_at) <= $now
        ORDER BY day DESC, known_at DESC, kind, code LIMIT {most}
    """
    with open_lake(source, bucket=person % lake_buckets(source)) as lake:
        rows = lake.execute(query, {"person": person, "now": now}).fetchall()
    for day, kind, code, value, unit, programme, known in rows:
        yield _entry(kind, code, on=day.date(), known_at=known, value=value, unit=unit, programme=programme)


def _day_and_code(table: str) -> tuple[str, str]:
    if table == "death":
        return "death_date", CODE[table]
    return RECORD_TABLES[table].day, CODE.get(table, RECORD_TABLES[table].key)


def _contacts(source: str, person: int, most: int, *, working: bool) -> Iterator[TimelineEntry]:
    """Yield what became of the resident's tasks, steps that were taken back and the undoing left out."""
    query = (
        select(Transition, Task.programme)
        .join(Task, Transition.task_id == Task.id)
        .where(Task.source == source, Task.person_id == person, Transition.before.is_not(None))
        .order_by(Transition.id.desc())
    )
    with transaction(source, reads=True) as session:
        steps = [(step, programme) for step, programme in session.execute(query)]
    undone = {(step.task_id, step.undoes) for step, _ in steps if step.undoes is not None}
    kept = [entry for entry in steps if entry[0].undoes is None and (entry[0].task_id, entry[0].version) not in undone]
    for step, programme in kept[:most]:
        why = " · ".join(part for part in (word("reason", step.reason).label if step.reason else "", step.note) if part)
        more = {"by": step.actor, "note": why} if working else {}
        yield _entry("contact", step.after, on=step.at.date(), known_at=step.at, programme=programme, **more)


def _entry(kind: EntryKind, code: str, **more: Any) -> TimelineEntry:
    said = word("kind", kind)
    label, label_zh = _label(kind, code)
    known = {"value": None, "unit": None, "by": None, "note": None} | more
    answer, answer_zh = _answer(code, known["value"])
    return TimelineEntry(
        kind=kind,
        kind_label=said.label,
        kind_label_zh=said.label_zh,
        code=code,
        label=label,
        label_zh=label_zh,
        answer=answer,
        answer_zh=answer_zh,
        **known,
    )


def _label(kind: EntryKind, code: str) -> tuple[str, str]:
    """Return what a code is called; the code itself where no vocabulary here names it."""
    match kind:
        case "measurement" | "observation":
            return _measured().get(code, (code, code))
        case "diagnosis":
            return _coded(CONDITIONS, code)
        case "drug":
            return _coded(DRUGS, code)
        case "visit":
            said = word("visit", code)
        case "contact":
            said = word("state", code)
        case "death":
            said = word("kind", "death")
        case _:
            return _tests().get(code, (code, code))
    return said.label, said.label_zh


def _answer(code: str, value: float | None) -> tuple[str, str] | tuple[None, None]:
    """Return what a value says where it answers yes or no."""
    if value is None or code not in _questions():
        return None, None
    said = "yes" if value else "no"
    return messages("en")[said], messages("zh")[said]


@cache
def _measured() -> dict[str, tuple[str, str]]:
    return {str(entry.concept_id): (entry.label, entry.label_zh) for entry in MEASUREMENTS.values()}


@cache
def _questions() -> frozenset[str]:
    return frozenset(str(entry.concept_id) for entry in MEASUREMENTS.values() if entry.yes_or_no)


@cache
def _tests() -> dict[str, tuple[str, str]]:
    offered = {test.name: (test.label, test.label_zh) for entry in programmes().values() for test in entry.tests}
    return OTHER_TESTS | offered


def _coded(sets: Mapping[str, CodeSet], code: str) -> tuple[str, str]:
    """Return the name of the narrowest set that holds a code, with the code."""
    holding = [entry for entry in sets.values() if entry.name not in WIDE and entry.holds(code)]
    holding += [sets[name] for name in WIDE if name in sets and sets[name].holds(code)]
    if not holding:
        return code, code
    return f"{holding[0].label} ({code})", f"{holding[0].label_zh}（{code}）"
