"""What `sanzao train`, `evaluate`, `promote` and `rollback` do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from features.commands import chosen_source
from features.errors import InvalidInputError, NotReadyError
from features.lake import lake_buckets
from features.settings import settings
from features.sources import Source
from features.staging import exclusive
from features.table_pairs import QUALITY
from features.terminal import progress
from models.bundle import Bundle
from models.cell_model import cell_models, get_cell_model
from models.event_model import EventModel, event_models_for
from models.kinds import AnyModel, get_declared
from models.risk_model import RiskModel, get_model, models_for
from training.evaluation import evaluation
from training.oracle import oracle_figures
from training.pipeline import steps_of_training, train_and_promote
from training.promotion import promote as promote_version
from training.promotion import rollback as roll_back
from training.registry import any_champion_from, artifact_folder, champion_from, require_champion
from training.train import SEED


def chosen_models(source: Source, names: Sequence[str], every: bool) -> list[AnyModel]:
    """Return the named models, or every declared one, of whatever kind, whose outcome `source` can show.

    Raises
    ------
    InvalidInputError
        If neither or both are asked for.
    """
    fitting: dict[str, AnyModel] = {**models_for(source), **event_models_for(source)}
    if not names and not models_for(source):
        every = True  # where there are only models of one kind, they are what is meant
    if every == bool(names):
        raise InvalidInputError(
            f"Name one or more models, or say --all. Models for source '{source.name}': {', '.join(fitting)}."
        )
    return list(fitting.values()) if every else [fit_for(source, get_declared(name)) for name in names]


def fit_for(source: Source, model: AnyModel) -> AnyModel:
    """Return the model, unless it is of events that the source does not have.

    Raises
    ------
    InvalidInputError
        If the source has no such events.
    """
    if isinstance(model, EventModel) and model.name not in source.events:
        raise InvalidInputError(
            f"'{model.name}' does not learn from source '{source.name}'. Event models there: "
            f"{', '.join(sorted(source.events)) or 'none'}."
        )
    return model


def cells_meant(source: str | None, models: Sequence[str]) -> bool:
    """Return whether a command is about cells of tables, not about residents: by its source, or the model's name."""
    return (source or settings().source) == QUALITY or any(name in cell_models() for name in models)


def train(
    *, source: str | None, models: Sequence[str], every: bool, seed: int | None, quiet: bool, tune: int = 0
) -> list[dict[str, Any]]:
    """Train, register and try to promote; return one verdict a model."""
    if cells_meant(source, models):
        from training.quality.commands import train as train_cells

        return train_cells(models=models, seed=seed, quiet=quiet)
    if tune < 0:
        raise InvalidInputError(f"--tune takes a number of trials, 0 or more, not {tune}.")
    chosen = chosen_source(source)
    wanted = chosen_models(chosen, models, every)
    with progress("training", steps_of_training() * len(wanted), quiet=quiet) as report:
        return train_and_promote(chosen, wanted, seed=SEED if seed is None else seed, tune=tune, progress=report)


def evaluate(
    *, source: str | None, models: Sequence[str], every: bool, seed: int | None, quiet: bool, on: str | None = None
) -> list[dict[str, Any]]:
    """Return the figures of each champion from its nested validation; with `seed`, repeat that validation first.

    With `on`, return what each champion says of the people of that other source instead.
    """
    if cells_meant(source, models):
        from training.quality.commands import evaluate as evaluate_cells

        return evaluate_cells(source=source, models=models, seed=seed, quiet=quiet)
    if on is not None and seed is not None:
        raise InvalidInputError("--on judges champions as they are: leave --seed out.")
    chosen = chosen_source(on or source)
    every = every or not models  # every model is what whoever names none wants to see
    wanted = chosen_models(chosen, models, every)
    with progress("evaluating", len(wanted) * (1 if seed is None else steps_of_training()), quiet=quiet) as report:
        if on is not None:
            return _elsewhere(chosen, wanted, report)
        if seed is not None:
            return [_repeated(chosen, model, seed, report) for model in wanted]
        return _figures_of_champions(chosen, wanted, report, or_problem=every)


def _elsewhere(source: Source, models: Sequence[AnyModel], report: Any) -> list[dict[str, Any]]:
    from training.external import external_figures
    from training.pipeline import prepare_data

    with exclusive(settings().source_state(source.name), "building"):
        prepare_data(source, report)
    figures = []
    for model in models:
        if not isinstance(model, RiskModel):
            continue  # an event model looks back on the past of its own source
        report(model.name)
        version = require_champion(model.name)
        bundle = Bundle.load(artifact_folder(version))
        figures.append(external_figures(model, bundle, source) | {"version": version.number})
    return figures


def _figures_of_champions(
    source: Source, models: Sequence[AnyModel], report: Any, *, or_problem: bool
) -> list[dict[str, Any]]:
    """Return the figures of each champion; with `or_problem`, what stands in the way for a model that has none.

    Raises
    ------
    NotReadyError
        If there is no champion to judge.
    """
    figures: list[dict[str, Any]] = []
    missing: list[NotReadyError] = []
    for model in models:
        report(model.name)
        try:
            figures.append(_figures_of_champion(source, model))
        except NotReadyError as error:
            missing.append(error)
            figures.append({"model": model.name, "data_source": source.name, "problem": str(error)})
    if missing and not (or_problem and len(missing) < len(models)):
        raise missing[0]
    return figures


def _figures_of_champion(source: Source, model: AnyModel) -> dict[str, Any]:
    if isinstance(model, EventModel):
        version, _, judged = any_champion_from(model.name, source.name)
        return judged.metrics | {"version": version.number}
    version, folder, bundle = champion_from(model.name, source.name)
    validation = pd.read_parquet(folder / "validation.parquet")
    return bundle.metrics | oracle_figures(source, model, validation) | {"version": version.number}


def _repeated(source: Source, model: AnyModel, seed: int, report: Any) -> dict[str, Any]:
    if isinstance(model, EventModel):
        from training.events.train import judged_anew

        return judged_anew(source, model, seed, report) | {"seed": seed}
    from training.cohort import build_cohort
    from training.train import validation_frame
    from training.validation import sample_of, validate, validate_in_time

    cohort = build_cohort(source, model)
    sample = sample_of(model, cohort)
    validated = validate(model, cohort, sample, seed, report)
    temporal = validate_in_time(model, cohort, sample, source.temporal_split, seed)
    validation = validation_frame(cohort, validated, temporal)
    return evaluation(model, source, validation) | oracle_figures(source, model, validation) | {"seed": seed}


def shadow(*, source: str | None, model: str, version: int | None, quiet: bool) -> dict[str, Any]:
    """Score everybody now with the champion and a challenger, and return how they differ."""
    from training.shadow import shadow as compare

    chosen = chosen_source(source)
    with progress("shadow", lake_buckets(chosen.name), quiet=quiet) as report:
        return compare(chosen, get_model(model), version, report)


def promote(*, model: str, version: int | None) -> dict[str, Any]:
    """Make a version the champion if the gate lets it; return the verdict."""
    if model in cell_models():
        from training.quality.promotion import promote as promote_cells

        return promote_cells(get_cell_model(model), version).as_dict()
    return promote_version(get_declared(model), version).as_dict()


def rollback(*, model: str) -> dict[str, Any]:
    """Give the champion alias back; return the verdict."""
    return roll_back(model if model in cell_models() else get_declared(model).name).as_dict()
