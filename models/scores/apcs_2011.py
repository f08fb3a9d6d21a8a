"""APCS, the Asia-Pacific Colorectal Screening score: advanced neoplasia of the colon and rectum now.

Source: Yeoh KG, Ho KY, Chiu HM, et al. The Asia-Pacific Colorectal Screening score: a validated tool that stratifies
risk for colorectal advanced neoplasia in asymptomatic Asian subjects. Gut 2011;60:1236-1241.

Average risk is 0 or 1 point, moderate 2 or 3, high 4 to 7. The risks are the shares of people with advanced neoplasia
that the paper found in its validation cohort: 1.3, 3.2 and 5.2 %. How the risk rises inside the three groups is not
printed; it is interpolated (see `_points`). `family_history_colorectal_cancer` is a parent, brother, sister or child.
"""

from __future__ import annotations

from models.scores._points import bands, log_hazard_of_points
from models.scores._score import Features, FloatArray, PublishedScore, Usable, one_of, positive, read, risk_now

_INPUTS: dict[str, Usable] = {
    "age": positive,
    "female": one_of(0, 1),
    "family_history_colorectal_cancer": one_of(0, 1),
    "ever_smoker": one_of(0, 1),
}

# The paper's points.
_AGE = bands(0, (50, 2), (70, 3))  # years
_MALE = 1.0
_FAMILY = 2.0
_SMOKER = 1.0  # now or formerly
_HIGHEST = 7

# Validation cohort: 0-1, 2-3 and 4-7 points.
_LOG_HAZARD = log_hazard_of_points(_HIGHEST, (0.5, 2.5, 5.5), (0.013, 0.032, 0.052))


def points(features: Features) -> FloatArray:
    """Return the points, 0 to 7, float64 (n,); NaN where an input is missing."""
    people = read(features, _INPUTS)
    total: FloatArray = (
        _AGE(people["age"])
        + _MALE * (1 - people["female"])
        + _FAMILY * people["family_history_colorectal_cancer"]
        + _SMOKER * people["ever_smoker"]
    )
    return total


def log_risk(features: Features) -> FloatArray:
    """Return log(-log(1 - risk)) of having advanced neoplasia now, float64 (n,)."""
    return _LOG_HAZARD(points(features))


SCORE = PublishedScore(
    name="apcs_2011",
    title="Asia-Pacific Colorectal Screening score, 2011",
    title_zh="亚太结直肠癌筛查评分 2011",
    citation=(
        "Yeoh KG, Ho KY, Chiu HM, et al. The Asia-Pacific Colorectal Screening score: a validated tool that stratifies "
        "risk for colorectal advanced neoplasia in asymptomatic Asian subjects. Gut 2011;60:1236-1241."
    ),
    doi="10.1136/gut.2010.221168",
    population="860 Asian people without symptoms who had a colonoscopy; validated in 1,892 others",
    outcome="advanced colorectal neoplasia: cancer or advanced adenoma",
    horizon_years=0.0,
    inputs=tuple(_INPUTS),
    valid_ranges={},  # the source states none
    log_risk=log_risk,
    risk=risk_now(log_risk),
    points=points,
)
