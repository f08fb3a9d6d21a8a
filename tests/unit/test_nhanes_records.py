"""What the columns of the NHANES files become, on a few invented people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.sources._nhanes import exams
from features.sources._nhanes.records import records


@pytest.fixture
def long_file():
    """Return four people of the file of ten waves: alive, dead by its status, dead of another cause, never followed."""
    people = pd.DataFrame(dict.fromkeys(exams.TEN_WAVES_COLUMNS, np.nan), index=pd.Index([1, 2, 3, 4], name="SEQN"))
    return people.assign(
        year=[1999.0, 1999.0, 2009.0, 2017.0],
        gender=[1.0, 2.0, 1.0, 2.0],
        age=[40.0, 85.0, 80.0, 20.0],
        permth_int=[190.0, 0.0, 12.0, np.nan],
        status=[0.0, 1.0, 0.0, np.nan],
        ucod_leading=[np.nan, np.nan, 10.0, np.nan],
        totchol=[193.35, 200.0, 200.0, 200.0],
        creat=[1.0, 1.0, np.nan, 1.0],
        uap=[5.0, 5.0, 5.0, 5.0],
        bun=[14.0, 14.0, 14.0, 14.0],
        ttbl=[1.0, 1.0, 1.0, 1.0],
        albumin=[4.2, 4.2, 4.2, 4.2],
        crp=[0.21, 0.21, 0.21, 0.21],
        glucose=[90.1, 90.1, 90.1, 90.1],
        hba1c=[5.0, 7.0, 6.0, 6.5],
        edu=[1.0, 4.0, 3.0, 2.0],
    )  # fmt: skip


def packaged_row(**answers):
    blank = dict.fromkeys(exams.PACKAGED_COLUMNS) | dict.fromkeys((*exams.SYSTOLIC, *exams.DIASTOLIC), np.nan)
    asked = {
        "AgeInYearsAtScreening": 50.0, "Gender": "Male", "60SecPulse30SecPulse2": 72.0,
        "EducationLevelAdults20": "Don't Know", "GeneralHealthCondition": "Good", "DoYouNowSmokeCigarettes": None,
        "SmokedAtLeast100CigarettesInLife": 0.0, "AvgCigarettesdayDuringPast30Days": np.nan,
        "VigorousRecreationalActivities": 0.0, "ModerateRecreationalActivities": 1.0,
        "DoctorToldYouHaveDiabetes": "0", "AgeWhenFirstToldYouHadDiabetes": np.nan,
        "EverToldYouHadHeartAttack": 0.0, "AgeWhenToldYouHadHeartAttack": np.nan, "EverToldYouHadAStroke": 0.0,
        "AgeWhenToldYouHadAStroke": np.nan, "EverToldYouHadCancerOrMalignancy": 0.0,
        "Age1StCancerMcq230ADiagnosed": np.nan, "TakingInsulinNow": 0.0, "TakeDiabeticPillsToLowerBloodSugar": np.nan,
    }  # fmt: skip
    return pd.DataFrame([blank | asked | answers], index=pd.Index([93_703], name="SEQN"))


def tables_of(long_file):
    return records(exams.joined(exams.ten_waves(long_file), exams.packaged_wave(packaged_row())))


def test_values_are_in_the_units_of_the_vocabulary(long_file):
    row = exams.ten_waves(long_file).loc[1]
    assert row["total_cholesterol"] == pytest.approx(5.0)
    assert row["creatinine"] == pytest.approx(88.4)
    assert row["uric_acid"] == pytest.approx(297.4)
    assert row["urea"] == pytest.approx(5.0, abs=0.01)
    assert row["bilirubin"] == pytest.approx(17.1)
    assert row["albumin"] == pytest.approx(42.0)
    assert row["crp"] == pytest.approx(2.1)
    assert row["glucose"] == pytest.approx(5.0)


def test_death_is_from_any_cause_and_follow_up_ends_where_it_does(long_file):
    tables = tables_of(long_file)
    death = tables["death"].set_index("person_id")["death_date"]
    assert list(death.index) == [2, 3]
    assert death[2] == pd.Timestamp("2000-01-02", tz="UTC")  # month 0: never on the day of the examination
    assert death[3] == pd.Timestamp("2011-01-01", tz="UTC")
    end = tables["observation_period"].set_index("person_id")["observation_period_end_date"]
    assert end[1] - pd.Timestamp("2000-01-01", tz="UTC") == pd.Timedelta(days=5783)
    assert end[4] == pd.Timestamp("2018-01-02", tz="UTC")  # no death index was searched


def test_examinations_lie_in_the_middle_of_their_wave_and_nobody_is_over_eighty(long_file):
    person = tables_of(long_file)["person"].set_index("person_id")
    assert list(person["known_at"].dt.strftime("%Y-%m-%d")) == ["2000-01-01", "2000-01-01", "2010-01-01", "2018-01-01"]
    age = (person["known_at"] - person["birth_date"]).dt.days / 365.25
    np.testing.assert_allclose(age, [40, 80, 80, 20], atol=0.002)


def test_the_tests_that_find_diabetes_become_known_a_day_later(long_file):
    rows = tables_of(long_file)["measurement"]
    late = (rows["known_at"] - rows["measurement_date"]).dt.days
    assert set(rows.loc[late == 1, "measurement_concept_id"]) == {3004410}  # HbA1c
    assert set(late) == {0, 1}
    assert rows["measurement_id"].is_unique


def test_what_a_person_had_been_told_is_dated_before_the_examination():
    told = packaged_row(
        DoctorToldYouHaveDiabetes="1", AgeWhenFirstToldYouHadDiabetes=45.0,
        EverToldYouHadAStroke=1.0, AgeWhenToldYouHadAStroke=99_999.0,
        EverToldYouHadHeartAttack=1.0, AgeWhenToldYouHadHeartAttack=50.0, TakingInsulinNow=1.0,
    )  # fmt: skip
    tables = records(exams.packaged_wave(told))
    conditions = tables["condition_occurrence"].set_index("condition_source_value")
    day_before = pd.Timestamp("2017-12-31", tz="UTC")
    since = conditions["known_at"] - conditions["condition_start_date"]
    assert since["E14"].days == pytest.approx(5 * 365.25, abs=1)
    assert conditions.loc["I64", "condition_start_date"] == day_before  # the age is not known
    assert conditions.loc["I21", "condition_start_date"] == day_before  # this very year
    assert (conditions["known_at"] == pd.Timestamp("2018-01-01", tz="UTC")).all()
    assert list(tables["drug_exposure"]["drug_source_value"]) == ["A10A"]


def test_answers_of_the_packaged_wave():
    pressures = {exams.SYSTOLIC[0]: 120.0, exams.SYSTOLIC[1]: 130.0, exams.DIASTOLIC[0]: 0.0, exams.DIASTOLIC[1]: 70.0}
    row = exams.packaged_wave(packaged_row(**pressures)).loc[93_703]
    assert row["systolic_bp"] == 125
    assert row["diastolic_bp"] == 70  # zero was not heard
    assert row["current_smoker"] == 0
    assert row["physically_active"] == 1
    assert row["self_rated_health"] == 3
    assert np.isnan(row["education_level"])
    smoker = packaged_row(
        SmokedAtLeast100CigarettesInLife=1.0, DoYouNowSmokeCigarettes="Some days",
        AvgCigarettesdayDuringPast30Days=999.0,
    )  # fmt: skip
    assert exams.packaged_wave(smoker).loc[93_703, "current_smoker"] == 1
    assert np.isnan(exams.packaged_wave(smoker).loc[93_703, "cigarettes_per_day"])
    borderline = exams.packaged_wave(packaged_row(DoctorToldYouHaveDiabetes="Borderline"))
    assert borderline.loc[93_703, "told_diabetes"] == 0
    assert exams.packaged_wave(packaged_row(AgeInYearsAtScreening=19.0)).empty
