"""Where one resident stands on the curves of a model."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter

from models.design import design, needed_features
from serving import schemas_models as schemas
from serving.access import Access, needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.present import risk_out
from serving.schemas import ResidentName

router = APIRouter(prefix="/v1/residents", responses=PROBLEMS)


@router.get("/{resident}/models/{name}")
def show_standing(
    resident: ResidentName, name: str, service: Served, access: Annotated[Access, needs("persons")]
) -> schemas.ResidentStanding:
    """Show the value of every column that a model reads of one resident now, and the risk that they add up to."""
    form = service.snapshot.champion(name).bundle.form
    persons = access.numbers_of([resident])
    access.see(persons)
    features = service.features_of(persons)
    died = service.population.died_among(service.population.rows_of(persons))
    stored = {one: features[one] for one in needed_features(form.features)}
    columns = design(form.features, stored)
    return schemas.ResidentStanding(
        resident=resident,
        as_of=service.population.now,
        risk=risk_out(service.answers_for(features, [name], died).risks(0)[0]),
        values=[
            schemas.ColumnValue(feature=one, value=None if np.isnan(columns[one][0]) else float(columns[one][0]))
            for one in form.features
        ],
        **notice_of(service),
    )
