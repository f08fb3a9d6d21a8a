"""Scores of cancer against what their sources print: PLCOm2012, aMAP."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.oracle.score_people import SCORES, one_ranking, one_risk

# --- PLCOm2012 ---

PLCO = SCORES["plcom2012"]

# Whoever stands at every centre of the table: of them the constant alone is left.
CENTRE = {
    "age": 62.0,
    "education_plco": 4.0,
    "bmi": 27.0,
    "copd": 0.0,
    "any_cancer": 0.0,
    "family_history_lung_cancer": 0.0,
    "current_smoker": 0.0,
    "cigarettes_per_day": 10 / 0.4021541613,
    "smoking_years": 27.0,
    "quit_years": 10.0,
    "race_plco": 1.0,
}


def odds(person: dict[str, float]) -> float:
    """Return the odds of lung cancer within 6 years."""
    risk = one_risk(PLCO, person)
    return risk / (1 - risk)


def test_plco_gives_the_constant_at_its_centre() -> None:
    assert math.log(odds(CENTRE)) == pytest.approx(-4.532506, abs=1e-9)
    assert one_risk(PLCO, CENTRE) == pytest.approx(0.010639, abs=5e-7)


@pytest.mark.parametrize(
    ("changes", "odds_ratio"),
    [  # exponentials of the coefficients, worked out apart from the code
        ({"age": 63.0}, 1.081),
        ({"education_plco": 5.0}, 0.922),
        ({"bmi": 28.0}, 0.973),
        ({"copd": 1.0}, 1.427),
        ({"any_cancer": 1.0}, 1.582),
        ({"family_history_lung_cancer": 1.0}, 1.799),
        ({"smoking_years": 28.0}, 1.032),
        ({"quit_years": 11.0}, 0.970),
        ({"race_plco": 2.0}, 1.484),
        ({"race_plco": 3.0}, 0.475),
        ({"race_plco": 4.0}, 0.627),
        ({"race_plco": 5.0}, 2.793),
        ({"race_plco": 6.0}, 1.0),
    ],
)
def test_plco_changes_the_odds_by_the_exponential(changes: dict[str, float], odds_ratio: float) -> None:
    assert odds({**CENTRE, **changes}) / odds(CENTRE) == pytest.approx(odds_ratio, abs=0.00051)


def test_plco_takes_a_current_smoker_as_never_having_quit() -> None:
    smoker = {**CENTRE, "current_smoker": 1.0}
    quit_unknown, quit_given = {**smoker, "quit_years": np.nan}, {**smoker, "quit_years": 8.0}
    assert one_ranking(PLCO, quit_unknown) == one_ranking(PLCO, quit_given)
    # exp(0.2597431) for smoking now, and ten years less of having quit.
    assert odds(quit_given) / odds(CENTRE) == pytest.approx(1.297 * math.exp(0.308572), rel=0.0005)
    assert np.isnan(one_ranking(PLCO, {**CENTRE, "quit_years": np.nan}))


def test_plco_is_not_for_people_who_never_smoked() -> None:
    never = {**CENTRE, "cigarettes_per_day": 0.0, "smoking_years": 0.0}
    assert np.isnan(one_ranking(PLCO, never))


# --- aMAP ---


@pytest.mark.parametrize(
    ("age", "male", "liver", "printed"),
    [  # years, man, (bilirubin in µmol/L, albumin in g/L, platelets in 10^9/L), score of a collaborating centre's page
        # as it now stands; an earlier version of that page gave two or three more.
        (50, 1, (15, 42, 200), 54),
        (30, 1, (10, 45, 250), 41),
        (65, 1, (25, 38, 150), 65),
        (50, 0, (15, 42, 200), 48),
        (30, 0, (10, 45, 250), 35),
        (65, 0, (25, 38, 150), 59),
        (18, 1, (5, 50, 400), 24),
        (85, 1, (60, 28, 60), 83),
        (45, 0, (20, 40, 180), 48),
        (70, 1, (12, 35, 120), 69),
        (55, 0, (30, 44, 300), 43),
        (60, 1, (18, 41, 220), 57),
        (40, 1, (8, 47, 280), 42),
        (75, 0, (35, 33, 100), 68),
        (62, 1, (22, 39, 160), 63),
    ],
)
def test_amap_gives_the_scores_of_a_public_calculator(
    age: float, male: float, liver: tuple[float, float, float], printed: int
) -> None:
    bilirubin, albumin, platelets = liver
    person = {"age": age, "female": 1 - male, "bilirubin": bilirubin, "albumin": albumin, "platelets": platelets}
    assert round(one_ranking(SCORES["amap_2020"], person)) == printed
