"""Kidney function, as scores read it: measured elsewhere, or estimated from creatinine.

Source: Inker LA, Eneanya ND, Coresh J, et al. New creatinine- and cystatin C-based equations to estimate GFR
without race. N Engl J Med 2021;385:1737-1749 (the creatinine equation, CKD-EPI 2021).
"""

from __future__ import annotations

import math

import numpy as np

from models.scores._score import FloatArray, People

CREATININE_UMOL_L_PER_MG_DL = 88.4
"""µmol/L in one mg/dL of creatinine (molar mass 113.12 g/mol)."""

# CKD-EPI 2021: 142 x min(Scr / kappa, 1)^alpha x max(Scr / kappa, 1)^-1.200 x 0.9938^age [x 1.012 for women]
_MU = 142.0
_KAPPA_WOMEN, _KAPPA_MEN = 0.7, 0.9  # mg/dL
_ALPHA_WOMEN, _ALPHA_MEN = -0.241, -0.302
_ABOVE_KAPPA = -1.200
_AGE = 0.9938  # a year
_WOMEN = 1.012


def ckd_epi_2021(creatinine: FloatArray, age: FloatArray, female: FloatArray) -> FloatArray:
    """Return the estimated glomerular filtration rate, mL/min/1.73 m2, float64 (n,).

    Parameters
    ----------
    creatinine
        Serum creatinine, µmol/L.
    age
        Years; the equation is for adults.
    female
        1 for women, 0 for men.
    """
    kappa = _KAPPA_MEN + (_KAPPA_WOMEN - _KAPPA_MEN) * female
    alpha = _ALPHA_MEN + (_ALPHA_WOMEN - _ALPHA_MEN) * female
    log_ratio = np.log(creatinine / (CREATININE_UMOL_L_PER_MG_DL * kappa))
    log_rate = np.minimum(log_ratio, 0.0) * alpha + np.maximum(log_ratio, 0.0) * _ABOVE_KAPPA
    rate: FloatArray = _MU * np.exp(log_rate + math.log(_AGE) * age + math.log(_WOMEN) * female)
    return rate


def filtration_rate(people: People) -> FloatArray:
    """Return `egfr` of the people where it is given, else the estimate from their `creatinine` (n,)."""
    given = people["egfr"]
    if not np.isnan(given).any():
        return given
    return np.where(np.isnan(given), ckd_epi_2021(people["creatinine"], people["age"], people["female"]), given)
