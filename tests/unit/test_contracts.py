"""Rows that break their contract are found, named and set aside, never lost."""

from __future__ import annotations

import pandas as pd
import pytest

from features.concepts import CONDITIONS, MEASUREMENTS
from features.contracts import contracts
from features.lake import set_aside

DAY = pd.Timestamp("2020-01-01", tz="UTC")


def measurements(*values: float, name: str = "systolic_bp", unit: str | None = None) -> pd.DataFrame:
    entry = MEASUREMENTS[name]
    frame = pd.DataFrame({"value_as_number": values}).assign(
        person_id=1, measurement_concept_id=entry.concept_id, measurement_date=DAY,
        unit_source_value=unit or entry.unit, known_at=DAY,
    )  # fmt: skip
    frame["measurement_id"] = range(1, len(frame) + 1)
    return contracts()["measurement"].coerce(frame)


def test_impossible_blood_pressure_is_set_aside_with_the_allowed_range():
    kept, findings = set_aside(contracts()["measurement"], measurements(120, 1200))
    assert kept["value_as_number"].tolist() == [120]
    (finding,) = findings.to_dict("records")
    assert finding["column"] == "value_as_number"
    assert finding["value"] == "1200.0"
    assert "50 to 300 mm[Hg]" in finding["allowed"]
    assert '"value_as_number":1200.0' in finding["record"]


def test_cholesterol_in_mg_dl_under_a_mmol_label_is_set_aside():
    kept, findings = set_aside(contracts()["measurement"], measurements(5.2, 201, name="total_cholesterol"))
    assert len(kept) == 1
    assert "1 to 20 mmol/L" in findings["allowed"].iloc[0]


def test_a_wrong_unit_is_a_finding_even_where_the_number_is_plausible():
    _, findings = set_aside(contracts()["measurement"], measurements(15, name="total_cholesterol", unit="mg/dL"))
    assert len(findings) == 1


def test_repeated_keys_missing_values_and_foreign_codes_are_findings():
    contract = contracts()["person"]
    people = pd.DataFrame(
        {"person_id": [1, 1, 2, 3], "gender_concept_id": [8507, 8507, 8532, 9], "birth_date": [DAY, DAY, None, DAY]}
    ).assign(known_at=DAY)
    kept, findings = set_aside(contract, contract.coerce(people))
    # Of two rows with one key the first is kept.
    assert kept["person_id"].tolist() == [1]
    assert set(findings["column"]) >= {"birth_date", "gender_concept_id"}
    assert findings["rule"].str.contains("unique").any()


def test_every_column_of_the_catalogue_says_what_it_means():
    for contract in contracts().values():
        assert contract.owner
        assert contract.sensitivity in {"public", "internal", "personal", "health"}
        for column in contract.columns:
            assert column.meaning


@pytest.mark.parametrize("code", ["I21", "I21.9", "I51.6", "I60.1", "I64"])
def test_code_sets_hold_their_prefixes_and_ranges(code):
    assert in_cardiovascular_disease(code)


@pytest.mark.parametrize("code", ["I23", "I51.9", "I65", "X21", ""])
def test_code_sets_hold_nothing_else(code):
    assert not in_cardiovascular_disease(code)


def in_cardiovascular_disease(code):
    import duckdb

    test = CONDITIONS["cardiovascular_disease"].sql("code")
    return duckdb.execute(f"SELECT {test} FROM (SELECT '{code}' AS code)").fetchone()[0]
