"""What a test says: the state of the person on the day of the test, with the error of the day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.sources._city import diseases as ill
from features.sources._city import physiology
from features.sources._city.clock import normal
from features.sources._city.moment import Moment

Floats = NDArray[np.float32]

# What may be written down, by name in `features.concepts.MEASUREMENTS`.
CONCEPTS = (
    "height", "weight", "bmi", "systolic_bp", "diastolic_bp", "heart_rate", "glucose", "total_cholesterol",
    "triglycerides", "hdl_cholesterol", "ldl_cholesterol", "creatinine", "alt", "platelets", "hba1c",
    "urine_albumin_creatinine", "fev1_fvc", "fit_positive", "afp", "ldct_nodule", "hbsag", "hpv_high_risk", "birads",
    "helicobacter", "current_smoker", "cigarettes_per_day", "alcohol_weekly", "family_history_cancer",
    "education_level",
)  # fmt: skip
CODE = {name: np.int8(position) for position, name in enumerate(CONCEPTS)}
PANEL = CONCEPTS[:14]  # what a check-up measures, in this order


def panel(at: Moment, rng: np.random.Generator) -> Floats:
    """Return what a check-up measures of the people at their moments, (k, 14) in the order of `PANEL`."""
    body, who = at.life.body, at.who
    noise = normal(rng, len(PANEL) * len(at.age)).reshape(len(PANEL), len(at.age))
    height = np.where(at.sex == 1, 157.5, 169.0) - 0.08 * np.maximum(at.age - 35, 0)
    height = height + np.where(at.sex == 1, 5.4, 6.0) * at.z(physiology.BLOOD)
    weight = at.bmi * (height / 100) ** 2 + 0.4 * noise[1]
    low_density, hdl = at.ldl + 0.22 * noise[10], at.hdl + 0.07 * noise[9]
    fat = np.exp(0.25 + 0.45 * at.z(physiology.TG) + 0.15 * noise[8])
    carrier = body.hepatitis_b[who]
    alt = np.exp(2.95 + 0.3 * at.z(physiology.LIVER) + 0.03 * (at.bmi - 23) + 0.5 * carrier + 0.2 * noise[12])
    platelets = 225 - 0.6 * (at.age - 40) + 42 * at.z(physiology.BLOOD) + 12 * noise[13]
    platelets = platelets - 45 * carrier - 40 * at.has(ill.LIVER)
    sbp = pressure(at, noise[3])
    dbp = 76 + 0.42 * (at.sbp - 122) - 0.16 * np.maximum(at.age - 55, 0) + 7 * noise[4]
    out = [
        height,
        weight,
        weight / (height / 100) ** 2,
        sbp,
        np.round(np.minimum(np.clip(dbp, 42, 140), sbp - 15)),
        np.round(np.clip(73 + 10 * noise[5], 45, 140)),
        glucose(at, noise[6]),
        np.clip(low_density + hdl + 0.45 * fat, 1.6, 15),
        np.clip(fat, 0.3, 25),
        np.clip(hdl, 0.4, 4),
        np.clip(low_density, 0.5, 12),
        creatinine(at, noise[11]),
        np.clip(alt, 4, 900),
        np.clip(platelets, 25, 600),
    ]
    return np.round(np.stack(out, axis=1), 2).astype(np.float32)


def clinic_value(at: Moment, rng: np.random.Generator, name: str) -> Floats:
    """Return the value of test `name` of the people at their moments, (k,)."""
    noise = normal(rng, len(at.age))
    return np.round(_CLINIC[name](at, noise), 2).astype(np.float32)


def pressure(at: Moment, noise: Floats) -> Floats:
    """Return systolic pressure in mmHg, whole numbers."""
    return np.asarray(np.round(at.sbp + np.float32(6.5) * noise), dtype=np.float32)


def glucose(at: Moment, noise: Floats) -> Floats:
    """Return fasting glucose in mmol/L."""
    return np.clip(at.glucose + np.float32(0.25) * noise, 2.8, 35)


def creatinine(at: Moment, noise: Floats) -> Floats:
    """Return creatinine in µmol/L: what CKD-EPI 2021 gives back for the eGFR, by its steep branch (exponent -1.2)."""
    women = at.sex == 1
    share = np.maximum(at.kidney, 6) / 142 / 0.9938**at.age / np.where(women, 1.012, 1.0)
    level = np.where(women, 61.9, 79.6) * share ** (-1 / 1.2)
    return np.asarray(np.clip(level * np.exp(0.06 * noise), 25, 1200), dtype=np.float32)


def hba1c(at: Moment, noise: Floats) -> Floats:
    """Return HbA1c in per cent; it follows the fasting glucose."""
    return np.asarray(np.clip(3.0 + 0.5 * at.glucose + 0.2 * noise, 3.8, 18), dtype=np.float32)


def lung_function(at: Moment, noise: Floats) -> Floats:
    """Return FEV1/FVC in per cent: falling from below 70 once the obstruction is there."""
    level = np.where(at.has(ill.COPD), 66 - 0.6 * at.years_with(ill.COPD, 30), 79)
    return np.asarray(np.clip(level + 4 * at.z(physiology.LUNG) + 2 * noise, 25, 95), dtype=np.float32)


def albumin(at: Moment, noise: Floats) -> Floats:
    """Return albumin per creatinine of the urine in mg/g."""
    return np.asarray(np.clip(np.exp(np.where(at.has(ill.CKD), 4.4, 2.3) + 0.8 * noise), 0.5, 8000), dtype=np.float32)


def ldl(at: Moment, noise: Floats) -> Floats:
    """Return LDL cholesterol in mmol/L."""
    return np.clip(at.ldl + np.float32(0.22) * noise, 0.5, 12)


_CLINIC = {
    "systolic_bp": pressure, "glucose": glucose, "creatinine": creatinine, "hba1c": hba1c, "fev1_fvc": lung_function,
    "urine_albumin_creatinine": albumin, "ldl_cholesterol": ldl,
}  # fmt: skip
