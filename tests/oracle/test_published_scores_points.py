"""Points sheets against what their sources print: FINDRISC, the test of the ADA, NCDRS, APCS."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scores._points import log_hazard_of_points
from tests.oracle.score_people import SCORES, columns, one_risk

FINDRISC, APCS = SCORES["findrisc_2003"], SCORES["apcs_2011"]

WOMAN_OF_NO_POINTS = {
    "age": 24.0,
    "female": 1.0,
    "bmi": 20.0,
    "waist_circumference": 65.0,
    "systolic_bp": 105.0,
    "physically_active": 1.0,
    "vegetables_daily": 1.0,
    "bp_medication": 0.0,
    "high_glucose_ever": 0.0,
    "hypertension": 0.0,
    "gestational_diabetes": 0.0,
    "family_history_diabetes": 0.0,
    "family_history_diabetes_distant": 0.0,
    "family_history_colorectal_cancer": 0.0,
    "ever_smoker": 0.0,
}
MAN = {**WOMAN_OF_NO_POINTS, "female": 0.0}
AT_THE_WORST = {
    **MAN,
    "age": 74.0,
    "bmi": 42.0,
    "waist_circumference": 120.0,
    "systolic_bp": 170.0,
    "physically_active": 0.0,
    "vegetables_daily": 0.0,
    "bp_medication": 1.0,
    "high_glucose_ever": 1.0,
    "hypertension": 1.0,
    "family_history_diabetes": 1.0,
    "family_history_diabetes_distant": 1.0,
    "family_history_colorectal_cancer": 1.0,
    "ever_smoker": 1.0,
}


def points(name: str, *rows: dict[str, float]) -> list[float]:
    """Return what the sheet gives to each person."""
    sheet = SCORES[name].points
    assert sheet is not None
    given_points: list[float] = sheet(columns(*rows)).tolist()
    return given_points


@pytest.mark.parametrize(
    ("name", "highest"), [("findrisc_2003", 26), ("ncdrs_2013", 51), ("ada_2009", 10), ("apcs_2011", 7)]
)
def test_a_sheet_runs_from_nothing_to_its_highest_sum(name: str, highest: int) -> None:
    assert points(name, WOMAN_OF_NO_POINTS, AT_THE_WORST) == [0, highest]


@pytest.mark.parametrize(
    ("name", "sex", "feature", "values", "expected"),
    [  # both sides of each edge, as the sheets print them
        ("findrisc_2003", 1, "age", (44, 45, 54, 55, 64, 65), (0, 2, 2, 3, 3, 4)),
        ("findrisc_2003", 1, "bmi", (24.9, 25, 30, 30.1), (0, 1, 1, 3)),
        ("findrisc_2003", 0, "waist_circumference", (93, 94, 102, 103), (0, 3, 3, 4)),
        ("findrisc_2003", 1, "waist_circumference", (79, 80, 88, 89), (0, 3, 3, 4)),
        ("findrisc_2003", 1, "physically_active", (1, 0), (0, 2)),
        ("findrisc_2003", 1, "vegetables_daily", (1, 0), (0, 1)),
        ("findrisc_2003", 1, "bp_medication", (0, 1), (0, 2)),
        ("findrisc_2003", 1, "high_glucose_ever", (0, 1), (0, 5)),
        ("findrisc_2003", 1, "family_history_diabetes_distant", (0, 1), (0, 3)),
        ("findrisc_2003", 1, "family_history_diabetes", (0, 1), (0, 5)),
        ("ada_2009", 1, "age", (39, 40, 49, 50, 59, 60), (0, 1, 1, 2, 2, 3)),
        ("ada_2009", 0, "age", (39, 40), (1, 2)),
        ("ada_2009", 1, "gestational_diabetes", (0, 1), (0, 1)),
        ("ada_2009", 1, "family_history_diabetes", (0, 1), (0, 1)),
        ("ada_2009", 1, "hypertension", (0, 1), (0, 1)),
        ("ada_2009", 1, "physically_active", (1, 0), (0, 1)),
        (
            "ncdrs_2013",
            1,
            "age",
            (20, 24, 25, 34, 35, 39, 40, 44, 45, 49, 50, 54, 55, 59, 60, 64, 65, 74),
            (0, 0, 4, 4, 8, 8, 11, 11, 12, 12, 13, 13, 15, 15, 16, 16, 18, 18),
        ),
        ("ncdrs_2013", 1, "bmi", (21.9, 22, 23.9, 24, 29.9, 30), (0, 1, 1, 3, 3, 5)),
        (
            "ncdrs_2013",
            0,
            "waist_circumference",
            (74.9, 75, 79.9, 80, 84.9, 85, 89.9, 90, 94.9, 95),
            (2, 5, 5, 7, 7, 9, 9, 10, 10, 12),
        ),
        (
            "ncdrs_2013",
            1,
            "waist_circumference",
            (69.9, 70, 74.9, 75, 79.9, 80, 84.9, 85, 89.9, 90),
            (0, 3, 3, 5, 5, 7, 7, 8, 8, 10),
        ),
        (
            "ncdrs_2013",
            1,
            "systolic_bp",
            (109, 110, 119, 120, 129, 130, 139, 140, 149, 150, 159, 160),
            (0, 1, 1, 3, 3, 6, 6, 7, 7, 8, 8, 10),
        ),
        ("ncdrs_2013", 1, "family_history_diabetes", (0, 1), (0, 6)),
        ("apcs_2011", 1, "age", (49, 50, 69, 70), (0, 2, 2, 3)),
        ("apcs_2011", 0, "age", (49,), (1,)),
        ("apcs_2011", 1, "family_history_colorectal_cancer", (0, 1), (0, 2)),
        ("apcs_2011", 1, "ever_smoker", (0, 1), (0, 1)),
    ],
)
def test_a_sheet_gives_its_printed_points(
    name: str, sex: float, feature: str, values: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    person = {**WOMAN_OF_NO_POINTS, "female": float(sex)}
    assert points(name, *({**person, feature: float(value)} for value in values)) == list(expected)


@pytest.mark.parametrize(
    ("inches", "pounds"),
    [  # rows of the chart of height and weight on the test of the ADA: from so many pounds on 1, 2, 3 points
        (64, (145, 174, 232)),
        (70, (174, 209, 278)),
    ],
)
def test_the_ada_counts_body_mass_as_its_chart_does(inches: float, pounds: tuple[float, ...]) -> None:
    def body(weight: float) -> dict[str, float]:
        return {**WOMAN_OF_NO_POINTS, "bmi": 703 * weight / inches**2}

    assert points("ada_2009", *(body(weight - 1) for weight in pounds)) == [0, 1, 2]
    # The chart rounds the weights down, by up to 1.1 pounds.
    assert points("ada_2009", *(body(weight + 1.1) for weight in pounds)) == [1, 2, 3]


def test_only_women_had_diabetes_in_pregnancy() -> None:
    assert points("ada_2009", {**MAN, "gestational_diabetes": 1.0}, MAN) == [1, 1]
    assert points("ada_2009", {**WOMAN_OF_NO_POINTS, "gestational_diabetes": np.nan}) == [0]


def test_findrisc_counts_the_closest_relative_only() -> None:
    both = {**WOMAN_OF_NO_POINTS, "family_history_diabetes": 1.0, "family_history_diabetes_distant": 1.0}
    unknown = {**WOMAN_OF_NO_POINTS, "family_history_diabetes_distant": np.nan}
    assert points("findrisc_2003", both, unknown) == [5, 0]


# Persons by points, and the printed risk of the band that they stand in the middle of.
@pytest.mark.parametrize(
    ("changes", "middle", "printed"),
    [
        ({"family_history_diabetes_distant": 1.0}, 3, 1 / 100),
        ({"high_glucose_ever": 1.0, "age": 65.0}, 9, 1 / 25),
        ({"high_glucose_ever": 1.0, "age": 65.0, "waist_circumference": 90.0}, 13, 1 / 6),
    ],
)
def test_findrisc_gives_the_printed_risk_in_the_middle_of_a_band(
    changes: dict[str, float], middle: int, printed: float
) -> None:
    person = {**WOMAN_OF_NO_POINTS, **changes}
    assert points("findrisc_2003", person) == [middle]
    assert one_risk(FINDRISC, person) == pytest.approx(printed)


def test_apcs_gives_each_group_its_printed_risk() -> None:
    # The printed shares of the groups 0-1, 2-3 and 4-7 stand in the middles, which are no whole numbers of points:
    # the points beside them must enclose them.
    shares = {0: 0.013, 2: 0.032, 5: 0.052}
    people = [WOMAN_OF_NO_POINTS, MAN, {**WOMAN_OF_NO_POINTS, "age": 50.0}, {**MAN, "age": 50.0}]
    family = {"family_history_colorectal_cancer": 1.0}
    people += [{**person, **family} for person in people[2:]]
    people += [{**MAN, **family, "age": 70.0}, AT_THE_WORST]
    assert points("apcs_2011", *people) == list(range(8))
    risks = [one_risk(APCS, person) for person in people]
    for below, share in shares.items():
        assert risks[below] < share < risks[below + 1]


@given(
    permille=st.lists(st.integers(1, 900), min_size=2, max_size=6, unique=True),
    width=st.floats(1, 4),
)
def test_risk_rises_with_every_point(permille: list[int], width: float) -> None:
    risks = [share / 1000 for share in sorted(permille)]
    centres = [width * (place + 0.5) for place in range(len(risks))]
    computed = log_hazard_of_points(26, centres, risks)(np.arange(27.0))
    assert (np.diff(computed) > 0).all()
    assert np.isnan(log_hazard_of_points(26, centres, risks)(np.array([np.nan, 3.0]))).tolist() == [True, False]
