"""Care: who goes to check-ups and clinics, what is measured there, who gets which drug.

Who is ill, old, schooled and near is measured more: what is missing says something. The numbers are assumptions of
the model; awareness, treatment and control of hypertension and diabetes are held to the facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.sources._city import diseases as ill
from features.sources._city import physiology
from features.sources._city.clock import DAYS_PER_YEAR, NEVER, normal, uniform
from features.sources._city.hazards import Now

if TYPE_CHECKING:
    from features.sources._city.state import Life

Floats = NDArray[np.float32]
Positions = NDArray[np.int64]

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
VISITS = ("checkup", "clinic", "hospital")
DRUGS = ("C08CA01", "C09CA01", "C07AB02", "A10BA02", "A10BB12", "A10AE04", "C10AA05", "B01AC06", "R03AK07", "J05AF10")

CHECKUP_AGES, CHECKUP = (17, 18, 30, 45, 60, 65, 85, 95), (0.0, 0.08, 0.15, 0.21, 0.26, 0.46, 0.44, 0.24)
CHECKUP_GROWTH = 0.03  # a year, relative to 2015
# Share of a panel that was really done, by test; tests cost money and blood.
PANEL_DONE = (0.97, 0.97, 0.97, 0.99, 0.99, 0.9, 0.93, 0.86, 0.84, 0.72, 0.72, 0.8, 0.85, 0.7)
TREATED_OF_AWARE_PRESSURE, TREATED_OF_AWARE_SUGAR = 0.87, 0.90  # facts: 40.7/46.9 and 32.9/36.7
CLINIC_VISITS = 1.0  # a year, of people with one known long illness
QUESTIONS_EVERY = 3  # check-ups at which habits are asked: one in three


def checkup_chance(life: Life, now: Now, day: int) -> Floats:
    """Return the chance of everybody to go to a health check-up this year."""
    ages = np.interp(np.arange(121), CHECKUP_AGES, CHECKUP).astype(np.float32)
    chance = ages.take(np.clip(now.age, 0, 120).astype(np.int32))
    chance *= np.exp(np.float32(0.3) * life.seek)
    chance *= np.where(life.social.insurance == 0, np.float32(1.2), np.float32(0.92))
    known = (life.diagnosis[: ill.LUNG] <= day).any(axis=0)
    chance *= np.where(known, np.float32(1.3), np.float32(1.0))
    chance *= np.float32(np.clip(1 + CHECKUP_GROWTH * (now.year - 2015), 0.3, 1.3))
    return np.minimum(chance, np.float32(0.95))


def treat(life: Life, now: Now, rng: np.random.Generator, first: int, last: int) -> None:
    """Start drugs for what was diagnosed in this step; some smokers leave off after bad news."""
    for row, started, share in (
        (ill.HYPERTENSION, life.bp_drug, TREATED_OF_AWARE_PRESSURE),
        (ill.DIABETES, life.sugar_drug, TREATED_OF_AWARE_SUGAR),
        (ill.CORONARY, life.statin, 0.55),
        (ill.STROKE, life.statin, 0.40),
    ):
        when = life.diagnosis[row]
        who = np.flatnonzero((when >= first) & (when < last) & (started == NEVER))
        who = who[uniform(rng, len(who)) < share]
        started[who] = when[who] + (uniform(rng, len(who)) * 45).astype(np.int32)
    high = np.flatnonzero((now.ldl > 4.1) & (life.statin == NEVER) & (now.age > 40) & (now.has[: ill.LUNG].any(axis=0)))
    high = high[uniform(rng, len(high)) < 0.08]
    life.statin[high] = first + (uniform(rng, len(high)) * (last - first)).astype(np.int32)
    grave = life.diagnosis[ill.COPD :].min(axis=0)
    quits = np.flatnonzero((grave >= first) & (grave < last) & now.smoker)
    quits = quits[uniform(rng, len(quits)) < 0.3]
    life.body.smoke_quit[quits] = grave[quits]


def write_year(life: Life, now: Now, rng: np.random.Generator, went: Positions, first: int, last: int) -> None:
    """Write down the check-ups of those who `went`, and the clinic visits and drugs of the known sick."""
    _checkups(life, now, rng, went, first, last)
    _clinics(life, now, rng, first, last)


def _checkups(life: Life, now: Now, rng: np.random.Generator, who: Positions, first: int, last: int) -> None:
    day = first + (uniform(rng, len(who)) * (last - first)).astype(np.int32)
    person = who.astype(np.int32)
    life.notes.visits.add(person, np.zeros(len(who), dtype=np.int8), day)
    values = panel(life, now, rng, who)
    done = uniform(rng, values.size).reshape(values.shape) < np.array(PANEL_DONE, dtype=np.float32)
    codes = np.broadcast_to(np.arange(len(PANEL), dtype=np.int8), values.shape)[done]
    at = np.repeat(np.arange(len(who)), done.sum(axis=1))
    life.notes.values.add(person[at], codes, day[at], values[done])
    _questions(life, now, rng, who, day)


def panel(life: Life, now: Now, rng: np.random.Generator, who: Positions) -> Floats:
    """Return what a check-up would measure of `who`, (n, 14) in the order of `PANEL`, with the error of the day."""
    z = life.body.z
    noise = normal(rng, len(PANEL) * len(who)).reshape(len(PANEL), len(who))
    age, sex = now.age[who], now.sex[who]
    mass = now.bmi[who]
    height = (
        np.where(sex == 1, 157.5, 169.0) - 0.08 * np.maximum(age - 35, 0) + np.where(sex == 1, 5.4, 6.0) * z[9][who]
    )
    weight = mass * (height / 100) ** 2 + 0.4 * noise[1]
    ldl, hdl = now.ldl[who] + 0.22 * noise[10], now.hdl[who] + 0.07 * noise[9]
    fat = np.exp(0.25 + 0.45 * z[physiology.TG][who] + 0.15 * noise[8])
    kidney = np.maximum(now.kidney[who], 6)
    # Creatinine is what the CKD-EPI 2021 formula gives back for the eGFR, by its steep branch (exponent -1.2).
    creatinine = np.where(sex == 1, 61.9, 79.6) * (kidney / 142 / 0.9938**age / np.where(sex == 1, 1.012, 1.0)) ** (
        -1 / 1.2
    )
    carrier = life.body.hepatitis_b[who]
    alt = np.exp(2.95 + 0.3 * z[physiology.LIVER][who] + 0.03 * (mass - 23) + 0.5 * carrier + 0.2 * noise[12])
    hurt = now.has[ill.LIVER][who]
    platelets = 225 - 0.6 * (age - 40) + 42 * z[physiology.BLOOD][who] + 12 * noise[13] - 45 * carrier - 40 * hurt
    sbp = now.sbp[who] + 6.5 * noise[3]
    dbp = 76 + 0.42 * (now.sbp[who] - 122) - 0.16 * np.maximum(age - 55, 0) + 7 * noise[4]
    out = [
        height,
        weight,
        weight / (height / 100) ** 2,
        np.round(sbp),
        np.round(np.minimum(np.clip(dbp, 42, 140), sbp - 15)),
        np.round(np.clip(73 + 10 * noise[5], 45, 140)),
        np.clip(now.glucose[who] + 0.25 * noise[6], 2.8, 35),
        np.clip(ldl + hdl + 0.45 * fat, 1.6, 15),
        np.clip(fat, 0.3, 25),
        np.clip(hdl, 0.4, 4),
        np.clip(ldl, 0.5, 12),
        np.clip(creatinine * np.exp(0.06 * noise[11]), 25, 1200),
        np.clip(alt, 4, 900),
        np.clip(platelets, 25, 600),
    ]
    return np.round(np.stack(out, axis=1), 2).astype(np.float32)


def _questions(life: Life, now: Now, rng: np.random.Generator, who: Positions, day: NDArray[np.int32]) -> None:
    """Ask one in three who come about habits."""
    asked = np.flatnonzero(uniform(rng, len(who)) < 1 / QUESTIONS_EVERY)
    people, when = who[asked], day[asked]
    smokes = now.smoker[people].astype(np.float32)
    answers = np.stack(
        [
            smokes,
            np.round(life.body.cigarettes[people] * smokes),
            life.body.alcohol[people].astype(np.float32),
            life.body.family_cancer[people].astype(np.float32),
            life.social.education[people].astype(np.float32),
        ],
        axis=1,
    )
    codes = np.arange(CODE["current_smoker"], CODE["education_level"] + 1, dtype=np.int8)
    life.notes.values.add(
        np.repeat(people.astype(np.int32), len(codes)), np.tile(codes, len(people)), np.repeat(when, len(codes)),
        answers.ravel().astype(np.float32),
    )  # fmt: skip


def _clinics(life: Life, now: Now, rng: np.random.Generator, first: int, last: int) -> None:
    """Write visits, tests and drugs of those with a known long illness; more illnesses, more visits."""
    known = life.diagnosis[: ill.LUNG] < last
    burden = known.sum(axis=0) + 2 * (life.diagnosis[ill.LUNG :] < last).any(axis=0)
    rate = (0.12 * (now.age > 0) + CLINIC_VISITS * burden) * np.exp(np.float32(0.3) * life.seek)
    visits = rng.poisson(np.minimum(rate, 8) * life.present(first)).astype(np.int32)
    who = np.repeat(np.arange(life.people.n), visits)
    day = first + (uniform(rng, len(who)) * (last - first)).astype(np.int32)
    person = who.astype(np.int32)
    life.notes.visits.add(person, np.ones(len(who), dtype=np.int8), day)
    follow_up = (
        ("systolic_bp", ill.HYPERTENSION, 0.7), ("glucose", ill.DIABETES, 0.7), ("hba1c", ill.DIABETES, 0.4),
        ("creatinine", ill.CKD, 0.4), ("urine_albumin_creatinine", ill.CKD, 0.35), ("fev1_fvc", ill.COPD, 0.3),
        ("urine_albumin_creatinine", ill.DIABETES, 0.15), ("ldl_cholesterol", ill.CORONARY, 0.4),
    )  # fmt: skip
    for name, row, share in follow_up:
        chosen = np.flatnonzero((life.diagnosis[row, who] <= day) & (uniform(rng, len(who)) < share))
        value = clinic_value(life, now, rng, name, who[chosen])
        life.notes.values.add(person[chosen], np.full(len(chosen), CODE[name]), day[chosen], value)
    drugs = (
        (life.bp_drug, (0, 1, 2), 0.8), (life.sugar_drug, (3, 4, 5), 0.8), (life.statin, (6, 7), 0.7),
        (life.diagnosis[ill.COPD], (8,), 0.6),
    )  # fmt: skip
    for started, choice, share in drugs:
        chosen = np.flatnonzero((started[who] <= day) & (uniform(rng, len(who)) < share))
        which = np.array(choice, dtype=np.int8)[who[chosen] % len(choice)]
        life.notes.drugs.add(person[chosen], which, day[chosen])


def clinic_value(life: Life, now: Now, rng: np.random.Generator, name: str, who: Positions) -> Floats:
    """Return the measured value of test `name` of `who`."""
    noise = normal(rng, len(who))
    if name in PANEL:
        return panel(life, now, rng, who)[:, PANEL.index(name)]
    if name == "hba1c":
        value = 3.0 + 0.5 * now.glucose[who] + 0.2 * noise
    elif name == "fev1_fvc":
        years = np.clip((now.year - 1970) - life.onset[ill.COPD, who] / DAYS_PER_YEAR, 0, 30)
        value = (
            np.where(now.has[ill.COPD, who], 66 - 0.6 * years, 79) + 4 * life.body.z[physiology.LUNG, who] + 2 * noise
        )
    else:
        value = np.exp(np.where(now.has[ill.CKD, who], 4.4, 2.3) + 0.8 * noise)
    high = {"hba1c": 18.0, "fev1_fvc": 95.0}.get(name, 8000.0)
    low = {"hba1c": 3.8, "fev1_fvc": 25.0}.get(name, 0.5)
    return np.round(np.clip(value, low, high), 1).astype(np.float32)
