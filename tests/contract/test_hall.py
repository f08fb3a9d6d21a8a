"""The operations hall: what it counts, who may look, and that looking all day tells of nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest

from features.lake import open_lake
from features.sources import get_source
from models.disclosure import stepped_count
from serving.database import transaction, upgrade
from serving.events import KnownRequests
from serving.hall import Board, board_of
from serving.hall_alerts import alerts
from serving.hall_counts import PERIOD, Progress, open_requests, week_progress
from serving.loop.tables import List, Task, Transition
from serving.service import Service
from serving.worklists import Lists, week_of
from tests.conftest import client_for

SOURCE = "framingham"
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE = ("invited", "agreed", "tested", "positive")


@pytest.fixture
def service(own_world) -> Service:
    upgrade(SOURCE)
    return Service(get_source(SOURCE))


def week(service):
    return week_of(service.population.now.date())


def open_list(session, week, people, at, area=""):
    """Open a list of the colorectal programme for people of these numbers."""
    day = date(2026, 3, 2)
    opened = List(
        source=SOURCE, programme="colorectal", week=week, area=area, capacity=len(people), eligible=100, model="m",
        model_version=1, as_of=day, opened_by="test", opened_at=at,
    )  # fmt: skip
    session.add(opened)
    session.flush()
    for person in people:
        task = Task(
            list_id=opened.id, source=SOURCE, programme="colorectal", week=week, person_id=person, township="",
            test="fit", risk=0.1, uptake=0.5, benefit=0.1, by_lot=False, inclusion_probability=1.0, as_of=day,
            state="to_call", version=1, changed_by="test", changed_at=at,
        )  # fmt: skip
        session.add(task)
        session.flush()
        session.add(Transition(task_id=task.id, version=1, after="to_call", note="", actor="test", at=at))
        yield task


def step(session, task, after, at, **fixed):
    """Write one step of a task down, as it would be written at a moment."""
    session.flush()
    task.version += 1
    session.add(
        Transition(
            task_id=task.id, version=task.version, before=task.state, after=after, note="", actor="test", at=at, **fixed
        )
    )
    task.state = after


def shown(service, moment):
    """Return what a hall tells of the programme at a moment, made anew as after a restart."""
    state = Board(service, Lists(service)).state(moment)
    return next(one for one in state["screening"]["programmes"] if one["name"] == "colorectal") | {
        "outcomes_today": state["screening"]["outcomes_today"]
    }


def test_only_who_may_see_counts_is_shown_the_hall(service):
    for role, status in (("leader", 200), ("steward", 200), ("administrator", 403), ("resident", 403)):
        client = client_for(service, role, **({"resident": 1} if role == "resident" else {}))
        assert client.get("/v1/hall").status_code == status
    told = client_for(service, "leader").get("/v1/hall").json()
    assert told["requests"] is None  # the cohort has no service requests, and the hall invents none
    assert told["synthetic"] is False
    assert told["models"]["serving"] == 4
    assert {one["invited"] for one in told["screening"]["programmes"]} == {None}
    assert {one["slots"] for one in told["screening"]["programmes"]} == {None}  # nor townships with clinics


def test_what_has_not_changed_is_not_sent_again(service, monkeypatch):
    # One board asked at one moment: only then is it certain that no minute ends between both questions.
    monkeypatch.setattr("serving.routes.hall.datetime", SimpleNamespace(now=lambda _: NINE))
    client = client_for(service, "leader")
    first = client.get("/v1/hall")
    again = client.get("/v1/hall", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/v1/hall", headers={"If-None-Match": '"other"'}).status_code == 200
    assert board_of(service, client.app.state.lists) is board_of(service, client.app.state.lists)


def test_progress_is_counted_as_it_was_at_the_end_of_the_stretch(service):
    name = week(service)
    with transaction(SOURCE) as session:
        tasks = list(open_list(session, name, range(1, 21), NINE))
        for number, task in enumerate(tasks[:12]):
            step(session, task, "agreed", NINE + timedelta(minutes=5))
            if number < 10:
                step(session, task, "tested", NINE + timedelta(minutes=6), tested_on=date(2026, 3, 2))
            if number < 9:
                after = {"tested_on": date(2026, 3, 2), "result": 1}
                step(session, task, "positive", NINE + timedelta(minutes=20), **after)
        # A slip that was taken back counts as it is after that.
        step(session, tasks[19], "agreed", NINE + timedelta(minutes=1))
        step(session, tasks[19], "to_call", NINE + timedelta(minutes=2), undoes=2)
    assert week_progress(SOURCE, name, NINE - timedelta(seconds=1)) == {}
    assert week_progress(SOURCE, name, NINE) == {"colorectal": Progress(1, 20, 20, 0, 0, 0)}
    assert week_progress(SOURCE, name, NINE + PERIOD) == {"colorectal": Progress(1, 20, 20, 12, 10, 0)}
    assert week_progress(SOURCE, name, NINE + 2 * PERIOD) == {"colorectal": Progress(1, 20, 20, 12, 10, 9)}
    assert week_progress(SOURCE, "1969-W01", NINE + PERIOD) == {}
    told = shown(service, NINE + 2 * PERIOD)
    assert [told[one] for one in PEOPLE] == [16, 8, 8, 8]
    assert (told["lists"], told["places"]) == (1, 20)
    # Within a stretch of time nothing moves, whatever is written down.
    assert shown(service, NINE + 3 * PERIOD - timedelta(seconds=1)) == told


def test_looking_all_day_never_tells_of_a_few(service):
    """People are invited, agree, are tested and found one after the other; whoever notes every number that is shown,
    from halls that go on and halls that were restarted, subtracts nobody or eight people and more."""
    with transaction(SOURCE) as session:
        for number in range(40):
            at = NINE + number * timedelta(minutes=7)
            (task,) = open_list(session, week(service), [number + 1], at, area=str(number))
            if number % 4 != 3:
                step(session, task, "agreed", at + timedelta(minutes=1))
                step(session, task, "tested", at + timedelta(minutes=2), tested_on=date(2026, 3, 2))
            if number % 4 == 0:
                after = {"tested_on": date(2026, 3, 2), "result": 1}
                step(session, task, "positive", at + timedelta(minutes=3), **after)
    going_on = Board(service, Lists(service))
    seen = {name: set() for name in (*PEOPLE, "outcomes_today")}
    order = {name: [] for name in seen}
    for minutes in range(0, 330, 5):
        moment = NINE + timedelta(minutes=minutes)
        state = going_on.state(moment)["screening"]
        told = next(one for one in state["programmes"] if one["name"] == "colorectal")
        told |= {"outcomes_today": state["outcomes_today"]}
        assert told == shown(service, moment)  # a restart in between moves nothing
        for name, values in seen.items():
            values.add(told[name])
            order[name].append(told[name])
    for name, values in seen.items():
        numbers = sorted(value for value in values if value is not None)
        assert None in values  # the first is not told as a step from nobody
        assert numbers, name
        assert numbers[0] >= 8
        assert all(later - earlier >= 8 for earlier, later in pairwise(numbers))
    # One cell beside another: those invited without an answer, those tested without a finding.
    for more, fewer in pairwise(PEOPLE):
        pairs = zip(order[more], order[fewer], strict=True)
        assert all((one - other) % 8 == 0 for one, other in pairs if one is not None and other is not None)


@pytest.mark.parametrize("count", range(60))
def test_stepped_counts_lie_nobody_or_eight_apart(count):
    told = [stepped_count(one) or 0 for one in range(60)]
    assert all(abs(told[count] - other) == 0 or abs(told[count] - other) >= 8 for other in told)
    assert told[count] <= count < told[count] + 8


def test_open_requests_are_those_of_the_lake_at_now(city_world):
    source = get_source("city")
    service = SimpleNamespace(
        source=source, requests=KnownRequests(source), population=SimpleNamespace(now=source.as_of),
        snapshot=SimpleNamespace(events={}),
    )  # fmt: skip
    found = open_requests(service)
    with open_lake("city") as lake:
        rows = lake.execute(
            """
            SELECT coalesce(township[:6], ''), count(*), count(*) FILTER (due_at < $now) FROM service_request
            WHERE greatest(created_at, known_at) <= $now AND (closed_at IS NULL OR closed_at > $now) GROUP BY ALL
            """,
            {"now": source.as_of},
        ).fetchall()
    assert {code: (one.open, one.overdue) for code, one in found.items()} == {code: tuple(n) for code, *n in rows}
    assert sum(one.open for one in found.values()) > 0
    assert {one.at_risk for one in found.values()} == {None}  # without a model nothing is said of the future


def test_alerts_follow_their_rules_from_what_is_shown_only():
    model = {"name": "m", "title": "M", "title_zh": "模"}
    county = {"name": "First", "name_zh": "一县", "open": 80, "overdue": 8}
    programme = {"title": "P", "title_zh": "项", "places": 50, "slots": 40}
    table = {"table": "measurement", "rows": 990, "set_aside": 10}
    state = {
        "models": {"unavailable": [model | {"problem": "why"}], "drifted": [model]},
        "requests": {"counties": [county, county | {"overdue": None}, county | {"open": 88}]},
        "screening": {"programmes": [programme, programme | {"slots": None}, programme | {"places": 40}]},
        "quality": {"tables": [table, table | {"set_aside": None}, table | {"rows": 2000}]},
    }
    found = [(one["kind"], one["share"]) for one in alerts(state)]
    assert found == [("model_down", None), ("drift", None), ("overdue", 0.1), ("over_capacity", 1.25),
                     ("set_aside", 0.01)]  # fmt: skip
