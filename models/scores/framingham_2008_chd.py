"""Coronary heart disease in the Framingham profile of 2008: a fixed share of the general cardiovascular risk.

Source: D'Agostino RB Sr, et al. Circulation 2008;117:743-753: general risk times a calibration factor of
the sex.

The factors belong to the lipid version of the profile. Where lipids are missing they are applied to the BMI
version, which has the same outcome: our extension. They were traced to one public transcription of the paper,
doirisks/dori.
"""

from __future__ import annotations

from dataclasses import replace

from models.scores import framingham_2008_cvd as general
from models.scores._score import Features, FloatArray, log_hazard_from_risk

_FACTOR_WOMEN = 0.6086  # calibration factor of the general risk for coronary heart disease, women
_FACTOR_MEN = 0.7174  # the same, men


def risk(features: Features, horizon_years: float) -> FloatArray:
    """Return the risk of coronary heart disease within `horizon_years`, 0 to 1, float64 (n,)."""
    return general.component_risk(features, horizon_years, women=_FACTOR_WOMEN, men=_FACTOR_MEN)


def log_risk(features: Features) -> FloatArray:
    """Return the log cumulative hazard of coronary heart disease within 10 years, float64 (n,)."""
    return log_hazard_from_risk(risk(features, general.SCORE.horizon_years))


SCORE = replace(
    general.SCORE,
    name="framingham_2008_chd",
    title="Framingham general cardiovascular risk profile, 2008: coronary heart disease",
    title_zh="弗雷明汉总体心血管病风险评分 2008 冠心病",
    outcome="coronary death, myocardial infarction, coronary insufficiency or angina",
    log_risk=log_risk,
    risk=risk,
)
