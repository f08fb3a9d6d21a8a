"""From records to champions, in steps that can each be repeated: what is done already is left as it is."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.managers import SyncManager
from pathlib import Path
from queue import Empty
from typing import Any

from features.errors import RefusedError
from features.lake import build_lake
from features.settings import settings
from features.sources import Source, get_source
from features.staging import exclusive
from features.store import build_store
from models.risk_model import RiskModel, get_model
from training.promotion import Verdict, promote
from training.registry import register
from training.train import SEED, is_trained, train

Progress = Callable[[str], None]


def steps_of_training() -> int:
    """Return how many messages one model sends while it trains: cohort, outer folds, final fit."""
    return settings().outer_folds + 2


def prepare_data(source: Source, progress: Progress) -> None:
    """Build the lake and the feature store of `source` where they are missing or out of date."""
    build_lake(source, progress)
    build_store(source, progress)


def train_and_promote(
    source: Source, models: Sequence[RiskModel], *, seed: int = SEED, progress: Progress = lambda _: None
) -> list[dict[str, Any]]:
    """Train, register and try to promote each model; a refusal is reported, not raised.

    Returns
    -------
    list of dict
        One verdict a model, as `training.promotion.Verdict.as_dict`.
    """
    with exclusive(settings().source_state(source.name), "building"):
        prepare_data(source, progress)
        folders = train_all(source, models, seed=seed, progress=progress)
        return [_registered(model, folder) for model, folder in zip(models, folders, strict=True)]


def _registered(model: RiskModel, folder: Path) -> dict[str, Any]:
    version = register(folder)
    if version.withdrawn:
        reason = f"it was rolled back; `sanzao promote {model.name} --version {version.number}` would bring it back"
        return Verdict(model.name, version.number, None, False, (reason,)).as_dict()
    try:
        return promote(model, version.number).as_dict()
    except RefusedError as refusal:
        return Verdict(model.name, version.number, None, False, (str(refusal),)).as_dict()


def train_all(source: Source, models: Sequence[RiskModel], *, seed: int, progress: Progress) -> list[Path]:
    """Train the models side by side, one process a core; return their result folders in the same order."""
    pending = [model for model in models if not is_trained(source, model, seed)]
    workers = min(settings().threads, len(pending))
    if workers > 1:
        # Forking a process that already runs threads (DuckDB, LightGBM) may hang, so the workers start afresh.
        context = multiprocessing.get_context("spawn")
        with (
            context.Manager() as manager,
            ProcessPoolExecutor(workers, mp_context=context, initializer=_one_thread) as pool,
        ):
            _collect(manager, pool, source, pending, seed, progress)
    return [train(source, model, seed=seed, progress=progress) for model in models]


def _collect(
    manager: SyncManager,
    pool: ProcessPoolExecutor,
    source: Source,
    models: Sequence[RiskModel],
    seed: int,
    progress: Progress,
) -> None:
    messages = manager.Queue()
    jobs = [pool.submit(_train_by_name, source.name, model.name, seed, messages) for model in models]
    while not all(job.done() for job in jobs):
        try:
            progress(messages.get(timeout=0.2))
        except Empty:
            continue
    for job in jobs:
        job.result()  # raises what the worker raised


def _one_thread() -> None:
    """Keep each worker to one core: the cores are shared out among the workers already."""
    os.environ["SANZAO_THREADS"] = "1"
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    settings.cache_clear()


def _train_by_name(source: str, model: str, seed: int, messages: Any) -> Path:
    """Train in a worker process; declarations travel by name."""
    return train(get_source(source), get_model(model), seed=seed, progress=messages.put)
