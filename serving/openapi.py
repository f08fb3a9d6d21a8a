"""The description of the API: what each part is for, an example for every shape, and errors as they really are."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.examples import example_of
from serving.problems import told
from serving.schemas import ScoreRequest
from serving.schemas_inference import InferenceRequest

PROBLEM = "application/problem+json"
METHODS = ("get", "put", "post", "delete", "patch", "options", "head")

# Of bodies that a route reads itself, because they come in more forms than JSON.
READ_BY_HAND: tuple[type[BaseModel], ...] = (ScoreRequest, InferenceRequest)

TAGS = {
    "models": "What models there are, how good each is, its whole shape, and how the world has moved since.",
    "score": "Risks with reasons: of residents, of people whose features are sent along, of requests and of cells.",
    "residents": "One resident.",
    "risk-list": "The people at risk under a model, highest risk first.",
    "what-if": "How predictions move if features do; never a proven effect.",
    "records": "Records as they happen.",
    "programmes": "Screening programmes, each number with its source.",
    "worklists": "Whom a programme should invite next.",
    "tasks": "What became of those who were invited.",
    "areas": "Counts and rates by area, under disclosure control.",
    "burden": "Which diseases weigh most, by city and county, and what screening could avert.",
    "hall": "What an operations hall shows: this week's screening, requests, data quality and models.",
    "consents": "Which apps a resident lets see them.",
    "session": "Signing in with a browser: who is signed in, and what they may.",
    "token": "Signing in.",
    "inference": "The Open Inference Protocol, for generic clients.",
}
DETAILS = {
    400: "The header Content-Length is no number.",
    401: "This needs a log-in. Sign in with POST /v1/token.",
    403: "Your role 'leader' does not have the permission 'score'.",
    404: "There is no model 'stroke'. Did you mean 'stroke_5y'?",
    409: "Somebody else has changed this since you read it.",
    413: "The body is larger than 1000000 bytes. Send it in smaller parts.",
    422: "1 field(s) of the records cannot be accepted.",
    424: "Model 'stroke_5y' cannot serve: it has no champion. Run `sanzao train stroke_5y`.",
    429: "Too many requests. Try again in 12 seconds.",
    503: "The audit log cannot be written now, so nobody's data are shown. Try again.",
}
WRONG = {"field": "records[0].features.age", "value": "300 a", "allowed": "0 to 120 a", "fix": "correct the value"}


def install(app: FastAPI) -> None:
    """Make an application describe itself so."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = described(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an application."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _, by_hand = models_json_schema(
        [(model, "validation") for model in READ_BY_HAND], ref_template="#/components/schemas/{model}"
    )
    schemas |= {name: schema for name, schema in by_hand["$defs"].items() if name not in schemas}
    used = set()
    for path, operation in _operations(document):
        tag = _tag(path)
        used.add(tag)
        operation["tags"] = [tag]
        for media in operation.get("requestBody", {}).get("content", {}).values():
            _give_example(media, schemas)
        for code, response in operation["responses"].items():
            if int(code) >= HTTPStatus.BAD_REQUEST:
                response["content"] = {
                    name: media | {"example": _problem(path, int(code))}
                    for name, media in _error_media(path, response).items()
                }
            for media in response.get("content", {}).values():
                _give_example(media, schemas)
    document["tags"] = [{"name": tag, "description": TAGS.get(tag, "")} for tag in sorted(used)]
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, entry in document["paths"].items():
        for method in METHODS:
            if method in entry:
                yield path, entry[method]


def _tag(path: str) -> str:
    """Return what a path belongs to: its second part, or the protocol."""
    parts = path.strip("/").split("/")
    return "inference" if parts[0] == "v2" else parts[1] if len(parts) > 1 else parts[0]


def _give_example(media: dict[str, Any], schemas: dict[str, Any]) -> None:
    if "schema" in media and not {"example", "examples"} & set(media):
        media["example"] = example_of(media["schema"], schemas)


def _error_media(path: str, response: dict[str, Any]) -> dict[str, Any]:
    """Return an error's schema under the media type that it really has."""
    schema = next((media["schema"] for media in response.get("content", {}).values() if media.get("schema")), None)
    if schema is None:
        return {}
    _, media = told(path, HTTPStatus.NOT_FOUND, "")
    return {media: {"schema": schema}}


def _problem(path: str, code: int) -> dict[str, Any]:
    listed = [WRONG] if code == HTTPStatus.UNPROCESSABLE_ENTITY else []
    content, _ = told(path, code, DETAILS.get(code, HTTPStatus(code).phrase), listed)
    return content
