"""The model registry: MLflow, with SQLite under `mlruns/` by default.

A training result is registered once, however often and wherever an earlier attempt was killed: the version carries
the result's fingerprint, and what an unfinished attempt left is removed first.
"""

from __future__ import annotations

import getpass
import json
import logging
import math
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import InvalidInputError, NotReadyError, UnknownNameError
from features.settings import PROJECT, settings
from features.staging import exclusive, read_manifest, unwritable
from models.bundle import (
    BUNDLE_ARTIFACT,
    CHAMPION_ALIAS,
    PROMOTED_AT_TAG,
    PROMOTED_BY_TAG,
    PROMOTED_WHY_TAG,
    PROMOTED_WHY_ZH_TAG,
    REPLACED_TAG,
    RESULT_TAG,
    WITHDRAWN_TAG,
    Bundle,
)  # fmt: skip
from models.kinds import AnyBundle, load_bundle
from models.told import Told

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "sanzao"


@dataclass(frozen=True)
class Version:
    """One registered version of a model."""

    model: str
    number: int
    result: str
    run_id: str
    champion: bool
    replaced: int | None
    withdrawn: bool
    registered_at: datetime


@cache
def client() -> MlflowClient:
    """Return the registry's client; the database is created on first use."""
    import mlflow

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    mlruns = settings().mlruns.resolve()
    try:
        (mlruns / "artifacts").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(mlruns, error) from error
    # Several processes that create the schema at once all fail, so it is created under a lock.
    with exclusive(mlruns, "setting up the model registry", wait=True):
        mlflow.set_tracking_uri(settings().tracking_uri)
        mlflow.set_registry_uri(settings().tracking_uri)
        found = mlflow.MlflowClient()
        if found.get_experiment_by_name(EXPERIMENT) is None:
            found.create_experiment(EXPERIMENT, artifact_location=(mlruns / "artifacts").as_uri())
    return found


def register(folder: Path) -> Version:
    """Register a finished training result and return its version; a result that is registered already is returned."""
    import mlflow

    manifest = read_manifest(folder)
    if manifest is None:
        raise NotReadyError(f"There is no finished training result in {folder}. Run `sanzao train`.")
    content = folder / BUNDLE_ARTIFACT
    bundle = load_bundle(content)
    for version in versions(bundle.name):
        if version.result == manifest["fingerprint"]:
            return version
    _remove_unfinished(manifest["fingerprint"])
    with (
        _without_advice(),
        mlflow.start_run(
            experiment_id=_experiment_id(),
            run_name=bundle.name,
            tags={RESULT_TAG: manifest["fingerprint"], "model": bundle.name},
        ) as run,
    ):
        mlflow.log_params(_parameters(bundle, manifest))
        mlflow.log_metrics(_flat_metrics(bundle.metrics))
        for name in ("validation.parquet", "card.md", "report.html"):
            if (content / name).exists():  # not every kind of model has a page of its own
                mlflow.log_artifact(str(content / name))
        logged = mlflow.pyfunc.log_model(
            name=bundle.name,
            python_model=str(PROJECT / "models" / "pyfunc.py"),
            artifacts={BUNDLE_ARTIFACT: str(content)},
            signature=_signature(bundle),
            pip_requirements=["sanzao"],  # inferring them takes seconds and the lock file knows better
        )
    if not client().search_registered_models(filter_string=f"name = '{bundle.name}'"):
        client().create_registered_model(bundle.name)
    client().create_model_version(
        bundle.name,
        source=logged.model_uri,
        run_id=run.info.run_id,
        model_id=logged.model_id,
        tags={
            RESULT_TAG: manifest["fingerprint"],
            "data_source": bundle.data_source,
            "data_fingerprint": bundle.fingerprint,
            "code": manifest["code"],
            "features": ",".join(entry.name for entry in bundle.inputs),
        },
        description=(content / "card.md").read_text(encoding="utf-8"),
    )
    return next(version for version in versions(bundle.name) if version.result == manifest["fingerprint"])


