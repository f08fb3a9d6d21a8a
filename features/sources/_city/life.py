"""The lives of the people of one bucket: onset, detection, treatment and death, step by step.

Steps are years (five-year steps long before the records). Within a step the order is: state at its middle, onsets,
screening, detection, treatment, death, what is written down. Each happens on a day of its own; the state in the
middle moves the hazards only, and what is written down is the state of the very day (see `moment`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from features.sources._city import care, physiology, screening
from features.sources._city import diseases as ill
from features.sources._city.clock import DAYS_PER_YEAR, END_DAY, FIRST_YEAR, NEVER, PAST, YEARS, day_of, stream
from features.sources._city.hazards import Now
from features.sources._city.state import BACKGROUND, Life, log_hazards, state, table_position
from features.sources._city.targets import trend

Floats = NDArray[np.float32]
Days = NDArray[np.int32]
Positions = NDArray[np.int64]

RESULTS_WITHIN_DAYS = 14  # of a check-up: what it finds is diagnosed by then; an assumption


class Watcher(Protocol):
    """Somebody who looks on while lives go by."""

    def before(self, life: Life, day: int) -> None:
        """See everybody on the first day of each recorded year, and on the day after the last."""

    def during(self, life: Life, now: Now, day: int, years: float) -> None:
        """See the state in the middle of each step, the step's first day and its length."""


def detection_rates(life: Life, row: int, who: NDArray[np.int64], checkup: Floats) -> Floats:
    """Return the yearly rate at which the undetected disease `row` of `who` is found outside screening.

    `checkup` is whether each went to a health check-up this year, or the chance of it.
    """
    disease = ill.DISEASES[row]
    seek = np.exp(np.float32(0.25) * life.seek[who])
    chance = (checkup * disease.found_at_checkup + (1 - checkup) * disease.found_otherwise) * seek
    return np.asarray(-np.log1p(-np.minimum(chance, 0.9)) + seek / np.float32(disease.sojourn), dtype=np.float32)


