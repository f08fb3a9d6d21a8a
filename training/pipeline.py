"""From records to champions, in steps that can each be repeated: what is done already is left as it is."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import Any

from features.errors import InvalidInputError, RefusedError, SanzaoError
from features.lake import build_lake
from features.settings import settings
from features.sources import Source, get_source
from features.staging import exclusive
from features.store import build_store
from features.workers import worker_pool
from models.event_model import EventModel
from models.kinds import AnyModel, get_declared
from models.risk_model import RiskModel
from training.events.train import is_event_trained, train_event
from training.landmarks import landmarks
from training.promotion import Verdict, promote
from training.registry import register
from training.train import SEED, is_trained, train

Progress = Callable[[str], None]


def steps_of_training() -> int:
    """Return how many messages one model sends on its way: cohort, outer folds, final fit, registering."""
    return settings().outer_folds + 3


def prepare_data(source: Source, progress: Progress) -> None:
    """Build the lake and the feature store of `source` where they are missing or out of date."""
    build_lake(source, progress)
    build_store(source, progress)


def train_and_promote(
    source: Source,
    models: Sequence[AnyModel],
    *,
    seed: int = SEED,
    tune: int = 0,
    progress: Progress = lambda _: None,
) -> list[dict[str, Any]]:
    """Train, register and try to promote each model; a refusal is reported, not raised.

    Returns
    -------
    list of dict
        One verdict a model, as `training.promotion.Verdict.as_dict`.
    """
    with exclusive(settings().source_state(source.name), "building"):
        prepare_data(source, progress)
        results = train_all(source, models, seed=seed, tune=tune, progress=progress)
        if len(models) == 1 and isinstance(results[0], SanzaoError):
            raise results[0]
        return [_registered(model, result, progress) for model, result in zip(models, results, strict=True)]


def _registered(model: AnyModel, folder: Path | SanzaoError, progress: Progress) -> dict[str, Any]:
    if isinstance(folder, SanzaoError):
        return Verdict(model.name, None, None, False, (str(folder),)).as_dict()
    progress(f"{model.name}: registering")
    version = register(folder)
    if version.withdrawn:
        reason = f"it was rolled back; `sanzao promote {model.name} --version {version.number}` would bring it back"
        return Verdict(model.name, version.number, None, False, (reason,)).as_dict()
    try:
        return promote(model, version.number).as_dict()
    except RefusedError as refusal:
        return Verdict(model.name, version.number, None, False, (str(refusal),)).as_dict()


def train_all(
    source: Source, models: Sequence[AnyModel], *, seed: int, tune: int, progress: Progress
) -> list[Path | SanzaoError]:
    """Train the models side by side, one process a core.

    Returns
    -------
    list
        In the order of `models` the folder of each result, or why the model could not be trained.
    """
    # Event models first: they take longest.
    ordered = sorted(models, key=lambda model: isinstance(model, RiskModel))
    pending = [model for model in ordered if not _is_done(source, model, seed, tune)]
    if any(isinstance(model, RiskModel) for model in pending):
        landmarks(source, (), progress)  # once for all, before they are shared out
    refused: dict[str, SanzaoError] = {}
    workers = min(settings().threads, len(pending))
    if workers > 1:
        messages: Queue[str] = multiprocessing.get_context("spawn").Queue()
        with worker_pool(workers, _report_to, messages) as pool:
            jobs = {model.name: pool.submit(_train_by_name, source.name, model.name, seed, tune) for model in pending}
            while not all(job.done() for job in jobs.values()):
                with suppress(Empty):
                    progress(messages.get(timeout=0.2))
            for name, job in jobs.items():
                try:
                    job.result()  # raises what the worker raised
                except (InvalidInputError, RefusedError) as error:
                    refused[name] = error
    results: list[Path | SanzaoError] = []
    for model in models:
        try:
            results.append(refused.get(model.name) or _train(source, model, seed, tune, progress))
        except (InvalidInputError, RefusedError) as error:
            results.append(error)
    return results


def _train(source: Source, model: AnyModel, seed: int, tune: int, progress: Progress) -> Path:
    if isinstance(model, EventModel):
        return train_event(source, model, seed=seed, progress=progress)
    return train(source, model, seed=seed, tune=tune, progress=progress)


def _is_done(source: Source, model: AnyModel, seed: int, tune: int) -> bool:
    if isinstance(model, EventModel):
        return is_event_trained(source, model, seed)
    return is_trained(source, model, seed, tune)


def _report_to(messages: Queue[str]) -> None:
    """Remember, in a worker, where its progress goes."""
    global _messages  # noqa: PLW0603
    _messages = messages


_messages: Queue[str] | None = None


def _train_by_name(source: str, model: str, seed: int, tune: int) -> Path:
    """Train in a worker process; declarations travel by name."""
    report = _messages.put if _messages is not None else lambda _: None
    return _train(get_source(source), get_declared(model), seed, tune, report)
