"""Streams: the records of the lake as one kind of thing, whatever table they come from.

A stream is one thing that happens to, or is found out about, a resident again and again: a blood pressure reading, a
diagnosis of the set "stroke", a visit, a change of township. Each of its records has a day, a moment at which it
became known, a number and a value. Features are statistics over streams, so a new table reaches every feature by
being a stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from features.concepts import CONDITIONS, DRUGS, MEASUREMENTS


@dataclass(frozen=True)
class RecordTable:
    """How the rows of a lake table are read as records.

    Attributes
    ----------
    key
        The column that tells to which streams a row belongs; empty where every row belongs to every stream.
    day, record
        The columns that hold the day and the number of a record.
    """

    key: str
    day: str
    record: str


RECORD_TABLES: dict[str, RecordTable] = {
    "measurement": RecordTable("measurement_concept_id", "measurement_date", "measurement_id"),
    "observation": RecordTable("observation_concept_id", "observation_date", "observation_id"),
    "condition_occurrence": RecordTable(
        "condition_source_value", "condition_start_date", "condition_occurrence_id"
    ),
    "drug_exposure": RecordTable("drug_source_value", "drug_exposure_start_date", "drug_exposure_id"),
    "visit_occurrence": RecordTable("visit_source_value", "visit_start_date", "visit_occurrence_id"),
    "procedure_occurrence": RecordTable("procedure_source_value", "procedure_date", "procedure_occurrence_id"),
    "screening_invitation": RecordTable("programme", "invitation_date", "screening_invitation_id"),
    "social": RecordTable("", "valid_from", "social_id"),
}  # fmt: skip

VISITS = ("checkup", "clinic", "hospital")
PROCEDURES = ("fit", "colonoscopy", "ldct", "gastroscopy", "hpv", "mammography", "afp_ultrasound")

# Column of the social table -> SQL of its value. Insurance and hukou are ordered from least to most cover or distance.
SOCIAL = {
    "township": "try_cast(township AS DOUBLE)",
    "education": "education",
    "farmer": "(occupation = 'farmer')::DOUBLE",
    "income_band": "income_band",
    "minimum_living_allowance": "minimum_living_allowance",
    "insurance": "CASE insurance WHEN 'none' THEN 0 WHEN 'resident' THEN 1 WHEN 'employee' THEN 2 END",
    "hukou": "CASE hukou WHEN 'local' THEN 0 WHEN 'other_county' THEN 1 WHEN 'other_province' THEN 2 END",
    "living_alone": "living_alone",
    "clinic_distance": "clinic_distance_km",
}

# Diagnoses that say something about those who live with the patient: shared habits, genes or infection.
HOUSEHOLD_DIAGNOSES = ("diabetes", "any_cancer", "hepatitis_b")
# Above this a household is an institution (a dormitory, a nursing home), and "lives with" means something else.
LARGEST_HOUSEHOLD = 20


@dataclass(frozen=True)
class Stream:
    """One stream.

    Attributes
    ----------
    table
        The lake table it is read from.
    test
        SQL over the table's key column, called `key`, that is true for records of the stream.
    value
        SQL over the table's columns.
    """

    table: str
    test: str = "true"
    value: str = "1.0"


@cache
def streams() -> dict[str, Stream]:
    """Return every stream that is read off one table, by name; `household.sql` adds those that join people."""
    found = {
        f"measured.{name}": Stream(entry.table, f"key = {entry.concept_id}", "value_as_number")
        for name, entry in MEASUREMENTS.items()
    }
    found |= {
        f"diagnosed.{name}": Stream("condition_occurrence", codes.sql("key")) for name, codes in CONDITIONS.items()
    }
    found |= {f"drug.{name}": Stream("drug_exposure", codes.sql("key")) for name, codes in DRUGS.items()}
    found |= {f"visit.{kind}": Stream("visit_occurrence", f"key = '{kind}'") for kind in VISITS}
    found |= {"visit.any": Stream("visit_occurrence")}
    found |= {f"done.{test}": Stream("procedure_occurrence", f"key = '{test}'") for test in PROCEDURES}
    found |= {"invited.any": Stream("screening_invitation")}
    found |= {f"social.{name}": Stream("social", value=value) for name, value in SOCIAL.items()}
    return found


HOUSEHOLD_STREAMS = (
    "household.member",
    "household.smoker",
    *(f"household.{name}" for name in HOUSEHOLD_DIAGNOSES),
)


@cache
def codes() -> dict[str, int]:
    """Return the number under which the record log keeps each stream, 0 to 255."""
    return {name: code for code, name in enumerate((*streams(), *HOUSEHOLD_STREAMS))}


def all_versions_sql(table: str) -> str:
    """Return SQL for the rows of a table that count and those that were superseded, with `superseded_at`."""
    counting = f"SELECT *, NULL::TIMESTAMPTZ AS superseded_at FROM {table}"
    return f"({counting} UNION ALL BY NAME SELECT * FROM superseded_{table})"


# When a record that was superseded stops counting; columns that only SQL over all versions has.
UNTIL = f"coalesce(epoch_us(superseded_at), {2**63 - 1})"


def records_sql(*, versions: bool = False) -> str:
    """Return SQL over the lake for all records that are about one resident alone.

    Columns: person_id int64, day date or timestamp, known_at timestamp, record int64, code int, value float64.

    Parameters
    ----------
    versions
        Whether superseded records are wanted as well; there is then a last column until, int64: the moment from which a
        record no longer counts, microseconds since 1970.
    """
    return " UNION ALL ".join(table_sql(table, versions=versions) for table in RECORD_TABLES)


def table_sql(name: str, *, versions: bool = False) -> str:
    """Return SQL over one table for its records; columns as in `records_sql`."""
    table = RECORD_TABLES[name]
    own = {stream: entry for stream, entry in streams().items() if entry.table == name}
    rows = all_versions_sql(name) if versions else name
    until = f", {UNTIL} AS until" if versions else ""
    columns = f"person_id, {table.day} AS day, known_at, {table.record} AS record"
    if not table.key:
        return " UNION ALL ".join(
            f"SELECT {columns}, {codes()[stream]} AS code, ({entry.value})::DOUBLE AS value{until} FROM {rows}"
            for stream, entry in own.items()
        )
    # Which streams a key belongs to is settled once for each different key, not for each row.
    keys = " UNION ALL ".join(
        f"SELECT key, {codes()[stream]} AS code FROM keys WHERE {entry.test}" for stream, entry in own.items()
    )
    (value,) = {entry.value for entry in own.values()}
    return f"""
        SELECT {columns}, code, ({value})::DOUBLE AS value{until} FROM {rows} JOIN (
            WITH keys AS (SELECT DISTINCT {table.key} AS key FROM {rows}) {keys}
        ) ON {table.key} = key
    """


def household_sql(*, versions: bool = False) -> str:
    """Return SQL, columns as in `records_sql`, for what is known of those who share a household with a resident.

    Who lives with whom is what is known of it last: a membership that was superseded counts at no moment.
    `features.arriving.homes` does the same for a few residents.
    """
    smoker = MEASUREMENTS["current_smoker"]
    smokers = all_versions_sql(smoker.table) if versions else smoker.table
    diagnoses = all_versions_sql("condition_occurrence") if versions else "condition_occurrence"
    until, of_event, never = (f", {UNTIL} AS until", ", events.until", f", {2**63 - 1}") if versions else ("", "", "")
    events = [
        f"SELECT person_id, observation_date AS day, known_at, observation_id AS record, "
        f"{codes()['household.smoker']} AS code{until} FROM {smokers} "
        f"WHERE observation_concept_id = {smoker.concept_id} AND value_as_number = 1"
    ]
    events += [
        f"SELECT person_id, condition_start_date, known_at, condition_occurrence_id, "
        f"{codes()[f'household.{name}']}{until} FROM {diagnoses} "
        f"WHERE {CONDITIONS[name].sql('condition_source_value')}"
        for name in HOUSEHOLD_DIAGNOSES
    ]
    return f"""
        WITH homes AS (
            SELECT household_id, person_id, greatest(member_from, known_at) AS usable
            FROM household_member WHERE role <> 'collective'
            QUALIFY count(*) OVER (PARTITION BY household_id) <= {LARGEST_HOUSEHOLD}
        ),
        pairs AS (
            SELECT me.person_id, other.person_id AS other, greatest(me.usable, other.usable) AS usable
            FROM homes AS me JOIN homes AS other USING (household_id)
        ),
        events AS ({" UNION ALL ".join(events)})
        SELECT person_id, usable AS day, usable AS known_at, other AS record, {codes()["household.member"]} AS code,
            1.0 AS value{never}
        FROM pairs
        UNION ALL
        SELECT pairs.person_id, greatest(events.day, pairs.usable), greatest(events.known_at, pairs.usable), record,
            code, 1.0{of_event}
        FROM pairs JOIN events ON events.person_id = pairs.other AND pairs.other <> pairs.person_id
    """
