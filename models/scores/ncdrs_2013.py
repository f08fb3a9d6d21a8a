"""The New Chinese Diabetes Risk Score: undiagnosed type 2 diabetes now, without laboratory values.

Source: Zhou X, Qiao Q, Ji L, et al. Nonlaboratory-based risk assessment algorithm for undiagnosed type 2 diabetes
developed on a nation-wide diabetes survey. Diabetes Care 2013;36:3944-3952. The Chinese guidelines on type 2
diabetes print the same sheet.

The sum runs from 0 to 51; from 25 the paper advises a glucose tolerance test. No risk is printed for a number of
points, so this score ranks only. `family_history_diabetes` is a parent, brother, sister or child.

Checked against: three public transcriptions, which agree on every point, and the printed sum of all.
"""

from __future__ import annotations

from models.scores._points import bands, of_sex
from models.scores._score import Features, FloatArray, PublishedScore, Usable, one_of, positive, read

_INPUTS: dict[str, Usable] = {
    "age": positive,
    "female": one_of(0, 1),
    "bmi": positive,
    "waist_circumference": positive,
    "systolic_bp": positive,
    "family_history_diabetes": one_of(0, 1),
}

# The sheet's points.
_AGE = bands(0, (25, 4), (35, 8), (40, 11), (45, 12), (50, 13), (55, 15), (60, 16), (65, 18))  # years
_BMI = bands(0, (22, 1), (24, 3), (30, 5))  # kg/m2
_WAIST_MEN = bands(0, (75, 3), (80, 5), (85, 7), (90, 8), (95, 10))  # cm
_WAIST_WOMEN = bands(0, (70, 3), (75, 5), (80, 7), (85, 8), (90, 10))
_SYSTOLIC_BP = bands(0, (110, 1), (120, 3), (130, 6), (140, 7), (150, 8), (160, 10))  # mmHg
_FAMILY = 6.0
_MALE = 2.0


def points(features: Features) -> FloatArray:
    """Return the points, 0 to 51, float64 (n,); NaN where an input is missing."""
    people = read(features, _INPUTS)
    female, waist = people["female"], people["waist_circumference"]
    total: FloatArray = (
        _AGE(people["age"])
        + _BMI(people["bmi"])
        + of_sex(female, women=_WAIST_WOMEN(waist), men=_WAIST_MEN(waist))
        + _SYSTOLIC_BP(people["systolic_bp"])
        + _FAMILY * people["family_history_diabetes"]
        + _MALE * (1 - female)
    )
    return total


SCORE = PublishedScore(
    name="ncdrs_2013",
    title="New Chinese Diabetes Risk Score, 2013",
    title_zh="中国糖尿病风险评分 2013",
    citation=(
        "Zhou X, Qiao Q, Ji L, et al. Nonlaboratory-based risk assessment algorithm for undiagnosed type 2 diabetes "
        "developed on a nation-wide diabetes survey. Diabetes Care 2013;36:3944-3952."
    ),
    doi="10.2337/dc13-0593",
    population="41,809 Chinese people, 20 to 74 years, without known diabetes",
    outcome="type 2 diabetes that is there and not diagnosed",
    horizon_years=0.0,
    inputs=tuple(_INPUTS),
    valid_ranges={"age": (20.0, 74.0)},
    log_risk=points,
    risk=None,
    points=points,
)
