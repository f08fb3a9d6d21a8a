"""What is true of the people of one bucket at a moment: their lives so far, and their bodies today.

All arrays are over the n people of the bucket; nothing is done person by person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.sources._city import areas, hazards, notes, physiology, social
from features.sources._city import diseases as ill
from features.sources._city.clock import DAYS_PER_YEAR, FIRST_YEAR, NEVER, YEARS, normal, stream
from features.sources._city.hazards import Now
from features.sources._city.moment import EVERYBODY, Moment
from features.sources._city.population import Population

Floats = NDArray[np.float32]
Days = NDArray[np.int32]
Bools = NDArray[np.bool_]

BACKGROUND = -1  # cause of death: none of the diseases


@dataclass
class Life:
    """Everything that is true of n people; days are int32, `NEVER` where a thing does not happen.

    Attributes
    ----------
    onset, diagnosis
        (15, n) by disease: first day of being there, and of being known.
    early
        (15, n): found by a test before symptoms.
    bp_drug, sugar_drug, statin
        (n,) first day of the drug.
    death, cause
        (n,) day, and position of the disease that killed or `BACKGROUND`.
    seek
        (n,) how readily somebody goes to a doctor, standard normal less schooling and distance.
    """

    people: Population
    social: social.Social
    body: physiology.Body
    onset: Days
    diagnosis: Days
    early: Bools
    bp_drug: Days
    sugar_drug: Days
    statin: Days
    death: Days
    cause: NDArray[np.int8]
    seek: Floats
    fixed: Floats
    air: Floats
    tables: Floats
    notes: notes.Notes = field(default_factory=notes.Notes)

    def present(self, day: int) -> Bools:
        """Return who is alive and lives here on `day`."""
        here = (self.people.arrive <= day) & (self.people.leave > day)
        return here & (self.death > day)

    def excess(self, day: int) -> list[tuple[int, NDArray[np.int64], Floats]]:
        """Return (disease, people, extra deaths per person-year) of everybody who has a deadly disease on `day`."""
        out = []
        for row, disease in enumerate(ill.DISEASES):
            if disease.excess:
                who = np.flatnonzero(self.diagnosis[row] <= day)
                years = (day - self.diagnosis[row, who]) / np.float32(DAYS_PER_YEAR)
                age = (np.float32(day) - self.people.birth[who]) / np.float32(DAYS_PER_YEAR)
                rate = excess_rate(row, years, age, self.people.sex[who], day)
                rate *= np.where(self.early[row, who], np.float32(disease.early), np.float32(1))
                out.append((row, who, rate))
        return out


def begin(people: Population, seed: int, bucket: int) -> Life:
    """Return the people of a bucket with all traits, before anything has happened to them."""
    n = people.n
    circumstances = social.draw(people, seed, bucket)
    body = physiology.draw(people, circumstances, seed, bucket)
    rng = stream(seed, "frailty", bucket)
    homes = int(people.household.max(initial=0)) + 1
    house = hazards.HOUSEHOLD_SD * normal(rng, 4 * homes).reshape(4, homes)
    frailty = house[:, people.household] + areas.frailties(seed)[:, people.township]
    own = normal(rng, 4 * n).reshape(4, n)
    seek = normal(rng, n) - np.float32(0.2) * np.log(circumstances.clinic_km + np.float32(0.2))
    seek += np.float32(0.2) * (circumstances.education.astype(np.float32) - 2)

    def never(*shape: int) -> Days:
        return np.full(shape, NEVER, dtype=np.int32)

    return Life(
        people=people,
        social=circumstances,
        body=body,
        onset=never(ill.D, n),
        diagnosis=never(ill.D, n),
        early=np.zeros((ill.D, n), dtype=bool),
        bp_drug=never(n),
        sugar_drug=never(n),
        statin=never(n),
        death=never(n),
        cause=np.full(n, BACKGROUND, dtype=np.int8),
        seek=seek.astype(np.float32),
        fixed=hazards.fixed_log(people, circumstances, body, frailty, own),
        air=areas.pm25(seed).astype(np.float32)[people.township].T,
        tables=hazards.tables(),
    )


def state(life: Life, day: int) -> Now:
    """Return the state of everybody on `day`, as it is known to the hazards of the step that `day` is the middle of."""
    at = Moment(life, EVERYBODY, day)
    year = 1970 + day / DAYS_PER_YEAR
    return Now(
        year=year,
        age=at.age,
        sex=at.sex,
        bmi=at.bmi,
        pressure=at.pressure,
        sbp=at.sbp,
        ldl=at.ldl,
        hdl=at.hdl,
        glucose=at.glucose,
        kidney=at.kidney,
        smoker=at.smoker,
        pack_years=at.pack_years,
        years_quit=(np.maximum(day - life.body.smoke_quit, 0) / np.float32(DAYS_PER_YEAR)).astype(np.float32),
        pm25=life.air[int(np.clip(year, FIRST_YEAR, FIRST_YEAR + len(YEARS) - 1)) - FIRST_YEAR],
        has=life.onset <= day,
    )


def log_hazards(life: Life, now: Now, row: int) -> Floats:
    """Return the log relative risk of disease `row` (15: death) for everybody in state `now`."""
    return np.asarray(life.fixed[row] + hazards.changing_log(row, now, life.body), dtype=np.float32)


def table_position(now: Now) -> NDArray[np.int32]:
    """Return where in the hazard tables everybody stands: men first, by single year of age."""
    return now.sex.astype(np.int32) * 111 + np.clip(now.age, 0, 110).astype(np.int32)


def excess_rate(row: int, years: Floats, age: Floats, sex: NDArray[np.int8], day: int) -> Floats:
    """Return the extra deaths per person-year of people with disease `row`, found by symptoms `years` ago."""
    disease = ill.DISEASES[row]
    rate = np.float32(disease.excess) * np.exp(-years / np.float32(disease.excess_years))
    if disease.is_cancer:
        better = np.exp(ill.CANCER_SURVIVAL_TREND * (1970 + day / DAYS_PER_YEAR - ill.CANCER_SURVIVAL_REFERENCE))
        rate = rate * np.clip((np.maximum(age, 0) / 66) ** 1.7, 0.25, 2.0) * better
        rate = rate * np.where(sex == 1, ill.WOMEN_SURVIVE[row], 1.0)
    else:
        # After a stroke or a coronary event it is old age that kills.
        rate = rate * np.clip(np.exp((age - 74) / 10), 0.1, 3.0)
    return np.asarray(rate, dtype=np.float32)
