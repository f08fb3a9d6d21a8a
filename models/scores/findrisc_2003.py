"""FINDRISC: type 2 diabetes within 10 years, from eight questions.

Source: Lindström J, Tuomilehto J. The diabetes risk score: a practical tool to predict type 2 diabetes risk.
Diabetes Care 2003;26:725-731, in the form of 0 to 26 points that the Finnish Diabetes Association prints, with a
risk for each of five bands of points.

- `physically_active`: at least half an hour on most days. `vegetables_daily`: vegetables, fruit or berries.
- `bp_medication`: the sheet asks for drugs ever taken regularly. `high_glucose_ever`: ever found, also in pregnancy.
- `family_history_diabetes` is a parent, brother, sister or child (5 points); `family_history_diabetes_distant` a
  grandparent, aunt, uncle or first cousin (3 points, once). The distant ones count as healthy where missing.
- Bands have one risk each. How the risk rises inside them is not printed; it is interpolated (see `_points`).
"""

from __future__ import annotations

import numpy as np

from models.scores._points import above, bands, log_hazard_of_points, of_sex
from models.scores._score import Features, FloatArray, PublishedScore, Usable, constant_hazard, one_of, positive, read

_INPUTS: dict[str, Usable] = {
    "age": positive,
    "female": one_of(0, 1),
    "bmi": positive,
    "waist_circumference": positive,
    "physically_active": one_of(0, 1),
    "vegetables_daily": one_of(0, 1),
    "bp_medication": one_of(0, 1),
    "high_glucose_ever": one_of(0, 1),
    "family_history_diabetes": one_of(0, 1),
    "family_history_diabetes_distant": one_of(0, 1),
}
_OPTIONAL = ("family_history_diabetes_distant",)
_HORIZON_YEARS = 10.0

# The sheet's points.
_AGE = bands(0, (45, 2), (55, 3), (65, 4))  # years
_BMI = bands(0, (25, 1), (above(30), 3))  # kg/m2
_WAIST_MEN = bands(0, (94, 3), (above(102), 4))  # cm
_WAIST_WOMEN = bands(0, (80, 3), (above(88), 4))
_INACTIVE = 2.0
_NO_VEGETABLES = 1.0
_BP_MEDICATION = 2.0
_HIGH_GLUCOSE = 5.0
_CLOSE_RELATIVE = 5.0
_DISTANT_RELATIVE = 3.0
_HIGHEST = 26

# Printed risks: below 7 points 1 in 100, 7 to 11 1 in 25, 12 to 14 1 in 6, 15 to 20 1 in 3, above 20 1 in 2.
_LOG_HAZARD = log_hazard_of_points(_HIGHEST, (3, 9, 13, 17.5, 23.5), (1 / 100, 1 / 25, 1 / 6, 1 / 3, 1 / 2))


def points(features: Features) -> FloatArray:
    """Return the points, 0 to 26, float64 (n,); NaN where an input other than distant relatives is missing."""
    people = read(features, _INPUTS, _OPTIONAL)
    waist, close = people["waist_circumference"], people["family_history_diabetes"]
    distant = np.nan_to_num(people["family_history_diabetes_distant"], nan=0.0)
    total: FloatArray = (
        _AGE(people["age"])
        + _BMI(people["bmi"])
        + of_sex(people["female"], women=_WAIST_WOMEN(waist), men=_WAIST_MEN(waist))
        + _INACTIVE * (1 - people["physically_active"])
        + _NO_VEGETABLES * (1 - people["vegetables_daily"])
        + _BP_MEDICATION * people["bp_medication"]
        + _HIGH_GLUCOSE * people["high_glucose_ever"]
        + np.maximum(_CLOSE_RELATIVE * close, _DISTANT_RELATIVE * distant)
    )
    return total


def log_risk(features: Features) -> FloatArray:
    """Return the log cumulative hazard of type 2 diabetes within 10 years, float64 (n,)."""
    return _LOG_HAZARD(points(features))


SCORE = PublishedScore(
    name="findrisc_2003",
    title="FINDRISC diabetes risk score, 2003",
    title_zh="芬兰糖尿病风险评分 FINDRISC 2003",
    citation=(
        "Lindström J, Tuomilehto J. The diabetes risk score: a practical tool to predict type 2 diabetes risk. "
        "Diabetes Care 2003;26:725-731."
    ),
    doi="10.2337/diacare.26.3.725",
    population="a random sample of Finns, 35 to 64 years, without drugs for diabetes, followed from 1987",
    outcome="type 2 diabetes treated with drugs",
    horizon_years=_HORIZON_YEARS,
    inputs=tuple(_INPUTS),
    valid_ranges={"age": (35.0, 64.0)},
    log_risk=log_risk,
    risk=constant_hazard(log_risk, _HORIZON_YEARS),
    optional_inputs=_OPTIONAL,
    points=points,
)
