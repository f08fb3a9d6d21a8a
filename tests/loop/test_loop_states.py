"""The loop of a screening list as a state machine: nothing illegal happens, nothing acknowledged is lost or doubled."""

from __future__ import annotations

import itertools
import tempfile
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError

from features.errors import InvalidInputError, RefusedError
from serving.database import transaction, upgrade
from serving.loop import tasks as loop
from serving.loop.labels import labels
from serving.loop.tables import Task, Transition
from serving.loop.tasks import ConflictError, Step, UnknownTaskError, history, record_outcome, undo
from serving.loop.transitions import FINAL, OUTCOMES, REASONS, TRANSITIONS, IllegalTransitionError
from tests.loop.loop_people import SOURCE, opened, use_state

WHY = {"refused": {"reason": "afraid"}, "contraindicated": {"note": "on dialysis"}}


def step(outcome):
    return Step(outcome, **WHY.get(outcome, {}))


def state_of(task):
    with transaction(SOURCE, reads=True) as session:
        return session.get(Task, task)


def steps_of(task):
    with transaction(SOURCE, reads=True) as session:
        return history(session, session.get(Task, task))


class Loop(RuleBasedStateMachine):
    """A model of what was acknowledged beside the database."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.used = use_state(self.folder.name)
        self.used.__enter__()
        upgrade(SOURCE)
        self.tasks = opened(3)
        # By task: (state, actor, is an undo) of every acknowledged step; index + 1 is its version.
        self.said = {task: [("to_call", "anna", False)] for task in self.tasks}
        self.keys = {}
        self.numbers = itertools.count()

    def teardown(self):
        if hasattr(self, "used"):
            self.used.__exit__(None, None, None)
            self.folder.cleanup()

    @rule(task=st.integers(0, 2), outcome=st.sampled_from(OUTCOMES), actor=st.sampled_from(["anna", "bo"]))
    def say(self, task, outcome, actor):
        task = self.tasks[task]
        said = self.said[task]
        key = f"k{next(self.numbers)}"
        before = said[-1][0]
        if outcome in TRANSITIONS[before]:
            answer = record_outcome(SOURCE, task, len(said), step(outcome), actor, key)
            assert (answer["state"], answer["version"]) == (outcome, len(said) + 1)
            said.append((outcome, actor, False))
            self.keys[key] = (task, len(said) - 1, outcome, actor)
        else:
            with pytest.raises(IllegalTransitionError) as refused:
                record_outcome(SOURCE, task, len(said), step(outcome), actor, key)
            assert all(allowed in str(refused.value) for allowed in TRANSITIONS[before])

    @rule(data=st.data())
    def send_again(self, data):
        if self.keys:
            key = data.draw(st.sampled_from(sorted(self.keys)))
            task, version, outcome, actor = self.keys[key]
            answer = record_outcome(SOURCE, task, version, step(outcome), actor, key)
            assert (answer["state"], answer["version"]) == (outcome, version + 1)

    @rule(task=st.integers(0, 2), outcome=st.sampled_from(OUTCOMES), behind=st.integers(1, 3))
    def say_to_an_old_version(self, task, outcome, behind):
        task = self.tasks[task]
        if len(self.said[task]) > behind:
            with pytest.raises(ConflictError) as refused:
                record_outcome(SOURCE, task, len(self.said[task]) - behind, step(outcome), "late")
            assert self.said[task][-1][1] in str(refused.value)

    @rule(task=st.integers(0, 2), actor=st.sampled_from(["anna", "bo"]))
    def take_back(self, task, actor):
        task = self.tasks[task]
        said = self.said[task]
        _, whose, undone = said[-1]
        if len(said) > 1 and whose == actor and not undone:
            assert undo(SOURCE, task, len(said), actor)["state"] == said[-2][0]
            said.append((said[-2][0], actor, True))
        else:
            with pytest.raises(RefusedError):
                undo(SOURCE, task, len(said), actor)

    @invariant()
    def the_history_is_what_was_acknowledged(self):
        for task in getattr(self, "tasks", []):
            steps = steps_of(task)
            said = self.said[task]
            assert [(s.after, s.actor, s.undoes is not None) for s in steps] == said
            assert [s.version for s in steps] == list(range(1, len(said) + 1))
            assert [s.before for s in steps[1:]] == [entry[0] for entry in said[:-1]]
            now = state_of(task)
            assert (now.state, now.version) == (said[-1][0], len(said))
            assert (now.call_again_on is None) == (now.state != "call_later")


TestLoop = Loop.TestCase
TestLoop.settings = hypothesis_settings(max_examples=12, stateful_step_count=20, deadline=None)


def test_the_table_is_closed_and_every_state_can_be_reached():
    assert set(TRANSITIONS) == {"to_call", *OUTCOMES}
    assert all(set(outcomes) <= set(OUTCOMES) for outcomes in TRANSITIONS.values())
    reached, new = set(), {"to_call"}
    while new:
        reached |= new
        new = {after for state in new for after in TRANSITIONS[state]} - reached
    assert reached == set(TRANSITIONS)
    for state in TRANSITIONS:  # and from everywhere there is a way to an end
        found, new = set(), {state}
        while new:
            found |= new
            new = {after for one in new for after in TRANSITIONS[one]} - found
        assert found & FINAL


def test_outcomes_carry_who_when_why_and_when_to_call_again(database):
    (task,) = opened(1)
    answer = record_outcome(SOURCE, task, 1, Step("call_later", note="at work"), "bo")
    assert answer["call_again_on"] == loop.now().date() + timedelta(days=7)
    answer = record_outcome(SOURCE, task, 2, Step("refused", reason="too_far"), "bo")
    assert answer["call_again_on"] is None
    first, second, third = steps_of(task)
    assert (first.after, first.before, first.actor) == ("to_call", None, "anna")
    assert (second.note, second.actor) == ("at work", "bo")
    assert (third.reason, third.before, third.after) == ("too_far", "call_later", "refused")
    assert first.at <= second.at <= third.at <= loop.now()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Step("refused"), "reason"),
        (Step("contraindicated"), "note"),
        (Step("contraindicated", note="  "), "note"),
        (Step("agreed", call_again_on=loop.now().date() + timedelta(days=9)), "call_again_on"),
        (Step("call_later", call_again_on=loop.now().date()), "call_again_on"),
        (Step("tested", tested_on=loop.now().date() + timedelta(days=9)), "tested_on"),
        (Step("agreed", tested_on=loop.now().date()), "tested_on"),
    ],
)
def test_an_outcome_without_its_why_is_refused_and_nothing_is_written(tmp_path, wrong, field):
    with use_state(tmp_path):
        upgrade(SOURCE)
        (task,) = opened(1)
        with pytest.raises(InvalidInputError) as refused:
            record_outcome(SOURCE, task, 1, wrong, "bo")
        assert refused.value.problems[0]["field"] == field
        assert len(steps_of(task)) == 1
    assert set(WHY["refused"].values()) <= set(REASONS)


def test_a_key_serves_one_request_and_one_actor_only(database):
    first, second = opened(2)
    done = record_outcome(SOURCE, first, 1, step("agreed"), "bo", "same")
    again = record_outcome(SOURCE, first, 1, step("agreed"), "bo", "same")
    assert (again["version"], again["state"]) == (done["version"], "agreed")
    with pytest.raises(InvalidInputError, match="another request"):
        record_outcome(SOURCE, second, 1, step("agreed"), "bo", "same")
    assert record_outcome(SOURCE, second, 1, step("agreed"), "anna", "same")["id"] == second
    assert [len(steps_of(task)) for task in (first, second)] == [2, 2]


def test_undo_is_for_ones_own_newest_step_and_for_ten_minutes(database, monkeypatch):
    (task,) = opened(1)
    with pytest.raises(RefusedError, match="Nothing has happened"):
        undo(SOURCE, task, 1, "anna")
    record_outcome(SOURCE, task, 1, Step("call_later"), "bo")
    record_outcome(SOURCE, task, 2, step("agreed"), "bo")
    with pytest.raises(RefusedError, match="not yours"):
        undo(SOURCE, task, 3, "anna")
    back = undo(SOURCE, task, 3, "bo")
    assert (back["state"], back["version"]) == ("call_later", 4)
    assert back["call_again_on"] is not None
    with pytest.raises(RefusedError, match="undo already"):
        undo(SOURCE, task, 4, "bo")
    record_outcome(SOURCE, task, 4, step("agreed"), "bo")
    later = loop.now() + loop.UNDO_WITHIN + timedelta(seconds=1)
    monkeypatch.setattr(loop, "now", lambda: later)
    with pytest.raises(RefusedError, match="more than 10 minutes"):
        undo(SOURCE, task, 5, "bo")


def test_history_is_only_ever_added_to(database):
    (task,) = opened(1)
    for change in (update(Transition).values(actor="nobody"), delete(Transition)):
        with pytest.raises(DatabaseError, match="only ever added to"), transaction(SOURCE) as session:
            session.execute(change)
    assert steps_of(task)[0].actor == "anna"


def test_unknown_tasks_and_those_of_another_source_are_not_found(database):
    (task,) = opened(1)
    for number in (task + 99, 10**30, 0):
        with pytest.raises(UnknownTaskError):
            record_outcome(SOURCE, number, 1, step("agreed"), "bo")
    with transaction(SOURCE) as session, pytest.raises(UnknownTaskError):
        loop.get_task(session, "other", task)


def test_a_week_is_opened_once_and_nobody_with_an_open_task_twice(database):
    from serving.loop.opening import open_list
    from tests.loop.loop_people import WEEK, people

    everybody = people(60)
    first = open_list(SOURCE, everybody, 20, WEEK, None, "anna", "key")
    assert open_list(SOURCE, everybody, 20, WEEK, None, "anna", "key") == first
    with pytest.raises(RefusedError, match="anna opened it"):
        open_list(SOURCE, everybody, 20, WEEK, None, "bo", None)
    second = open_list(SOURCE, everybody, 20, "2024-W02", None, "bo", None)
    assert second["eligible"] == 40
    with transaction(SOURCE, reads=True) as session:
        assert session.scalar(select(func.count(func.distinct(Task.person_id)))) == 40
        rows = session.execute(select(Task.inclusion_probability, Task.by_lot).where(Task.week == WEEK)).all()
    assert {probability for probability, by_lot in rows if by_lot} == {1 / 41}
    assert {probability for probability, by_lot in rows if not by_lot} == {1.0}
    open_list(SOURCE, everybody, 20, "2024-W03", None, "bo", None)
    with pytest.raises(RefusedError, match="Nobody is left"):
        open_list(SOURCE, everybody, 20, "2024-W04", None, "bo", None)
    assert labels(SOURCE, "colorectal").empty


def test_the_migration_makes_what_the_tables_declare(database):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from serving.database import Base, connect

    with connect(SOURCE).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [entry for entry in compare_metadata(context, Base.metadata) if "loop_" in str(entry)]
    assert differences == []
