"""What raises and lowers the hazards: the relative risks of the simulated city.

None of this is a Cox model: weight acts in a J, smoking acts less with age on the heart and only after years on the
lung, pressure and sugar act beyond thresholds, alcohol acts through a gene, infections multiply, and drugs act only
through what they change. The coefficients are assumptions of the model of the size that cohort studies report; the
level of every hazard by age and sex is fitted by `calibrate`, so only contrasts matter here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.sources._city import calibrated
from features.sources._city import diseases as ill
from features.sources._city.physiology import LIVER, LUNG, Body
from features.sources._city.population import Population
from features.sources._city.social import Social
from features.sources._city.targets import onset_rates

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

FACTOR_AGES = (5, 15, 25, 35, 45, 55, 65, 75, 85, 95)  # middles of the bands that `calibrate` fits
HOUSEHOLD_SD = 0.30  # of the log frailty that a household shares
OWN_SD = 0.35  # of the log frailty of a person that no record shows
CAREFUL = 0.05  # less mortality by level of schooling above middle school


@dataclass
class Now:
    """The state of n people at one moment, float32 unless said otherwise.

    `has` is (15, n): the disease is there, found or not. Units: kg/m², mmHg, mmol/L, mL/min/1.73 m², µg/m³.
    """

    year: float
    age: Floats
    sex: NDArray[np.int8]
    bmi: Floats
    pressure: Floats
    sbp: Floats
    ldl: Floats
    hdl: Floats
    glucose: Floats
    kidney: Floats
    smoker: Bools
    pack_years: Floats
    years_quit: Floats
    pm25: Floats
    has: Bools


def tables() -> Floats:
    """Return the fitted baseline hazard in 2021 by disease (and death, last), sex and age, (16, 222)."""
    factor = np.exp(
        np.stack(
            [[np.interp(np.arange(111), FACTOR_AGES, np.log(row)) for row in sexes] for sexes in calibrated.FACTORS]
        )
    )
    return (onset_rates() * factor).reshape(ill.D + 1, 222).astype(np.float32)


def fixed_log(people: Population, social: Social, body: Body, frailty: NDArray[np.float64], own: Floats) -> Floats:
    """Return the part of every log relative risk that never changes, (16, n): frailties, genes, schooling.

    `frailty` is (4, n), household and township by field; `own` is (4, n).
    """
    out = np.zeros((ill.D + 1, people.n), dtype=np.float32)
    fields = ("vascular", "metabolic", "respiratory", "cancer")
    for row, disease in enumerate(ill.DISEASES):
        at = fields.index(disease.field)
        out[row] = (0.5 if disease.is_cancer else 1.0) * (frailty[at] + np.float32(OWN_SD) * own[at])
    schooling = social.education.astype(np.float32) - 2
    family = body.family_cancer.astype(np.float32)
    for row, effect in ((ill.LUNG, 0.35), (ill.COLORECTUM, 0.6), (ill.STOMACH, 0.5), (ill.BREAST, 0.6),
                        (ill.LIVER, 0.3), (ill.OTHER, 0.3), (ill.THYROID, 0.4)):  # fmt: skip
        out[row] += np.float32(effect) * family
    out[ill.LIVER] += 2.6 * body.hepatitis_b + 0.5 * (body.hepatitis_b & body.alcohol)
    out[ill.STOMACH] += 1.0 * body.helicobacter
    # Alcohol harms the gullet mostly in those who cannot clear the aldehyde.
    out[ill.OESOPHAGUS] += 0.7 * body.alcohol + 1.4 * (body.alcohol & body.slow_aldehyde)
    out[ill.CERVIX] += 2.3 * body.hpv - 0.12 * schooling
    out[ill.BREAST] += 0.08 * schooling
    out[ill.THYROID] += 0.12 * schooling
    out[ill.HYPERTENSION] += 0.25 * body.alcohol
    out[ill.STROKE] += 0.2 * body.alcohol - 0.05 * schooling
    out[ill.D] += 0.15 * own[0] - CAREFUL * schooling + 0.35 * social.minimum_allowance + 0.15 * frailty[0]
    return out


def changing_log(row: int, now: Now, body: Body) -> Floats:
    """Return the part of the log relative risk of disease `row` (15: death) that depends on the present state, (n,)."""
    value = _CHANGING[row](now, body)
    return np.clip(value, -6, 6).astype(np.float32, copy=False)


def _hypertension(now: Now, body: Body) -> Floats:
    near = np.clip(now.pressure - 122, -25, 30)
    return np.asarray(
        0.055 * near + 0.03 * np.maximum(near - 5, 0) + 0.02 * (now.bmi - 24) + 0.1 * now.has[ill.DIABETES],
        dtype=np.float32,
    )


def _diabetes(now: Now, body: Body) -> Floats:
    sugar = now.glucose - 5.3
    return np.asarray(
        0.9 * sugar + 1.3 * np.maximum(now.glucose - 6.1, 0) + 0.07 * np.maximum(now.bmi - 22, -2) + 0.15 * now.smoker,
        dtype=np.float32,
    )


def _copd(now: Now, body: Body) -> Floats:
    smoke = (0.55 + 0.006 * np.clip(now.age - 45, -30, 30)) * np.log1p(now.pack_years / 8)
    return np.asarray(
        smoke + 0.2 * now.smoker + 0.012 * np.maximum(now.pm25 - 25, 0) - 0.5 * body.z[LUNG], dtype=np.float32
    )


def _kidney(now: Now, body: Body) -> Floats:
    pressing = 0.014 * np.maximum(now.sbp - 135, 0)
    return np.asarray(
        0.85 * now.has[ill.DIABETES]
        + pressing
        + 0.2 * now.has[ill.HYPERTENSION]
        - 0.012 * np.clip(now.kidney - 95, -40, 25),
        dtype=np.float32,
    )


def _coronary(now: Now, body: Body) -> Floats:
    smoke = np.clip(1.15 - 0.018 * (now.age - 40), 0.25, 1.3) * now.smoker
    blood = 0.35 * (now.ldl - 2.8) - 0.5 * (now.hdl - 1.3)
    weight = 0.0022 * (now.bmi - 22.5) ** 2
    return np.asarray(
        smoke
        + blood
        + weight
        + 0.016 * np.maximum(now.sbp - 118, 0)
        + 0.55 * now.has[ill.DIABETES]
        + 0.35 * now.has[ill.CKD],
        dtype=np.float32,
    )


def _stroke(now: Now, body: Body) -> Floats:
    pressing = 0.022 * np.maximum(now.sbp - 115, 0) + 0.012 * np.maximum(now.sbp - 150, 0)
    weight = 0.004 * (now.bmi - 23.5) ** 2
    return np.asarray(
        pressing
        + weight
        + 0.35 * now.smoker
        + 0.45 * now.has[ill.DIABETES]
        + 0.4 * now.has[ill.CORONARY]
        + 0.12 * np.abs(now.ldl - 3.0),
        dtype=np.float32,
    )


def _lung(now: Now, body: Body) -> Floats:
    exposure = np.log1p(now.pack_years / 6) * np.clip((now.age - 35) / 20, 0.1, 1.2)
    return np.asarray(
        1.0 * exposure
        - 0.03 * np.minimum(now.years_quit, 25)
        + 0.45 * now.has[ill.COPD]
        + 0.012 * np.maximum(now.pm25 - 15, 0),
        dtype=np.float32,
    )


def _colorectum(now: Now, body: Body) -> Floats:
    return np.asarray(
        0.035 * np.maximum(now.bmi - 23, -3) + 0.2 * now.smoker + 0.2 * body.alcohol + 0.25 * now.has[ill.DIABETES],
        dtype=np.float32,
    )


def _stomach(now: Now, body: Body) -> Floats:
    return 0.2 * now.smoker + 0.5 * (now.smoker & body.helicobacter)


def _liver(now: Now, body: Body) -> Floats:
    return np.asarray(
        0.45 * now.has[ill.DIABETES] + 0.35 * body.z[LIVER] + 0.15 * now.smoker + 0.2 * body.alcohol, dtype=np.float32
    )


def _oesophagus(now: Now, body: Body) -> Floats:
    return np.asarray(
        0.5 * now.smoker + 0.3 * (now.smoker & body.alcohol) + 0.08 * np.maximum(22 - now.bmi, 0), dtype=np.float32
    )


def _breast(now: Now, body: Body) -> Floats:
    return np.asarray(np.where(now.age > 50, 0.045, -0.02) * (now.bmi - 23.5), dtype=np.float32)


def _cervix(now: Now, body: Body) -> Floats:
    return 0.4 * now.smoker


def _thyroid(now: Now, body: Body) -> Floats:
    return 0.03 * (now.bmi - 23.5)


def _other(now: Now, body: Body) -> Floats:
    return np.asarray(0.35 * now.smoker + 0.01 * now.pack_years + 0.015 * np.maximum(now.bmi - 25, 0), dtype=np.float32)


def _death(now: Now, body: Body) -> Floats:
    lean, heavy = np.maximum(22 - now.bmi, 0), np.maximum(now.bmi - 27, 0)
    grown = now.age > 20
    young_factor = np.clip(1.4 - 0.012 * (now.age - 30), 0.6, 1.4)
    return np.asarray(
        grown * (0.09 * lean + 0.05 * heavy)
        + 0.45 * young_factor * now.smoker
        + 0.005 * np.minimum(now.pack_years, 60)
        + 0.45 * young_factor * now.has[ill.DIABETES]
        + 0.007 * np.maximum(now.sbp - 140, 0)
        + 0.45 * now.has[ill.COPD]
        + 0.30 * now.has[ill.CKD]
        + 0.004 * np.maximum(now.pm25 - 15, 0),
        dtype=np.float32,
    )


_CHANGING = (
    _hypertension, _diabetes, _copd, _kidney, _coronary, _stroke, _lung, _colorectum, _stomach, _liver, _oesophagus,
    _breast, _cervix, _thyroid, _other, _death,
)  # fmt: skip