@contextmanager
def _without_advice() -> Iterator[None]:
    """Keep to ourselves what MLflow would advise on every call: examples, type hints, the version of pip."""
    levels = {name: logging.getLogger(name).level for name in ("mlflow.utils.environment", "mlflow.models.model")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in levels:
            logging.getLogger(name).setLevel(logging.ERROR)
        yield
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def versions(model: str) -> list[Version]:
    """Return the registered versions of a model, oldest first."""
    registered = client().search_registered_models(filter_string=f"name = '{model}'")
    champion = registered[0].aliases.get(CHAMPION_ALIAS) if registered else None
    found = client().search_model_versions(f"name = '{model}'")
    return sorted(
        (
            Version(
                model=model,
                number=int(entry.version),
                result=entry.tags.get(RESULT_TAG, ""),
                run_id=entry.run_id or "",
                champion=str(entry.version) == str(champion),
                replaced=int(entry.tags[REPLACED_TAG]) if entry.tags.get(REPLACED_TAG) else None,
                withdrawn=entry.tags.get(WITHDRAWN_TAG) == "true",
                registered_at=datetime.fromtimestamp(entry.creation_timestamp / 1000, tz=UTC),
            )
            for entry in found
        ),
        key=lambda version: version.number,
    )


def champion(model: str) -> Version | None:
    """Return the version that serves, or None."""
    return next((version for version in versions(model) if version.champion), None)


def require_champion(model: str, source: str | None = None) -> Version:
    """Return the version that serves; `source` is named in the advice where there is none.

    Raises
    ------
    NotReadyError
        If there is none.
    """
    found = champion(model)
    if found is None:
        where = f" --source {source}" if source else ""
        raise NotReadyError(f"'{model}' has no champion. Run `sanzao train {model}{where}`.")
    return found


def champion_from(model: str, source: str) -> tuple[Version, Path, Bundle]:
    """Return what `any_champion_from` does, of a model of residents.

    Raises
    ------
    InvalidInputError
        If the model is not of residents.
    """
    version, folder, bundle = any_champion_from(model, source)
    if not isinstance(bundle, Bundle):
        raise InvalidInputError(f"'{model}' is not a model of residents: this is not done for it.")
    return version, folder, bundle


def any_champion_from(model: str, source: str) -> tuple[Version, Path, AnyBundle]:
    """Return the version that serves, its folder and its bundle, if it was trained on `source`.

    Raises
    ------
    NotReadyError
        If there is none, or it was trained on another source.
    """
    version = require_champion(model, source)
    folder = artifact_folder(version)
    bundle = load_bundle(folder)
    if bundle.data_source != source:
        raise NotReadyError(
            f"The champion of '{model}' was trained on '{bundle.data_source}', not on '{source}'. "
            f"Run `sanzao train {model} --source {source}` first, or say --source {bundle.data_source}."
        )
    return version, folder, bundle


def get_version(model: str, number: int) -> Version:
    """Return one version.

    Raises
    ------
    UnknownNameError
        If it is not registered.
    """
    known = versions(model)
    for version in known:
        if version.number == number:
            return version
    raise UnknownNameError(f"version of {model}", str(number), [str(version.number) for version in known])


def set_champion(version: Version, replaced: Version | None, why: Sequence[Told] = ()) -> None:
    """Point the champion alias at `version`, remembering which one it replaced, and who did so when and why."""
    tags = {
        WITHDRAWN_TAG: "false",
        PROMOTED_BY_TAG: _user(),
        PROMOTED_AT_TAG: datetime.now(UTC).isoformat(timespec="seconds"),
        PROMOTED_WHY_TAG: json.dumps([reason.en for reason in why], ensure_ascii=False),
        PROMOTED_WHY_ZH_TAG: json.dumps([reason.zh for reason in why], ensure_ascii=False),
    }
    if replaced is not None:
        tags[REPLACED_TAG] = str(replaced.number)
    for name, value in tags.items():
        client().set_model_version_tag(version.model, str(version.number), name, value)
    client().set_registered_model_alias(version.model, CHAMPION_ALIAS, str(version.number))


def _user() -> str:
    """Return the account of this machine that runs the command; its number where it has no name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"


def withdraw(version: Version) -> None:
    """Mark a version that was rolled back, so that no later run promotes it by itself."""
    client().set_model_version_tag(version.model, str(version.number), WITHDRAWN_TAG, "true")


def artifact_folder(version: Version) -> Path:
    """Return the local folder with the bundle, the card and the validation of a version."""
    import mlflow

    uri = client().get_model_version_download_uri(version.model, str(version.number))
    return Path(mlflow.artifacts.download_artifacts(artifact_uri=uri)) / "artifacts" / BUNDLE_ARTIFACT


def _experiment_id() -> str:
    experiment = client().get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        raise NotReadyError(f"The registry has no experiment '{EXPERIMENT}'. Remove mlruns/mlflow.db and run again.")
    return str(experiment.experiment_id)


def _remove_unfinished(result: str) -> None:
    """Delete runs and logged models of an attempt to register `result` that never became a version."""
    query = f"tags.`{RESULT_TAG}` = '{result}'"
    for run in client().search_runs([_experiment_id()], filter_string=query):
        for logged in client().search_logged_models(
            [_experiment_id()], filter_string=f"source_run_id = '{run.info.run_id}'"
        ):
            client().delete_logged_model(logged.model_id)
        client().delete_run(run.info.run_id)


def _parameters(bundle: AnyBundle, manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "chosen": bundle.chosen,
        "data_source": bundle.data_source,
        "synthetic": bundle.synthetic,
        "data_fingerprint": bundle.fingerprint,
        "code": manifest["code"],
    } | bundle.parameters


def _flat_metrics(metrics: dict[str, Any]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in metrics.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def _signature(bundle: AnyBundle) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    return ModelSignature(
        inputs=Schema([ColSpec("double", entry.name) for entry in bundle.inputs]),
        outputs=Schema([ColSpec("double", name) for name in bundle.output_names]),
    )
