"""Programmes as they are declared: every name is known, every number says where it is from."""

from __future__ import annotations

import dataclasses

import duckdb
import numpy as np
import pytest

from features.concepts import CONDITIONS, DRUGS, MEASUREMENTS
from features.contracts import contracts
from features.streams import streams
from features.views import all_features
from models.risk_model import risk_models
from models.screening_programme import Figure, get_programme, programmes
from serving.uptake import GROUPS, PRIOR, shrunk


def test_the_named_programmes_are_there():
    assert set(programmes()) == {
        "colorectal", "stomach", "lung", "liver", "breast", "diabetes", "hypertension", "copd",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(programmes()))
def test_a_programme_names_only_what_there_is_and_sources_every_number(name):
    programme = programmes()[name]
    assert risk_models()[programme.model].outcome == programme.disease
    assert programme.disease in CONDITIONS
    assert programme.disease in programme.free_of
    assert {entry.feature for entry in programme.any_of} | set(programme.free_of) <= set(all_features())
    assert bool(programme.any_of) == bool(programme.any_of_source)
    assert programme.treated_by is None or programme.treated_by in DRUGS
    for test in programme.tests:
        assert set(test.streams) <= set(streams())
        assert {f"measured.{rule.measurement}" for rule in test.positive} <= set(test.streams)
        assert {rule.measurement for rule in test.positive} <= set(MEASUREMENTS)
    figures = [getattr(programme, field.name) for field in dataclasses.fields(programme)]
    figures = [entry for entry in figures if isinstance(entry, Figure)]
    assert len(figures) >= 5
    assert all(len(entry.source) > 10 for entry in figures)
    for share in (programme.uptake, programme.sensitivity, programme.averts):
        assert share is None or 0 < share.value <= 1
    assert programme.averts is not None or any("averts" in entry for entry in programme.missing)
    allowed = {column.name: column.allowed for column in contracts()["screening_invitation"].columns}
    assert programme.invited_as in allowed["programme"]
    assert {test.name for test in programme.tests} <= set(allowed["procedure_source_value"])


def test_a_positive_fit_is_followed_by_a_colonoscopy_and_a_colonoscopy_settles_ten_years():
    programme = get_programme("colorectal")
    year = 365.25
    nan = np.nan
    since = {
        "fit": np.array([nan, 100, 400, 30, 30, 30, nan]),
        "colonoscopy": np.array([nan, nan, nan, nan, 10, 8 * year, 11 * year]),
    }
    positive = np.array([False, False, False, True, True, True, False])
    overdue, second = programme.due(since, positive)
    assert second.tolist() == [False, False, False, True, False, True, False]
    assert (overdue >= 0).tolist() == [True, False, True, True, False, True, True]
    assert overdue[2] == pytest.approx(400 - year)
    assert np.isinf(overdue[0])


def test_a_risk_over_five_years_answers_for_the_round_only():
    liver, colon = get_programme("liver"), get_programme("colorectal")
    # 1 - 0.9^(0.5 / 5) = 0.010481
    assert liver.risk_in_round(np.array([0.1]))[0] == pytest.approx(0.010481, abs=5e-7)
    assert colon.risk_in_round(np.array([0.1]))[0] == 0.1
    assert colon.benefit(np.array([0.01]), np.array([0.5]))[0] == pytest.approx(0.01 * 0.5 * 0.23)
    copd = get_programme("copd")
    assert copd.benefit(np.array([0.01]), np.array([0.5]))[0] == pytest.approx(0.005)


def test_uptake_is_drawn_towards_everybody_and_that_towards_the_published_figure():
    group = np.repeat([0, 1], [100, 300])
    came = np.concatenate([np.ones(90), np.zeros(10), np.ones(60), np.zeros(240)])
    overall = (150 + PRIOR * 0.5) / (400 + PRIOR)
    shares = shrunk(group, came, 0.5)
    assert shares[0] == pytest.approx((90 + PRIOR * overall) / (100 + PRIOR))
    assert shares[1] == pytest.approx((60 + PRIOR * overall) / (300 + PRIOR))
    assert shares[2:].tolist() == pytest.approx([overall] * (GROUPS - 2))


def test_python_and_sql_agree_on_which_codes_a_set_holds():
    codes = [f"{letter}{number:02}{rest}" for letter in "BCEIJN" for number in range(100) for rest in ("", ".1", ".9")]
    codes += ["", "I51.6", "C", "A10BA02", "C10AA05", "R03AC02"]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE given AS SELECT unnest($codes) AS code", {"codes": codes})
        for known in (*CONDITIONS.values(), *DRUGS.values()):
            rows = connection.execute(f"SELECT code FROM given WHERE {known.sql('code')}").fetchall()
            assert {code for (code,) in rows} == {code for code in codes if known.holds(code)}
