"""From notes to tables: what was written down of a bucket's people, as the rows of the contracts, without mistakes.

A row exists only while its person lives here. It becomes known some days after the fact; claims often weeks later,
a few many months. Tables are pyarrow, sorted by person and day; codes are dictionaries.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.concepts import MEASUREMENTS
from features.sources._city import care, measuring, screening
from features.sources._city import diseases as ill
from features.sources._city.clock import END_DAY, START_DAY, stream, uniform
from features.sources._city.state import Life

Rows = NDArray[np.int64]
Days = NDArray[np.int32]

MICROSECONDS = 86_400_000_000
UTC = pa.timestamp("us", tz="UTC")

# Days until a record is known: most within two weeks, one in twenty a claim that comes months later. Assumptions.
DELAYS = np.concatenate([
    np.repeat(np.arange(1, 15), 250), np.repeat(np.arange(15, 45), 13), np.round(np.linspace(45, 420, 206)),
]).astype(np.int32)  # fmt: skip
CODES = tuple((row, code, share) for row, disease in enumerate(ill.DISEASES) for code, share in disease.codes)
HEPATITIS_CODE, HEPATITIS_KNOWN = "B18.1", 0.4  # share that is told so within the years of records
ICD = pa.array([*(code for _, code, _ in CODES), HEPATITIS_CODE])


@dataclass(frozen=True)
class Frame:
    """What all tables of a bucket need: whose rows, which numbers, and the days between which each person is seen."""

    life: Life
    seed: int
    bucket: int
    buckets: int
    first: Days
    last: Days

    @classmethod
    def of(cls, life: Life, seed: int, bucket: int, buckets: int) -> Frame:
        """Return the frame of a life: seen from arrival until leaving, death or the end of the records."""
        last = np.minimum(np.minimum(life.people.leave - 1, life.death), END_DAY - 1)
        return cls(life, seed, bucket, buckets, life.people.arrive, last.astype(np.int32))

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Whether the person is under observation at all."""
        return self.last >= self.first

    def numbers(self, rows: int) -> Rows:
        """Return the numbers of `rows` records: unique in the city, and leaving the bucket's number as remainder."""
        return np.arange(1, rows + 1, dtype=np.int64) * self.buckets + self.bucket

    def ordered(self, person: NDArray[np.int32], day: Days, code: NDArray[np.int8]) -> Rows:
        """Return the rows that are seen, in the order of person, day and code.

        The three and the row's own position fill one unique number, so that sorting it is fast and leaves no ties.
        """
        rows = np.flatnonzero((day >= self.first[person]) & (day <= self.last[person]))
        key = (person[rows].astype(np.int64) << 13 | (day[rows] - START_DAY)) << 6 | code[rows]
        key = np.sort(key << 26 | np.arange(len(rows)))
        return np.asarray(rows[key & ((1 << 26) - 1)])


def moments(days: NDArray[np.integer]) -> pa.Array:
    """Return days as timestamps in UTC, at midnight."""
    return pa.array(days.astype(np.int64) * MICROSECONDS).view(UTC)


def tables(frame: Frame) -> dict[str, pa.Table]:
    """Return what was done to and found in the people of the bucket, by contract name."""
    rng = stream(frame.seed, "records", frame.bucket)
    return {
        **_values(frame, rng),
        "visit_occurrence": _visits(frame, rng),
        "condition_occurrence": _conditions(frame, rng),
        "drug_exposure": _drugs(frame, rng),
        "procedure_occurrence": _procedures(frame, rng),
        "screening_invitation": _invitations(frame, rng),
        "death": _deaths(frame, rng),
    }


def _late(rng: np.random.Generator, day: Days) -> pa.Array:
    """Return when records of `day` become known."""
    return moments(day + DELAYS[rng.integers(0, len(DELAYS), len(day), dtype=np.int32)])


def _values(frame: Frame, rng: np.random.Generator) -> dict[str, pa.Table]:
    """Return measurement and observation."""
    person, code, day, value = frame.life.notes.values.columns(4)
    entries = [MEASUREMENTS[name] for name in measuring.CONCEPTS]
    concept = np.array([entry.concept_id for entry in entries], dtype=np.int64)
    units = sorted({entry.unit for entry in entries})
    unit = np.array([units.index(entry.unit) for entry in entries], dtype=np.int8)
    asked = np.array([entry.table == "observation" for entry in entries])
    out = {}
    for name, chosen in (("measurement", ~asked), ("observation", asked)):
        part = np.flatnonzero(chosen[code])
        rows = part[frame.ordered(person[part], day[part], code[part])]
        kind, when = code[rows], day[rows]
        out[name] = pa.table(
            {
                f"{name}_id": frame.numbers(len(rows)),
                "person_id": frame.life.people.person_id[person[rows]],
                f"{name}_concept_id": concept[kind],
                f"{name}_date": moments(when),
                "value_as_number": np.round(value[rows].astype(np.float64), 2),
                "unit_source_value": pa.DictionaryArray.from_arrays(pa.array(unit[kind]), pa.array(units)),
                "known_at": _late(rng, when),
            }
        )
    return out


