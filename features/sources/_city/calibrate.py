"""Fit the level of every hazard: `python -m features.sources._city.calibrate` prints the module `calibrated`.

The relative risks of `hazards` move the mean hazard of each sex and age away from its target. A tally of expected
hazards (not of drawn events, so it has little noise) over the lives of a sample says by how much, in every band of
age; the factors are divided by that and the sample lives again, until nothing changes.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.sources._city import calibrated, life, population, state
from features.sources._city import diseases as ill
from features.sources._city.clock import DAYS_PER_YEAR, FIRST_YEAR
from features.sources._city.hazards import FACTOR_AGES, Now
from features.sources._city.targets import onset_rates, trend

Array = NDArray[np.float64]
SEED, RESIDENTS, ROUNDS = 20_240_101, 60_000, 10
BANDS = len(FACTOR_AGES)
# Below this many person-years a band takes the factor of its younger neighbour.
ENOUGH = 200.0


@dataclass
class Tally:
    """Watches lives and sums expected and wanted onsets by disease, sex and band of age, (16, 2, 10) each."""

    expected: Array = field(default_factory=lambda: np.zeros((ill.D + 1, 2, BANDS)))
    wanted: Array = field(default_factory=lambda: np.zeros((ill.D + 1, 2, BANDS)))
    years: Array = field(default_factory=lambda: np.zeros((ill.D + 1, 2, BANDS)))
    by_disease: Array = field(default_factory=lambda: np.zeros((ill.D, 2, BANDS)))  # expected deaths

    def before(self, one: state.Life, day: int) -> None:
        """Nothing is summed at single days."""

    def during(self, one: state.Life, now: Now, day: int, years: float) -> None:
        """Add the hazards of a step, those who are dead, unborn, away or already ill left out."""
        if years > 1:
            return
        position = state.table_position(now)
        rates = onset_rates().reshape(ill.D + 1, 222)
        level = trend(now.year)
        band = np.clip(now.age // 10, 0, BANDS - 1).astype(np.int64) + now.sex * BANDS
        here = one.present(day) if now.year > FIRST_YEAR else now.age >= 0
        for row in range(ill.D + 1):
            at_risk = here if row == ill.D else here & ~now.has[row]
            weight = at_risk * one.tables[row].take(position) * np.exp(state.log_hazards(one, now, row)) * level[row]
            if row == ill.D:
                self._deaths(one, now, position, level, at_risk, band)
            target = at_risk * rates[row].take(position) * level[row]
            for total, values in ((self.expected, weight), (self.wanted, target), (self.years, at_risk)):
                total[row] += np.bincount(band, weights=values, minlength=2 * BANDS).reshape(2, BANDS)

    def _deaths(
        self,
        one: state.Life,
        now: Now,
        position: NDArray[np.int32],
        level: Array,
        here: NDArray[np.bool_],
        band: NDArray[np.int64],
    ) -> None:
        """Add the deaths that diseases cause by themselves: later ones, and those within weeks of an event."""
        weight = np.zeros((ill.D, one.people.n))
        for row, sick, extra in one.excess(round(now.year * DAYS_PER_YEAR - 1970 * DAYS_PER_YEAR)):
            weight[row, sick] += extra * here[sick]
        for row in ill.EVENTS:
            rate = one.tables[row].take(position) * np.exp(state.log_hazards(one, now, row)) * level[row]
            fatal = ill.DISEASES[row].acute_fatality * life.older(now, np.arange(one.people.n))
            weight[row] += rate * ~now.has[row] * fatal * here
        for row in range(ill.D):
            self.by_disease[row] += np.bincount(band, weights=weight[row], minlength=2 * BANDS).reshape(2, BANDS)


def fit(residents: int = RESIDENTS, rounds: int = ROUNDS, seed: int = SEED) -> Array:
    """Return the fitted factors, (16, 2, 10): the geometric mean of the second half of the rounds.

    Every round lives with another seed, so that the frailties of one city leave no trace in the factors.
    """
    factors = np.array(calibrated.FACTORS)
    history = []
    for number in range(rounds):
        calibrated.FACTORS = tuple((tuple(men), tuple(women)) for men, women in factors.tolist())
        people = population.draw(residents, seed + number, 0, 1)
        tally = Tally()
        life.run(state.begin(people, seed + number, 0), seed + number, 0, [tally])
        factors = factors * correction(tally)
        for band in range(1, BANDS):
            few = tally.years[:, :, band] < ENOUGH
            factors[:, :, band] = np.where(few, factors[:, :, band - 1], factors[:, :, band])
        history.append(factors)
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return np.asarray(np.exp(np.mean(np.log(history[rounds // 2 :]), axis=0)))


def correction(tally: Tally) -> Array:
    """Return what the factors must be multiplied by for the tally to come out as wanted, (16, 2, 10)."""
    ratio = np.where(tally.wanted > 0, tally.wanted / np.maximum(tally.expected, 1e-12), 1.0)
    # What diseases kill by themselves is taken from the wanted deaths; at least a fifth stays for all others.
    left = np.maximum(tally.wanted[ill.D] - tally.by_disease.sum(axis=0), 0.2 * tally.wanted[ill.D])
    ratio[ill.D] = left / np.maximum(tally.expected[ill.D], 1e-12)
    return np.asarray(np.clip(ratio, 0.1, 10))


def module_text(factors: Array) -> str:
    """Return the text of the module `calibrated` with these factors."""
    head = (
        '"""Fitted by `calibrate`: what the target rates are multiplied by so that, with all relative risks, they '
        "come out.\n\nOne row a disease (in the order of `diseases.DISEASES`, then death), men and women, ten bands "
        'of age.\n"""\n\nfrom __future__ import annotations\n\n'
    )
    names = [*ill.NAMES, "death"]
    lines = ["FACTORS: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = ("]
    for name, (men, women) in zip(names, factors.tolist(), strict=True):
        rows = [", ".join(f"{value:.4g}" for value in row) for row in (men, women)]
        lines += [f"    (  # {name}", f"        ({rows[0]}),", f"        ({rows[1]}),", "    ),"]
    return head + "\n".join([*lines, ")  # fmt: skip", ""])


if __name__ == "__main__":
    sys.stdout.write(module_text(fit()))
