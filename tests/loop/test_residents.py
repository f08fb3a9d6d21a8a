"""Who has left is on no list: whose observation period ended before that of the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from features.lake import open_lake
from features.residents import residents
from features.sources import get_source


def periods(source) -> dict[int, datetime]:
    with open_lake(source.name) as lake:
        rows = lake.execute("SELECT person_id, observation_period_end_date FROM observation_period").fetchall()
    return dict(rows)


def test_who_moved_away_is_no_resident_and_who_died_is_one_that_died(city_world):
    city = get_source("city")
    known = residents(city, city.as_of)
    ends = periods(city)
    last = max(ends.values())
    with open_lake("city") as lake:
        registered = {person for (person,) in lake.execute("SELECT person_id FROM person").fetchall()}
        died = {person for (person,) in lake.execute("SELECT person_id FROM death").fetchall()}
    left = {person for person, end in ends.items() if end < last} - died
    assert len(left) > 50
    assert not left & set(known.index)
    stayed = {person for person in registered if ends.get(person, last) == last} - died
    assert len(stayed - set(known.index)) <= 0.001 * len(stayed)  # some are registered only after now
    assert known["died_on"].notna().sum() > 100


def test_a_source_may_allow_for_periods_that_end_with_the_last_record(city_world):
    city = get_source("city")
    patient = replace(city, absence_days=365)
    more = residents(patient, city.as_of).index.difference(residents(city, city.as_of).index)
    ends = periods(city)
    assert len(more)
    assert all((city.as_of - ends[person].replace(tzinfo=city.as_of.tzinfo)).days <= 367 for person in more.tolist())
