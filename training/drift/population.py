"""The people of now whom a model applies to, counted column by column, one bucket of residents in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from features.log_reading import everybody_at
from features.residents import residents
from features.sources import Source
from features.views import all_features
from models.applicable import applicable
from models.bundle import Bundle
from models.risk_model import RiskModel
from training.drift.grid import Counts, Floats, count

RISK = "predicted risk"
"""Name of the column that holds what the model predicts; no feature's name has a space."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Watched:
    """A model version whose columns are counted on `edges`, float64 (k,) by column."""

    model: RiskModel
    bundle: Bundle
    edges: Mapping[str, Floats]


def everybody(source: Source, moment: datetime) -> Iterator[dict[str, Floats]]:
    """Yield every stored feature of the living, float64 (n,) by name, bucket by bucket."""
    known = residents(source, moment)
    alive = known.index[known["died_on"].isna()].to_numpy()
    for _, persons, features in everybody_at(source.name, round(moment.timestamp() * 1e6)):
        rows = np.isin(persons, alive)
        yield dict(zip(all_features(), features[:, rows], strict=True))


def columns_of(model: RiskModel, bundle: Bundle, people: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the model's features and its predicted risk for those of `people` whom it applies to."""
    rows = applicable(model, people)
    features = {entry.name: people[entry.name][rows] for entry in bundle.inputs}
    return features | {RISK: bundle.risk(features)}


def count_people(
    source: Source, moment: datetime, watched: Sequence[Watched], progress: Progress = lambda _: None
) -> list[dict[str, Counts]]:
    """Return for each model the counts of its columns among the people it applies to, int64 (k + 2,) by column."""
    sums = [
        {name: np.zeros(len(edges) + 2, dtype=np.int64) for name, edges in version.edges.items()} for version in watched
    ]
    for people in everybody(source, moment):
        for version, counts in zip(watched, sums, strict=True):
            columns = columns_of(version.model, version.bundle, people)
            for name, edges in version.edges.items():
                counts[name] += count(edges, columns[name])
        progress("bucket of residents counted")
    return sums
