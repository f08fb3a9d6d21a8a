"""One resident as a list shows them now: risk and reasons, what was last done, what is due, what to offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.screening_programme import Programme, status_of
from serving.circumstances import Circumstances
from serving.loop.tables import Task
from serving.loop.transitions import WAITING
from serving.present import risk_out
from serving.schemas import RiskOut
from serving.schemas_people import Contact, ContactKind, LastTest, PersonNow, TestOut
from serving.service import Service
from serving.vocabulary import word
from serving.worklists import as_date, due

COLUMNS = ["age", "female", "clinic_distance"]


def people_now(
    service: Service, circumstances: Circumstances, programme: Programme, tasks: Mapping[int, Task | None]
) -> dict[int, PersonNow]:
    """Return residents as they are now, by number; those who have left are not among them.

    Parameters
    ----------
    tasks
        The newest task of each resident who is asked for.
    """
    population = service.population
    known = len(next(iter(circumstances.last_test(programme).values())))
    with population.lock:
        everybody = population.features
        rows = population.rows_of(list(tasks))
        rows = rows[(rows >= 0) & (rows < known)]
        features = everybody.iloc[rows].copy()
    risks = _risks(service, programme, features, rows)
    overdue, second = due(programme, circumstances, rows, everybody)
    townships = circumstances.township(rows)
    found = {}
    for place, row in enumerate(rows.tolist()):
        person, late = int(features.index[place]), float(overdue[place])
        age, female, way = (float(value) for value in features[COLUMNS].iloc[place])
        names = service.source.area_names.get(townships[place], (townships[place], townships[place]))
        status = word("due", status_of(late))
        offer = programme.tests[int(second[place])]
        found[person] = PersonNow(
            age=age,
            female=female == 1,
            township=townships[place],
            township_name=names[0],
            township_name_zh=names[1],
            clinic_km=None if np.isnan(way) else way,
            beyond_reach=way > programme.reach_km.value,
            risk=risks[place],
            due=status_of(late),
            due_label=status.label,
            due_label_zh=status.label_zh,
            due_on=None if np.isinf(late) else as_date(circumstances.today - late),
            overdue_days=int(late) if 0 <= late < np.inf else None,
            last_tests=_last_tests(circumstances, programme, row),
            last_contact=_last_contact(circumstances, row, tasks[person]),
            offer=TestOut(name=offer.name, label=offer.label, label_zh=offer.label_zh),
        )
    return found


def _risks(
    service: Service, programme: Programme, features: pd.DataFrame, rows: NDArray[np.int64]
) -> Sequence[RiskOut | None]:
    if programme.model not in service.snapshot.champions:
        return [None] * len(features)
    answers = service.answers_for(features, [programme.model], service.population.died_among(rows))
    return [risk_out(answers.risks(row)[0]) for row in range(len(answers))]


def _last_tests(circumstances: Circumstances, programme: Programme, row: int) -> list[LastTest]:
    days = circumstances.last_test(programme)
    return [
        LastTest(test=test.name, label=test.label, label_zh=test.label_zh, on=day)
        for test in programme.tests
        if (day := as_date(days[test.name][row])) is not None
    ]


def _last_contact(circumstances: Circumstances, row: int, task: Task | None) -> Contact | None:
    """Return the newest of the last visit, the last invitation and, where somebody was reached by it, the last call."""
    days: dict[ContactKind, float] = {kind: day[row] for kind, day in circumstances.contact.items()}
    met = [(on, kind) for kind, day in days.items() if (on := as_date(day)) is not None]
    if task is not None and task.version > 1 and task.state not in WAITING - {"call_later"}:
        met.append((task.changed_at.date(), "call"))
    if not met:
        return None
    on, kind = max(met, key=lambda entry: entry[0])
    said = word("contact", kind)
    return Contact(kind=kind, label=said.label, label_zh=said.label_zh, on=on)
