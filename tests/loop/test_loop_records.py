"""Records that arrive close the loop, in whatever portions they come."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from sqlalchemy import select

from features.concepts import MEASUREMENTS
from serving.database import transaction
from serving.loop.records import records_arrived, settle
from serving.loop.tables import Task
from serving.loop.tasks import ConflictError, Step, history, record_outcome, undo
from tests.loop.loop_people import SOURCE, opened


def rows(table, person, day, **more):
    names = {"measurement": "measurement", "procedure_occurrence": "procedure", "death": "death"}
    column = {
        "condition_occurrence": "condition_start_date", "drug_exposure": "drug_exposure_start_date",
    }.get(table) or f"{names[table]}_date"  # fmt: skip
    return {table: pd.DataFrame([{"person_id": person, column: pd.Timestamp(day, tz="UTC")} | more])}


def measured(person, day, **values):
    return {
        "measurement": pd.concat(
            rows("measurement", person, day, measurement_concept_id=MEASUREMENTS[name].concept_id, value_as_number=v)[
                "measurement"
            ]
            for name, v in values.items()
        )
    }


def first_task():
    with transaction(SOURCE, reads=True) as session:
        task = session.scalar(select(Task).order_by(Task.id).limit(1))
        return task, [step.after for step in history(session, task)]


@pytest.mark.parametrize(
    ("programme", "arriving", "states", "result"),
    [
        ("colorectal", [("fit",), {"fit_positive": 0}], ["tested", "negative", "closed"], 0),
        ("colorectal", [{"fit_positive": 0}], ["tested", "negative", "closed"], 0),
        ("colorectal", [{"fit_positive": 1}, ("C18.7",)], ["tested", "positive"], 1),
        ("colorectal", [("fit",), ("C18.7",)], ["tested", "positive"], 1),
        ("colorectal", [("C18.7",)], ["already_done"], None),
        ("colorectal", [("C34.1",), ("colonoscopy",)], [], None),
        ("colorectal", [{"fit_positive": 0}, ("C20",)], ["tested", "negative", "closed", "positive"], 1),
        (
            "hypertension",
            [{"systolic_bp": 130, "diastolic_bp": 95}, ("C08CA01", "drug")],
            ["tested", "positive", "treated", "closed"],
            1,
        ),
        ("hypertension", [{"systolic_bp": 130, "diastolic_bp": 80}], ["tested", "negative", "closed"], 0),
        ("copd", [{"fev1_fvc": 65}], ["tested", "positive"], 1),
        ("copd", [{"fev1_fvc": 75}], ["tested", "negative", "closed"], 0),
        ("colorectal", [("death",)], ["died"], None),
    ],
)
def test_a_record_takes_the_task_where_it_belongs_and_once_only(database, programme, arriving, states, result):
    opened(2, programme=programme)
    person = first_task()[0].person_id
    for day, what in enumerate(arriving, start=3):
        when = f"2024-01-{day:02}"
        if isinstance(what, dict):
            sent = measured(person, when, **what)
        elif what == ("death",):
            sent = rows("death", person, when)
        elif what[-1] == "drug":
            sent = rows("drug_exposure", person, when, drug_source_value=what[0])
        elif what[0][0].isupper():
            sent = rows("condition_occurrence", person, when, condition_source_value=what[0])
        else:
            sent = rows("procedure_occurrence", person, when, procedure_source_value=what[0])
        records_arrived(SOURCE, sent)
        assert records_arrived(SOURCE, sent) == 0  # a record that is sent again changes nothing
    task, seen = first_task()
    assert seen[1:] == states
    assert task.result == result


def test_old_records_and_strangers_move_nothing(database):
    opened(2)
    person = first_task()[0].person_id
    assert records_arrived(SOURCE, measured(person, "2023-12-30", fit_positive=1)) == 0
    assert records_arrived(SOURCE, measured(999_999, "2024-01-05", fit_positive=1)) == 0
    assert records_arrived(SOURCE, {}) == 0
    assert first_task()[1] == ["to_call"]


def test_a_test_without_diagnosis_is_negative_after_ninety_days(database):
    opened(1, programme="stomach")
    person = first_task()[0].person_id
    sent = rows("procedure_occurrence", person, "2024-01-10", procedure_source_value="gastroscopy")
    assert records_arrived(SOURCE, sent) == 1
    assert settle(SOURCE, date(2024, 4, 8)) == 0
    assert settle(SOURCE, date(2024, 4, 9)) == 2
    assert first_task()[1] == ["to_call", "tested", "negative", "closed"]


def test_whoever_had_the_task_open_meanwhile_is_told_that_a_record_was_faster(database):
    (task, *_) = opened(2)
    record_outcome(SOURCE, task, 1, Step("agreed"), "bo")
    person = first_task()[0].person_id
    records_arrived(SOURCE, rows("procedure_occurrence", person, "2024-01-05", procedure_source_value="fit"))
    with pytest.raises(ConflictError, match="records set 'tested'"):
        record_outcome(SOURCE, task, 2, Step("unreachable"), "bo")
    from features.errors import RefusedError

    with pytest.raises(RefusedError, match="not yours"):
        undo(SOURCE, task, 3, "bo")
