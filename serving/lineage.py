"""Where the versions of a model come from, and who let which of them serve, as the registry tells it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from models.bundle import (
    CHAMPION_ALIAS,
    PROMOTED_AT_TAG,
    PROMOTED_BY_TAG,
    PROMOTED_WHY_TAG,
    PROMOTED_WHY_ZH_TAG,
    REPLACED_TAG,
    RESULT_TAG,
    WITHDRAWN_TAG,
)
from serving.schemas_models import VersionOut

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

Status = Literal["champion", "replaced", "withdrawn", "never served"]


def versions_of(client: MlflowClient, model: str) -> list[VersionOut]:
    """Return every registered version of a model, newest first."""
    registered = client.search_registered_models(filter_string=f"name = '{model}'")
    serving = str(registered[0].aliases.get(CHAMPION_ALIAS)) if registered else ""
    found = client.search_model_versions(f"name = '{model}'")
    replaced = {entry.tags.get(REPLACED_TAG) for entry in found}
    return [
        _version(entry, _status(entry, serving, replaced))
        for entry in sorted(found, key=lambda entry: -int(entry.version))
    ]


def _status(entry: ModelVersion, serving: str, replaced: set[str | None]) -> Status:
    if str(entry.version) == serving:
        return "champion"
    if entry.tags.get(WITHDRAWN_TAG) == "true":
        return "withdrawn"
    return "replaced" if str(entry.version) in replaced or PROMOTED_AT_TAG in entry.tags else "never served"


def _version(entry: ModelVersion, status: Status) -> VersionOut:
    tags: Mapping[str, str] = entry.tags
    promoted = tags.get(PROMOTED_AT_TAG)
    replaced = tags.get(REPLACED_TAG)
    why = tags.get(PROMOTED_WHY_TAG, "[]")
    return VersionOut(
        version=int(entry.version),
        status=status,
        registered_at=datetime.fromtimestamp(entry.creation_timestamp / 1000, UTC),
        data_source=tags.get("data_source", ""),
        data_fingerprint=tags.get("data_fingerprint", ""),
        code=tags.get("code", ""),
        result=tags.get(RESULT_TAG, ""),
        run_id=entry.run_id or "",
        promoted_at=datetime.fromisoformat(promoted) if promoted else None,
        promoted_by=tags.get(PROMOTED_BY_TAG),
        promoted_because=json.loads(why),
        promoted_because_zh=json.loads(tags.get(PROMOTED_WHY_ZH_TAG, why)),
        replaced=int(replaced) if replaced else None,
    )
