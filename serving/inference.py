"""Tensors of the Open Inference Protocol, as JSON or with the binary extension: read and written.

https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md; the binary extension is
that of Triton: after the JSON, whose length a header tells, the tensors follow as little-endian numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from pydantic_core import to_json

from features.errors import InvalidInputError
from models.tables import Array
from serving.sent_batches import MOST_ROWS

HEADER_LENGTH = "Inference-Header-Content-Length"
EXTENSIONS = ("binary_tensor_data",)
KINDS: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"), "INT8": np.dtype("<i1"), "INT16": np.dtype("<i2"), "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"), "UINT8": np.dtype("<u1"), "UINT16": np.dtype("<u2"), "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"), "FP32": np.dtype("<f4"), "FP64": np.dtype("<f8"),
}  # fmt: skip
MOST_INPUTS = 1_000
LARGEST_ID = 200


@dataclass(frozen=True)
class Asked:
    """One request.

    Attributes
    ----------
    columns
        float64 (n,) by input name, NaN where missing.
    outputs
        Names of the outputs that are wanted, and whether as binary data; none: all, as `binary` says.
    """

    identity: str | None
    columns: dict[str, Array]
    outputs: Mapping[str, bool]
    binary: bool


def read_request(body: bytes, header_length: str | None) -> Asked:
    """Return what a request asks.

    Raises
    ------
    InvalidInputError
        If it is not of the protocol's shape.
    """
    document, rest = _document(body, header_length)
    inputs, identity = document.get("inputs"), document.get("id")
    if not isinstance(inputs, list) or not 0 < len(inputs) <= MOST_INPUTS:
        _refuse(f"`inputs` must be a list of 1 to {MOST_INPUTS} tensors")
    if identity is not None and (not isinstance(identity, str) or len(identity) > LARGEST_ID):
        _refuse(f"`id` must be a text of at most {LARGEST_ID} characters")
    columns: dict[str, Array] = {}
    for tensor in inputs:
        name, values, rest = _tensor(tensor, rest)
        if name in columns:
            _refuse(f"the input '{name}' comes twice")
        columns[name] = values
    if rest:
        _refuse(f"{len(rest)} bytes follow after the last input")
    if len({len(values) for values in columns.values()}) > 1:
        _refuse("all inputs must have the same first dimension")
    return Asked(identity, columns, _wanted(document.get("outputs")), _flag(document, "binary_data_output"))


def write_answer(
    asked: Asked, model: str, version: int, outputs: Mapping[str, Array], notice: Mapping[str, Any]
) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of the answer; `notice` goes among its parameters.

    Raises
    ------
    InvalidInputError
        If an output is wanted that the model does not have.
    """
    wanted = asked.outputs or dict.fromkeys(outputs, asked.binary)
    if unknown := [name for name in wanted if name not in outputs]:
        _refuse(f"there is no output '{unknown[0][:60]}'; there are {', '.join(outputs)}")
    tensors, raw = [], []
    for name, binary in wanted.items():
        values = outputs[name]
        tensor: dict[str, Any] = {"name": name, "shape": list(values.shape), "datatype": "FP64"}
        if binary:
            raw.append(values.astype("<f8").tobytes())
            tensor["parameters"] = {"binary_data_size": len(raw[-1])}
        else:
            tensor["data"] = values.tolist()
        tensors.append(tensor)
    document: dict[str, Any] = {"model_name": model, "model_version": str(version), "outputs": tensors}
    if asked.identity is not None:
        document["id"] = asked.identity
    head = to_json(document | {"parameters": dict(notice)}, inf_nan_mode="null")  # JSON has no NaN
    if not raw:
        return head, {"content-type": "application/json"}
    return b"".join([head, *raw]), {"content-type": "application/octet-stream", HEADER_LENGTH: str(len(head))}


def _document(body: bytes, header_length: str | None) -> tuple[dict[str, Any], bytes]:
    """Return the JSON of a body, and the bytes that follow it."""
    length = len(body)
    if header_length is not None:
        if not (header_length.isascii() and header_length.isdecimal()) or int(header_length) > len(body):
            _refuse(f"the header {HEADER_LENGTH} is no length within the body")
        length = int(header_length)
    try:
        document = json.loads(body[:length])
    except (ValueError, RecursionError) as error:
        _refuse(f"it is not JSON ({str(error)[:200]})")
    if not isinstance(document, dict):
        _refuse("it is not a JSON object")
    return document, body[length:]


def _tensor(tensor: Any, rest: bytes) -> tuple[str, Array, bytes]:
    """Return name and values of one input, and the binary data that is left."""
    if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
        _refuse("every input is an object with a `name`")
    name = tensor["name"][:200]
    kind, shape = tensor.get("datatype"), tensor.get("shape")
    if not isinstance(kind, str) or kind not in KINDS:
        _refuse(f"the datatype of '{name}' must be one of {', '.join(KINDS)}")
    rows = _rows(name, shape)
    size = _parameters(tensor).get("binary_data_size")
    if size is None:
        return name, _of_json(name, tensor.get("data"), rows), rest
    if "data" in tensor or size != rows * KINDS[kind].itemsize or size > len(rest):
        _refuse(f"the binary data of '{name}' must be {rows * KINDS[kind].itemsize} bytes after the JSON")
    values = np.frombuffer(rest[:size], dtype=KINDS[kind]).astype(np.float64)
    return name, values, rest[size:]


def _rows(name: str, shape: Any) -> int:
    sound = isinstance(shape, list) and all(type(size) is int for size in shape)
    if not sound or len(shape) not in (1, 2) or shape[1:] not in ([], [1]) or not 0 < shape[0] <= MOST_ROWS:
        _refuse(f"the shape of '{name}' must be [n] or [n, 1], n from 1 to {MOST_ROWS:,}")
    rows: int = shape[0]
    return rows


def _of_json(name: str, data: Any, rows: int) -> Array:
    if not isinstance(data, list) or len(data) != rows:
        _refuse(f"the data of '{name}' must be a list of {rows} numbers")
    flat = [entry[0] if isinstance(entry, list) and len(entry) == 1 else entry for entry in data]
    if not all(entry is None or isinstance(entry, int | float) for entry in flat):
        _refuse(f"the data of '{name}' must be numbers, null or NaN where missing")
    try:
        return np.array(flat, dtype=np.float64)  # None becomes NaN
    except OverflowError:
        _refuse(f"the data of '{name}' holds a number that no float64 is")


def _wanted(outputs: Any) -> dict[str, bool]:
    if outputs is None:
        return {}
    if not isinstance(outputs, list) or not all(
        isinstance(output, dict) and isinstance(output.get("name"), str) for output in outputs
    ):
        _refuse("`outputs` must be a list of objects with a `name`")
    return {output["name"]: _flag(output, "binary_data") for output in outputs}


def _flag(of: Mapping[str, Any], name: str) -> bool:
    return _parameters(of).get(name) is True


def _parameters(of: Mapping[str, Any]) -> Mapping[str, Any]:
    found = of.get("parameters") or {}
    if not isinstance(found, dict):
        _refuse("`parameters` must be an object")
    return found


def _refuse(why: str) -> NoReturn:
    raise InvalidInputError(f"The inference request cannot be read: {why}.")


def tensor_of(name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of one input or output: a column of numbers."""
    return {"name": name, "datatype": "FP64", "shape": [-1], "parameters": dict(parameters)}
