"""Registers: who lives here, since when and until when, in which circumstances and with whom."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.concepts import FEMALE, MALE
from features.sources._city import households, social
from features.sources._city.clock import DAYS_PER_YEAR, END_DAY
from features.sources._city.records import MICROSECONDS, UTC, Frame, moments
from features.sources._city.townships import TOWNSHIPS


def tables(frame: Frame) -> dict[str, pa.Table]:
    """Return the registers of the people of a bucket, by contract name."""
    return {
        "person": _person(frame),
        "observation_period": _observation_period(frame),
        "social": _social(frame),
        "household_member": _household(frame),
    }


def _person(frame: Frame) -> pa.Table:
    people = frame.life.people
    return pa.table(
        {
            "person_id": people.person_id,
            "gender_concept_id": np.where(people.sex == 1, FEMALE, MALE).astype(np.int64),
            "birth_date": moments(people.birth),
            "known_at": moments(frame.first),
        }
    ).filter(pa.array(frame.seen))


def _observation_period(frame: Frame) -> pa.Table:
    return pa.table(
        {
            "person_id": frame.life.people.person_id,
            "observation_period_start_date": moments(frame.first),
            "observation_period_end_date": moments(frame.last),
        }
    ).filter(pa.array(frame.seen))


def _social(frame: Frame) -> pa.Table:
    """Return one row a person and period between two updates of the registers."""
    life, people = frame.life, frame.life.people
    parts: list[tuple[NDArray[Any], ...]] = []
    for start, end in zip(social.SOCIAL_DAYS, (*social.SOCIAL_DAYS[1:], END_DAY), strict=True):
        there = (frame.first < end) & (frame.last >= start) & frame.seen
        who = np.flatnonzero(there)
        education, occupation = social.activity_at(people, life.social, start)
        since = np.maximum(frame.first[who], start)
        until = np.minimum(frame.last[who], end - 1)
        alone = _members(frame, people.household[who], since) == 1
        parts.append((who, since, until, education[who], occupation[who], alone, np.full(len(who), end == END_DAY)))
    columns = [np.concatenate(x) for x in zip(*parts, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    who, since, until, education, occupation, alone, current = (column[order] for column in columns)
    open_ended = current & (until == END_DAY - 1)
    towns = pa.array([t.code for t in TOWNSHIPS])
    hukou = pa.array(["local", "other_county", "other_province"])
    return pa.table(
        {
            "social_id": frame.numbers(len(who)),
            "person_id": people.person_id[who],
            "valid_from": moments(since),
            "valid_to": pa.array(until.astype(np.int64) * MICROSECONDS, mask=open_ended).view(UTC),
            "township": pa.DictionaryArray.from_arrays(pa.array(people.township[who]), towns),
            "education": education.astype(np.int64),
            "occupation": pa.DictionaryArray.from_arrays(pa.array(occupation), pa.array(social.OCCUPATIONS)),
            "income_band": life.social.income_band[who].astype(np.int64),
            "minimum_living_allowance": life.social.minimum_allowance[who].astype(np.int64),
            "insurance": pa.DictionaryArray.from_arrays(
                pa.array(social.insurance_at(life.social.insurance[who], occupation)), pa.array(social.INSURANCES)
            ),
            "hukou": pa.DictionaryArray.from_arrays(pa.array(people.hukou[who]), hukou),
            "living_alone": (alone & (people.role[who] != households.COLLECTIVE)).astype(np.int64),
            "clinic_distance_km": np.round(life.social.clinic_km[who].astype(np.float64), 2),
            "known_at": moments(since + 30),
        }
    )


def _members(frame: Frame, household: NDArray[np.int32], day: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many members of each `household` live in it on `day`: who came until then, less who went before."""
    home = frame.life.people.household[frame.seen].astype(np.int64) << 20
    wanted = household.astype(np.int64) << 20
    came, went = np.sort(home | frame.first[frame.seen]), np.sort(home | frame.last[frame.seen])
    before = np.searchsorted(came, wanted)
    return (np.searchsorted(came, wanted | day, side="right") - before) - (np.searchsorted(went, wanted | day) - before)


def _household(frame: Frame) -> pa.Table:
    people = frame.life.people
    who = np.flatnonzero(frame.seen)
    number = (people.household[who].astype(np.int64) + 1) * frame.buckets + frame.bucket
    return pa.table(
        {
            "household_id": number,
            "person_id": people.person_id[who],
            "role": pa.DictionaryArray.from_arrays(pa.array(people.role[who]), pa.array(households.ROLES)),
            "member_from": moments(frame.first[who]),
            "known_at": moments(frame.first[who] + round(DAYS_PER_YEAR / 12)),
        }
    )
