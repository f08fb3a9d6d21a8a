"""aMAP: hepatocellular carcinoma in people with chronic hepatitis, from age, sex, bilirubin, albumin and platelets.

Source: Fan R, Papatheodoridis G, Sun J, et al. aMAP risk score predicts hepatocellular carcinoma development in
patients with chronic hepatitis. J Hepatol 2020;73:1368-1378.

The score runs from about 0 to 100: below 50 low, 50 to 60 medium, from 60 high risk. In these groups of the paper
0.8, 4.2 and 19.9 % had the carcinoma within 5 years; how the risk runs inside the groups it does not say, so this
score ranks and gives no risk.

Checked against: the integer scores that the public calculator of a collaborating centre gives for fifteen people.
"""

from __future__ import annotations

import numpy as np

from models.scores._score import Features, FloatArray, PublishedScore, Usable, one_of, positive, read

# Equation of the paper: (age, sex and platelets beside the albumin-bilirubin score, shifted and scaled to 0-100).
_AGE = 0.06  # a year
_MALE = 0.89
_ALBUMIN_BILIRUBIN = 0.48
_LOG10_BILIRUBIN = 0.66  # of bilirubin in µmol/L
_ALBUMIN = -0.085  # a g/L
_PLATELETS = -0.01  # a 10^9/L
_SHIFT = 7.4
_SPAN = 14.77

_INPUTS: dict[str, Usable] = {
    "age": positive,
    "female": one_of(0, 1),
    "bilirubin": positive,
    "albumin": positive,
    "platelets": positive,
}


def points(features: Features) -> FloatArray:
    """Return the score, about 0 to 100, float64 (n,); NaN where an input is missing.

    Units: years, µmol/L of total bilirubin, g/L of albumin, 10^9/L of platelets.
    """
    people = read(features, _INPUTS)
    albumin_bilirubin = _LOG10_BILIRUBIN * np.log10(people["bilirubin"]) + _ALBUMIN * people["albumin"]
    raw = (
        _AGE * people["age"]
        + _MALE * (1 - people["female"])
        + _ALBUMIN_BILIRUBIN * albumin_bilirubin
        + _PLATELETS * people["platelets"]
    )
    score: FloatArray = (raw + _SHIFT) * (100 / _SPAN)
    return score


SCORE = PublishedScore(
    name="amap_2020",
    title="aMAP hepatocellular carcinoma score, 2020",
    title_zh="aMAP 肝癌风险评分 2020",
    citation=(
        "Fan R, Papatheodoridis G, Sun J, et al. aMAP risk score predicts hepatocellular carcinoma development in "
        "patients with chronic hepatitis. J Hepatol 2020;73:1368-1378."
    ),
    doi="10.1016/j.jhep.2020.07.025",
    population="3,688 Asian people treated for chronic hepatitis B; tested in 13,686 with hepatitis of any cause",
    outcome="hepatocellular carcinoma",
    horizon_years=5.0,
    inputs=tuple(_INPUTS),
    valid_ranges={},  # the source states none
    log_risk=points,
    risk=None,
    points=points,
)
