"""What is true of some people, each on a day of his or her own: what a test done on that very day would find.

Records must be written from here and not from the state in the middle of the year, which would show in March what
begins in September. Quantities are computed when they are first asked for, from the life as it is at that time.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.sources._city import diseases as ill
from features.sources._city import physiology
from features.sources._city.clock import DAYS_PER_YEAR

if TYPE_CHECKING:
    from features.sources._city.state import Life

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Who = NDArray[np.int64] | slice
Day = NDArray[np.int32] | int

EVERYBODY = slice(None)
KIDNEY_LOSS_A_YEAR = 2.7  # mL/min/1.73 m², in the third of those with kidney disease who get worse
KIDNEY_AGES, KIDNEY_WORSE = (45, 55, 65, 75, 90), (0.10, 0.42, 0.40, 2.10, 2.90)  # the loss by age
STATIN_EFFECT = 0.70


class Moment:
    """The people `who` (positions, k of them, or `EVERYBODY`) on `day` (one, or one each, int32).

    Arrays are (k,) float32 unless said otherwise. Units: kg/m², mmHg, mmol/L, mL/min/1.73 m².
    """

    def __init__(self, life: Life, who: Who, day: Day) -> None:
        self.life, self.who, self.day = life, who, day

    def has(self, disease: int) -> Bools:
        """Return whether the disease is there, found or not."""
        return np.asarray(self.life.onset[disease, self.who] <= self.day)

    def z(self, quantity: int) -> Floats:
        """Return the standing of everybody in `quantity` (position in `physiology.QUANTITIES`)."""
        return self.life.body.z[quantity, self.who]

    def years_with(self, disease: int, longest: float) -> Floats:
        """Return the years since the onset, between zero and `longest`."""
        years = (self.day - self.life.onset[disease, self.who]) / np.float32(DAYS_PER_YEAR)
        return np.clip(years, np.float32(0), np.float32(longest))

    @cached_property
    def age(self) -> Floats:
        """Age in years; negative before birth."""
        return np.asarray((self.day - self.life.people.birth[self.who]) / np.float32(DAYS_PER_YEAR), dtype=np.float32)

    @cached_property
    def sex(self) -> NDArray[np.int8]:
        """0 men, 1 women; int8."""
        return self.life.people.sex[self.who]

    @cached_property
    def bmi(self) -> Floats:
        """Body mass index."""
        year = np.asarray(1970 + self.day / DAYS_PER_YEAR, dtype=np.float32)
        return physiology.bmi(self.age, self.sex, self.z(physiology.BMI), year)

    @cached_property
    def pressure(self) -> Floats:
        """Propensity to high pressure."""
        return physiology.pressure(self.age, self.sex, self.z(physiology.PRESSURE), self.bmi)

    @cached_property
    def sbp(self) -> Floats:
        """Usual systolic pressure: below 140 without hypertension, above it with, less what drugs take."""
        body = self.life.body
        free = physiology.soft_below(self.pressure, 139.0, 5.0)
        high = 139.5 + 8.0 * body.excess_pressure[self.who] + 0.35 * np.maximum(self.pressure - 125, 0)
        treated = self.life.bp_drug[self.who] <= self.day
        high = high - np.maximum(body.treatment_effect[self.who], 0) * treated
        return np.where(self.has(ill.HYPERTENSION), np.clip(high, 105, 240), free).astype(np.float32)

    @cached_property
    def ldl(self) -> Floats:
        """LDL cholesterol, less what statins take."""
        level = 2.72 + 0.012 * np.clip(self.age - 40, -20, 20) + 0.62 * self.z(physiology.LDL)
        treated = self.life.statin[self.who] <= self.day
        return (np.maximum(level, 0.8) * np.where(treated, STATIN_EFFECT, 1.0)).astype(np.float32)

    @cached_property
    def hdl(self) -> Floats:
        """HDL cholesterol."""
        return np.clip(1.30 + 0.10 * self.sex + 0.27 * self.z(physiology.HDL), 0.5, 3.2).astype(np.float32)

    @cached_property
    def glucose(self) -> Floats:
        """Fasting glucose: below 7 without diabetes; with it above, rising by the year, less what drugs take."""
        z = self.z(physiology.GLUCOSE)
        free = physiology.fasting_glucose(self.age, z, self.bmi)
        high = 7.0 + 1.15 * np.exp(np.float32(0.55) * z) + 0.06 * self.years_with(ill.DIABETES, 20)
        high = high - 1.30 * (self.life.sugar_drug[self.who] <= self.day)
        return np.where(self.has(ill.DIABETES), np.clip(high, 5.0, 28), free).astype(np.float32)

    @cached_property
    def kidney(self) -> Floats:
        """Glomerular filtration: above 60 without kidney disease, falling in some of those with it."""
        z = self.z(physiology.KIDNEY)
        healthy = physiology.kidney_function(self.age, z)
        loss = KIDNEY_LOSS_A_YEAR * (z < -0.4) * np.interp(self.age, KIDNEY_AGES, KIDNEY_WORSE)
        worse = healthy - loss * self.years_with(ill.CKD, 25)
        free = physiology.soft_above(healthy, 61.0, 4.0)
        return np.where(self.has(ill.CKD), np.clip(worse, 8, 150), free).astype(np.float32)

    @cached_property
    def smoker(self) -> Bools:
        """Whether they smoke; bool."""
        body = self.life.body
        return np.asarray((body.smoke_start[self.who] <= self.day) & (body.smoke_quit[self.who] > self.day))

    @cached_property
    def pack_years(self) -> Floats:
        """Packs of twenty a day times years of smoking."""
        body = self.life.body
        smoked = np.minimum(body.smoke_quit[self.who], self.day) - np.minimum(body.smoke_start[self.who], self.day)
        return np.asarray(smoked / np.float32(DAYS_PER_YEAR) * body.cigarettes[self.who] / 20, dtype=np.float32)
