"""The whole city under every declared model: the kernel against `Booster.predict`, and the way from records to lists.

A city of a million is simulated. A booster of depth 2 is fitted for every model that the city declares, on the model's
own features and a made-up outcome, so that tables are as many and as large as champions have. Both sides score the
same residents from the same float64 features, binning included; then `score_everybody` runs from the record log to
risks, ranked lists with reasons and area totals on disk.
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._measure import in_turn
from benchmarks._world import NAME, city, source, world
from features.settings import settings

if TYPE_CHECKING:
    import lightgbm

    from serving.champions import Champion
    from serving.kernel import Scorer

RESIDENTS, SEED, TREES = 1_000_000, 20_260_101, 300
LEARNED, COMPARED = 20_000, 200_000

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fitted:
    """A champion, and the booster that it was collapsed from."""

    champion: Champion
    booster: lightgbm.Booster


def bench(rows: int = RESIDENTS) -> dict[str, Any]:
    """Score everybody; `rows` is the number of residents of the city."""
    from features.log_writing import build_log
    from features.sources._city.clock import AS_OF
    from serving.champions import Snapshot, compile_scorer
    from serving.everybody import score_everybody

    with world():
        city(rows, SEED)
        log = build_log(NAME)
        some = _features(AS_OF, COMPARED)
        fitted = _champions(some)
        champions = {entry.champion.declaration.name: entry.champion for entry in fitted}
        scorer = compile_scorer(champions)
        result = _compared(scorer, fitted, some)
        del some
        start = time.perf_counter()
        manifest = score_everybody(source(AS_OF), Snapshot(champions, {}, scorer), AS_OF)
        whole = time.perf_counter() - start
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return result | {
        "models": len(fitted),
        "trees": TREES,
        "residents": log["residents"],
        "seconds_records_to_lists": whole,
        "listed": sum(entry["listed"] for entry in manifest["models"].values()),
        "data": "simulated city, made-up outcomes",
        "peak_rss_mb": kilobytes / 1024,
    }


def _compared(scorer: Scorer | None, fitted: list[Fitted], people: dict[str, Array]) -> dict[str, Any]:
    """Time both sides on the same people."""
    if scorer is None:
        raise AssertionError("the city declares models")
    matrix = np.column_stack([people[name] for name in scorer.features])
    return in_turn(
        lambda: scorer.score(matrix).risk,
        lambda: np.column_stack([_predicted(entry, people) for entry in fitted]),
        peer_name="lightgbm Booster.predict",
        rows=len(matrix) * len(fitted),
        tolerance=1e-9,
        runs=3,
    )


def _features(moment: Any, count: int) -> dict[str, Array]:
    """Return the features of the first residents, those of the first buckets."""
    from features.log_reading import everybody_at
    from features.views import all_features

    parts: list[Array] = []
    for _, _, features in everybody_at(NAME, round(moment.timestamp() * 1e6)):
        parts.append(features)
        if sum(part.shape[1] for part in parts) >= count:
            break
    together = np.concatenate(parts, axis=1)[:, :count]
    return dict(zip(all_features(), together, strict=True))


def _champions(features: dict[str, Array]) -> list[Fitted]:
    """Fit a booster for each model that the city declares, and make champions of them."""
    from features.sources import get_source
    from models.risk_model import models_for

    return [champion_for(name, features) for name in models_for(get_source("city"))]


def champion_for(name: str, features: dict[str, Array]) -> Fitted:
    """Fit a booster to a made-up outcome from the features of a declared model, and make a champion of it."""
    import lightgbm

    from models.attribution import explain
    from models.bundle import Bundle, Tiers
    from models.collapse import collapse
    from models.risk_model import get_model
    from serving.champions import Champion

    model, generator = get_model(name), np.random.default_rng([SEED, *name.encode()])
    learned = {feature: column[:LEARNED] for feature, column in features.items()}
    matrix = np.column_stack([learned[feature] for feature in model.features])
    scale = np.nanstd(matrix, axis=0) + 1e-9
    line = np.nan_to_num((matrix - np.nanmean(matrix, axis=0)) / scale) @ generator.normal(size=matrix.shape[1]) / 4
    outcome = (line + generator.logistic(size=len(line)) > 3).astype(float)
    parameters = {
        "objective": "binary", "num_leaves": 4, "max_depth": 2, "verbose": -1, "num_threads": settings().threads,
        "seed": SEED,
    }  # fmt: skip
    booster = lightgbm.train(parameters, lightgbm.Dataset(matrix, outcome, feature_name=list(model.features)), TREES)
    form = collapse(booster, list(model.features))
    risk = np.asarray(booster.predict(matrix))
    bundle = Bundle(
        name=name, horizon_years=model.horizon_years, inputs=(), form=form, attribution=explain(form, learned),
        slope=1.0, intercept=0.0, tiers=Tiers(*(float(value) for value in np.quantile(risk, (0.95, 0.8)))),
        chosen="pairs", data_source=NAME, notice="", notice_zh="", synthetic=True, fingerprint=NAME, metrics={},
    )  # fmt: skip
    return Fitted(Champion(model, 1, bundle), booster)


def _predicted(entry: Fitted, features: dict[str, Array]) -> Array:
    """Return what the booster itself says, matrix included, as a caller without a kernel would have it."""
    matrix = np.column_stack([features[name] for name in entry.champion.declaration.features])
    return np.asarray(entry.booster.predict(matrix, num_threads=settings().threads), dtype=np.float64)