def run(life: Life, seed: int, bucket: int, watch: Sequence[Watcher] = ()) -> Life:
    """Live through the past and the fifteen years of records, in place, and return the lives."""
    rng = stream(seed, "life", bucket)
    for year, length in (*PAST, *((year, 1.0) for year in YEARS)):
        first, recorded = day_of(year), year >= FIRST_YEAR
        last = END_DAY if year == YEARS[-1] else first + round(length * DAYS_PER_YEAR)
        for one in watch if recorded else ():
            one.before(life, first)
        physiology.move(life.body, rng, length)
        now = state(life, (first + last) // 2)
        for one in watch:
            one.during(life, now, first, length)
        position = table_position(now)
        new = _onsets(life, now, position, rng, first, last, length)
        checkup = care.checkup_chance(life, now, first)
        if recorded:
            visit = np.full(life.people.n, NEVER, dtype=np.int32)
            went = np.flatnonzero(rng.random(life.people.n, dtype=np.float32) < checkup * life.present(first))
            visit[went] = first + (rng.random(len(went), dtype=np.float32) * (last - first)).astype(np.int32)
            screening.year(life, rng, year)
            checkup = np.zeros_like(checkup)  # what check-ups find is found on their own days
        _detect(life, rng, checkup, first, last)
        if recorded:
            _find_at_visits(life, rng, went, visit[went])
        care.treat(life, now, rng, first, last)
        _deaths(life, now, position, rng, first, last, length, new, recorded)
        if recorded:
            care.write_year(life, rng, went, visit[went], first, last)
    for one in watch:
        one.before(life, END_DAY)
    return life


def _onsets(
    life: Life, now: Now, position: NDArray[np.int32], rng: np.random.Generator, first: int, last: int, years: float
) -> list[tuple[int, NDArray[np.int64]]]:
    """Draw this step's onsets; return the events (disease, people) of it."""
    level = trend(now.year) * years
    alive = (life.death > first) & (now.age >= 0)
    events = []
    for row in range(ill.D):
        rate = life.tables[row].take(position)
        rate *= np.exp(log_hazards(life, now, row))
        chance = -np.expm1(-rate * np.float32(level[row]))
        luck = rng.random(len(rate), dtype=np.float32)
        who = np.flatnonzero((luck < chance) & alive & ~now.has[row])
        # Given that the luck was below the chance, their ratio is uniform.
        day = first + luck[who] / chance[who] * (last - first)
        life.onset[row, who] = np.maximum(day, life.people.birth[who]).astype(np.int32)
        if ill.DISEASES[row].is_event:
            life.diagnosis[row, who] = life.onset[row, who]
            events.append((row, who))
    return events


def _detect(life: Life, rng: np.random.Generator, checkup: Floats, first: int, last: int) -> None:
    """Find some of what is there undetected."""
    for row, disease in enumerate(ill.DISEASES):
        if disease.is_event:
            continue
        who = np.flatnonzero((life.onset[row] < last) & (life.diagnosis[row] == NEVER) & (life.death > first))
        since = np.maximum(life.onset[row, who], first)
        years = (last - since) / np.float32(DAYS_PER_YEAR)
        chance = -np.expm1(-detection_rates(life, row, who, checkup[who]) * years)
        luck = rng.random(len(who), dtype=np.float32)
        found = luck < chance
        day = since[found] + luck[found] / chance[found] * (last - since[found])
        life.diagnosis[row, who[found]] = np.minimum(day, last - 1).astype(np.int32)


def _find_at_visits(life: Life, rng: np.random.Generator, went: Positions, visit: Days) -> None:
    """Find at check-ups, and within two weeks of them, some of what is there on that day."""
    for row, disease in enumerate(ill.DISEASES):
        if disease.found_at_checkup <= disease.found_otherwise:
            continue
        here = np.flatnonzero((life.onset[row, went] <= visit) & (life.diagnosis[row, went] > visit))
        who, day = went[here], visit[here]
        with_it, without = (detection_rates(life, row, who, np.full(len(who), c, np.float32)) for c in (1, 0))
        found = rng.random(len(who), dtype=np.float32) < -np.expm1(without - with_it)
        told = day[found] + rng.integers(0, RESULTS_WITHIN_DAYS, int(found.sum()), dtype=np.int32)
        life.diagnosis[row, who[found]] = np.minimum(life.diagnosis[row, who[found]], told)


def _deaths(
    life: Life,
    now: Now,
    position: NDArray[np.int32],
    rng: np.random.Generator,
    first: int,
    last: int,
    years: float,
    new: list[tuple[int, NDArray[np.int64]]],
    recorded: bool,
) -> None:
    """Draw deaths. In the past, and before somebody came, nobody dies: who would have is spared the disease."""
    n = life.people.n
    arrived = (life.people.arrive <= first) if recorded else np.zeros(n, dtype=bool)
    if recorded:
        rate = life.tables[ill.D].take(position) * np.exp(log_hazards(life, now, ill.D))
        dies = (rng.random(n, dtype=np.float32) < -np.expm1(-rate)) & arrived & (life.death > first)
        _die(life, rng, np.flatnonzero(dies), BACKGROUND, first, last)
    for row, who, extra in life.excess((first + last) // 2):
        hit = who[rng.random(len(who), dtype=np.float32) < -np.expm1(-extra * np.float32(years))]
        here = hit[arrived[hit]]
        counted = ill.DISEASES[row].is_cancer | (rng.random(len(here), dtype=np.float32) < ill.LATER_DEATHS_COUNTED)
        cause = np.where(counted, row, BACKGROUND).astype(np.int8)
        _die(life, rng, here, cause, np.maximum(life.diagnosis[row, here], first), last)
        _spare(life, row, hit[~arrived[hit]])
    for row, who in new:
        hit = who[rng.random(len(who), dtype=np.float32) < ill.DISEASES[row].acute_fatality * older(now, who)]
        start = life.onset[row, hit[arrived[hit]]]
        _die(life, rng, hit[arrived[hit]], row, start, start + 28)
        _spare(life, row, hit[~arrived[hit]])


def older(now: Now, who: NDArray[np.int64]) -> Floats:
    """Return what the fatality of an event is multiplied by: it doubles between 60 and 90."""
    return np.clip(0.5 + (now.age[who] - 40) / 50, 0.4, 1.8).astype(np.float32)


def _die(
    life: Life,
    rng: np.random.Generator,
    who: NDArray[np.int64],
    cause: int | NDArray[np.int8],
    first: Days | int,
    last: Days | int,
) -> None:
    day = (first + rng.random(len(who), dtype=np.float32) * (last - first)).astype(np.int32)
    day = np.maximum(day, life.people.birth[who])
    sooner = day < life.death[who]
    life.death[who[sooner]] = day[sooner]
    life.cause[who[sooner]] = cause[sooner] if isinstance(cause, np.ndarray) else cause


def _spare(life: Life, row: int, who: NDArray[np.int64]) -> None:
    life.onset[row, who] = life.diagnosis[row, who] = NEVER
