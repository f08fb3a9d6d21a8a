"""Scores of heart and vessels against what their sources print: PREVENT, SCORE2, China-PAR."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scores._kidney import ckd_epi_2021
from tests.oracle.score_people import SCORES, columns, in_mmol, one_ranking, one_risk, people

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


# --- China-PAR ---

CHINA_PAR = SCORES["china_par_2016"]
# The paper's example: diabetes, living in a town of the north, no relative with the disease.
WORKED = {
    "age": 60.0,
    "systolic_bp": 130.0,
    "bp_medication": 0.0,
    "total_cholesterol": in_mmol(210),
    "hdl_cholesterol": in_mmol(55),
    "waist_circumference": 80.0,
    "current_smoker": 0.0,
    "diabetes": 1.0,
    "northern_china": 1.0,
    "urban": 1.0,
    "family_history_ascvd": 0.0,
}


@pytest.mark.parametrize(
    ("female", "percents"), [(0.0, (2.2, 5.4, 11.0, 19.6)), (1.0, (2.4, 5.4, 10.1, 17.1))], ids=["man", "woman"]
)
def test_china_par_gives_the_papers_worked_example_at_four_ages(female: float, percents: tuple[float, ...]) -> None:
    people = [{**WORKED, "female": female, "age": age} for age in (40.0, 50.0, 60.0, 70.0)]
    computed = [100 * one_risk(CHINA_PAR, person) for person in people]
    assert computed == pytest.approx(percents, abs=0.1)


def test_china_par_gives_the_printed_sums_of_the_worked_example() -> None:
    # log_risk = sum - mean + log(-log survival), with the printed mean (and, for men, survival).
    man, woman = ({**WORKED, "female": female} for female in (0.0, 1.0))
    men_sum = one_ranking(CHINA_PAR, man) + 140.68 - math.log(-math.log(0.9707))
    assert men_sum == pytest.approx(142.04, abs=0.02)
    # The women's survival was solved from this sum, so it is the sum's distance to the printed risk that is tested.
    assert one_risk(CHINA_PAR, woman) == pytest.approx(0.101, abs=0.0005)


def test_china_par_comes_near_the_printed_example_of_the_guideline() -> None:
    # Chinese guideline on risk assessment, 2019: the official calculator has 4.7 % for this man.
    man = {
        **WORKED,
        "female": 0.0,
        "age": 40.0,
        "systolic_bp": 145.0,
        "total_cholesterol": 5.2,
        "hdl_cholesterol": 1.3,
        "diabetes": 0.0,
        "family_history_ascvd": 1.0,
    }
    assert one_risk(CHINA_PAR, man) == pytest.approx(0.047, rel=0.04)


# Recorded answers of the official calculator for six men: years, north, town, waist in cm, total and HDL cholesterol
# in mg/dL, mmHg, treated, diabetes, smoker, relative with the disease; risk in percent.
OFFICIAL = [
    ((51, 1, 1, 95, 280, 75, 145, 1, 1, 1, 1), 18.5),
    ((48, 1, 1, 105, 320, 50, 180, 0, 0, 0, 1), 16.3),
    ((47, 1, 1, 125, 150, 75, 160, 1, 1, 0, 0), 8.9),
    ((59, 1, 1, 105, 380, 125, 145, 1, 0, 0, 1), 8.9),
    ((55, 0, 1, 115, 220, 50, 115, 1, 0, 0, 0), 3.0),
    ((46, 0, 0, 90, 240, 125, 180, 0, 1, 1, 0), 8.7),
]


@pytest.mark.parametrize(("answers", "percent"), OFFICIAL)
def test_china_par_comes_near_the_official_calculator(answers: tuple[float, ...], percent: float) -> None:
    age, north, town, waist, total, hdl, pressure, treated, diabetes, smoker, family = map(float, answers)
    man = {
        "age": age,
        "female": 0.0,
        "systolic_bp": pressure,
        "bp_medication": treated,
        "total_cholesterol": in_mmol(total),
        "hdl_cholesterol": in_mmol(hdl),
        "waist_circumference": waist,
        "current_smoker": smoker,
        "diabetes": diabetes,
        "northern_china": north,
        "urban": town,
        "family_history_ascvd": family,
    }
    assert 100 * one_risk(CHINA_PAR, man) == pytest.approx(percent, rel=0.04)


def test_china_par_asks_only_men_for_town_and_family() -> None:
    without = {name: value for name, value in WORKED.items() if name not in ("urban", "family_history_ascvd")}
    man, woman = {**without, "female": 0.0}, {**without, "female": 1.0}
    assert np.isnan(one_ranking(CHINA_PAR, man))
    assert one_ranking(CHINA_PAR, woman) == one_ranking(CHINA_PAR, {**WORKED, "female": 1.0})
