"""Any stream of records, in any order and with repeats, gives bit for bit what a full batch of them gives."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks._stream_server import ChanceModels, state_of
from features.arriving.intake import Intake
from features.arriving.rows import read_json
from features.contracts import contracts
from features.journal import open_journal
from features.lake import build_lake
from features.log_writing import build_log
from features.record_log import log_path
from features.sources import Source
from features.store import build_store
from serving.recorder import Submission
from serving.service import Service
from tests.conftest import use

AS_OF = datetime(2020, 1, 1, tzinfo=UTC)
KNOWN = pd.Timestamp("2015-01-01", tz="UTC")
PEOPLE, HOMES, TOWNSHIPS = 30, 4, ("331002001", "331002002")


def load() -> dict[str, pd.DataFrame]:
    """Return a small town in which everybody is registered, half live in households, and one of these is full."""
    person = np.arange(1, PEOPLE + 1)
    born = [pd.Timestamp("1940-03-01", tz="UTC") + pd.Timedelta(days=400 * int(n)) for n in person]
    home = np.where(person <= 20, 1, 2 + person % 2)  # household 1 has as many members as one may have
    members = pd.DataFrame({
        "household_id": home, "person_id": person, "role": "child", "member_from": KNOWN, "known_at": KNOWN,
    })  # fmt: skip
    pressure = pd.DataFrame({
        "measurement_id": person, "person_id": person, "measurement_concept_id": 3004249, "measurement_date": KNOWN,
        "value_as_number": 110.0 + person, "unit_source_value": "mm[Hg]", "known_at": KNOWN,
    })  # fmt: skip
    sick = pd.DataFrame({
        "condition_occurrence_id": person[::5], "person_id": person[::5], "condition_concept_id": 0,
        "condition_start_date": KNOWN, "condition_source_value": "E11", "known_at": KNOWN,
    })  # fmt: skip
    ended = pd.Timestamp("2019-12-31", tz="UTC")
    period = pd.DataFrame({
        "person_id": person[:-1], "observation_period_start_date": KNOWN,
        "observation_period_end_date": [ended - pd.Timedelta(days=900 * (n == 9)) for n in person[:-1]],
    })  # fmt: skip
    people = pd.DataFrame({
        "person_id": person, "gender_concept_id": np.where(person % 2, 8507, 8532), "birth_date": born,
        "known_at": KNOWN,
    })  # fmt: skip
    lived = pd.DataFrame([social(int(n), int(n), TOWNSHIPS[n % 2], KNOWN) for n in person[:10]])
    return {
        "person": people, "household_member": members, "measurement": pressure, "condition_occurrence": sick,
        "observation_period": period, "social": lived,
    }  # fmt: skip


def social(number: int, person: int, township: str, moment: object) -> dict[str, object]:
    return {
        "social_id": number, "person_id": person, "valid_from": moment, "valid_to": None, "township": township,
        "education": 2, "occupation": "farmer", "income_band": 3, "minimum_living_allowance": 0,
        "insurance": "resident", "hukou": "local", "living_alone": 0, "clinic_distance_km": 1.5, "known_at": moment,
    }  # fmt: skip


TOWN = Source(
    name="town", title="town", title_zh="镇", notice="Synthetic records.", notice_zh="合成记录。", licence="Apache-2.0",
    synthetic=True, as_of=AS_OF, landmark_concept="systolic_bp", fingerprint=lambda: "town", load=load,
    buckets=lambda: 2,
)  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the town, its lake and store built."""
    root = tmp_path_factory.mktemp("town")
    with use(root, SANZAO_THREADS="1"):
        build_lake(TOWN)
        build_store(TOWN)
    return root


persons = st.integers(1, PEOPLE + 3)  # the last three are registered by the stream only
days = st.integers(-2_000, -1).map(lambda back: (AS_OF + timedelta(days=back)).date().isoformat())
# Some become known after now, so that now moves.
moments = st.integers(-50_000, 60).map(lambda hours: (AS_OF + timedelta(hours=hours)).isoformat())


def row(**cells: object) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({
        name: cell if isinstance(cell, st.SearchStrategy) else st.just(cell)
        for name, cell in {"person_id": persons, "known_at": moments, **cells}.items()
    })  # fmt: skip


