"""What a list says of each champion in a few numbers."""

from __future__ import annotations

from typing import Any, Literal

from features.terminal import finite
from models.kept import drift_file, read_kept
from serving.access.released import released_metrics
from serving.champions import Champion, EventChampion
from serving.schemas_models import HeadlineFigures

OF_RESIDENTS = {
    "ranking": "c_index",
    "ranking_low": "c_index_low",
    "ranking_high": "c_index_high",
    "ranking_published": "c_index_published",
    "ranking_refit": "c_index_refit",
}
OF_EVENTS = {
    "ranking": "late_auc",
    "ranking_published": "late_auc_baseline",
    "observed_expected": "late_observed_expected",
}


def headline_figures(champion: Champion | EventChampion) -> HeadlineFigures:
    """Return the figures by which champions are compared with each other."""
    names = OF_RESIDENTS if isinstance(champion, Champion) else OF_EVENTS
    metrics: dict[str, Any] = finite(released_metrics(champion.bundle.metrics))
    shown = {field: metrics.get(names.get(field, field)) for field in HeadlineFigures.model_fields}
    return HeadlineFigures(**shown)


def drift_verdict(source: str, champion: Champion | EventChampion) -> Literal["keep", "retrain"] | None:
    """Return what `sanzao drift` said of a champion last; None where it has not been asked of this version."""
    found = read_kept(drift_file(source, champion.declaration.name))
    if found is None or found["version"] != champion.version:
        return None
    return "retrain" if found["retrain"] else "keep"
