"""The PREVENT equations of the American Heart Association, 2023: base models of three outcomes, at 10 and 30 years.

Source: Khan SS, Matsushita K, Sang Y, et al. Development and validation of the American Heart Association's
PREVENT equations. Circulation 2024;149:430-449 (online 2023), Supplemental Table S12.

Logistic models of terms that are centred, scaled and, where the table says so, bent at one point. Total
cardiovascular disease is not the sum of its two parts: one person can have both, so each has its own equation.
Heart failure looks at BMI and not at lipids, the other two the other way round.

Kidney function is `egfr` where it is given, else estimated from `creatinine` by CKD-EPI 2021, as the paper has
it; whoever has neither is not scored.

Checked against: the paper's own examples (text, and Supplemental Table S25); four public transcriptions of the
supplement that agree on every coefficient; and, for total disease at 10 years, the page of the US Centers for
Disease Control and Prevention that prints the equation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.scores._kidney import filtration_rate
from models.scores._prevent_tables import Table
from models.scores._score import (
    Features,
    FloatArray,
    People,
    PublishedScore,
    Usable,
    constant_hazard,
    each_sex,
    log_hazard_from_log_odds,
    one_of,
    positive,
    read,
)

_SHARED: dict[str, Usable] = {
    "age": positive,
    "female": one_of(0, 1),
    "systolic_bp": positive,
    "bp_medication": one_of(0, 1),
    "diabetes": one_of(0, 1),
    "current_smoker": one_of(0, 1),
    "egfr": positive,
    "creatinine": positive,
}
_LIPIDS: dict[str, Usable] = {"total_cholesterol": positive, "hdl_cholesterol": positive, "statin": one_of(0, 1)}
_BODY: dict[str, Usable] = {"bmi": positive}
_OPTIONAL = ("egfr", "creatinine")

_RANGES = {  # what the equations' own calculator accepts; cholesterol 130 to 320 and 20 to 100 mg/dL
    "age": (30.0, 79.0),
    "systolic_bp": (90.0, 200.0),
    "total_cholesterol": (3.36, 8.28),
    "hdl_cholesterol": (0.52, 2.59),
    "egfr": (15.0, 140.0),
    "bmi": (18.5, 39.9),
}


@dataclass(frozen=True)
class Outcome:
    """What is predicted, in words."""

    title: str
    title_zh: str
    words: str


CVD = Outcome("total cardiovascular disease", "总心血管病", "coronary heart disease, stroke or heart failure")
ASCVD = Outcome(
    "atherosclerotic cardiovascular disease",
    "动脉粥样硬化性心血管病",
    "myocardial infarction, fatal coronary heart disease or stroke",
)
HF = Outcome("heart failure", "心力衰竭", "heart failure")


def prevent(name: str, outcome: Outcome, years: float, table: Table) -> PublishedScore:
    """Return the score of one outcome at one horizon, 10 or 30 years, from its table of coefficients."""
    inputs = _SHARED | (_LIPIDS if "hdl" in table else {}) | (_BODY if "bmi_from_30" in table else {})

    def log_risk(features: Features) -> FloatArray:
        return _log_hazard(read(features, inputs, _OPTIONAL), table)

    return PublishedScore(
        name=name,
        title=f"PREVENT equations, 2023: {outcome.title}, {years:g} years",
        title_zh=f"PREVENT 风险方程 2023 {outcome.title_zh}（{years:g}年）",
        citation=(
            "Khan SS, Matsushita K, Sang Y, et al. Development and validation of the American Heart "
            "Association's PREVENT equations. Circulation 2024;149:430-449."
        ),
        doi="10.1161/CIRCULATIONAHA.123.067626",
        population="3.3 million adults of the United States, 30 to 79 years, free of cardiovascular disease",
        outcome=outcome.words,
        horizon_years=years,
        inputs=tuple(inputs),
        valid_ranges={feature: span for feature, span in _RANGES.items() if feature in inputs}
        | ({"age": (30.0, 59.0)} if years == 30 else {}),
        log_risk=log_risk,
        risk=constant_hazard(log_risk, years),
        optional_inputs=_OPTIONAL,
    )


def _log_hazard(people: People, table: Table) -> FloatArray:
    """Return the log cumulative hazard (n,) of a table's equations."""
    women, men = ({term: pair[sex] for term, pair in table.items()} for sex in (0, 1))
    needed = people | {"egfr": filtration_rate(people)}
    return log_hazard_from_log_odds(each_sex(needed, women, men, _log_odds))


def _log_odds(coefficients: dict[str, float], people: People) -> FloatArray:
    """Return the log-odds (n,): the sum of coefficients times terms; `a:b` is the product of two terms."""
    terms = _terms(people)
    total = np.zeros(people["age"].shape)
    for term, coefficient in coefficients.items():
        first, _, second = term.partition(":")
        total += coefficient * (terms[first] * terms[second] if second else terms[first])
    return total


def _terms(people: People) -> dict[str, FloatArray | float]:
    """Return the terms by name, (n,) each, centred and scaled as the supplement has them."""
    sbp, egfr = people["systolic_bp"], people["egfr"]
    terms: dict[str, FloatArray | float] = {
        "constant": 1.0,
        "age": (people["age"] - 55) / 10,
        "sbp_below_110": (np.minimum(sbp, 110) - 110) / 20,
        "sbp_from_110": (np.maximum(sbp, 110) - 130) / 20,
        "diabetes": people["diabetes"],
        "smoker": people["current_smoker"],
        "egfr_below_60": (np.minimum(egfr, 60) - 60) / -15,
        "egfr_from_60": (np.maximum(egfr, 60) - 90) / -15,
        "treated": people["bp_medication"],
    }
    if "hdl_cholesterol" in people:
        total, hdl = people["total_cholesterol"], people["hdl_cholesterol"]
        terms |= {"non_hdl": total - hdl - 3.5, "hdl": (hdl - 1.3) / 0.3, "statin": people["statin"]}
    if "bmi" in people:
        bmi = people["bmi"]
        terms |= {"bmi_below_30": (np.minimum(bmi, 30) - 25) / 5, "bmi_from_30": (np.maximum(bmi, 30) - 30) / 5}
    return terms
