"""PLCOm2012: lung cancer within 6 years in people who smoke or have smoked.

Source: Tammemägi MC, Katki HA, Hocking WG, et al. Selection criteria for lung-cancer screening. N Engl J Med
2013;368:728-736, Table 2 (logistic model PLCOm2012).

- `cigarettes_per_day` and `smoking_years` must be above zero: the model is not for never-smokers, who are not scored.
- `quit_years`, the years since quitting, counts for former smokers and is needed for them only.
- `education_plco`: 1 less than high school, 2 high school, 3 training after it, 4 some college, 5 college, 6 more.
- `race_plco`: 1 white, 2 black, 3 Hispanic, 4 Asian, 5 Native Hawaiian or Pacific Islander, 6 American Indian or
  Alaskan Native. Where it is missing the reference group, 1, is taken: too high a risk for Asian people, whose odds
  are 0.63 times as large.

Checked against: many public transcriptions of the table, which agree on every coefficient.
"""

from __future__ import annotations

import numpy as np

from models.scores._score import (
    Features,
    FloatArray,
    PublishedScore,
    Usable,
    constant_hazard,
    log_hazard_from_log_odds,
    one_of,
    positive,
    read,
)

# Table 2 of the paper.
_CONSTANT = -4.532506
_AGE = 0.0778868  # a year from 62
_EDUCATION = -0.0812744  # a level from 4
_BMI = -0.0274194  # a kg/m2 from 27
_COPD = 0.3553063
_ANY_CANCER = 0.4589971
_FAMILY_LUNG_CANCER = 0.587185
_CURRENT_SMOKER = 0.2597431
_TEN_PER_CIGARETTES = -1.822606  # of 10 / cigarettes a day, from 0.4021541613
_TEN_PER_CIGARETTES_CENTRE = 0.4021541613
_SMOKING_YEARS = 0.0317321  # a year from 27
_QUIT_YEARS = -0.0308572  # a year from 10
_RACE = np.array([np.nan, 0.0, 0.3944778, -0.7434744, -0.466585, 1.027152, 0.0])  # by code, 1 to 6

_INPUTS: dict[str, Usable] = {
    "age": positive,
    "education_plco": one_of(1, 2, 3, 4, 5, 6),
    "bmi": positive,
    "copd": one_of(0, 1),
    "any_cancer": one_of(0, 1),
    "family_history_lung_cancer": one_of(0, 1),
    "current_smoker": one_of(0, 1),
    "cigarettes_per_day": positive,
    "smoking_years": positive,
    "quit_years": lambda years: (years >= 0) & (years < np.inf),
    "race_plco": one_of(1, 2, 3, 4, 5, 6),
}
_OPTIONAL = ("quit_years", "race_plco")
_HORIZON_YEARS = 6.0


def log_risk(features: Features) -> FloatArray:
    """Return the log cumulative hazard of lung cancer within 6 years, float64 (n,).

    Missing (NaN) for never-smokers and without any input but `race_plco`, or `quit_years` of a current smoker.
    """
    people = read(features, _INPUTS, _OPTIONAL)
    quit_years = np.where(people["current_smoker"] == 1, 0.0, people["quit_years"])
    race = np.nan_to_num(people["race_plco"], nan=1.0).astype(np.intp)
    log_odds = (
        _CONSTANT
        + _AGE * (people["age"] - 62)
        + _EDUCATION * (people["education_plco"] - 4)
        + _BMI * (people["bmi"] - 27)
        + _COPD * people["copd"]
        + _ANY_CANCER * people["any_cancer"]
        + _FAMILY_LUNG_CANCER * people["family_history_lung_cancer"]
        + _CURRENT_SMOKER * people["current_smoker"]
        + _TEN_PER_CIGARETTES * (10 / people["cigarettes_per_day"] - _TEN_PER_CIGARETTES_CENTRE)
        + _SMOKING_YEARS * (people["smoking_years"] - 27)
        + _QUIT_YEARS * (quit_years - 10)
        + _RACE[race]
    )
    return log_hazard_from_log_odds(log_odds)


SCORE = PublishedScore(
    name="plcom2012",
    title="PLCOm2012 lung cancer risk model",
    title_zh="PLCOm2012 肺癌风险模型",
    citation=(
        "Tammemägi MC, Katki HA, Hocking WG, et al. Selection criteria for lung-cancer screening. "
        "N Engl J Med 2013;368:728-736."
    ),
    doi="10.1056/NEJMoa1211776",
    population="36,286 participants of the PLCO trial in the United States, 55 to 74 years, who had ever smoked",
    outcome="lung cancer",
    horizon_years=_HORIZON_YEARS,
    inputs=tuple(_INPUTS),
    valid_ranges={"age": (55.0, 74.0)},
    log_risk=log_risk,
    risk=constant_hazard(log_risk, _HORIZON_YEARS),
    optional_inputs=_OPTIONAL,
)
