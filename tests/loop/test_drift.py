"""From records that arrive to a decision with reasons, and from the decision to a retraining run behind the gate."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from features.lake import open_lake
from features.push import journal_rows
from features.sources import get_source
from models.bundle import BUNDLE_ARTIFACT
from models.risk_model import get_model, models_for
from tests.conftest import run
from training.drift.monitor import drifts
from training.drift.population import RISK
from training.drift.reference import FILE
from training.registry import artifact_folder, champion, versions

MODEL, SOURCE = "stroke_10y", "framingham"
NOW = pd.Timestamp(get_source(SOURCE).as_of)
FIRST_ID = 2 * 10**9


def everybody() -> np.ndarray:
    with open_lake(SOURCE) as lake:
        return lake.execute("SELECT person_id FROM person ORDER BY person_id").fetchnumpy()["person_id"]


def raised_pressures() -> pd.DataFrame:
    """Return a reading of today for everybody, far above what they had."""
    persons = everybody()
    return pd.DataFrame({
        "measurement_id": FIRST_ID + np.arange(len(persons)), "person_id": persons, "measurement_concept_id": 3004249,
        "measurement_date": NOW, "value_as_number": 165.0 + np.arange(len(persons)) % 40,
        "unit_source_value": "mm[Hg]", "known_at": NOW,
    })  # fmt: skip


def late_strokes(count: int) -> pd.DataFrame:
    """Return strokes that nobody knew of, among people who had been examined before and had none on record."""
    with open_lake(SOURCE) as lake:
        persons = lake.execute(f"""
            SELECT person_id FROM measurement WHERE measurement_concept_id = 3004249
                AND measurement_date > TIMESTAMPTZ '1967-06-01' AND person_id NOT IN (
                    SELECT person_id FROM condition_occurrence
                    WHERE condition_source_value IN ('I64', 'I51.6', 'I21', 'I20', 'I24')
                )
                AND person_id NOT IN (SELECT person_id FROM death WHERE death_date < TIMESTAMPTZ '1975-01-01')
            GROUP BY 1 ORDER BY 1 LIMIT {count}
        """).fetchnumpy()["person_id"]
    moment = NOW + pd.Timedelta(days=30)
    return pd.DataFrame({
        "condition_occurrence_id": FIRST_ID + np.arange(len(persons)), "person_id": persons, "condition_concept_id": 0,
        "condition_start_date": moment, "condition_source_value": "I64", "known_at": moment,
    })  # fmt: skip


def test_every_version_registers_what_it_can_be_compared_with(world):
    folder = artifact_folder(champion(MODEL))
    assert folder.name == BUNDLE_ARTIFACT
    assert (folder / FILE).exists()


def test_nothing_drifts_right_after_training(world):
    answer = run(world, "drift", "--all", "--json")
    assert answer.returncode == 0, answer.stderr
    decisions = json.loads(answer.stdout)
    source = get_source(SOURCE)
    assert [decision["model"] for decision in decisions] == list(models_for(source))
    for decision in decisions:
        assert not decision["retrain"]
        assert "neither predicted risks nor features shifted" in decision["reasons"][0]
        assert decision["data_source"] == SOURCE
        assert decision["calibration"]["since"] == 0
        assert decision["people"] > 1_000
        for column in [decision["risk"], *decision["features"]]:
            assert (column["psi"], column["ks"], column["verdict"]) == (0, 0, "stable")
        # People now are older than those of the cohort's index dates: told, but nothing to train anew for.
        age = next(column for column in decision["features"] if column["feature"] == "age")
        assert age["against_cohort"]["verdict"] == "large"
        assert any(remark.startswith("age") for remark in decision["remarks"])


def test_only_people_whom_the_model_applies_to_are_counted(world):
    (free,) = drifts(get_source(SOURCE), [get_model("hypertension_10y")])
    (stroke,) = drifts(get_source(SOURCE), [get_model(MODEL)])
    assert free.people < stroke.people < len(everybody())
    (age,) = (column for name, column in stroke.since.items() if name == "age")
    assert age.missing_now == 0
    assert list(stroke.since) == [entry.name for entry in stroke.subject.bundle.inputs] + [RISK]


def test_a_planted_shift_says_retrain_with_reasons_and_retraining_goes_through_the_gate(own_world):
    journal_rows(SOURCE, {"measurement": raised_pressures()})
    answer = run(own_world, "drift", MODEL, "--json")
    assert answer.returncode == 1, answer.stderr
    (decision,) = json.loads(answer.stdout)
    assert decision["retrain"]
    verdicts = {column["feature"]: column["verdict"] for column in decision["features"]}
    assert {name for name, verdict in verdicts.items() if verdict != "stable"} == {"systolic_bp"}
    assert decision["reasons"][0].startswith("predicted risks shifted: PSI")
    assert decision["reasons"][1].startswith("systolic_bp shifted: PSI")
    table = run(own_world, "drift", MODEL)
    assert table.returncode == 1
    assert "retrain: predicted risks" in table.stdout

    answer = run(own_world, "drift", MODEL, "--retrain", "--json")
    (decision,) = json.loads(answer.stdout)
    verdict = decision["retrained"]
    assert verdict["version"] == 2
    assert verdict["reasons"]
    assert answer.returncode == (0 if verdict["promoted"] else 1)
    assert len(versions(MODEL)) == 2
    # The new version was trained among the people of now, so nothing has drifted since.
    if verdict["promoted"]:
        assert run(own_world, "drift", MODEL, "--json").returncode == 0


def test_outcomes_that_come_in_unforeseen_say_retrain(own_world):
    source, model = get_source(SOURCE), get_model(MODEL)
    journal_rows(SOURCE, {"condition_occurrence": late_strokes(300)})
    (drift,) = drifts(source, [model])
    found = drift.calibration
    assert found.since == pytest.approx(300, abs=30)
    assert found.observed_expected > 1.25
    assert found.observed_expected_low > 1
    assert found.registered_observed_expected == pytest.approx(1, abs=0.1)
    assert drift.decision.retrain
    assert any(reason.en.startswith("observed/expected is") for reason in drift.decision.reasons)


def test_the_report_is_one_file_that_asks_nobody_for_anything(own_world, tmp_path):
    path = tmp_path / "report.html"
    answer = run(own_world, "drift", MODEL, "--json", "--report", str(path))
    assert answer.returncode == 0, answer.stderr
    page = path.read_text()
    assert "Content-Security-Policy" in page
    assert "Framingham teaching data" in page
    assert "systolic_bp" in page
    assert 'src="http' not in page
    assert "<link" not in page or 'href="http' not in page.split("<link", 1)[1].split(">", 1)[0]


def test_wrong_use_is_told(world):
    assert run(world, "drift", "--json").returncode == 2
    unknown = run(world, "drift", "strok_10y")
    assert unknown.returncode == 2
    assert MODEL in unknown.stderr


def test_a_version_from_before_the_reference_is_told_apart(own_world):
    (artifact_folder(champion(MODEL)) / FILE).unlink()
    answer = run(own_world, "drift", MODEL)
    assert answer.returncode == 2
    assert "sanzao train" in answer.stderr
