"""The Open Inference Protocol: any model that serves, for clients that know nothing of health."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response

from features.errors import NotReadyError
from models.cell_model import get_cell_model
from serving.access import Access, needs
from serving.asked import Served, notice_of
from serving.cells import CellChampions
from serving.inference import EXTENSIONS, HEADER_LENGTH, read_request, tensor_of, write_answer
from serving.media import Sent, sent_body
from serving.routes.quality import champions_of
from serving.schemas_inference import (
    InferenceAnswer,
    InferenceRequest,
    ModelMetadata,
    ModelReady,
    ProtocolError,
    ServerLive,
    ServerMetadata,
    ServerReady,
)
from serving.service import Service
from serving.tensor_models import TensorModel, is_cell_model, tensor_model

ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": ProtocolError} for code in (401, 403, 404, 413, 422, 424, 429, 503)
}
router = APIRouter(prefix="/v2", responses=ERRORS)

Cells = Annotated[dict[str, CellChampions], Depends(champions_of)]
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": f"#/components/schemas/{InferenceRequest.__name__}"}},
            "application/octet-stream": {"schema": {"type": "string", "contentEncoding": "binary"}},
        },
    }
}


class NotServingError(NotReadyError):
    """Nothing can be asked at the moment."""

    status = 503


@router.get("/health/live", dependencies=[needs("open")])
def live() -> ServerLive:
    """Tell that the server runs."""
    return ServerLive(live=True)


@router.get("/health/ready", dependencies=[needs("open")])
def ready(service: Served) -> ServerReady:
    """Tell whether any model can be asked."""
    if not service.snapshot.versions:
        raise NotServingError("No model can serve: " + "; ".join(service.snapshot.problems.values()))
    return ServerReady(ready=True)


@router.get("", dependencies=[needs("signed-in")])
def server_metadata() -> ServerMetadata:
    """Tell what server this is."""
    return ServerMetadata(name="sanzao", version="1", extensions=list(EXTENSIONS))


def asked_model(service: Served, cells: Cells, name: str) -> TensorModel:
    """Return the model that a path names."""
    return _model(service, cells, name, None)


def asked_version(service: Served, cells: Cells, name: str, version: str) -> TensorModel:
    """Return the version that a path names."""
    return _model(service, cells, name, version)


def _model(service: Service, cells: dict[str, CellChampions], name: str, version: str | None) -> TensorModel:
    follows = cells.setdefault(name, CellChampions(get_cell_model(name))) if is_cell_model(name) else None
    return tensor_model(name, version, service.snapshot, follows)


def _add_routes(path: str, asked: Callable[..., TensorModel]) -> None:
    """Add what can be asked of a model, below a path that names it."""

    @router.get(path, dependencies=[needs("models")])
    def model_metadata(service: Served, model: TensorModel = Depends(asked)) -> ModelMetadata:  # noqa: B008, FAST002
        """Tell the inputs of a model, in their units, and its outputs; an input that is left out was not measured."""
        inputs = [
            tensor_of(entry.name, {"unit": entry.unit, "low": entry.low, "high": entry.high}) for entry in model.inputs
        ]
        return ModelMetadata.model_validate(
            {
                "name": model.name, "versions": [str(model.version)], "platform": "sanzao_tables", "inputs": inputs,
                "outputs": [tensor_of(name, {"unit": unit}) for name, unit in model.outputs.items()],
                "parameters": notice_of(service),
            }
        )  # fmt: skip

    @router.get(f"{path}/ready", dependencies=[needs("models")])
    def model_ready(model: TensorModel = Depends(asked)) -> ModelReady:  # noqa: B008, FAST002
        """Tell whether a model can be asked; of one that cannot, the error says why."""
        return ModelReady(name=model.name, ready=True)

    @router.post(f"{path}/infer", openapi_extra=BODY, response_model=InferenceAnswer)
    def infer(
        service: Served,
        access: Annotated[Access, needs("ask-models")],
        sent: Annotated[Sent, Depends(sent_body)],
        header_length: Annotated[str | None, Header(alias=HEADER_LENGTH, max_length=12)] = None,
        model: TensorModel = Depends(asked),  # noqa: B008, FAST002
    ) -> Response:
        """Ask a model for rows of features, an input a column in its unit, NaN (in JSON also null) where not measured.

        The risk of somebody to whom the model does not apply is NaN, in JSON null.
        """
        access.require(model.permission)
        query = read_request(sent.body, header_length)
        outputs = model.predict(query.columns)
        body, headers = write_answer(query, model.name, model.version, outputs, notice_of(service))
        return Response(body, headers=headers)


_add_routes("/models/{name}", asked_model)
_add_routes("/models/{name}/versions/{version}", asked_version)
