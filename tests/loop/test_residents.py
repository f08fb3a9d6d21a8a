"""Who has left or died is on no list: whoever's observation period ended early, or whose death is known."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime

import numpy as np

from benchmarks._stream_server import ChanceModels
from features.arriving.intake import Intake
from features.journal import open_journal
from features.lake import open_lake
from features.residents import residents
from features.sources import get_source
from models.risk_model import risk_models
from models.screening_programme import programmes
from serving.area_cells import AreaCells
from serving.service import Service
from serving.worklists import Circumstances, candidates
from tests.conftest import use
from tests.property.test_stream_replay import TOWN, submission, town

__all__ = ["town"]  # the fixture


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


def listed(service: Service) -> dict[str, set[int]]:
    """Return who stands on each risk list and each worklist."""
    found = {name: set(part.stretch(0, len(part)).person.tolist()) for name, part in service.ranking.lists.items()}
    circumstances = Circumstances(service.live)
    for name, programme in programmes().items():
        if programme.model in service.snapshot.champions:
            found[f"worklist {name}"] = set(candidates(programme, service.ranking, circumstances).person.tolist())
    return found


def test_who_moves_away_or_dies_while_a_server_runs_leaves_every_list(town, tmp_path):
    shutil.copytree(town, tmp_path / "town")
    with use(tmp_path / "town", SANZAO_THREADS="1"):
        service = Service(TOWN, ChanceModels(len(risk_models()), 3))
        before = listed(service)
        worklists = {name for name, people in before.items() if name.startswith("worklist") and people}
        assert len(worklists) >= 3
        moving, dying = sorted(before["worklist hypertension"] & before["worklist diabetes"])[:2]
        known = {"known_at": "2019-12-31T08:00:00Z"}
        moved = {
            "person_id": moving, "observation_period_start_date": "2015-01-01",
            "observation_period_end_date": "2019-06-30",
        } | known  # fmt: skip
        with open_journal(TOWN.name) as journal:
            batch = [("observation_period", moved), ("death", {"person_id": dying, "death_date": "2019-12-30"} | known)]
            (outcome,), _ = Intake(service.live.arrived, journal).take([submission(batch)])
            assert outcome.kept == 2, outcome.findings
        service.live.settle()
        after = listed(service)
        assert {name: people - {moving, dying} for name, people in before.items()} == after
        cells = AreaCells(service.ranking, service.registry.declared)
        gone = service.population.residents.index.get_indexer([moving, dying])
        assert not cells._living[gone].any()
        # A server that starts now comes to the same, and so does who asks the lake.
        assert listed(Service(TOWN, ChanceModels(len(risk_models()), 3))) == after
        here = residents(TOWN, service.population.now)
        assert moving not in here.index
        assert np.isfinite(here["died_on"].astype("int64")[dying])
