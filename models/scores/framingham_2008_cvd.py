"""The Framingham general cardiovascular risk profile of 2008: with lipids or, lacking them, with BMI.

Source: D'Agostino RB Sr, Vasan RS, Pencina MJ, Wolf PA, Cobain M, Massaro JM, Kannel WB. General
cardiovascular risk profile for use in primary care: the Framingham Heart Study. Circulation
2008;117:743-753.

The paper gives two Cox models for each sex, of the same outcome in the same people: one with total and HDL
cholesterol (its Table 2), one for the office, with body mass index instead. Here each row takes the lipid
version if both cholesterols are measured, else the BMI version. Each version has its own baseline, so their
linear predictors do not compare; the log cumulative hazard at 10 years does, and is what `log_risk`
returns.

Only the 10-year baseline survival was found. For other horizons the cumulative hazard is taken as
proportional to time (a constant hazard): an assumption of ours, fit for horizons near 10 years; the
follow-up ended at 12.

Checked against: the page of the Framingham Heart Study for this function (lipid version), and the public
transcriptions vcastro/CVrisk, doirisks/dori (lipid) and fonnesbeck/framingham_risk (BMI). All agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.scores._score import (
    MG_PER_DL_CHOLESTEROL,
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

_INPUTS: dict[str, Usable] = {
    "age": positive,
    "female": one_of(0, 1),
    "systolic_bp": positive,
    "bp_medication": one_of(0, 1),
    "current_smoker": one_of(0, 1),
    "diabetes": one_of(0, 1),
    "total_cholesterol": positive,
    "hdl_cholesterol": positive,
    "bmi": positive,
}
_OPTIONAL = ("total_cholesterol", "hdl_cholesterol", "bmi")
_HORIZON_YEARS = 10.0


@dataclass(frozen=True)
class _Equation:
    """One Cox model: coefficients of natural logs (of years, mmHg, mg/dL, kg/m2) and of switches."""

    ln_age: float
    ln_sbp_untreated: float
    ln_sbp_treated: float
    smoker: float
    diabetes: float
    survival: float
    """Baseline survival at 10 years."""
    mean: float
    """The linear predictor at the mean of the participants."""
    ln_total_cholesterol: float = 0.0
    ln_hdl_cholesterol: float = 0.0
    ln_bmi: float = 0.0


_LIPID_WOMEN = _Equation(  # Table 2, women
    ln_age=2.32888,
    ln_total_cholesterol=1.20904,
    ln_hdl_cholesterol=-0.70833,
    ln_sbp_untreated=2.76157,
    ln_sbp_treated=2.82263,
    smoker=0.52873,
    diabetes=0.69154,
    survival=0.95012,
    mean=26.1931,
)
_LIPID_MEN = _Equation(  # Table 2, men
    ln_age=3.06117,
    ln_total_cholesterol=1.12370,
    ln_hdl_cholesterol=-0.93263,
    ln_sbp_untreated=1.93303,
    ln_sbp_treated=1.99881,
    smoker=0.65451,
    diabetes=0.57367,
    survival=0.88936,
    mean=23.9802,
)
_BMI_WOMEN = _Equation(  # the model without laboratory values, women
    ln_age=2.72107,
    ln_bmi=0.51125,
    ln_sbp_untreated=2.81291,
    ln_sbp_treated=2.88267,
    smoker=0.61868,
    diabetes=0.77763,
    survival=0.94833,
    mean=26.0145,
)
_BMI_MEN = _Equation(  # the model without laboratory values, men
    ln_age=3.11296,
    ln_bmi=0.79277,
    ln_sbp_untreated=1.85508,
    ln_sbp_treated=1.92672,
    smoker=0.70953,
    diabetes=0.53160,
    survival=0.88431,
    mean=23.9388,
)


def log_risk(features: Features) -> FloatArray:
    """Return the log cumulative hazard of a first cardiovascular event within 10 years, float64 (n,).

    Missing (NaN) without age, sex, systolic pressure, medication, smoking or diabetes, and without BMI
    where one of the cholesterols is missing too.
    """
    columns = read(features, _INPUTS, _OPTIONAL)
    lipids = ~np.isnan(columns["total_cholesterol"]) & ~np.isnan(columns["hdl_cholesterol"])
    women, men = columns["female"] == 1, columns["female"] == 0
    log_hazard = np.full(lipids.shape, np.nan)
    for equation, whom in (
        (_LIPID_WOMEN, women & lipids),
        (_LIPID_MEN, men & lipids),
        (_BMI_WOMEN, women & ~lipids),
        (_BMI_MEN, men & ~lipids),
    ):
        rows = np.flatnonzero(whom)
        log_hazard[rows] = _log_hazard(equation, {name: values[rows] for name, values in columns.items()})
    return log_hazard


def risk(features: Features, horizon_years: float) -> FloatArray:
    """Return the risk of a first cardiovascular event within `horizon_years`, 0 to 1, float64 (n,).

    At 10 years it is the published risk; elsewhere the hazard is taken as constant.
    """
    return risk_from_log_hazard(log_risk(features) + log_years(horizon_years) - log_years(_HORIZON_YEARS))


def component_risk(features: Features, horizon_years: float, *, women: float, men: float) -> FloatArray:
    """Return the risk of one kind of cardiovascular disease within `horizon_years`, 0 to 1, float64 (n,).

    It is the general risk times the calibration factor of the sex, as the paper does it. The kinds overlap
    (one person can have several), so the factors of all kinds add up to more than 1.
    """
    general_risk = risk(features, horizon_years)
    return np.where(np.asarray(features["female"]) == 1, women, men) * general_risk


def _log_hazard(equation: _Equation, people: dict[str, FloatArray]) -> FloatArray:
    """Return the log cumulative hazard (n,) at 10 years: linear predictor - its mean + log(-log survival)."""
    treated = people["bp_medication"]
    ln_sbp = (1 - treated) * equation.ln_sbp_untreated + treated * equation.ln_sbp_treated
    predictor = (
        equation.ln_age * np.log(people["age"])
        + ln_sbp * np.log(people["systolic_bp"])
        + equation.smoker * people["current_smoker"]
        + equation.diabetes * people["diabetes"]
    )
    if equation.ln_bmi:
        predictor += equation.ln_bmi * np.log(people["bmi"])
    else:
        total, hdl = (people[name] * MG_PER_DL_CHOLESTEROL for name in ("total_cholesterol", "hdl_cholesterol"))
        predictor += equation.ln_total_cholesterol * np.log(total) + equation.ln_hdl_cholesterol * np.log(hdl)
    log_hazard: FloatArray = predictor - equation.mean + math.log(-math.log(equation.survival))
    return log_hazard


SCORE = PublishedScore(
    name="framingham_2008_cvd",
    title="Framingham general cardiovascular risk profile, 2008",
    title_zh="弗雷明汉总体心血管病风险评分 2008",
    citation=(
        "D'Agostino RB Sr, Vasan RS, Pencina MJ, et al. General cardiovascular risk profile for use in "
        "primary care: the Framingham Heart Study. Circulation 2008;117:743-753."
    ),
    doi="10.1161/CIRCULATIONAHA.107.699579",
    population="8,491 Framingham participants (4,522 women), 30 to 74 years, free of cardiovascular disease",
    outcome=(
        "first cardiovascular event: coronary death, myocardial infarction, coronary insufficiency, angina, "
        "stroke, transient ischaemic attack, peripheral artery disease or heart failure"
    ),
    horizon_years=_HORIZON_YEARS,
    inputs=tuple(_INPUTS),
    valid_ranges={"age": (30.0, 74.0)},  # the only range that the source states
    log_risk=log_risk,
    risk=risk,
    optional_inputs=_OPTIONAL,
)
