"""The mistakes that real records have, put in at known places and written to the truth.

Kinds: `unit` (a value in mg/dL, or creatinine in mg/dL, in a column of mmol/L or µmol/L), `decimal` (a decimal point
one place off), `swapped` (systolic and diastolic pressure exchanged), `duplicate` (a row again under another number),
`code_format` (a diagnosis code misspelt), `code_wrong` (a code that cannot be, a cancer of the prostate in a woman),
`birth_date` (the keyboard's default, 1 January 1900). A few laboratories have whole quarters of unit mistakes. The
rates are assumptions.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.concepts import FEMALE, MEASUREMENTS
from features.sources._city.clock import END_DAY, START_DAY, day_of, stream
from features.sources._city.records import MICROSECONDS, Frame, moments
from features.sources._city.townships import TOWNSHIPS

Rows = NDArray[np.int64]
Errors = list[tuple[str, str, str, Rows, Rows, NDArray[np.object_]]]  # table, kind, column, numbers, people, originals

UNIT_RATE, DECIMAL_RATE, SWAP_RATE, DUPLICATE_RATE = 2e-4, 1e-4, 3e-4, 2e-3
CODE_FORMAT_RATE, CODE_WRONG_RATE, BIRTH_DATE_RATE = 6e-3, 8e-4, 1.5e-4
BAD_LABORATORIES, BAD_QUARTER_DAYS, BAD_RATE = 6, 91, 0.5
UNIT_MISTAKES = ("glucose", "total_cholesterol", "triglycerides", "hdl_cholesterol", "ldl_cholesterol", "creatinine")
IMPOSSIBLE_CODE = "C61"  # malignant neoplasm of prostate
DEFAULT_BIRTH = day_of(1900)


def bad_quarters(seed: int) -> list[tuple[int, int]]:
    """Return (township, first day) of the quarters in which a township's laboratory reports mg/dL."""
    rng = stream(seed, "bad laboratories")
    towns = rng.choice(len(TOWNSHIPS), BAD_LABORATORIES, replace=False)
    days = rng.integers(START_DAY + 700, END_DAY - BAD_QUARTER_DAYS, BAD_LABORATORIES)
    return [(int(town), int(day)) for town, day in zip(towns, days, strict=True)]


def inject(frame: Frame, tables: dict[str, pa.Table]) -> tuple[dict[str, pa.Table], pa.Table]:
    """Return the tables with mistakes, and the table of what was changed where."""
    rng = stream(frame.seed, "mistakes", frame.bucket)
    errors: Errors = []
    out = dict(tables)
    out["measurement"] = _measurement(frame, rng, out["measurement"], errors)
    out["condition_occurrence"] = _condition(frame, rng, out["condition_occurrence"], out["person"], errors)
    out["person"] = _person(rng, out["person"], errors)
    for name in ("measurement", "condition_occurrence", "drug_exposure", "visit_occurrence"):
        out[name] = _duplicate(frame, rng, name, out[name], errors)
    return out, _table(errors)


def _pick(rng: np.random.Generator, rows: int, rate: float) -> Rows:
    """Return sorted positions, each row chosen with probability `rate`."""
    chosen = rng.integers(0, max(rows, 1), rng.binomial(rows, rate) if rows else 0)
    return np.unique(chosen)


def _measurement(frame: Frame, rng: np.random.Generator, table: pa.Table, errors: Errors) -> pa.Table:
    concept = table["measurement_concept_id"].to_numpy()
    value = table["value_as_number"].to_numpy().copy()
    number, person = table["measurement_id"].to_numpy(), table["person_id"].to_numpy()
    before = value.copy()
    free = np.ones(len(value), dtype=bool)

    def note(kind: str, rows: Rows) -> None:
        errors.append(
            (
                "measurement",
                kind,
                "value_as_number",
                number[rows],
                person[rows],
                before[rows].astype(str).astype(object),
            )
        )
        free[rows] = False

    # 1. Units: here and there, and in the quarters of bad laboratories.
    rows = np.union1d(_pick(rng, len(value), UNIT_RATE * 4), _bad_laboratory_rows(frame, rng, table, person))
    divisor = np.zeros(len(rows))
    for name in UNIT_MISTAKES:
        entry = MEASUREMENTS[name]
        divisor[concept[rows] == entry.concept_id] = entry.other_units["mg/dL"]
    rows, divisor = rows[divisor > 0], divisor[divisor > 0]
    value[rows] = np.round(value[rows] * divisor, 2)
    note("unit", rows)
    # 2. Systolic and diastolic exchanged: they follow each other in the order of a check-up.
    systolic = MEASUREMENTS["systolic_bp"].concept_id
    rows = _pick(rng, len(value) - 1, SWAP_RATE * 14)
    pair = (concept[rows] == systolic) & (concept[rows + 1] == MEASUREMENTS["diastolic_bp"].concept_id)
    rows = rows[pair & (person[rows] == person[rows + 1])]
    value[rows], value[rows + 1] = before[rows + 1], before[rows]
    note("swapped", np.sort(np.concatenate([rows, rows + 1])))
    # 3. Decimal points.
    rows = _pick(rng, len(value), DECIMAL_RATE)
    rows = rows[free[rows] & (value[rows] > 0)]
    value[rows] = np.round(value[rows] * np.where(rng.random(len(rows)) < 0.5, 10.0, 0.1), 3)
    note("decimal", rows)
    return table.set_column(table.column_names.index("value_as_number"), "value_as_number", pa.array(value))


