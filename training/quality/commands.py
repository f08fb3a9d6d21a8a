"""What `sanzao train` and `evaluate` do with cell models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from features.errors import InvalidInputError, RefusedError
from features.settings import settings
from features.staging import exclusive
from features.table_pairs import QUALITY, table_pairs
from features.terminal import progress
from models.cell_model import CellModel, cell_models, get_cell_model
from training.promotion import Verdict
from training.quality.evaluation import evaluate as evaluate_on
from training.quality.promotion import promote
from training.quality.train import train as train_model
from training.registry import register
from training.train import SEED


def chosen(names: Sequence[str]) -> list[CellModel]:
    """Return the named cell models, or all."""
    return [get_cell_model(name) for name in names] if names else list(cell_models().values())


def train(*, models: Sequence[str], seed: int | None, quiet: bool) -> list[dict[str, Any]]:
    """Train, register and try to promote; return one verdict a model."""
    verdicts = []
    with (
        exclusive(settings().source_state(QUALITY), "training"),
        progress("training", None, quiet=quiet) as report,
    ):
        for model in chosen(models):
            version = register(train_model(model, seed=SEED if seed is None else seed, progress=report))
            try:
                if version.withdrawn:
                    raise RefusedError(  # noqa: TRY301 - reported as any other refusal
                        f"it was rolled back; `sanzao promote {model.name} --version {version.number}` brings it back"
                    )
                verdict = promote(model, version.number)
            except RefusedError as refusal:
                verdict = Verdict(model.name, version.number, None, False, (str(refusal),))
            verdicts.append(verdict.as_dict())
    return verdicts


def evaluate(*, source: str | None, models: Sequence[str], seed: int | None, quiet: bool) -> list[dict[str, Any]]:
    """Return figures by table and mode, of the tables with known mistakes or of the simulated city.

    Raises
    ------
    InvalidInputError
        If another source is asked for: nothing is known of its mistakes.
    """
    where = source or settings().source
    number = SEED if seed is None else seed
    with progress("evaluating", None, quiet=quiet) as report:
        if where == "city":
            from training.quality.city import evaluate_city

            return [row | {"model": model.name} for model in chosen(models) for row in evaluate_city(model, report)]
        if where != QUALITY:
            raise InvalidInputError(
                f"Which cells of source '{where}' are wrong is not known. Say --source {QUALITY} or --source city."
            )
        pairs = table_pairs()
        return [
            row | {"model": model.name} for model in chosen(models) for row in evaluate_on(model, pairs, number, report)
        ]
