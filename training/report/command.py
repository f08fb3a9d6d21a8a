"""What `sanzao report MODEL` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from features.commands import chosen_source
from features.errors import InvalidInputError, NotReadyError
from features.sources import Source
from features.terminal import progress
from models.bundle import Bundle
from models.risk_model import RiskModel, get_model
from training.registry import Version, artifact_folder, champion, client, get_version

STEPS = 3


def report(*, model: str, source: str | None, version: int | None, output: str | None, quiet: bool) -> dict[str, Any]:
    """Write the report of one version, the champion unless a version is named, and return what it is about.

    Parameters
    ----------
    output
        The HTML file; None: `<model>.html` in the current folder.

    Raises
    ------
    NotReadyError
        If there is no champion, or the version was trained on another source.
    InvalidInputError
        If the file cannot be written.
    """
    chosen, declared = chosen_source(source), get_model(model)
    with progress("report", STEPS, quiet=quiet) as step:
        step(f"{model}: reading the version")
        registered = _version(declared, version)
        folder = artifact_folder(registered)
        bundle = Bundle.load(folder)
        if bundle.data_source != chosen.name:
            raise NotReadyError(
                f"Version {registered.number} of '{model}' was trained on '{bundle.data_source}', not on "
                f"'{chosen.name}'. Say --source {bundle.data_source}, or --version N for another one."
            )
        step(f"{model}: what the records could tell at most" if chosen.synthetic else f"{model}: figures")
        oracle = _oracle(chosen, declared, folder)
        step(f"{model}: drawing")
        target = Path(output or f"{model}.html")
        content = _page(folder, declared, chosen, registered, oracle)
        try:
            target.write_text(content, encoding="utf-8")
        except OSError as error:
            raise InvalidInputError(f"The page cannot be written to {target}: {error}. Name another file.") from error
    return {
        "report": model,
        "version": registered.number,
        "source": chosen.name,
        "synthetic": bundle.synthetic,
        "notice": bundle.notice,
        "file": str(target),
        "kilobytes": round(len(content.encode()) / 1024),
    }


def _version(model: RiskModel, number: int | None) -> Version:
    found = champion(model.name) if number is None else get_version(model.name, number)
    if found is None:
        raise NotReadyError(
            f"'{model.name}' has no champion. Run `sanzao train {model.name}`, or say --version N for a version that "
            "does not serve."
        )
    return found


def _oracle(source: Source, model: RiskModel, folder: Path) -> dict[str, Any]:
    """Return how much the records of simulated people could tell; empty where it cannot be worked out any more."""
    if not source.synthetic:
        return {}
    import pandas as pd

    from training.oracle import oracle_figures

    try:
        return oracle_figures(source, model, pd.read_parquet(folder / "validation.parquet"))
    except NotReadyError:  # the lake of that time is gone; the report stands without
        return {}


def _page(folder: Path, model: RiskModel, source: Source, version: Version, oracle: dict[str, Any]) -> str:
    from training.report.page import Origin, page

    tags = client().get_model_version(version.model, str(version.number)).tags
    return page(
        folder,
        model,
        source,
        Origin(version.number, version.result, tags.get("code", ""), version.registered_at, oracle),
    )
