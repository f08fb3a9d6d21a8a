"""The truth: what no record shows. It is written to a tree of its own that no feature may read.

- `risk`: for everybody alive and present on an index date and not yet diagnosed, the probability of the onset and of
  the diagnosis of each disease (and of death) within five years, death competing, given everything that is true of
  the person on that day, the undetected disease included.
- `latent`: every onset, when it was, when it was diagnosed, and whether a test found it early.
- `survey`: the true state of everybody on the last day of a few years, as a survey without error would find it.
- `person`: arrival, leaving, death and its cause, frailty and traits.
- `error`: every injected error of the records.

A risk is the one of the hazards of the index date with age advancing and all else held: smoking, weight, drugs and
other diseases stay as they are, so it is the model's own probability up to what five years change in the person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.sources._city import care, screening
from features.sources._city import diseases as ill
from features.sources._city.clock import (
    END_DAY,
    HORIZON_YEARS,
    LANDMARKS,
    NEVER,
    START_DAY,
    SURVEY_YEARS,
    day_of,
)
from features.sources._city.hazards import Now
from features.sources._city.life import detection_rates
from features.sources._city.state import Life, excess_rate, log_hazards, state, table_position
from features.sources._city.targets import trend

Floats = NDArray[np.float32]
SURVEY_DAYS = tuple(day_of(year + 1) for year in SURVEY_YEARS)


@dataclass
class Truth:
    """Watches lives (see `life.run`) and keeps what was true of them."""

    risks: list[dict[str, NDArray[np.generic]]] = field(default_factory=list)
    surveys: list[dict[str, NDArray[np.generic]]] = field(default_factory=list)

    def before(self, life: Life, day: int) -> None:
        """Take down risks at index dates and the state at surveys."""
        if day in LANDMARKS:
            self.risks.extend(risk(life, state(life, day), day))
        if day in SURVEY_DAYS:
            self.surveys.append(survey(life, state(life, day), day))

    def during(self, life: Life, now: Now, day: int, years: float) -> None:
        """Nothing is taken down in the middle of a step."""


def risk(life: Life, now: Now, day: int) -> list[dict[str, NDArray[np.generic]]]:
    """Return the true five-year risks of everybody present on `day`, one dict of columns a disease and death."""
    who = np.flatnonzero(life.present(day))
    position = np.minimum(table_position(now), 221)
    checkup = care.checkup_chance(life, now, day)
    advance = [np.minimum(position + k, np.where(now.sex == 1, 221, 110)) for k in range(HORIZON_YEARS)]
    relative = np.exp(log_hazards(life, now, ill.D))
    extra = np.zeros(life.people.n, dtype=np.float32)
    for _, sick, rate in life.excess(day):
        extra[sick] += rate
    deaths = [life.tables[ill.D].take(at) * relative + extra * np.float32(0.85**k) for k, at in enumerate(advance)]
    dead = -np.expm1(-np.sum(deaths, axis=0))
    out = []
    for row, disease in enumerate(ill.DISEASES):
        level = life.tables[row]
        factor = np.exp(log_hazards(life, now, row))
        if disease.is_event:
            found = np.full(life.people.n, np.inf, dtype=np.float32)
        else:
            found = detection_rates(life, row, np.arange(life.people.n), checkup)
            found = found + screening.programme_rate(life, row, day)
        onsets = [level.take(at) * factor * np.float32(trend(now.year + k)[row]) for k, at in enumerate(advance)]
        onset, flow = _project(life.onset[row] <= day, life.diagnosis[row] > day, onsets, found, deaths)
        dead += _fatal(row, now, day, flow, deaths)
        diagnosis = np.sum(flow, axis=0)
        free = who[life.diagnosis[row, who] > day]
        out.append(_rows(life, free, day, disease.name, onset, diagnosis))
    out.append(_rows(life, who, day, "death", dead, dead))
    return out


def _fatal(row: int, now: Now, day: int, flow: list[Floats], deaths: list[Floats]) -> Floats:
    """Return the probability to die of a disease that will be diagnosed: it has the rest of the five years to kill.

    Who would have died anyway in those years is left out, since `deaths` already counts them.
    """
    disease = ill.DISEASES[row]
    total = np.zeros(len(now.age), dtype=np.float32)
    if not disease.excess:
        return total
    acute = disease.acute_fatality * np.clip(0.5 + (now.age + 2.5 - 40) / 50, 0.4, 1.8)
    for k, new in enumerate(flow):
        left = HORIZON_YEARS - k - 0.5
        middle = np.full(len(now.age), left / 2, dtype=np.float32)
        later = excess_rate(row, middle, now.age + np.float32(k + left / 2), now.sex, day + 365 * k) * left
        spared = np.exp(-np.sum(deaths[k:], axis=0) * left / (HORIZON_YEARS - k))
        total += new * (1 - (1 - acute) * np.exp(-later)) * spared
    return total


def _project(
    there: NDArray[np.bool_], unknown: NDArray[np.bool_], onsets: list[Floats], found: Floats, deaths: list[Floats]
) -> tuple[Floats, list[Floats]]:
    """Return the probability of onset, and that of diagnosis in each of the years of the lists.

    Yearly steps of the states free, undetected, diagnosed and dead; who falls ill within a year is open to detection
    for half of it.
    """
    free = (~there).astype(np.float32)
    hidden = (there & unknown).astype(np.float32)
    begun = np.zeros_like(free)
    flow = []
    whole, half = -np.expm1(-found), -np.expm1(-found / 2)
    for rate, dying in zip(onsets, deaths, strict=True):
        alive = np.exp(-dying)
        half_alive = np.sqrt(alive)
        new = free * -np.expm1(-rate) * half_alive
        begun += new
        flow.append(new * half + hidden * whole * half_alive)
        free = free * np.exp(-rate) * alive
        hidden = hidden * (1 - whole) * alive + new * (1 - half) * half_alive
    return begun, flow


def _rows(
    life: Life, who: NDArray[np.int64], day: int, name: str, onset: Floats, diagnosis: Floats
) -> dict[str, NDArray[np.generic]]:
    code = np.full(len(who), -1 if name == "death" else ill.INDEX[name], dtype=np.int8)
    return {
        "person": who,
        "day": np.full(len(who), day, dtype=np.int32),
        "disease": code,
        "onset": onset[who],
        "diagnosis": diagnosis[who],
    }


def survey(life: Life, now: Now, day: int) -> dict[str, NDArray[np.generic]]:
    """Return the true state of everybody present on `day`, one array a column."""
    who = np.flatnonzero(life.present(day))
    columns: dict[str, NDArray[np.generic]] = {"person": who, "day": np.full(len(who), day, dtype=np.int32)}
    for name in ("age", "bmi", "sbp", "glucose", "ldl", "hdl", "kidney", "pack_years"):
        columns[name] = getattr(now, name)[who]
    columns["smoker"] = now.smoker[who]
    bits = (1 << np.arange(ill.D, dtype=np.int32))[:, None]
    columns["has"] = (now.has[:, who] * bits).sum(axis=0, dtype=np.int32)
    columns["known"] = ((life.diagnosis[:, who] <= day) * bits).sum(axis=0, dtype=np.int32)
    columns["bp_drug"], columns["sugar_drug"] = life.bp_drug[who] <= day, life.sugar_drug[who] <= day
    return columns


def tables(life: Life, truth: Truth) -> dict[str, pa.Table]:
    """Return the tables of the truth, all but `error`, which `mistakes` writes."""
    ids = life.people.person_id
    names = pa.array([*ill.NAMES, "death"])
    risks = {key: np.concatenate([part[key] for part in truth.risks]) for key in truth.risks[0]}
    code = np.where(risks["disease"] < 0, ill.D, risks["disease"]).astype(np.int8)
    surveys = {key: np.concatenate([part[key] for part in truth.surveys]) for key in truth.surveys[0]}
    row, who = np.nonzero((life.onset < END_DAY) & (life.onset < life.death))
    known = life.diagnosis[row, who]
    seen = (known < END_DAY) & (known <= life.death[who])
    return {
        "risk": pa.table({
            "person_id": ids[risks["person"]],
            "landmark": _dates(risks["day"]),
            "outcome": pa.DictionaryArray.from_arrays(pa.array(code), names),
            "risk_onset": risks["onset"],
            "risk_diagnosis": risks["diagnosis"],
        }),
        "latent": pa.table({
            "person_id": ids[who],
            "disease": pa.DictionaryArray.from_arrays(pa.array(row.astype(np.int8)), names),
            "onset_date": _dates(life.onset[row, who]),
            "diagnosis_date": _dates(known, seen),
            "found_early": life.early[row, who] & seen,
        }),
        "survey": pa.table({
            "person_id": ids[surveys.pop("person")], "date": _dates(surveys.pop("day")), **surveys,
        }),
        "person": _people(life),
    }  # fmt: skip


def _people(life: Life) -> pa.Table:
    people, body = life.people, life.body
    never = NEVER
    died = life.death < END_DAY
    return pa.table(
        {
            "person_id": people.person_id,
            "sex": people.sex,
            "birth_date": _dates(people.birth),
            "arrival_date": _dates(people.arrive),
            "leaving_date": _dates(people.leave, people.leave < END_DAY),
            "death_date": _dates(life.death, died),
            "cause": pa.array(np.where(died, life.cause, -1).astype(np.int8)),
            "township": people.township,
            "urban": people.urban,
            "hukou": people.hukou,
            "household": people.household,
            "collective": people.role == 4,
            "education": life.social.education,
            "income": life.social.income,
            "insurance": life.social.insurance,
            "minimum_allowance": life.social.minimum_allowance,
            "alcohol": body.alcohol,
            "cigarettes": body.cigarettes,
            "smoke_start": _dates(body.smoke_start, body.smoke_start < never),
            "smoke_quit": _dates(body.smoke_quit, body.smoke_quit < never),
            "hepatitis_b": body.hepatitis_b,
            "helicobacter": body.helicobacter,
            "seek": life.seek,
        }
    )


def _dates(days: NDArray[np.generic], valid: NDArray[np.bool_] | None = None) -> pa.Array:
    plain = np.clip(days.astype(np.int64), -60_000, START_DAY + 60_000).astype(np.int32)
    return pa.array(plain, mask=None if valid is None else ~valid).cast(pa.date32())
