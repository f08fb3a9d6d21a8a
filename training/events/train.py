"""Train one event model. The result is a folder that appears whole, as that of a risk model does.

<state>/<source>/training/<model>/
bundle/model.json, checksum.json   what serving loads
bundle/validation.parquet          the latest requests as a model predicted them that learned before them
bundle/card.md                     the model card
manifest.json                      fingerprint of everything the result depends on
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InvalidInputError
from features.events.requests import REQUEST_FEATURES
from features.lake.reading import lake_manifest
from features.sources import Source
from features.staging import read_manifest, staged_folder
from models.attribution import explain
from models.bundle import BUNDLE_ARTIFACT, InputFeature
from models.event_bundle import LATE, EventBundle, Head
from models.event_model import EventModel
from models.tables import Array, TableForm
from training.events.card import event_card
from training.events.evaluation import auc, event_figures, split_moment, validation_frame
from training.events.fitting import OUTPUT_OF, Chosen, calibrated, choose, fit
from training.events.sample import Requests, read_requests
from training.train import SEED, code_revision, result_path

Progress = Callable[[str], None]

FEWEST_REQUESTS = 500  # below, there is nothing to choose and to calibrate by


def is_event_trained(source: Source, model: EventModel, seed: int) -> bool:
    """Return whether there is a finished result that a new run would only repeat."""
    existing = read_manifest(result_path(source.name, model.name))
    return existing is not None and existing["fingerprint"] == _fingerprint(source, model, seed)


def _fingerprint(source: Source, model: EventModel, seed: int) -> str:
    text = json.dumps([lake_manifest(source.name)["fingerprint"], repr(model), code_revision(), seed])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def train_event(source: Source, model: EventModel, *, seed: int = SEED, progress: Progress = lambda _: None) -> Path:
    """Train `model` on the source's lake unless the same result is there; return the result's folder.

    Raises
    ------
    InvalidInputError
        If the lake holds too few requests.
    """
    target = result_path(source.name, model.name)
    if is_event_trained(source, model, seed):
        return target
    manifest: dict[str, Any] = {
        "fingerprint": _fingerprint(source, model, seed),
        "model": model.name,
        "source": source.name,
        "code": code_revision(),
    }
    with staged_folder(target, manifest) as folder:
        progress(f"{model.name}: features of every request")
        requests = Requests.of(model, read_requests(source))
        require_enough(source, requests)
        content = folder / BUNDLE_ARTIFACT
        content.mkdir()
        bundle, validation = fit_and_judge(source, model, requests, seed, progress)
        validation.to_parquet(content / "validation.parquet")
        bundle.save(content)
        (content / "card.md").write_text(event_card(model, bundle), encoding="utf-8")
    return target


def require_enough(source: Source, requests: Requests) -> None:
    """Raise InvalidInputError unless there are requests enough to learn from."""
    if len(requests.created) < FEWEST_REQUESTS:
        raise InvalidInputError(
            f"The lake of '{source.name}' holds {len(requests.created):,} service requests; an event model needs "
            f"{FEWEST_REQUESTS:,} or more."
        )


def fit_and_judge(
    source: Source, model: EventModel, requests: Requests, seed: int, progress: Progress
) -> tuple[EventBundle, pd.DataFrame]:
    """Return the bundle fitted to everything known now, and the validation frame of a model of the past."""
    progress(f"{model.name}: learning from the earlier requests")
    validation = judge(source, model, requests, seed, progress)
    progress(f"{model.name}: final fit")
    heads, chosen = fit_heads(requests, now_of(source), seed, progress)
    metrics = event_figures(model, source, validation) | validation_notes(chosen)
    return _bundle(source, model, requests, heads, chosen, metrics, now_of(source)), validation


def judged_anew(source: Source, model: EventModel, seed: int, progress: Progress) -> dict[str, Any]:
    """Return the figures of a model that is fitted anew, with another seed, to the earlier requests."""
    requests = Requests.of(model, read_requests(source))
    require_enough(source, requests)
    return event_figures(model, source, judge(source, model, requests, seed, progress))


def judge(source: Source, model: EventModel, requests: Requests, seed: int, progress: Progress) -> pd.DataFrame:
    """Return the validation frame: the latest requests as a model predicts them that learned before the first."""
    split, until = split_moment(model, requests), now_of(source)
    heads, _ = fit_heads(requests, split, seed, progress)
    judged = np.flatnonzero((requests.created >= split) & (requests.created < until))
    bundle = _bundle(source, model, requests, heads, {}, {}, split)
    predicted = bundle.predict(requests.take(judged), requests.moved(bundle)[judged])
    return validation_frame(requests, split, until, predicted)


def now_of(source: Source) -> int:
    """Return the moment that counts as now, microseconds since 1970."""
    return int(source.as_of.timestamp() * 1e6)


def fit_heads(
    requests: Requests, until: int, seed: int, progress: Progress
) -> tuple[dict[str, Head], dict[str, Chosen]]:
    """Choose, fit and calibrate every output with what was known at `until`."""
    heads, choices = {}, {}
    background = requests.take(requests.before(until))
    for name, output in OUTPUT_OF.items():
        progress(f"choosing: {name}")
        chosen = choose(output, requests, until, seed)
        form = fit(output, chosen, requests, until, seed)
        calibration = calibrated(output, chosen)
        attribution = explain(form, background) if isinstance(form, TableForm) else None
        heads[name] = Head(form, attribution, calibration.slope, calibration.intercept)
        choices[name] = chosen
    return heads, choices


def validation_notes(chosen: dict[str, Chosen]) -> dict[str, Any]:
    """Return what the choice was made by: losses of all candidates and of deep trees on later requests."""
    return {
        "chosen_candidates": {name: choice.name for name, choice in chosen.items()},
        "losses": {name: choice.losses for name, choice in chosen.items()},
        "losses_deep": {name: choice.deep for name, choice in chosen.items()},
        "rounds": {name: choice.rounds for name, choice in chosen.items()},
        "later_auc": _later_auc(chosen[LATE], chosen[LATE].later[0]),
        "later_auc_deep": _later_auc(chosen[LATE], chosen[LATE].later_deep),
    }


def _later_auc(choice: Chosen, raw: Array) -> float | None:
    _, target, weight = choice.later
    seen = weight > 0
    return auc(target[seen], raw[seen])


def _bundle(
    source: Source,
    model: EventModel,
    requests: Requests,
    heads: dict[str, Head],
    chosen: dict[str, Chosen],
    metrics: dict[str, Any],
    until: int,
) -> EventBundle:
    rows = requests.before(until)
    return EventBundle(
        name=model.name,
        inputs=tuple(_input_feature(name, requests.columns[name][rows]) for name in model.features),
        outputs=heads,
        chosen=", ".join(f"{name}: {choice.name}" for name, choice in chosen.items()),
        data_source=source.name,
        notice=source.notice,
        notice_zh=source.notice_zh,
        synthetic=source.synthetic,
        fingerprint=requests.fingerprint(),
        metrics=metrics,
        trailing_share=requests.trailing_share(until),
    )


def _input_feature(name: str, values: Array) -> InputFeature:
    feature, seen = REQUEST_FEATURES[name], values[np.isfinite(values)]
    return InputFeature(
        name=name,
        unit=feature.unit,
        low=feature.low,
        high=feature.high,
        missing_share=float(1 - len(seen) / max(len(values), 1)),
        median=float(np.median(seen)) if len(seen) else feature.low,
    )
