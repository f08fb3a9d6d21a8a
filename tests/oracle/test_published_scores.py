"""Every published score against what any risk score must do."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import InvalidInputError
from features.views import all_features
from models.design import needed_features, score_column
from models.scores import NOT_TRACED, OTHER_INPUTS, PublishedScore
from tests.oracle.score_people import ANYONE, SCORES, columns, one_ranking, one_risk, people

WITH_RISK = [score for score in SCORES.values() if score.risk is not None]
RANKING_ONLY = [score for score in SCORES.values() if score.risk is None]
PREDICTING = [score for score in WITH_RISK if score.horizon_years > 0]
DETECTING = [score for score in WITH_RISK if score.horizon_years == 0]
SHEETS = [score for score in SCORES.values() if score.points is not None]


# The scores are many and cost the same to each other: together they see thousands of people all the same.
few = settings(max_examples=25)


def each(scores: Iterable[PublishedScore]) -> pytest.MarkDecorator:
    """Return the mark that runs a test for each of `scores`."""
    return pytest.mark.parametrize("score", [pytest.param(score, id=score.name) for score in scores])


# --- What any risk score must do ---


@each(SCORES.values())
@few
@given(rows=st.lists(people, min_size=1, max_size=6))
def test_all_at_once_is_the_same_as_one_by_one(score: PublishedScore, rows: list[dict[str, float]]) -> None:
    together = score.log_risk(columns(*rows))
    assert together.shape == (len(rows),)
    assert together.dtype == np.float64
    np.testing.assert_allclose(together, [one_ranking(score, row) for row in rows], rtol=1e-12, atol=1e-12)


@each(PREDICTING)
@few
@given(person=people, years=st.floats(0.1, 30))
def test_risk_is_a_probability_that_grows_with_time(
    score: PublishedScore, person: dict[str, float], years: float
) -> None:
    earlier, later = one_risk(score, person, years), one_risk(score, person, 1.5 * years)
    assert 0 < earlier <= later <= 1


@each(WITH_RISK)
@few
@given(person=people)
def test_log_risk_is_the_log_cumulative_hazard_at_the_published_horizon(
    score: PublishedScore, person: dict[str, float]
) -> None:
    risk = one_risk(score, person)
    assert 0 < risk <= 1
    assert 1 - math.exp(-math.exp(one_ranking(score, person))) == pytest.approx(risk, rel=1e-9)


@each(RANKING_ONLY)
@few
@given(person=people)
def test_a_score_without_risk_ranks_by_its_points(score: PublishedScore, person: dict[str, float]) -> None:
    assert score.points is not None
    assert one_ranking(score, person) == score.points(columns(person))[0]


@each(SHEETS)
@few
@given(first=people, second=people)
def test_more_points_rank_higher(score: PublishedScore, first: dict[str, float], second: dict[str, float]) -> None:
    assert score.points is not None
    rows = columns(first, second)
    points, ranking = score.points(rows), score.log_risk(rows)
    assert np.sign(points[0] - points[1]) == np.sign(ranking[0] - ranking[1])


WORSE_MEASUREMENTS = [
    ("framingham_2008_cvd", "systolic_bp", 1.05),
    ("framingham_2008_cvd", "age", 1.05),
    ("framingham_2008_cvd", "total_cholesterol", 1.05),
    ("framingham_2008_cvd", "hdl_cholesterol", 0.95),
    ("framingham_2008_chd", "systolic_bp", 1.05),
    ("framingham_2008_stroke", "systolic_bp", 1.05),
    ("framingham_2008_hypertension", "systolic_bp", 1.05),
    ("framingham_2008_hypertension", "bmi", 1.05),
    ("plcom2012", "smoking_years", 1.05),
    ("plcom2012", "cigarettes_per_day", 1.05),
    ("plcom2012", "bmi", 0.95),
    ("amap_2020", "age", 1.05),
    ("amap_2020", "bilirubin", 1.05),
    ("amap_2020", "albumin", 0.95),
    ("amap_2020", "platelets", 0.95),
    ("china_par_2016", "total_cholesterol", 1.05),
    ("china_par_2016", "hdl_cholesterol", 0.95),
    ("score2_2021_low", "systolic_bp", 1.05),
    ("score2_2021_high", "total_cholesterol", 1.05),
]


@pytest.mark.parametrize(("name", "feature", "factor"), WORSE_MEASUREMENTS)
@few
@given(person=people)
def test_a_worse_measurement_ranks_higher(name: str, feature: str, factor: float, person: dict[str, float]) -> None:
    now, worse = SCORES[name].log_risk(columns(person, {**person, feature: factor * person[feature]}))
    assert worse > now


WORSE_ANSWERS = [
    ("findrisc_2003", "high_glucose_ever"),
    ("findrisc_2003", "bp_medication"),
    ("ada_2009", "family_history_diabetes"),
    ("ada_2009", "hypertension"),
    ("ncdrs_2013", "family_history_diabetes"),
    ("apcs_2011", "family_history_colorectal_cancer"),
    ("apcs_2011", "ever_smoker"),
    ("plcom2012", "copd"),
    ("prevent_2023_cvd", "current_smoker"),
    ("prevent_2023_ascvd", "diabetes"),
    ("prevent_2023_hf", "diabetes"),
    ("china_par_2016", "diabetes"),
]


@pytest.mark.parametrize(("name", "feature"), WORSE_ANSWERS)
@few
@given(person=people)
def test_a_worse_answer_ranks_higher(name: str, feature: str, person: dict[str, float]) -> None:
    no, yes = SCORES[name].log_risk(columns({**person, feature: 0.0}, {**person, feature: 1.0}))
    assert yes > no


@each([score for score in SHEETS if score.name != "amap_2020"])
@pytest.mark.parametrize("feature", ["age", "bmi", "waist_circumference", "systolic_bp"])
@few
@given(person=people, more=st.floats(0, 30))
def test_a_sheet_never_gives_fewer_points_for_more(
    score: PublishedScore, feature: str, person: dict[str, float], more: float
) -> None:
    now, later = score.log_risk(columns(person, {**person, feature: person[feature] + more}))
    assert later >= now


# --- What is missing, unusable or absent ---

NEEDED = [(score, name) for score in SCORES.values() for name in score.inputs if name not in score.optional_inputs]
needed_input = pytest.mark.parametrize(
    ("score", "name"), NEEDED, ids=[f"{score.name}-{name}" for score, name in NEEDED]
)


@needed_input
@pytest.mark.parametrize("unusable", [np.nan, np.inf, -1.0])
def test_a_needed_value_that_is_unusable_gives_nan_for_that_person_only(
    score: PublishedScore, name: str, unusable: float
) -> None:
    features = columns({**ANYONE, name: unusable}, ANYONE)
    computed = [score.log_risk(features)]
    if score.risk is not None:
        computed.append(score.risk(features, score.horizon_years))
    if score.points is not None:
        computed.append(score.points(features))
    for answer in computed:
        assert np.isnan(answer).tolist() == [True, False]


@needed_input
def test_a_needed_column_that_is_absent_is_refused_by_name(score: PublishedScore, name: str) -> None:
    without = {key: values for key, values in columns(ANYONE).items() if key != name}
    with pytest.raises(InvalidInputError, match=name) as refusal:
        score.log_risk(without)
    assert refusal.value.problems == [{"field": name, "problem": "absent"}]


@each(SCORES.values())
def test_columns_of_different_length_are_refused(score: PublishedScore) -> None:
    with pytest.raises(InvalidInputError, match="age 3"):
        score.log_risk({**columns(ANYONE, ANYONE), "age": np.array([40.0, 50.0, 60.0])})


@each(PREDICTING)
@pytest.mark.parametrize("years", [0.0, -1.0, np.nan, np.inf])
def test_a_horizon_that_is_no_time_is_refused(score: PublishedScore, years: float) -> None:
    assert score.risk is not None
    with pytest.raises(InvalidInputError, match="positive number of years"):
        score.risk(columns(ANYONE), years)


@each(DETECTING)
@pytest.mark.parametrize("years", [10.0, -1.0, np.nan])
def test_a_score_of_what_is_there_now_has_no_other_horizon(score: PublishedScore, years: float) -> None:
    assert score.risk is not None
    with pytest.raises(InvalidInputError, match="has the disease now"):
        score.risk(columns(ANYONE), years)


def test_a_model_may_use_a_score_only_if_its_inputs_are_stored() -> None:
    assert "systolic_bp" in needed_features([score_column("framingham_2008_cvd")])
    findrisc = score_column("findrisc_2003")
    with pytest.raises(InvalidInputError, match="no feature view stores") as refusal:
        needed_features([findrisc])
    assert {"field": "vegetables_daily", "problem": "not stored"} in refusal.value.problems


# --- The registry ---


def test_scores_are_called_as_their_modules() -> None:
    assert [score.name for score in SCORES.values()] == list(SCORES)
    assert {"framingham_2008_chd", "framingham_2008_cvd", "framingham_2008_stroke"} < set(SCORES)


@each(SCORES.values())
def test_ranges_and_options_are_those_of_inputs(score: PublishedScore) -> None:
    assert set(score.valid_ranges) <= set(score.inputs)
    assert set(score.optional_inputs) <= set(score.inputs)
    assert all(low < high for low, high in score.valid_ranges.values())


def test_every_input_is_a_feature_or_described() -> None:
    read = {name for score in SCORES.values() for name in score.inputs}
    assert read <= set(all_features()) | set(OTHER_INPUTS)
    assert set(OTHER_INPUTS) <= read


def test_what_was_not_traced_names_scores_that_exist() -> None:
    # An entry that does not go on after a colon is a whole score that is not here.
    about = [entry.partition(": ")[0] for entry in NOT_TRACED if ": " in entry]
    named = {name.strip() for scores in about for name in scores.split(",")}
    assert named <= set(SCORES)
