"""What if a feature were another one: for a resident, an area or the city."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter
from numpy.typing import NDArray

from features.errors import InvalidInputError, UnknownNameError
from features.homes import NO_HOME
from models.disclosure import safe_count
from serving import schemas
from serving.access import Access, needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.service import Service
from serving.what_if import Change, Moved, what_if

MEANING = "A change of prediction, everything else as it is; not a proven effect of an intervention."
MEANING_ZH = "这是预测值的变化（其余特征不变），并非已证实的干预效果。"
DIGITS_OF_COUNTY = 6

router = APIRouter(prefix="/v1/what-if", responses=PROBLEMS)


@router.post("")
def ask_what_if(
    request: schemas.WhatIfRequest,
    service: Served,
    access: Annotated[Access, needs("aggregates", shows_persons=True)],
) -> schemas.WhatIfAnswer:
    """Tell how predicted risk and expected cases move if features move; a change of prediction, no proven effect."""
    champion = service.snapshot.champion(request.model)
    changes = [Change(change.feature, change.how, change.value) for change in request.changes]
    if request.resident is not None and request.area is not None:
        raise InvalidInputError(
            "Name a resident or an area, not both.",
            [{"field": "resident, area", "value": None, "allowed": "one of them, or neither", "fix": "leave one out"}],
        )
    if request.resident is not None:
        access.see([request.resident], request.model)
        moved = what_if(champion, service.features_of([request.resident]), changes)
        if not moved.applies[0]:
            raise InvalidInputError(f"The model '{request.model}' does not apply to resident {request.resident}.")
        scope, figures = "resident", _of_one(moved)
    else:
        access.nobody()
        population = service.population
        rows = _rows(service, request.area)
        people = population.features if rows is None else population.features.iloc[rows]
        alive = population.living
        moved = what_if(champion, people, changes)
        scope = "city" if request.area is None else "area"
        figures = _of_many(moved, alive if rows is None else alive[rows])
    return schemas.WhatIfAnswer.model_validate(
        {
            "meaning": MEANING,
            "meaning_zh": MEANING_ZH,
            "model": request.model,
            "version": champion.version,
            "scope": scope,
            **figures,
            **notice_of(service),
        }
    )


def _rows(service: Service, area: str | None) -> NDArray[np.int64] | None:
    """Return the rows of those who live in an area, None for everybody."""
    if area is None:
        return None
    homes = service.population.homes()
    known = np.unique(homes[homes != NO_HOME])
    places = known if len(area) > DIGITS_OF_COUNTY else np.unique(known // 1000)
    if int(area) not in places:
        raise UnknownNameError("area", area, [str(place) for place in places])
    return np.flatnonzero((homes if len(area) > DIGITS_OF_COUNTY else homes // 1000) == int(area))


def _of_one(moved: Moved) -> dict[str, Any]:
    before, after = float(moved.before[0]), float(moved.after[0])
    return {
        "people": 1,
        "expected_before": before,
        "expected_after": after,
        "mean_risk_before": before,
        "mean_risk_after": after,
    }


def _of_many(moved: Moved, alive: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the figures of a group; of a few people none, so that nobody is told by the difference of two answers."""
    mine = moved.applies & alive
    people = safe_count(int(mine.sum()))
    before, after = moved.before[mine], moved.after[mine]
    return {
        "people": people,
        "expected_before": round(float(before.mean()) * people, 1) if people else None,
        "expected_after": round(float(after.mean()) * people, 1) if people else None,
        "mean_risk_before": round(float(before.mean()), 5) if people else None,
        "mean_risk_after": round(float(after.mean()), 5) if people else None,
    }
