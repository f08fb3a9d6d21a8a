"""China-PAR: atherosclerotic cardiovascular disease within 10 years in China.

Source: Yang X, Li J, Hu D, et al. Predicting the 10-year risks of atherosclerotic cardiovascular disease in
Chinese population: the China-PAR project (prediction for ASCVD risk in China). Circulation 2016;134:1430-1440,
Supplemental Table 1 (coefficients) and its worked example.

A Cox model for each sex, of natural logs (years, mmHg, mg/dL, cm) and switches.

- `northern_china` is 1 north of the Yangtze. `urban` and `family_history_ascvd` (a parent or sibling) are in the
  men's equation only: women need neither, and men without them are not scored.
- The table rounds to two decimals, too few for coefficients that are multiplied by logs of 5 and by their products.
  Of the men's, those in the worked example are taken from its column of coefficient times value, which has two
  decimals too, of the product; the others are as in the table. The women's baseline survival is printed as 0.99
  and follows from the sum and the risk of their example.
- What remains rounded: the men's coefficients of treated pressure, smoking and family history. Against recorded
  answers of the official calculator the risk is then off by up to 4 in 100 of itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.scores._score import (
    MG_PER_DL_CHOLESTEROL,
    Features,
    FloatArray,
    People,
    PublishedScore,
    Usable,
    constant_hazard,
    each_sex,
    one_of,
    positive,
    read,
)

_INPUTS: dict[str, Usable] = {
    "age": positive,
    "female": one_of(0, 1),
    "systolic_bp": positive,
    "bp_medication": one_of(0, 1),
    "total_cholesterol": positive,
    "hdl_cholesterol": positive,
    "waist_circumference": positive,
    "current_smoker": one_of(0, 1),
    "diabetes": one_of(0, 1),
    "northern_china": one_of(0, 1),
    "urban": one_of(0, 1),
    "family_history_ascvd": one_of(0, 1),
}
_OPTIONAL = ("urban", "family_history_ascvd")
_HORIZON_YEARS = 10.0


@dataclass(frozen=True)
class _Equation:
    """One Cox model: coefficients of natural logs and switches."""

    ln_age: float
    ln_sbp_untreated: float
    ln_sbp_treated: float
    ln_total_cholesterol: float
    ln_hdl_cholesterol: float
    ln_waist: float
    smoker: float
    diabetes: float
    northern: float
    ln_age_ln_sbp_untreated: float
    ln_age_ln_sbp_treated: float
    mean: float
    """The linear predictor at the mean of the participants."""
    survival: float
    """Baseline survival at 10 years."""
    ln_age_smoker: float = 0.0
    urban: float = 0.0
    family_history: float = 0.0
    ln_age_family_history: float = 0.0


# The worked example: 60 years, 130 mmHg untreated, total cholesterol 210 and HDL 55 mg/dL, waist 80 cm.
_MEN = _Equation(
    ln_age=130.88 / math.log(60),  # table: 31.97
    ln_sbp_untreated=127.28 / math.log(130),  # table: 26.15
    ln_sbp_treated=27.39,
    ln_total_cholesterol=3.32 / math.log(210),  # table: 0.62
    ln_hdl_cholesterol=-2.78 / math.log(55),  # table: -0.69
    ln_waist=-3.12 / math.log(80),  # table: -0.71
    smoker=3.96,
    diabetes=0.36,
    northern=0.48,
    ln_age_ln_sbp_untreated=-114.21 / (math.log(60) * math.log(130)),  # table: -5.73
    ln_age_ln_sbp_treated=-6.02,
    mean=140.68,
    survival=0.9707,
    ln_age_smoker=-0.94,
    urban=-0.16,
    family_history=6.22,
    ln_age_family_history=-1.53,
)
_WOMEN = _Equation(
    ln_age=24.87,
    ln_sbp_untreated=19.98,
    ln_sbp_treated=20.71,
    ln_total_cholesterol=0.06,
    ln_hdl_cholesterol=-0.22,
    ln_waist=1.48,
    smoker=0.49,
    diabetes=0.57,
    northern=0.54,
    ln_age_ln_sbp_untreated=-4.36,
    ln_age_ln_sbp_treated=-4.53,
    mean=117.26,
    survival=(1 - 0.101) ** math.exp(117.26 - 119.22),  # 0.9851: table: 0.99; example: sum 119.22, risk 10.1 %
)


def log_risk(features: Features) -> FloatArray:
    """Return the log cumulative hazard of a first atherosclerotic event within 10 years, float64 (n,).

    Missing (NaN) without any of the inputs; `urban` and `family_history_ascvd` are needed for men only.
    """
    people = read(features, _INPUTS, _OPTIONAL)
    for_women = people["female"] == 1
    for name in _OPTIONAL:
        people[name][for_women] = 0.0
    return each_sex(people, _WOMEN, _MEN, _log_hazard)


def _log_hazard(equation: _Equation, people: People) -> FloatArray:
    """Return the log cumulative hazard (n,) at 10 years: linear predictor - its mean + log(-log survival)."""
    treated = people["bp_medication"]
    ln_age, ln_sbp = np.log(people["age"]), np.log(people["systolic_bp"])
    untreated_sbp = equation.ln_sbp_untreated + equation.ln_age_ln_sbp_untreated * ln_age
    treated_sbp = equation.ln_sbp_treated + equation.ln_age_ln_sbp_treated * ln_age
    log_hazard: FloatArray = (
        equation.ln_age * ln_age
        + (untreated_sbp + treated * (treated_sbp - untreated_sbp)) * ln_sbp
        + equation.ln_total_cholesterol * np.log(people["total_cholesterol"] * MG_PER_DL_CHOLESTEROL)
        + equation.ln_hdl_cholesterol * np.log(people["hdl_cholesterol"] * MG_PER_DL_CHOLESTEROL)
        + equation.ln_waist * np.log(people["waist_circumference"])
        + (equation.smoker + equation.ln_age_smoker * ln_age) * people["current_smoker"]
        + equation.diabetes * people["diabetes"]
        + equation.northern * people["northern_china"]
        + equation.urban * people["urban"]
        + (equation.family_history + equation.ln_age_family_history * ln_age) * people["family_history_ascvd"]
        + (math.log(-math.log(equation.survival)) - equation.mean)
    )
    return log_hazard


SCORE = PublishedScore(
    name="china_par_2016",
    title="China-PAR, 2016",
    title_zh="中国动脉粥样硬化性心血管病风险评估 China-PAR 2016",
    citation=(
        "Yang X, Li J, Hu D, et al. Predicting the 10-year risks of atherosclerotic cardiovascular disease in "
        "Chinese population: the China-PAR project. Circulation 2016;134:1430-1440."
    ),
    doi="10.1161/CIRCULATIONAHA.116.022367",
    population="21,320 Chinese participants, 35 to 74 years, without cardiovascular disease",
    outcome="myocardial infarction, coronary death or stroke",
    horizon_years=_HORIZON_YEARS,
    inputs=tuple(_INPUTS),
    valid_ranges={"age": (35.0, 74.0)},
    log_risk=log_risk,
    risk=constant_hazard(log_risk, _HORIZON_YEARS),
    optional_inputs=_OPTIONAL,
)
