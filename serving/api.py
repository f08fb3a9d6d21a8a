"""The HTTP API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline

from features.errors import InvalidInputError
from features.terminal import finite
from features.views import get_feature
from serving import schemas
from serving.core import answer
from serving.pages import pages
from serving.present import risk_out
from serving.problems import install, problem
from serving.records import read_records
from serving.service import Service

PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": schemas.Problem, "content": {"application/problem+json": {}}} for code in (404, 422, 424)
}
LARGEST_INT = 2**63 - 1

router = APIRouter(prefix="/v1", responses=PROBLEMS)


def service_of(request: Request) -> Service:
    """Return the process's service."""
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(service_of)]
ModelName = Annotated[str, Query(description="name of the model", examples=["stroke_10y"])]


def create_app(service: Service) -> FastAPI:
    """Return the web application for `service`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.follow()
        yield
        service.stop()

    app = FastAPIOffline(
        title="Sanzao",
        version="1",
        description=f"Disease risk with reasons. Data: {service.source.notice}",
        lifespan=lifespan,
    )
    app.state.service = service
    app.include_router(router)
    app.include_router(pages)
    app.add_api_route("/healthz", _healthz, include_in_schema=False)
    app.add_api_route("/readyz", _readyz, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    install(app)
    return app


def _healthz() -> dict[str, str]:
    return {"status": "alive"}


def _readyz(request: Request, service: Served) -> JSONResponse:
    snapshot = service.snapshot
    if not snapshot.champions:
        return problem(request, 503, "No model can serve: " + "; ".join(snapshot.problems.values()))
    return JSONResponse(
        {
            "status": "ready",
            "models": {n: c.version for n, c in snapshot.champions.items()},
            "problems": dict(snapshot.problems),
        }
    )


def _notice(service: Service) -> dict[str, Any]:
    source = service.source
    return {
        "data_source": source.name,
        "synthetic": source.synthetic,
        "notice": source.notice,
        "notice_zh": source.notice_zh,
    }


@router.get("/models")
def list_models(service: Served) -> schemas.ModelList:
    """List every declared model, and whether it serves."""
    snapshot = service.snapshot
    summaries = []
    for name, model in service.registry.declared.items():
        champion = snapshot.champions.get(name)
        summaries.append(
            schemas.ModelSummary(
                name=name,
                title=model.title,
                title_zh=model.title_zh,
                kind=model.kind,
                horizon_years=model.horizon_years,
                status="serving" if champion else "unavailable",
                version=champion.version if champion else None,
                problem=snapshot.problems.get(name),
            )
        )
    return schemas.ModelList(models=summaries, **_notice(service))


@router.get("/models/{name}")
def show_model(name: str, service: Served) -> schemas.ModelDetail:
    """Show a model's declaration, its champion's inputs, and how good it was on people it never saw."""
    champion = service.snapshot.champion(name)
    model, bundle = champion.declaration, champion.bundle
    inputs = []
    for entry in bundle.inputs:
        feature = get_feature(entry.name)
        inputs.append(
            schemas.InputDescription(
                name=entry.name, label=feature.label, label_zh=feature.label_zh, unit=entry.unit, low=entry.low,
                high=entry.high, missing_share=entry.missing_share, median=entry.median,
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
        metrics=finite(bundle.metrics),
        data_fingerprint=bundle.fingerprint,
        **_notice(service),
    )


@router.get("/residents/{resident}/risks")
def resident_risks(resident: int, service: Served) -> schemas.ResidentRisks:
    """Score one resident now under every model, with reasons."""
    return schemas.ResidentRisks(
        resident=resident,
        as_of=service.population.now.isoformat(),
        risks=[risk_out(entry) for entry in service.risks_of(service.features_of([resident]))[0]],
        **_notice(service),
    )


@router.post("/score")
def score(request: schemas.ScoreRequest, service: Served) -> schemas.ScoreAnswer:
    """Score residents by number, or people whose features are sent along."""
    if (request.residents is None) == (request.records is None):
        raise InvalidInputError(
            "Send either `residents` or `records`, not both and not neither.",
            [{"field": "residents, records", "value": None, "allowed": "exactly one of them", "fix": "leave one out"}],
        )
    if request.residents is not None:
        answers = service.risks_of(service.features_of(request.residents), request.models)
    else:
        sent = [record.model_dump()["features"] for record in request.records or []]
        answers = service.risks_for(read_records(sent), request.models)
    return schemas.ScoreAnswer(
        results=[
            schemas.ScoredPerson(
                resident=request.residents[row] if request.residents is not None else None,
                record=row if request.residents is None else None,
                risks=[risk_out(entry) for entry in answers[row]],
            )
            for row in range(len(answers))
        ],
        **_notice(service),
    )


@router.get("/risk-list")
def risk_list(
    service: Served,
    model: ModelName,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before")] = None,
) -> schemas.RiskList:
    """List the people at risk under a model, highest risk first."""
    ranking = service.ranking
    champion = ranking.snapshot.champion(model)
    rows, first, following = ranking.page(model, limit, cursor)
    population = ranking.population
    shown = population.features.iloc[rows]
    answers = answer(ranking.snapshot, shown, [model])
    people = [
        schemas.ListedPerson(
            rank=first + place + 1,
            resident=int(shown.index[place]),
            age=float(shown["age"].iloc[place]),
            female=bool(shown["female"].iloc[place] == 1),
            risk=risk_out(entries[0]),
        )
        for place, entries in enumerate(answers)
    ]
    return schemas.RiskList(
        model=model,
        version=champion.version,
        as_of=population.now.isoformat(),
        at_risk=len(ranking.order[model]),
        people=people,
        next_cursor=following,
        **_notice(service),
    )
