"""The risk test of the American Diabetes Association: undiagnosed diabetes now, from seven questions.

Source: Bang H, Edwards AM, Bomback AS, et al. Development and validation of a patient self-assessment score for
diabetes risk. Ann Intern Med 2009;151:775-783, in the form that the Association prints.

Five points or more are a high risk. No risk is printed for a number of points, so this score ranks only.

- `hypertension`: ever told of high blood pressure. `family_history_diabetes`: a parent, brother or sister.
- `gestational_diabetes` was added to the paper's sheet by the Association. It counts for women; where it is missing
  it is taken as never, which is the sheet of the paper.
"""

from __future__ import annotations

import numpy as np

from models.scores._points import bands
from models.scores._score import Features, FloatArray, PublishedScore, Usable, one_of, positive, read

_INPUTS: dict[str, Usable] = {
    "age": positive,
    "female": one_of(0, 1),
    "bmi": positive,
    "family_history_diabetes": one_of(0, 1),
    "hypertension": one_of(0, 1),
    "physically_active": one_of(0, 1),
    "gestational_diabetes": one_of(0, 1),
}
_OPTIONAL = ("gestational_diabetes",)

# The sheet's points; every other answer is worth one.
_AGE = bands(0, (40, 1), (50, 2), (60, 3))  # years
_BMI = bands(0, (25, 1), (30, 2), (40, 3))  # kg/m2; the sheet is a chart of height and weight


def points(features: Features) -> FloatArray:
    """Return the points, 0 to 10, float64 (n,); NaN where an input other than gestational diabetes is missing."""
    people = read(features, _INPUTS, _OPTIONAL)
    female = people["female"]
    total: FloatArray = (
        _AGE(people["age"])
        + _BMI(people["bmi"])
        + (1 - female)
        + female * np.nan_to_num(people["gestational_diabetes"], nan=0.0)
        + people["family_history_diabetes"]
        + people["hypertension"]
        + (1 - people["physically_active"])
    )
    return total


SCORE = PublishedScore(
    name="ada_2009",
    title="Diabetes risk test of the American Diabetes Association, 2009",
    title_zh="美国糖尿病协会糖尿病风险测试 2009",
    citation=(
        "Bang H, Edwards AM, Bomback AS, et al. Development and validation of a patient self-assessment score for "
        "diabetes risk. Ann Intern Med 2009;151:775-783."
    ),
    doi="10.7326/0003-4819-151-11-200912010-00005",
    population="adults of the United States, from 20 years, without known diabetes (NHANES 1999 to 2004)",
    outcome="diabetes that is there and not diagnosed",
    horizon_years=0.0,
    inputs=tuple(_INPUTS),
    valid_ranges={},  # the sheet states none
    log_risk=points,
    risk=None,
    optional_inputs=_OPTIONAL,
    points=points,
)
