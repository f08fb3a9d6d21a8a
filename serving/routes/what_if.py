"""What if a feature were another one: for a resident, an area or the city, under one model or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter

from features.errors import InvalidInputError
from models.design import needed_features
from serving import schemas
from serving.access import Access, needs
from serving.areas import areas_of
from serving.asked import PROBLEMS, Served, notice_of
from serving.champions import Champion, Snapshot
from serving.service import Service
from serving.what_if import Change, Moved, check, what_if
from serving.what_if_areas import NOBODY, by_area, check_group, figures, move_cells, places_of

MEANING = "A change of prediction, everything else as it is; not a proven effect of an intervention."
MEANING_ZH = "这是预测值的变化（其余特征不变），并非已证实的干预效果。"

router = APIRouter(prefix="/v1/what-if", responses=PROBLEMS)


@router.post("")
def ask_what_if(
    request: schemas.WhatIfRequest,
    service: Served,
    access: Annotated[Access, needs("signed-in", shows_persons=True)],
) -> schemas.WhatIfAnswer:
    """Tell how predicted risk and expected cases move if features move; a change of prediction, no proven effect.

    Of a resident whom the caller may see; or, with the permission `aggregates`, of an area or the city, on request by
    county or township. Where a change would move 1 to 7 people of a township, it is not told there.
    """
    changes = [Change(change.feature, change.how, change.value) for change in request.changes]
    if request.resident is not None:
        _refuse_both(request)
        access.see([request.resident], request.model)
    else:
        access.require("aggregates")
        access.nobody()
    answer = _of_resident if request.resident is not None else _of_group
    return schemas.WhatIfAnswer.model_validate(
        {"meaning": MEANING, "meaning_zh": MEANING_ZH} | answer(service, request, changes) | notice_of(service)
    )


def _refuse_both(request: schemas.WhatIfRequest) -> None:
    if request.area is not None or request.by is not None:
        raise InvalidInputError(
            "Name a resident or an area, not both.",
            [
                {
                    "field": "resident, area, by", "value": None, "allowed": "a resident alone, or none",
                    "fix": "leave the area out, or the resident",
                }
            ],
        )  # fmt: skip


def _asked(
    snapshot: Snapshot, request: schemas.WhatIfRequest, changes: Sequence[Change]
) -> tuple[Champion, list[tuple[Champion, list[Change]]]]:
    """Return the model that is asked, and the other ones with those changes that move what each uses."""
    champion = snapshot.champion(request.model)
    check(champion, changes)
    others = []
    for name in dict.fromkeys(request.others):
        if name != request.model:
            other = snapshot.champion(name)
            used = needed_features(other.bundle.form.features)
            others.append((other, [change for change in changes if change.feature in used]))
    return champion, others


def _said(champion: Champion) -> dict[str, Any]:
    model = champion.declaration
    return {
        "model": model.name, "title": model.title, "title_zh": model.title_zh, "version": champion.version,
        "kind": model.kind, "horizon_years": model.horizon_years, "outcome": model.outcome,
    }  # fmt: skip


def _of_resident(service: Service, request: schemas.WhatIfRequest, changes: list[Change]) -> dict[str, Any]:
    champion, others = _asked(service.snapshot, request, changes)
    people = _features_of(service, request.resident or 0)
    moved = what_if(champion, people, changes)
    if not moved.applies[0] and not others:
        raise InvalidInputError(f"The model '{request.model}' does not apply to resident {request.resident}.")
    told = [_other(other, own) | _of_one(what_if(other, people, own)) for other, own in others]
    return _said(champion) | {"scope": "resident", "others": told} | _of_one(moved)


def _features_of(service: Service, resident: int) -> pd.DataFrame:
    """Return what the lists know of a resident, so that the risk before is that of the list."""
    population = service.population
    with population.lock:
        return population.features.iloc[service.known_rows([resident])].copy()


def _other(champion: Champion, changes: Sequence[Change]) -> dict[str, Any]:
    return _said(champion) | {"uses": [change.feature for change in changes]}


def _of_one(moved: Moved) -> dict[str, Any]:
    if not moved.applies[0]:
        return dict(NOBODY)
    before, after = float(moved.before[0]), float(moved.after[0])
    return {
        "people": 1,
        "moved": int(after != before),
        "expected_before": before,
        "expected_after": after,
        "mean_risk_before": before,
        "mean_risk_after": after,
        "untold": 0,
    }


def _of_group(service: Service, request: schemas.WhatIfRequest, changes: list[Change]) -> dict[str, Any]:
    areas = areas_of(service)
    champion, others = _asked(areas.ranking.snapshot, request, changes)
    places = places_of(areas, request.area)
    check_group(changes)
    cells = move_cells(areas, champion, changes)
    told = [_other(other, own) | figures(move_cells(areas, other, own), places) for other, own in others]
    return (
        _said(champion)
        | {"scope": "city" if request.area is None else "area", "others": told}
        | figures(cells, places)
        | {"areas": None if request.by is None else by_area(areas, cells, request.by, request.area)}
    )
