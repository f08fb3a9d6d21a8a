"""Corrected records: any order of arrival gives one state, and history shows what was known at each moment."""

from __future__ import annotations

import shutil
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.arriving.arrived import Arrived
from features.arriving.intake import Intake
from features.contracts import contracts
from features.folding import fold
from features.journal import open_journal
from features.lake import open_lake
from features.log_reading import features_at
from features.versions import superseded_name
from tests.conftest import use
from tests.property.test_stream_replay import AS_OF, KINDS, NUMBERED, PEOPLE, TOWN, Sent, submission, town

__all__ = ["town"]  # the fixture

PERSONS = np.arange(1, PEOPLE + 4)
# Moments between and at those at which versions become known, which lie 100 days apart.
VERSIONS = [(AS_OF - timedelta(days=100 * back)) for back in range(1, 6)]
MOMENTS = [AS_OF, *VERSIONS, *(moment - timedelta(seconds=1) for moment in VERSIONS)]
CORRECTED = sorted(KINDS.keys() - {"household_member"})  # see `features.streams.household_sql`


def version(draw: st.DrawFn, name: str, number: int, known: object) -> dict[str, object]:
    """Return one version of record `number` of a table."""
    cells = draw(KINDS[name]) | {"known_at": known.isoformat()}
    if "person_id" in cells:  # those whom the town knows; a correction may be about another one
        cells["person_id"] = 1 + cells["person_id"] % PEOPLE
    if name == "social":
        cells["social_id"] = 1000 + number
    if name in NUMBERED:
        cells[NUMBERED[name]] = 1000 + number
    elif name == "area_year":
        cells |= {"township": "331002001", "year": 2010 + number % 5}
    else:
        cells["person_id"] = 1 + number % 10
    if name == "person":  # those are registered already, so these rows correct the registration
        cells |= {"person_id": 1 + number % 10, "birth_date": draw(st.sampled_from(["1950-06-01", "1961-01-02"]))}
    return cells


@st.composite
def corrected_records(draw: st.DrawFn) -> list[Sent]:
    """Return rows: one to four versions of each of some records, each known at another moment."""
    rows: list[Sent] = []
    for number in range(draw(st.integers(1, 8))):
        name = draw(st.sampled_from(CORRECTED))
        known = draw(st.lists(st.sampled_from(VERSIONS), min_size=1, max_size=4, unique=True))
        rows += [(name, version(draw, name, number, moment)) for moment in known]
    seen: dict[tuple[object, ...], Sent] = {}
    for name, cells in rows:
        seen.setdefault((name, *(cells[key] for key in contracts()[name].key), cells["known_at"]), (name, cells))
    return list(seen.values())


def send(batches: list[list[Sent]]) -> None:
    """Take batches in; each must be kept whole."""
    with open_journal("town") as journal:
        arrived = Arrived("town")
        arrived.catch_up(journal)
        intake = Intake(arrived, journal)
        for batch in batches:
            (outcome,), _ = intake.take([submission(batch)])
            assert not len(outcome.findings), outcome.findings


def state() -> dict[str, pd.DataFrame | np.ndarray]:
    """Return every table, what was superseded in it, and everybody's features at every moment."""
    found: dict[str, pd.DataFrame | np.ndarray] = {}
    with open_lake("town") as lake:
        for contract in contracts().values():
            for view in (contract.name, superseded_name(contract)):
                found[view] = lake.execute(f"SELECT * FROM {view} ORDER BY ALL").df()
    found["features"] = history(MOMENTS)
    return found


def history(moments: list[object]) -> np.ndarray:
    at = np.array([round(moment.timestamp() * 1e6) for moment in moments])
    return features_at("town", np.tile(PERSONS, len(at)), np.repeat(at, len(PERSONS)))


def same(one: dict[str, pd.DataFrame | np.ndarray], other: dict[str, pd.DataFrame | np.ndarray]) -> None:
    for name, values in one.items():
        if isinstance(values, pd.DataFrame):
            pd.testing.assert_frame_equal(values, other[name], check_exact=True, obj=name)
        else:
            np.testing.assert_array_equal(values, other[name], err_msg=name)


def split(rows: list[Sent], cuts: list[int]) -> list[list[Sent]]:
    bounds = [0, *sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)]
    return [rows[first:last] for first, last in pairwise(bounds)]


@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rows=corrected_records(), order=st.randoms(use_true_random=False), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_any_order_gives_one_state_and_a_fold_keeps_it(town: Path, tmp_path_factory, rows, order, cuts):
    root = tmp_path_factory.mktemp("versions")
    shuffled = order.sample(rows, len(rows))
    states = []
    for name, batches in (("one", [[row] for row in rows]), ("other", split(shuffled, cuts))):
        shutil.copytree(town, root / name)
        with use(root / name, SANZAO_THREADS="1"):
            send(batches)
            states.append(state())
            send([[row] for row in order.sample(rows, min(3, len(rows)))])  # once more: nothing changes
            for _ in range(2):  # the second fold empties the journal
                fold(TOWN)
                states.append(state())
    for found in states[1:]:
        same(states[0], found)
    for moment in (VERSIONS[0], VERSIONS[2] - timedelta(seconds=1), AS_OF):
        as_known(town, root, rows, moment, states[0]["features"][:, MOMENTS.index(moment) * len(PERSONS) :])
    shutil.rmtree(root)


def as_known(town: Path, root: Path, rows: list[Sent], moment: object, got: np.ndarray) -> None:
    """Check the features at a moment against those of a town that never heard of what was known later."""
    newest: dict[tuple[object, ...], Sent] = {}
    for name, cells in sorted(rows, key=lambda row: str(row[1]["known_at"])):
        if str(cells["known_at"]) <= moment.isoformat():
            newest[name, *(cells[key] for key in contracts()[name].key)] = (name, cells)
    # A folder of its own each: what is cached is told apart by where it lies.
    then = root / f"then-{moment:%Y%m%dT%H%M%S}"
    shutil.copytree(town, then)
    with use(then, SANZAO_THREADS="1"):
        send([list(newest.values())] if newest else [])
        np.testing.assert_array_equal(got[:, : len(PERSONS)], history([moment]))