def _visits(frame: Frame, rng: np.random.Generator) -> pa.Table:
    person, kind, day = frame.life.notes.visits.columns(3)
    row, patient = np.nonzero(frame.life.diagnosis[ill.CORONARY :] < END_DAY)
    person = np.concatenate([person, patient.astype(np.int32)])
    day = np.concatenate([day, frame.life.diagnosis[row + ill.CORONARY, patient]])
    kind = np.concatenate([kind, np.full(len(patient), 2, dtype=np.int8)])
    rows = frame.ordered(person, day, kind)
    return pa.table(
        {
            "visit_occurrence_id": frame.numbers(len(rows)),
            "person_id": frame.life.people.person_id[person[rows]],
            "visit_concept_id": np.array([9202, 9202, 9201], dtype=np.int64)[kind[rows]],
            "visit_start_date": moments(day[rows]),
            "visit_source_value": pa.DictionaryArray.from_arrays(pa.array(kind[rows]), pa.array(care.VISITS)),
            "known_at": _late(rng, day[rows]),
        }
    )


def _conditions(frame: Frame, rng: np.random.Generator) -> pa.Table:
    """Return the diagnoses; older ones than the records are known when the person comes under observation."""
    life = frame.life
    row, person = np.nonzero((life.diagnosis < END_DAY) & (life.diagnosis <= frame.last) & frame.seen)
    day = life.diagnosis[row, person]
    firsts = np.array([min(i for i, (r, _, _) in enumerate(CODES) if r == d) for d in range(ill.D)])
    running = np.concatenate([np.cumsum([s for r, _, s in CODES if r == d]) + d for d in range(ill.D)])
    code = np.searchsorted(running, row + uniform(rng, len(row)) * 0.9999, side="right")
    code = np.maximum(code, firsts[row]).astype(np.int8)
    carriers = np.flatnonzero(life.body.hepatitis_b & (uniform(rng, life.people.n) < HEPATITIS_KNOWN) & frame.seen)
    # The day must not depend on how long somebody will live here, or an early one would tell of an early death.
    told = frame.first[carriers] + (uniform(rng, len(carriers)) * (END_DAY - frame.first)[carriers]).astype(np.int32)
    lived = told <= frame.last[carriers]
    carriers, told = carriers[lived], told[lived]
    person = np.concatenate([person, carriers])
    day = np.concatenate([day, told])
    code = np.concatenate([code, np.full(len(carriers), len(CODES), dtype=np.int8)])
    order = np.lexsort((code, day, person))
    person, day, code = person[order], day[order], code[order]
    return pa.table(
        {
            "condition_occurrence_id": frame.numbers(len(person)),
            "person_id": life.people.person_id[person],
            "condition_concept_id": np.zeros(len(person), dtype=np.int64),
            "condition_start_date": moments(day),
            "condition_source_value": pa.DictionaryArray.from_arrays(pa.array(code), ICD),
            "known_at": _late(rng, np.maximum(day, frame.first[person])),
        }
    )


def _drugs(frame: Frame, rng: np.random.Generator) -> pa.Table:
    person, drug, day = frame.life.notes.drugs.columns(3)
    rows = frame.ordered(person, day, drug)
    return pa.table(
        {
            "drug_exposure_id": frame.numbers(len(rows)),
            "person_id": frame.life.people.person_id[person[rows]],
            "drug_concept_id": np.zeros(len(rows), dtype=np.int64),
            "drug_exposure_start_date": moments(day[rows]),
            "drug_source_value": pa.DictionaryArray.from_arrays(pa.array(drug[rows]), pa.array(care.DRUGS)),
            "known_at": _late(rng, day[rows]),
        }
    )


def _procedures(frame: Frame, rng: np.random.Generator) -> pa.Table:
    person, test, day = frame.life.notes.tests.columns(3)
    rows = frame.ordered(person, day, test)
    return pa.table(
        {
            "procedure_occurrence_id": frame.numbers(len(rows)),
            "person_id": frame.life.people.person_id[person[rows]],
            "procedure_concept_id": np.zeros(len(rows), dtype=np.int64),
            "procedure_date": moments(day[rows]),
            "procedure_source_value": pa.DictionaryArray.from_arrays(pa.array(test[rows]), pa.array(screening.TESTS)),
            "known_at": _late(rng, day[rows]),
        }
    )


def _invitations(frame: Frame, rng: np.random.Generator) -> pa.Table:
    person, test, day, programme = frame.life.notes.invitations.columns(4)
    rows = frame.ordered(person, day, test)
    names = pa.array([one.name for one in screening.PROGRAMMES])
    return pa.table(
        {
            "screening_invitation_id": frame.numbers(len(rows)),
            "person_id": frame.life.people.person_id[person[rows]],
            "programme": pa.DictionaryArray.from_arrays(pa.array(programme[rows]), names),
            "procedure_source_value": pa.DictionaryArray.from_arrays(pa.array(test[rows]), pa.array(screening.TESTS)),
            "invitation_date": moments(day[rows]),
            "known_at": moments(day[rows]),
        }
    )


def _deaths(frame: Frame, rng: np.random.Generator) -> pa.Table:
    who = np.flatnonzero((frame.life.death < END_DAY) & (frame.last == frame.life.death) & frame.seen)
    day = frame.life.death[who]
    return pa.table(
        {
            "person_id": frame.life.people.person_id[who],
            "death_date": moments(day),
            "known_at": _late(rng, day),
        }
    )
