"""The Framingham risk score for near-term incidence of hypertension, 2008.

Source: Parikh NI, Pencina MJ, Wang TJ, Benjamin EJ, Lanier KJ, Levy D, D'Agostino RB Sr, Kannel WB, Vasan
RS. A risk score for predicting near-term incidence of hypertension: the Framingham Heart Study. Ann Intern
Med 2008;148:102-110.

A Weibull regression of the time to hypertension. With location mu (log years) and scale s, the risk within
t years is 1 - exp(-exp((ln t - mu) / s)): what shortens the time raises the risk, hence the negative
coefficients.

- It was published for 1, 2 and 4 years. Beyond 4 years the same curve is extrapolated.
- It is for people without hypertension (below 140/90 mmHg, untreated) and without diabetes.
- `parental_hypertension` counts the parents with hypertension, 0 to 2. Where it is missing it is taken as
  0, which understates the risk of those who do have such a parent.

Checked against: the script of the study's own calculator, archived in the public repository doirisks/dori;
several independent transcriptions; and the printed score sheet, whose points and 4-year risks follow from
these coefficients. The 1- and 2-year columns of that sheet are a quarter and a half of the 4-year
cumulative hazard, so they lie above this curve, which is the calculator's.
"""

from __future__ import annotations

import numpy as np

from models.scores._score import (
    Features,
    FloatArray,
    PublishedScore,
    Usable,
    log_years,
    one_of,
    positive,
    read,
    risk_from_log_hazard,
)

# The Weibull regression of the paper, as its calculator has it: coefficients of mu, in log years.
_INTERCEPT = 22.949536
_AGE = -0.156412  # a year
_FEMALE = -0.202933
_BMI = -0.033881  # a kg/m2
_SYSTOLIC_BP = -0.059330  # a mmHg
_DIASTOLIC_BP = -0.128468  # a mmHg
_CURRENT_SMOKER = -0.190731
_PARENTAL_HYPERTENSION = -0.166121  # a parent
_AGE_TIMES_DIASTOLIC_BP = 0.001624  # a year times mmHg
_SCALE = 0.876925

_INPUTS: dict[str, Usable] = {
    "age": positive,
    "female": one_of(0, 1),
    "systolic_bp": positive,
    "diastolic_bp": positive,
    "bmi": positive,
    "current_smoker": one_of(0, 1),
    "parental_hypertension": one_of(0, 1, 2),
}
_OPTIONAL = ("parental_hypertension",)
_HORIZON_YEARS = 4.0


def log_risk(features: Features) -> FloatArray:
    """Return the log cumulative hazard of hypertension within 4 years, float64 (n,).

    Missing (NaN) without age, sex, a pressure, BMI or smoking; parents without a record count as healthy.
    """
    return _log_hazard(features, _HORIZON_YEARS)


def risk(features: Features, horizon_years: float) -> FloatArray:
    """Return the risk of hypertension within `horizon_years`, 0 to 1, float64 (n,).

    Published for 1, 2 and 4 years; extrapolated beyond.
    """
    return risk_from_log_hazard(_log_hazard(features, horizon_years))


def _log_hazard(features: Features, horizon_years: float) -> FloatArray:
    """Return the log cumulative hazard (n,) of the Weibull curve: (ln t - mu) / s."""
    people = read(features, _INPUTS, _OPTIONAL)
    location = (
        _INTERCEPT
        + _AGE * people["age"]
        + _FEMALE * people["female"]
        + _BMI * people["bmi"]
        + _SYSTOLIC_BP * people["systolic_bp"]
        + _DIASTOLIC_BP * people["diastolic_bp"]
        + _CURRENT_SMOKER * people["current_smoker"]
        + _PARENTAL_HYPERTENSION * np.nan_to_num(people["parental_hypertension"], nan=0.0)
        + _AGE_TIMES_DIASTOLIC_BP * people["age"] * people["diastolic_bp"]
    )
    log_hazard: FloatArray = (log_years(horizon_years) - location) / _SCALE
    return log_hazard


SCORE = PublishedScore(
    name="framingham_2008_hypertension",
    title="Framingham near-term hypertension risk score, 2008",
    title_zh="弗雷明汉近期高血压风险评分 2008",
    citation=(
        "Parikh NI, Pencina MJ, Wang TJ, et al. A risk score for predicting near-term incidence of "
        "hypertension: the Framingham Heart Study. Ann Intern Med 2008;148:102-110."
    ),
    doi="10.7326/0003-4819-148-2-200801150-00005",
    population="1,717 white Framingham participants, 20 to 69 years, without hypertension or diabetes",
    outcome="new hypertension: 140 mmHg systolic or 90 mmHg diastolic or more, or treatment",
    horizon_years=_HORIZON_YEARS,
    inputs=tuple(_INPUTS),
    valid_ranges={  # age: the paper's cohort; pressures and parents: what the study's calculator accepts
        "age": (20.0, 69.0),
        "systolic_bp": (50.0, 140.0),
        "diastolic_bp": (30.0, 90.0),
        "parental_hypertension": (0.0, 2.0),
    },
    log_risk=log_risk,
    risk=risk,
    optional_inputs=_OPTIONAL,
)