KINDS = {
    "measurement": row(
        measurement_concept_id=st.sampled_from([3004249, 3012888, 1]), measurement_date=days,
        value_as_number=st.integers(60, 130), unit_source_value="mm[Hg]",
    ),
    "observation": row(
        observation_concept_id=43054909, observation_date=days, value_as_number=st.integers(0, 1),
        unit_source_value="1",
    ),
    "condition_occurrence": row(
        condition_concept_id=0, condition_start_date=days,
        condition_source_value=st.sampled_from(["E11.9", "C34", "B18.1", "I63", "Z00"]),
    ),
    "visit_occurrence": row(visit_concept_id=9202, visit_start_date=days, visit_source_value="clinic"),
    "household_member": row(
        household_id=st.integers(1, HOMES), role=st.sampled_from(["head", "collective"]), member_from=days,
    ),
    "death": row(death_date=days),
    "person": row(
        person_id=st.integers(PEOPLE + 1, PEOPLE + 3), gender_concept_id=8507, birth_date="1950-06-01",
    ),
    "social": st.builds(
        lambda person, township, moment, day: social(0, person, township, moment) | {"valid_from": day},
        persons, st.sampled_from(TOWNSHIPS), moments, days,
    ),
    "area_year": st.fixed_dictionaries({
        "township": st.sampled_from(TOWNSHIPS), "year": st.integers(2010, 2019), "pm25": st.integers(10, 60),
        "income": st.just(30_000), "share_60": st.just(0.2), "clinics": st.just(3), "known_at": moments,
    }),
}  # fmt: skip
NUMBERED = {name: contracts()[name].key[0] for name in KINDS if contracts()[name].key[0].startswith(name)}

Sent = tuple[str, dict[str, object]]


@st.composite
def streams(draw: st.DrawFn) -> list[list[Sent]]:
    """Return batches of records: each record at least once, in any order, many of them again."""
    records: list[Sent] = []
    for number in range(draw(st.integers(3, 30))):
        name = draw(st.sampled_from(sorted(KINDS)))
        cells = draw(KINDS[name])
        if name in NUMBERED:
            cells = cells | {NUMBERED[name]: 1000 + number}
        key = contracts()[name].key
        if not any(other == name and all(cells[k] == had[k] for k in key) for other, had in records):
            records.append((name, cells))
    sent = draw(st.permutations(records)) + draw(st.lists(st.sampled_from(records), max_size=10))
    cuts = sorted(draw(st.lists(st.integers(0, len(sent)), max_size=6)))
    bounds = zip([0, *cuts], [*cuts, len(sent)], strict=True)
    # What came before the person it is about was refused, so senders send it once more.
    return [sent[first:last] for first, last in bounds] + [records]


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(stream=streams(), looks=st.lists(st.booleans(), min_size=8, max_size=8))
def test_a_stream_gives_what_a_full_batch_gives(town, tmp_path_factory, stream, looks):
    replay(town, tmp_path_factory.mktemp("replay"), stream, looks)


def test_a_home_that_becomes_an_institution_says_nothing_any_more(town, tmp_path_factory):
    known = {"known_at": "2019-06-01T00:00:00Z"}
    one_more = {"household_id": 1, "person_id": 25, "role": "head", "member_from": "2019-05-01"} | known
    ill = {"condition_occurrence_id": 1000, "person_id": 3, "condition_concept_id": 0} | known
    ill |= {"condition_start_date": "2019-05-02", "condition_source_value": "E11"}
    stream = [[("condition_occurrence", ill)], [("household_member", one_more)]]
    replay(town, tmp_path_factory.mktemp("institution"), stream, [True, True])


def replay(town: Path, root: Path, stream: list[list[Sent]], looks: list[bool]) -> None:
    """Check that records which arrive in batches give what all of them at once do; look at the lists in between."""
    shutil.copytree(town, root, dirs_exist_ok=True)
    with use(root, SANZAO_THREADS="1"):
        service = Service(TOWN, MODELS)
        with open_journal("town") as journal:
            intake = Intake(service.live.arrived, journal)
            for batch, look in zip(stream, looks, strict=False):
                intake.take([submission(batch)])
                if look:
                    service.live.catch_up()
        service.live.settle()
        streamed = state_of(service)
        # The batch: the log written anew from the lake with all that arrived, everything worked out from it.
        shutil.rmtree(log_path("town"))
        build_log("town", with_arrivals=True)
        anew = Service(TOWN, MODELS)
        batched = state_of(anew)
    shutil.rmtree(root)
    assert streamed.keys() == batched.keys()
    for name, values in batched.items():
        if name not in {"arrived", "online"}:
            np.testing.assert_array_equal(streamed[name], values, err_msg=name)
    np.testing.assert_array_equal(streamed["online"], batched["features"])


MODELS = ChanceModels(3, 20)


def submission(batch: list[Sent]) -> Submission:
    """Return records as a request would hand them over, but for keeping what is right of them."""
    tables: dict[str, list[dict[str, object]]] = {}
    for name, cells in batch:
        tables.setdefault(name, []).append(cells)
    given_rows = {
        name: [{k: v.isoformat() if isinstance(v, pd.Timestamp) else v for k, v in cells.items()} for cells in rows]
        for name, rows in tables.items()
    }
    return Submission({name: read_json(contracts()[name], rows) for name, rows in given_rows.items()}, whole=False)
