"""Shapes of the Open Inference Protocol's requests and answers; what they mean stands in `serving.inference`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

NAMED = ConfigDict(protected_namespaces=())  # the protocol says `model_name`


class ProtocolError(BaseModel):
    """Why a request was not answered."""

    error: str


class ServerLive(BaseModel):
    """Whether the server runs."""

    live: bool


class ServerReady(BaseModel):
    """Whether any model can be asked."""

    ready: bool


class ServerMetadata(BaseModel):
    """What server this is."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(BaseModel):
    """One input or output: a column."""

    name: str
    datatype: str
    shape: list[int] = Field(description="-1: as many rows as are sent")
    parameters: dict[str, Any] = Field(description="unit, and of inputs the plausible range")


class ModelMetadata(BaseModel):
    """What a model takes and gives."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
    parameters: dict[str, Any] = Field(description="whose data the model rests on")


class ModelReady(BaseModel):
    """Whether a model can be asked."""

    name: str
    ready: bool


class InputTensor(BaseModel):
    """One input."""

    name: str
    shape: list[int]
    datatype: str
    parameters: dict[str, Any] | None = None
    data: list[float | int | bool | None] | None = Field(
        default=None, description="one number a row; left out where the numbers follow as binary data"
    )


class WantedOutput(BaseModel):
    """One output that is wanted."""

    name: str
    parameters: dict[str, Any] | None = None


class InferenceRequest(BaseModel):
    """Rows of features, a tensor an input."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "1",
                    "inputs": [
                        {"name": "age", "shape": [2], "datatype": "FP64", "data": [61, 70]},
                        {"name": "female", "shape": [2], "datatype": "FP64", "data": [1, 0]},
                        {"name": "systolic_bp", "shape": [2], "datatype": "FP64", "data": [124, None]},
                    ],
                }
            ]
        }
    )

    id: str | None = None
    parameters: dict[str, Any] | None = None
    inputs: list[InputTensor]
    outputs: list[WantedOutput] | None = None


class OutputTensor(BaseModel):
    """One output."""

    name: str
    shape: list[int]
    datatype: str
    parameters: dict[str, Any] | None = None
    data: list[float | None] | None = Field(default=None, description="null: the model does not apply")


class InferenceAnswer(BaseModel):
    """What a model says, a tensor an output."""

    model_config = NAMED

    model_name: str
    model_version: str
    id: str | None = None
    parameters: dict[str, Any] = Field(description="whose data the model rests on")
    outputs: list[OutputTensor]
