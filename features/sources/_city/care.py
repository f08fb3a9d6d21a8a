"""Care: who goes to check-ups and clinics, what is measured there, who gets which drug.

Who is ill, old, schooled and near is measured more: what is missing says something. The numbers are assumptions of
the model; awareness, treatment and control of hypertension and diabetes are held to the facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.sources._city import diseases as ill
from features.sources._city import social
from features.sources._city.clock import NEVER, uniform
from features.sources._city.hazards import Now
from features.sources._city.measuring import CODE, PANEL, clinic_value, panel
from features.sources._city.moment import Moment

if TYPE_CHECKING:
    from features.sources._city.state import Life

Floats = NDArray[np.float32]
Positions = NDArray[np.int64]

VISITS = ("checkup", "clinic", "hospital")
DRUGS = ("C08CA01", "C09CA01", "C07AB02", "A10BA02", "A10BB12", "A10AE04", "C10AA05", "B01AC06", "R03AK07", "J05AF10")

CHECKUP_AGES, CHECKUP = (17, 18, 30, 45, 60, 65, 85, 95), (0.0, 0.08, 0.15, 0.21, 0.26, 0.46, 0.44, 0.24)
CHECKUP_GROWTH = 0.03  # a year, relative to 2015
# Share of a panel that was really done, by test; tests cost money and blood.
PANEL_DONE = (0.97, 0.97, 0.97, 0.99, 0.99, 0.9, 0.93, 0.86, 0.84, 0.72, 0.72, 0.8, 0.85, 0.7)
TREATED_OF_AWARE_PRESSURE, TREATED_OF_AWARE_SUGAR = 0.87, 0.90  # facts: 40.7/46.9 and 32.9/36.7
CLINIC_VISITS_OF_THE_WELL, CLINIC_VISITS = 0.12, 1.0  # a year: without any known long illness, and more for each
MOST_CLINIC_VISITS = 8.0
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
    smokes = (life.body.smoke_start <= grave) & (life.body.smoke_quit > grave)
    quits = np.flatnonzero((grave >= first) & (grave < last) & smokes)
    quits = quits[uniform(rng, len(quits)) < 0.3]
    life.body.smoke_quit[quits] = grave[quits]


def write_year(
    life: Life, rng: np.random.Generator, went: Positions, day: NDArray[np.int32], first: int, last: int
) -> None:
    """Write down the check-ups of those who `went` on their `day`, and the clinic visits and drugs of the known sick.

    Everything is what is true on the day of the visit: this year's onsets, drugs and deaths are settled by now.
    """
    _checkups(life, rng, went, day)
    _clinics(life, rng, first, last)


def _checkups(life: Life, rng: np.random.Generator, who: Positions, day: NDArray[np.int32]) -> None:
    person = who.astype(np.int32)
    life.notes.visits.add(person, np.zeros(len(who), dtype=np.int8), day)
    values = panel(Moment(life, who, day), rng)
    done = uniform(rng, values.size).reshape(values.shape) < np.array(PANEL_DONE, dtype=np.float32)
    codes = np.broadcast_to(np.arange(len(PANEL), dtype=np.int8), values.shape)[done]
    at = np.repeat(np.arange(len(who)), done.sum(axis=1))
    life.notes.values.add(person[at], codes, day[at], values[done])
    _questions(life, rng, who, day)


def _questions(life: Life, rng: np.random.Generator, who: Positions, day: NDArray[np.int32]) -> None:
    """Ask one in three who come about habits."""
    asked = np.flatnonzero(uniform(rng, len(who)) < 1 / QUESTIONS_EVERY)
    people, when = who[asked], day[asked]
    at = Moment(life, people, when)
    smokes = at.smoker.astype(np.float32)
    answers = np.stack(
        [
            smokes,
            np.round(life.body.cigarettes[people] * smokes),
            life.body.alcohol[people].astype(np.float32),
            life.body.family_cancer[people].astype(np.float32),
            social.education_at(life.social.education[people], at.age).astype(np.float32),
        ],
        axis=1,
    )
    codes = np.arange(CODE["current_smoker"], CODE["education_level"] + 1, dtype=np.int8)
    life.notes.values.add(
        np.repeat(people.astype(np.int32), len(codes)), np.tile(codes, len(people)), np.repeat(when, len(codes)),
        answers.ravel().astype(np.float32),
    )  # fmt: skip


def _visits(
    life: Life, rng: np.random.Generator, first: int, last: int
) -> tuple[Positions, NDArray[np.int32], NDArray[np.int32]]:
    """Return the clinic visits of a year (position, person, day): more of them from the day of each diagnosis on.

    Drawn at the rate of the year's end; then those are left out that come before the diagnosis they would be due to.
    """
    end = _burden(life.diagnosis, last - 1)
    willing = np.exp(np.float32(0.3) * life.seek)
    rate = np.minimum((CLINIC_VISITS_OF_THE_WELL + CLINIC_VISITS * end) * willing, MOST_CLINIC_VISITS)
    visits = rng.poisson(rate * life.present(first)).astype(np.int32)
    who = np.repeat(np.arange(life.people.n), visits)
    day = first + (uniform(rng, len(who)) * (last - first)).astype(np.int32)
    changes = np.asarray(((life.diagnosis >= first) & (life.diagnosis < last)).any(axis=0))
    some = np.flatnonzero(changes[who])
    then = _burden(life.diagnosis[:, who[some]], day[some])
    due = np.minimum((CLINIC_VISITS_OF_THE_WELL + CLINIC_VISITS * then) * willing[who[some]], MOST_CLINIC_VISITS)
    kept = np.ones(len(who), dtype=bool)
    kept[some] = uniform(rng, len(some)) * rate[who[some]] < due
    who, day = who[kept], day[kept]
    return who, who.astype(np.int32), day


def _burden(diagnosis: NDArray[np.int32], day: NDArray[np.int32] | int) -> NDArray[np.int64]:
    """Return how many long illnesses are known on `day`, a cancer counting twice."""
    known = np.asarray(diagnosis <= day)
    return np.asarray(known[: ill.LUNG].sum(axis=0) + 2 * known[ill.LUNG :].any(axis=0))


def _clinics(life: Life, rng: np.random.Generator, first: int, last: int) -> None:
    """Write visits, tests and drugs of those with a known long illness; more illnesses, more visits."""
    who, person, day = _visits(life, rng, first, last)
    life.notes.visits.add(person, np.ones(len(who), dtype=np.int8), day)
    follow_up = (
        ("systolic_bp", ill.HYPERTENSION, 0.7), ("glucose", ill.DIABETES, 0.7), ("hba1c", ill.DIABETES, 0.4),
        ("creatinine", ill.CKD, 0.4), ("urine_albumin_creatinine", ill.CKD, 0.35), ("fev1_fvc", ill.COPD, 0.3),
        ("urine_albumin_creatinine", ill.DIABETES, 0.15), ("ldl_cholesterol", ill.CORONARY, 0.4),
    )  # fmt: skip
    for name, row, share in follow_up:
        chosen = np.flatnonzero((life.diagnosis[row, who] <= day) & (uniform(rng, len(who)) < share))
        value = clinic_value(Moment(life, who[chosen], day[chosen]), rng, name)
        life.notes.values.add(person[chosen], np.full(len(chosen), CODE[name]), day[chosen], value)
    drugs = (
        (life.bp_drug, (0, 1, 2), 0.8), (life.sugar_drug, (3, 4, 5), 0.8), (life.statin, (6, 7), 0.7),
        (life.diagnosis[ill.COPD], (8,), 0.6),
    )  # fmt: skip
    for started, choice, share in drugs:
        chosen = np.flatnonzero((started[who] <= day) & (uniform(rng, len(who)) < share))
        which = np.array(choice, dtype=np.int8)[who[chosen] % len(choice)]
        life.notes.drugs.add(person[chosen], which, day[chosen])
