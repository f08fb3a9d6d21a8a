"""People for the tests of published scores, and how to ask a score about one of them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from models.scores import MG_PER_DL_CHOLESTEROL, Features, PublishedScore, published_scores

SCORES = published_scores()

yes_or_no = st.sampled_from([0.0, 1.0])

people = st.fixed_dictionaries(
    {
        "age": st.floats(30, 74),
        "female": yes_or_no,
        "systolic_bp": st.floats(90, 200),
        "diastolic_bp": st.floats(50, 110),
        "bmi": st.floats(16, 45),
        "total_cholesterol": st.floats(2.5, 10),
        "hdl_cholesterol": st.floats(0.5, 3),
        "bp_medication": yes_or_no,
        "statin": yes_or_no,
        "current_smoker": yes_or_no,
        "diabetes": yes_or_no,
        "creatinine": st.floats(30, 400),
        "egfr": st.one_of(st.floats(5, 140), st.just(np.nan)),
        "waist_circumference": st.floats(55, 140),
        "northern_china": yes_or_no,
        "urban": yes_or_no,
        "family_history_ascvd": yes_or_no,
        "education_plco": st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        "race_plco": st.sampled_from([np.nan, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        "copd": yes_or_no,
        "any_cancer": yes_or_no,
        "family_history_lung_cancer": yes_or_no,
        "cigarettes_per_day": st.floats(1, 80),
        "smoking_years": st.floats(1, 55),
        "quit_years": st.floats(0, 40),
        "bilirubin": st.floats(3, 200),
        "albumin": st.floats(20, 55),
        "platelets": st.floats(20, 500),
        "physically_active": yes_or_no,
        "vegetables_daily": yes_or_no,
        "high_glucose_ever": yes_or_no,
        "hypertension": yes_or_no,
        "gestational_diabetes": st.sampled_from([np.nan, 0.0, 1.0]),
        "family_history_diabetes": yes_or_no,
        "family_history_diabetes_distant": st.sampled_from([np.nan, 0.0, 1.0]),
        "family_history_colorectal_cancer": yes_or_no,
        "ever_smoker": yes_or_no,
        "parental_hypertension": st.sampled_from([0.0, 1.0, 2.0]),
    }
)


def columns(*rows: dict[str, float]) -> Features:
    """Return rows of features as columns; what a row leaves out is missing."""
    names = {name for row in rows for name in row}
    return {name: np.array([row.get(name, np.nan) for row in rows]) for name in names}


def in_mmol(mg_per_dl: float) -> float:
    """Return a cholesterol in mmol/L."""
    return mg_per_dl / MG_PER_DL_CHOLESTEROL


def one_risk(score: PublishedScore, person: dict[str, float], years: float | None = None) -> float:
    """Return the risk of one person, at the published horizon if no other is given."""
    assert score.risk is not None
    return float(score.risk(columns(person), score.horizon_years if years is None else years)[0])


def one_ranking(score: PublishedScore, person: dict[str, float]) -> float:
    """Return `log_risk` of one person."""
    return float(score.log_risk(columns(person))[0])


UNTREATED = {"bp_medication": 0.0, "current_smoker": 0.0, "diabetes": 0.0, "statin": 0.0}

ANYONE = {
    **UNTREATED,
    "age": 61.0,
    "female": 1.0,
    "current_smoker": 1.0,
    "systolic_bp": 124.0,
    "diastolic_bp": 78.0,
    "bmi": 27.0,
    "total_cholesterol": in_mmol(180),
    "hdl_cholesterol": in_mmol(47),
    "creatinine": 70.0,
    "egfr": 85.0,
    "waist_circumference": 84.0,
    "northern_china": 0.0,
    "urban": 1.0,
    "family_history_ascvd": 0.0,
    "education_plco": 4.0,
    "race_plco": 4.0,
    "copd": 0.0,
    "any_cancer": 0.0,
    "family_history_lung_cancer": 0.0,
    "cigarettes_per_day": 20.0,
    "smoking_years": 35.0,
    "quit_years": 0.0,
    "bilirubin": 15.0,
    "albumin": 42.0,
    "platelets": 200.0,
    "physically_active": 1.0,
    "vegetables_daily": 1.0,
    "high_glucose_ever": 0.0,
    "hypertension": 0.0,
    "gestational_diabetes": 0.0,
    "family_history_diabetes": 0.0,
    "family_history_diabetes_distant": 0.0,
    "family_history_colorectal_cancer": 0.0,
    "ever_smoker": 1.0,
    "parental_hypertension": 1.0,
}
"""Someone whom every score can score."""
