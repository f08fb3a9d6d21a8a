"""Scores of heart and vessels against what their sources print: PREVENT, SCORE2."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scores._kidney import ckd_epi_2021
from tests.oracle.score_people import SCORES, columns, one_ranking, one_risk, people

# --- PREVENT ---

MMOL_PER_MG = 0.02586  # mmol/L in one mg/dL of cholesterol, as the PREVENT paper has it

# The example of Supplemental Table S25: 50 years, total cholesterol 200 and HDL 45 mg/dL, treated 160 mmHg, diabetes.
SUPPLEMENT = {
    "age": 50.0,
    "female": 1.0,
    "total_cholesterol": 200 * MMOL_PER_MG,
    "hdl_cholesterol": 45 * MMOL_PER_MG,
    "systolic_bp": 160.0,
    "bmi": 35.0,
    "egfr": 90.0,
    "diabetes": 1.0,
    "current_smoker": 0.0,
    "bp_medication": 1.0,
    "statin": 0.0,
}
# The woman of the paper's text.
TEXT = {
    **SUPPLEMENT,
    "total_cholesterol": 240 * MMOL_PER_MG,
    "hdl_cholesterol": 55 * MMOL_PER_MG,
    "diabetes": 0.0,
}
OUTCOMES = ("prevent_2023_cvd", "prevent_2023_ascvd", "prevent_2023_hf")


@pytest.mark.parametrize(
    ("person", "horizon", "percents"),
    [  # total cardiovascular disease, atherosclerotic, heart failure
        (SUPPLEMENT, "", (14.7, 9.2, 8.1)),
        (SUPPLEMENT, "_30y", (53.0, 35.4, 39.0)),
        (TEXT, "", (5.4, 3.6, 2.5)),
        ({**TEXT, "current_smoker": 1.0}, "", (9.3, 6.0, 4.7)),
    ],
    ids=["supplement-woman", "supplement-woman-30y", "text-woman", "text-woman-who-smokes"],
)
def test_prevent_gives_the_papers_worked_examples(
    person: dict[str, float], horizon: str, percents: tuple[float, ...]
) -> None:
    computed = tuple(round(100 * one_risk(SCORES[name + horizon], person), 1) for name in OUTCOMES)
    assert computed == percents


def test_prevent_gives_the_papers_worked_example_of_a_man() -> None:
    # Of the man beside the woman of the supplement, this figure was within reach.
    man = {**SUPPLEMENT, "female": 0.0}
    assert round(100 * one_risk(SCORES["prevent_2023_ascvd"], man), 1) == 10.2


def test_prevent_estimates_the_filtration_rate_where_it_is_not_given() -> None:
    creatinine = 1.2 * 88.4
    rate = float(ckd_epi_2021(np.array([creatinine]), np.array([50.0]), np.array([1.0]))[0])
    given_rate, measured, neither = (
        {**SUPPLEMENT, "egfr": rate},
        {**SUPPLEMENT, "egfr": np.nan, "creatinine": creatinine},
        {**SUPPLEMENT, "egfr": np.nan, "creatinine": np.nan},
    )
    computed = SCORES["prevent_2023_cvd"].log_risk(columns(given_rate, measured, neither))
    assert computed[0] == pytest.approx(computed[1], rel=1e-12)
    assert np.isnan(computed[2])
    without = {name: value for name, value in measured.items() if name != "egfr"}
    assert one_ranking(SCORES["prevent_2023_cvd"], without) == computed[1]


def test_ckd_epi_gives_the_printed_rate_of_the_national_kidney_foundation() -> None:
    # Its page on the estimate: a man of 55 years with 1.2 mg/dL has 71 mL/min/1.73 m2.
    rate = ckd_epi_2021(np.array([1.2 * 88.4]), np.array([55.0]), np.array([0.0]))
    assert round(float(rate[0])) == 71


@pytest.mark.parametrize("name", OUTCOMES)
@given(person=people, pressure=st.floats(110, 190))
def test_prevent_rises_with_pressure_above_its_bend(name: str, person: dict[str, float], pressure: float) -> None:
    low, high = {**person, "systolic_bp": pressure}, {**person, "systolic_bp": pressure + 5}
    assert one_ranking(SCORES[name], low) < one_ranking(SCORES[name], high)


# --- SCORE2 ---

# The example of the abstract: 50 years, smoker, 140 mmHg, total cholesterol 5.5 and HDL 1.3 mmol/L.
SMOKER_OF_50 = {
    "age": 50.0,
    "current_smoker": 1.0,
    "systolic_bp": 140.0,
    "total_cholesterol": 5.5,
    "hdl_cholesterol": 1.3,
    "diabetes": 0.0,
}


@pytest.mark.parametrize(("region", "man", "woman"), [("low", 5.9, 4.2), ("very_high", 14.0, 13.7)])
def test_score2_gives_the_papers_worked_example(region: str, man: float, woman: float) -> None:
    score = SCORES[f"score2_2021_{region}"]
    assert round(100 * one_risk(score, {**SMOKER_OF_50, "female": 0.0}), 1) == man
    assert round(100 * one_risk(score, {**SMOKER_OF_50, "female": 1.0}), 1) == woman


def test_score2_follows_the_order_of_its_regions() -> None:
    risks = [
        [one_risk(SCORES[f"score2_2021_{region}"], {**SMOKER_OF_50, "female": female}) for female in (0.0, 1.0)]
        for region in ("low", "moderate", "high", "very_high")
    ]
    assert (np.diff(risks, axis=0) > 0).all()


@pytest.mark.parametrize("female", [0.0, 1.0])
def test_score2_changes_to_the_version_for_older_persons_at_70_years_without_a_great_jump(female: float) -> None:
    score = SCORES["score2_2021_moderate"]
    before, after = (
        one_risk(score, {**SMOKER_OF_50, "current_smoker": 0.0, "age": age, "female": female}) for age in (69.999, 70.0)
    )
    assert before != after
    assert 0.7 < after / before < 1.4
