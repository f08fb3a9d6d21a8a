"""A model to look at: its whole shape, what is drawn of how good it is, its drift, and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from features.errors import NotReadyError
from models.kept import FIGURES, drift_file, read_kept
from serving import schemas_models as schemas
from serving.access import needs
from serving.access.released import released_drift
from serving.asked import PROBLEMS, Served, notice_of
from serving.champions import Champion, EventChampion, ModelUnavailableError
from serving.present import column_of
from serving.shape import head_of, outputs_of, shape_of

router = APIRouter(prefix="/v1/models", responses=PROBLEMS, dependencies=[needs("models")])

# The report is one page with its own style and drawings in it, and nothing else.
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
PREDICTED = {"label": "predicted risk", "label_zh": "预测风险"}


class NoDriftReportError(NotReadyError):
    """Nobody has asked yet how a champion has drifted."""

    status = 404


@router.get("/{name}/shape")
def show_shape(
    name: str,
    service: Served,
    output: Annotated[str | None, Query(max_length=40, description="of an event model: which of its outputs")] = None,
) -> schemas.ModelShape:
    """Show the whole model: every curve and pair map, which add up to what it says."""
    champion = service.snapshot.any_champion(name)
    chosen, head = head_of(champion, output)
    base, curves, maps = shape_of(champion, head)
    return schemas.ModelShape(
        model=name, version=champion.version, output=chosen, outputs=list(outputs_of(champion)), scale=head.scale,
        base=base, curves=curves, maps=maps, **notice_of(service),
    )  # fmt: skip


@router.get("/{name}/evaluation")
def show_evaluation(name: str, service: Served) -> schemas.ModelEvaluation:
    """Show calibration, ROC and decision curve of the champion, and whom it would invite, on people it never saw."""
    champion = service.snapshot.champion(name)
    drawn = read_kept(_folder(champion) / FIGURES)
    if drawn is None:
        raise _too_old(champion)
    return schemas.ModelEvaluation.model_validate(
        drawn
        | {"model": name, "version": champion.version, "horizon_years": champion.declaration.horizon_years}
        | notice_of(service)
    )


@router.get("/{name}/drift")
def show_drift(name: str, service: Served) -> schemas.DriftReport:
    """Show how people, predicted risks and outcomes have changed since training, as `sanzao drift` found last."""
    champion = service.snapshot.champion(name)
    found = read_kept(drift_file(service.source.name, name))
    if found is None or found["version"] != champion.version:
        older = "" if found is None else f", only one on version {found['version']}"
        raise NoDriftReportError(
            f"There is no drift report on version {champion.version} of '{name}', which serves{older}. "
            f"Run `sanzao drift {name} --source {service.source.name}`."
        )
    # A report of before there were Chinese reasons is shown in English.
    shown = {"reasons_zh": found["reasons"], "remarks_zh": found["remarks"]} | released_drift(found)
    columns: list[dict[str, Any]] = [entry | column_of(entry["feature"]).names for entry in shown["features"]]
    return schemas.DriftReport.model_validate(
        shown | {"risk": shown["risk"] | PREDICTED | {"feature": "risk"}, "features": columns} | notice_of(service)
    )


@router.get(
    "/{name}/report",
    response_class=HTMLResponse,
    responses={
        200: {"description": "one page in English and Chinese that loads nothing", "content": {"text/html": {}}}
    },
)
def show_report(name: str, service: Served) -> HTMLResponse:
    """Show the report that training left of the champion, as `sanzao report MODEL` writes it."""
    champion = service.snapshot.champion(name)
    try:
        page = (_folder(champion) / "report.html").read_text(encoding="utf-8")
    except OSError as error:
        raise _too_old(champion) from error
    return HTMLResponse(page, headers={"Content-Security-Policy": REPORT_POLICY})


def _folder(champion: Champion | EventChampion) -> Path:
    if champion.folder is None:
        raise _too_old(champion)
    return champion.folder


def _too_old(champion: Champion | EventChampion) -> ModelUnavailableError:
    name = champion.declaration.name
    return ModelUnavailableError(
        f"Version {champion.version} of '{name}' keeps no such figures: it was trained before they were. "
        f"Train it again with `sanzao train {name}`."
    )
