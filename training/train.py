"""Train one model: cohort, nested validation, final fit, bundle. The result is a folder that appears whole.

<state>/<source>/training/<model>/
bundle/model.json, checksum.json   what serving loads
bundle/reference.parquet           distribution of every feature and of the risk, for drift
bundle/validation.parquet          out-of-fold risk of every index date, for evaluation and the gate
bundle/card.md                     the model card
bundle/profile.json, figures.json  the cohort in aggregates, and calibration, decision curve and the like
bundle/report.html                 the page that shows everything (see `training.report`)
manifest.json                      fingerprint of everything the result depends on
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from features.settings import settings
from features.sources import Source
from features.staging import code_fingerprint, read_manifest, staged_folder
from features.views import get_feature
from models.attribution import explain
from models.bundle import BUNDLE_ARTIFACT, Bundle, InputFeature, Tiers
from models.design import needed_features
from models.risk_model import RiskModel
from models.tables import TableForm
from training.candidates import Sample
from training.card import model_card
from training.choice import Choice
from training.cohort import Cohort, build_cohort
from training.drift.reference import write_reference
from training.evaluation import evaluation
from training.landmarks import store_manifest
from training.leaks import refuse_leaks
from training.profile import write_profile
from training.report.page import write_report
from training.tuning import Tuning
from training.validation import Temporal, Validated, final_form, sample_of, validate, validate_in_time

SEED = 20260601

Progress = Callable[[str], None]


def result_path(source: str, model: str) -> Path:
    """Return the folder of the newest training result of a model."""
    return settings().source_state(source) / "training" / model


def result_fingerprint(source: Source, model: RiskModel, seed: int) -> str:
    """Return 16 hexadecimal digits that change with the data, the declaration, the code or the seed."""
    text = json.dumps(
        [store_manifest(source), repr(model), code_revision(), seed, settings().outer_folds, settings().inner_folds],
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def code_revision() -> str:
    """Return 16 hexadecimal digits over the source code that a training result depends on."""
    return code_fingerprint("features", "models", "training")


def is_trained(source: Source, model: RiskModel, seed: int, tune: int = 0) -> bool:
    """Return whether there is a finished result, tuned at least as much, that a new run would only repeat."""
    existing = read_manifest(result_path(source.name, model.name))
    return (
        existing is not None
        and existing["basis"] == result_fingerprint(source, model, seed)
        and existing["tuned"] >= tune
    )


def train(
    source: Source, model: RiskModel, *, seed: int = SEED, tune: int = 0, progress: Progress = lambda _: None
) -> Path:
    """Train `model` on `source` unless the same result is there; return the result's folder.

    Parameters
    ----------
    tune
        Trials for each search of how trees are grown (see `training.tuning`).
    """
    target = result_path(source.name, model.name)
    if is_trained(source, model, seed, tune):
        return target
    basis = result_fingerprint(source, model, seed)
    manifest = {
        "fingerprint": f"{basis}-tuned-{tune}" if tune else basis,
        "basis": basis,
        "tuned": tune,
        "model": model.name,
        "source": source.name,
        "code": code_revision(),
    }
    tuning = Tuning(tune, target.with_name(f"{model.name}.tuning") / f"{basis}.log")
    with staged_folder(target, manifest) as folder:
        progress(f"{model.name}: building the cohort")
        cohort = build_cohort(source, model, progress)
        manifest["data_fingerprint"] = cohort.fingerprint()
        sample = sample_of(model, cohort)
        refuse_leaks(model, sample)
        validated = validate(model, cohort, sample, seed, progress, tuning)
        temporal = validate_in_time(model, cohort, sample, source.temporal_split, seed, tuning)
        progress(f"{model.name}: final fit")
        form, choice = final_form(model, cohort, sample, seed, tuning)
        validation = validation_frame(cohort, validated, temporal)
        content = folder / BUNDLE_ARTIFACT
        content.mkdir()
        validation.to_parquet(content / "validation.parquet")
        metrics = evaluation(model, source, validation) | {
            "candidates": choice.concordance,
            "trees": choice.rounds,
            "shapes": {depth: asdict(shape) for depth, shape in choice.shapes.items()},
            "members": list(choice.members),
            "chosen": choice.name,
            "chosen_in_folds": list(validated.chosen),
            "flow": cohort.flow,
        }
        bundle = make_bundle(source, model, cohort, sample, form, choice, validated, metrics)
        bundle.save(content)
        write_reference(content, source, model, bundle, cohort.features)
        (content / "card.md").write_text(model_card(model, bundle), encoding="utf-8")
        write_profile(content, model, bundle, cohort, sample, validated.forms)
        write_report(content, model, source, manifest)
    return target


def validation_frame(cohort: Cohort, validated: Validated, temporal: Temporal | None) -> pd.DataFrame:
    """Return one row an index date: what became of whom, the out-of-fold risks, and what subgroups are made of.

    Columns: person_id, index_date, time, status, weight, screened; risk, refit, deep, published; temporal_risk and
    temporal_refit (NaN but for the later index dates); and those of `Cohort.groups`.
    """
    nothing = np.full(len(cohort.time), np.nan)
    frame = pd.DataFrame(
        {
            "person_id": cohort.person,
            "index_date": cohort.index_date,
            "time": cohort.time,
            "status": cohort.status,
            "weight": cohort.weight,
            "screened": cohort.screened,
            "risk": validated.risk,
            "refit": validated.refit,
            "deep": validated.deep,
            "published": validated.published,
            "temporal_risk": temporal.risk if temporal else nothing,
            "temporal_refit": temporal.refit if temporal else nothing,
        }
    )
    return pd.concat([frame, cohort.groups], axis=1)


def make_bundle(
    source: Source,
    model: RiskModel,
    cohort: Cohort,
    sample: Sample,
    form: TableForm,
    choice: Choice,
    validated: Validated,
    metrics: dict[str, object],
) -> Bundle:
    """Return everything that serving needs, in one object."""
    used = needed_features([*model.features, *form.features])
    ordered = [*model.features, *(name for name in used if name not in model.features)]
    return Bundle(
        name=model.name,
        horizon_years=model.horizon_years,
        inputs=tuple(_input_feature(name, cohort.features[name]) for name in ordered),
        form=form,
        attribution=explain(form, sample.columns),
        slope=choice.calibration.slope,
        intercept=choice.calibration.intercept,
        tiers=Tiers(*(float(value) for value in np.quantile(validated.risk, (0.95, 0.80)))),
        chosen=choice.name,
        data_source=source.name,
        notice=source.notice,
        notice_zh=source.notice_zh,
        synthetic=source.synthetic,
        fingerprint=cohort.fingerprint(),
        metrics=metrics,
    )


def _input_feature(name: str, values: pd.Series[float]) -> InputFeature:
    feature = get_feature(name)
    seen = values.dropna()
    return InputFeature(
        name=name,
        unit=feature.unit,
        low=feature.low,
        high=feature.high,
        missing_share=float(values.isna().mean()),
        median=float(seen.median()) if len(seen) else feature.low,
    )
