"""Screening programmes: who is invited, who comes, what the test says, and which cancers it finds early.

Uptake and positivity of the colorectal and lung programmes are held to `facts`; the other programmes, the
sensitivities and the effects of schooling and distance are assumptions of the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.sources._city import diseases as ill
from features.sources._city.clock import NEVER, day_of, normal, uniform
from features.sources._city.measuring import CODE
from features.sources._city.moment import EVERYBODY, Moment

if TYPE_CHECKING:
    from features.sources._city.state import Life

Floats = NDArray[np.float32]
Positions = NDArray[np.int64]

TESTS = ("fit", "colonoscopy", "ldct", "gastroscopy", "hpv", "mammography", "afp_ultrasound")
SCHOOLING, DISTANCE, WILLING = 0.22, -0.22, 0.35  # on the log odds of coming: a level, a log km, a sd of seeking


@dataclass(frozen=True)
class Programme:
    """One programme of the city.

    Attributes
    ----------
    disease
        Position of the cancer that it looks for.
    ages
        First age and first age beyond.
    first_year, share
        When it began, and which share of those who qualify is invited each year.
    uptake
        Log odds of coming, of somebody of middle schooling one kilometre away.
    sensitivity
        Chance that the programme's test sees a cancer that is there.
    """

    name: str
    test: str
    disease: int
    ages: tuple[int, int]
    sexes: tuple[int, ...]
    first_year: int
    share: float
    uptake: float
    sensitivity: float


PROGRAMMES: tuple[Programme, ...] = (
    Programme("colorectum", "fit", ill.COLORECTUM, (50, 75), (0, 1), 2019, 0.22, -0.16, 0.79),
    Programme("lung", "ldct", ill.LUNG, (40, 75), (0, 1), 2019, 0.06, 0.66, 0.85),
    Programme("stomach", "gastroscopy", ill.STOMACH, (40, 70), (0, 1), 2019, 0.05, -0.5, 0.95),
    Programme("cervix", "hpv", ill.CERVIX, (35, 65), (1,), 2012, 0.15, 0.1, 0.90),
    Programme("breast", "mammography", ill.BREAST, (35, 65), (1,), 2012, 0.12, 0.1, 0.80),
    Programme("liver", "afp_ultrasound", ill.LIVER, (35, 75), (0, 1), 2016, 0.15, 0.0, 0.65),
)
SMOKERS_COME_LESS = -1.0  # facts: 41.9 % of smokers at high risk come to LDCT, 66.3 % of nonsmokers
FIT_FALSE_POSITIVE = 0.0755
QUESTIONNAIRE_POSITIVE = (0.152, 0.052)  # men, women
COLONOSCOPY_UPTAKE = -0.56
COLONOSCOPY_SENSITIVITY = 0.95
NODULE_BENIGN = 0.222  # share of scans with a nodule of 4 mm and more that is none
HIGH_RISK_PACK_YEARS = 17.0
HIGH_RISK_NONSMOKER = 0.06
HIGH_RISK_STOMACH = 0.42


def year(life: Life, rng: np.random.Generator, calendar: int) -> None:
    """Run every programme of the year: invite, test, write down, and diagnose what is found."""
    first, last = day_of(calendar), day_of(calendar + 1)
    present = life.present(first)
    # Lists are drawn up on the first of January: who is of age and at high risk then.
    listed = Moment(life, EVERYBODY, first)
    for position, programme in enumerate(PROGRAMMES):
        if calendar < programme.first_year:
            continue
        who = np.flatnonzero(present & qualifies(listed, programme))
        who = who[uniform(rng, len(who)) < programme.share]
        day = first + (uniform(rng, len(who)) * (last - first - 1)).astype(np.int32)
        still = (life.people.leave[who] > day) & (life.diagnosis[programme.disease, who] > day)
        who, day = who[still], day[still]
        _invite(life, who, position, programme.test, day)
        comes = uniform(rng, len(who)) < uptake(Moment(life, who, day), programme.uptake, programme.test)
        _test(life, rng, programme, who[comes], np.minimum(day[comes] + 14, last - 1))


def qualifies(at: Moment, programme: Programme) -> NDArray[np.bool_]:
    """Return who is in the programme's ages and risk group and not known to have the cancer."""
    life, who = at.life, at.who
    fits = (at.age >= programme.ages[0]) & (at.age < programme.ages[1])
    fits &= life.diagnosis[programme.disease, who] > at.day
    if len(programme.sexes) == 1:
        fits &= at.sex == programme.sexes[0]
    # Who is called to be at high risk by a questionnaire; the same every year, read off a number that never changes.
    lot = (life.people.person_id[who] * 2654435761 % 1000003) / 1000003
    if programme.name == "lung":
        fits &= np.where(at.smoker, at.pack_years > HIGH_RISK_PACK_YEARS, lot < HIGH_RISK_NONSMOKER)
    elif programme.name == "stomach":
        chance = HIGH_RISK_STOMACH * np.where(life.body.helicobacter[who] | life.body.family_cancer[who], 1.6, 0.4)
        fits &= lot < chance
    elif programme.name == "liver":
        fits &= life.body.hepatitis_b[who]
    return np.asarray(fits)


