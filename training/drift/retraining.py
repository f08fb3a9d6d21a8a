"""From the decision to a retraining run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from features.settings import settings
from features.sources import Source
from features.staging import exclusive
from features.store import build_store
from models.risk_model import RiskModel
from training.pipeline import train_and_promote


def retrain(source: Source, models: Sequence[RiskModel], progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Train models anew on everything that has arrived; the promotion gate decides.

    Training leaves a result alone whose records have not changed. So what arrived is first written into the record log
    and counted in by the store, by which results are told apart.

    Returns
    -------
    list of dict
        One verdict a model, as `training.promotion.Verdict.as_dict`.
    """
    with exclusive(settings().source_state(source.name), "building"):
        build_store(source, progress, with_arrivals=True)
    return train_and_promote(source, models, progress=progress)