def _bad_laboratory_rows(frame: Frame, rng: np.random.Generator, table: pa.Table, person: Rows) -> Rows:
    town = frame.life.people.township[person // frame.buckets - 1]
    day = table["measurement_date"].cast(pa.int64()).to_numpy() // MICROSECONDS
    rows = [np.zeros(0, dtype=np.int64)]
    for where, start in bad_quarters(frame.seed):
        here = np.flatnonzero((town == where) & (day >= start) & (day < start + BAD_QUARTER_DAYS))
        rows.append(here[rng.random(len(here)) < BAD_RATE])
    return np.concatenate(rows)


def _condition(frame: Frame, rng: np.random.Generator, table: pa.Table, people: pa.Table, errors: Errors) -> pa.Table:
    column = table["condition_source_value"].combine_chunks()
    known = column.dictionary.to_pylist()
    misspelt = [_misspelt(code) for code in known]
    code = column.indices.to_numpy().astype(np.int16)
    number, person = table["condition_occurrence_id"].to_numpy(), table["person_id"].to_numpy()
    before = np.array(known, dtype=object)[code]
    rows = _pick(rng, len(code), CODE_FORMAT_RATE)
    code[rows] += len(known)
    errors.append(
        ("condition_occurrence", "code_format", "condition_source_value", number[rows], person[rows], before[rows])
    )
    rows = np.setdiff1d(_pick(rng, len(code), CODE_WRONG_RATE), rows)
    sex = people["gender_concept_id"].to_numpy()[np.searchsorted(people["person_id"].to_numpy(), person[rows])]
    rows = rows[sex == FEMALE]
    code[rows] = 2 * len(known)
    errors.append(
        ("condition_occurrence", "code_wrong", "condition_source_value", number[rows], person[rows], before[rows])
    )
    words = pa.array([*known, *misspelt, IMPOSSIBLE_CODE])
    return table.set_column(
        table.column_names.index("condition_source_value"),
        "condition_source_value",
        pa.DictionaryArray.from_arrays(pa.array(code), words),
    )


def _misspelt(code: str) -> str:
    """Return a code as it is mistyped: the letter O for a zero, no point, or a small letter."""
    if "0" in code:
        return code.replace("0", "O")
    return code.replace(".", "") if "." in code else code.lower()


def _person(rng: np.random.Generator, table: pa.Table, errors: Errors) -> pa.Table:
    rows = _pick(rng, table.num_rows, BIRTH_DATE_RATE)
    birth = table["birth_date"].cast(pa.int64()).to_numpy().copy()
    originals = pc.strftime(table["birth_date"].take(pa.array(rows)), format="%Y-%m-%d").to_numpy(zero_copy_only=False)
    numbers = table["person_id"].to_numpy()[rows]
    errors.append(("person", "birth_date", "birth_date", numbers, numbers, originals))
    birth[rows] = DEFAULT_BIRTH * MICROSECONDS
    at = table.column_names.index("birth_date")
    return table.set_column(at, "birth_date", moments(birth // MICROSECONDS))


def _duplicate(frame: Frame, rng: np.random.Generator, name: str, table: pa.Table, errors: Errors) -> pa.Table:
    """Append copies of some rows, known a few days later; `original_value` of the truth is the copied number."""
    rows = _pick(rng, table.num_rows, DUPLICATE_RATE)
    copies = table.take(pa.array(rows))
    key = f"{name}_id"
    original = copies[key].to_numpy()
    new = frame.numbers(table.num_rows + len(rows))[table.num_rows :]
    later = copies["known_at"].cast(pa.int64()).to_numpy() + rng.integers(0, 20, len(rows)) * MICROSECONDS
    copies = copies.set_column(0, key, pa.array(new))
    copies = copies.set_column(copies.column_names.index("known_at"), "known_at", moments(later // MICROSECONDS))
    errors.append((name, "duplicate", key, new, copies["person_id"].to_numpy(), original.astype(str).astype(object)))
    whole = pa.concat_tables([table, copies]).combine_chunks()
    # A copy follows its original, so that the rows of a person stay together.
    order = np.insert(np.arange(table.num_rows), rows + 1, table.num_rows + np.arange(len(rows)))
    return whole.take(pa.array(order)) if len(rows) else whole


def _table(errors: Errors) -> pa.Table:
    def words(position: int) -> pa.Array:
        return pa.array(
            np.concatenate([np.repeat(np.array([e[position]], dtype=object), len(e[3])) for e in errors]), pa.string()
        )

    return pa.table(
        {
            "table": words(0),
            "record_id": np.concatenate([e[3] for e in errors]),
            "person_id": np.concatenate([e[4] for e in errors]),
            "kind": words(1),
            "column": words(2),
            "original_value": pa.array(np.concatenate([e[5] for e in errors]), pa.string()),
        }
    )