def uptake(at: Moment, level: float, test: str) -> Floats:
    """Return the chance of everybody to come to a test: schooling, distance and willingness count."""
    life, who = at.life, at.who
    odds = level + SCHOOLING * (life.social.education[who].astype(np.float32) - 2)
    odds = odds + DISTANCE * np.log(life.social.clinic_km[who] + np.float32(0.2)) + WILLING * life.seek[who]
    if test == "ldct":
        odds = odds + SMOKERS_COME_LESS * at.smoker
    return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float32)


def programme_rate(life: Life, row: int, day: int) -> Floats:
    """Return the chance a year that screening finds an undetected cancer `row` of each person, (n,)."""
    rate = np.zeros(life.people.n, dtype=np.float32)
    everybody = Moment(life, EVERYBODY, day)
    for programme in PROGRAMMES:
        if programme.disease == row and day >= day_of(programme.first_year):
            at = Moment(life, np.flatnonzero(qualifies(everybody, programme)), day)
            chance = programme.share * uptake(at, programme.uptake, programme.test) * programme.sensitivity
            if row == ill.COLORECTUM:
                chance = chance * uptake(at, COLONOSCOPY_UPTAKE, "colonoscopy") * COLONOSCOPY_SENSITIVITY
            rate[at.who] += chance
    return rate


def _test(life: Life, rng: np.random.Generator, programme: Programme, who: Positions, day: NDArray[np.int32]) -> None:
    """Do the test, write its result, follow it up and diagnose."""
    alive = (life.death[who] > day) & (life.people.leave[who] > day)
    who, day = who[alive], day[alive]
    person = who.astype(np.int32)
    life.notes.tests.add(person, np.full(len(who), TESTS.index(programme.test), dtype=np.int8), day)
    there = life.onset[programme.disease, who] <= day
    seen = there & (uniform(rng, len(who)) < programme.sensitivity)
    _results(life, rng, programme, who, day, seen)
    if programme.test != "fit":
        _diagnose(life, programme.disease, who[seen], day[seen] + 14)
        return
    positive = seen | (uniform(rng, len(who)) < FIT_FALSE_POSITIVE)
    women = life.people.sex[who] == 1
    asked = uniform(rng, len(who)) < np.where(women, QUESTIONNAIRE_POSITIVE[1], QUESTIONNAIRE_POSITIVE[0])
    life.notes.values.add(person, np.full(len(who), CODE["fit_positive"]), day, positive.astype(np.float32))
    sent = np.flatnonzero(positive | asked)
    colonoscopy = TESTS.index("colonoscopy")
    _invite(life, who[sent], PROGRAMMES.index(programme), "colonoscopy", day[sent] + 7)
    at = Moment(life, who[sent], day[sent])
    comes = sent[uniform(rng, len(sent)) < uptake(at, COLONOSCOPY_UPTAKE, "colonoscopy")]
    life.notes.tests.add(person[comes], np.full(len(comes), colonoscopy, dtype=np.int8), day[comes] + 30)
    found = comes[there[comes] & (uniform(rng, len(comes)) < COLONOSCOPY_SENSITIVITY)]
    _diagnose(life, programme.disease, who[found], day[found] + 37)


def _results(
    life: Life,
    rng: np.random.Generator,
    programme: Programme,
    who: Positions,
    day: NDArray[np.int32],
    seen: NDArray[np.bool_],
) -> None:
    """Write the measured results of every test but FIT, whose result is written by the caller."""
    n, noise = len(who), uniform(rng, len(who))
    out: list[tuple[str, NDArray[Any]]] = []
    if programme.test == "ldct":
        benign = np.where(noise < NODULE_BENIGN, 4 + 8 * noise / NODULE_BENIGN, 3 * noise)
        out.append(("ldct_nodule", np.where(seen, 8 + 20 * noise, benign)))
    elif programme.test == "hpv":
        out.append(("hpv_high_risk", np.where(seen | life.body.hpv[who], noise < 0.93, noise < 0.05)))
    elif programme.test == "mammography":
        out.append(("birads", np.where(seen, 4 + (noise > 0.5), 1 + (noise > 0.55) + (noise > 0.9))))
    elif programme.test == "gastroscopy":
        out.append(("helicobacter", np.where(life.body.helicobacter[who], noise < 0.95, noise < 0.05)))
    elif programme.test == "afp_ultrasound":
        afp = np.exp(1.1 + 0.5 * normal(rng, n) + np.where(seen, 3.0 + 1.5 * noise, 0.0))
        out += [("afp", np.clip(afp, 0.5, 50_000)), ("hbsag", np.ones(n))]
    for name, value in out:
        rounded = np.round(value.astype(np.float64), 1).astype(np.float32)
        life.notes.values.add(who.astype(np.int32), np.full(n, CODE[name]), day, rounded)


def _invite(life: Life, who: Positions, programme: int, test: str, day: NDArray[np.int32]) -> None:
    n = len(who)
    life.notes.invitations.add(
        who.astype(np.int32), np.full(n, TESTS.index(test), dtype=np.int8), day, np.full(n, programme, dtype=np.int8)
    )


def _diagnose(life: Life, row: int, who: Positions, day: NDArray[np.int32]) -> None:
    new = life.diagnosis[row, who] == NEVER
    life.diagnosis[row, who[new]] = day[new]
    life.early[row, who[new]] = True
