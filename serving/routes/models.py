"""What models there are, and how good each is."""

from __future__ import annotations

from fastapi import APIRouter

from features.events.requests import REQUEST_FEATURES
from features.terminal import finite
from features.views import get_feature
from models.cell_model import CellModel
from models.event_model import EventModel
from serving import schemas_models as schemas
from serving.access import needs
from serving.access.released import released_metrics, released_share
from serving.asked import PROBLEMS, Served, notice_of
from serving.lineage import versions_of

router = APIRouter(prefix="/v1/models", responses=PROBLEMS, dependencies=[needs("models")])


@router.get("")
def list_models(service: Served) -> schemas.ModelList:
    """List every declared model, and whether it serves."""
    snapshot = service.snapshot
    summaries = []
    for name, model in service.registry.declared.items():
        if isinstance(model, CellModel):
            continue  # these serve tables of any source, see POST /v1/score/cells
        version = snapshot.versions.get(name)
        summaries.append(
            schemas.ModelSummary(
                name=name,
                title=model.title,
                title_zh=model.title_zh,
                entity=model.entity,
                kind=model.kind,
                horizon_years=None if isinstance(model, EventModel) else model.horizon_years,
                status="serving" if version else "unavailable",
                version=version,
                problem=snapshot.problems.get(name),
            )
        )
    return schemas.ModelList(models=summaries, **notice_of(service))


@router.get("/{name}")
def show_model(name: str, service: Served) -> schemas.ModelDetail | schemas.EventModelDetail:
    """Show a model's declaration, its champion's inputs, how good it was on what it never saw, and its versions."""
    if isinstance(service.registry.declared.get(name), EventModel):
        return _event_model(name, service)
    champion = service.snapshot.champion(name)
    model, bundle = champion.declaration, champion.bundle
    inputs = []
    for entry in bundle.inputs:
        feature = get_feature(entry.name)
        missing = released_share(entry.missing_share, bundle.metrics["n"])
        inputs.append(
            schemas.InputDescription(
                name=entry.name, label=feature.label, label_zh=feature.label_zh, unit=entry.unit, low=entry.low,
                high=entry.high, missing_share=missing, median=entry.median,
            )
        )  # fmt: skip
    return schemas.ModelDetail(
        name=name,
        title=model.title,
        title_zh=model.title_zh,
        entity=model.entity,
        kind=model.kind,
        outcome=model.outcome,
        horizon_years=model.horizon_years,
        free_of=list(model.cohort.free_of),
        age=list(model.cohort.age),
        published_score=model.published_score,
        version=champion.version,
        form=bundle.chosen,
        inputs=inputs,
        tiers={"very_high": bundle.tiers.very_high, "high": bundle.tiers.high},
        metrics=finite(released_metrics(bundle.metrics)),
        data_fingerprint=bundle.fingerprint,
        versions=versions_of(service.registry.client, name),
        **notice_of(service),
    )


def _event_model(name: str, service: Served) -> schemas.EventModelDetail:
    champion = service.snapshot.event_champion(name)
    model, bundle = champion.declaration, champion.bundle
    inputs = []
    for entry in bundle.inputs:
        feature = REQUEST_FEATURES[entry.name]
        inputs.append(
            schemas.InputDescription(
                name=entry.name, label=feature.label, label_zh=feature.label_zh, unit=entry.unit, low=entry.low,
                high=entry.high, missing_share=entry.missing_share, median=entry.median,
            )
        )  # fmt: skip
    return schemas.EventModelDetail(
        name=name,
        title=model.title,
        title_zh=model.title_zh,
        entity=model.entity,
        kind=model.kind,
        version=champion.version,
        form=bundle.chosen,
        inputs=inputs,
        metrics=finite(bundle.metrics),
        data_fingerprint=bundle.fingerprint,
        versions=versions_of(service.registry.client, name),
        **notice_of(service),
    )
