"""What `sanzao drift` does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from features.commands import chosen_source
from features.errors import InvalidInputError
from features.lake import lake_buckets
from features.sources import Source
from features.terminal import finite, progress
from models.kept import drift_file, write_kept
from models.risk_model import RiskModel
from training.commands import chosen_models
from training.drift.monitor import Drift, drifts
from training.pipeline import steps_of_training
from training.registry import champion

FIGURES = ("psi", "ks", "missing_then", "missing_now", "verdict")


def drift(
    *, source: str | None, models: Sequence[str], every: bool, report: str | None, retrain: bool, quiet: bool
) -> list[dict[str, Any]]:
    """Compare champions with the people and outcomes of now; return one decision a model, and keep it for serving.

    With `every`, models that have no champion are left out, unless none has.

    Parameters
    ----------
    report
        HTML file for Evidently's report; with several models each gets a file of its own beside it.
    retrain
        Train anew, register and try to promote what the decision says.
    """
    chosen = chosen_source(source)
    wanted = [model for model in chosen_models(chosen, models, every) if isinstance(model, RiskModel)]
    if not wanted:
        raise InvalidInputError("Drift is watched for models of residents; none of these is one.")
    if every:
        wanted = [model for model in wanted if champion(model.name)] or wanted
    steps = lake_buckets(chosen.name) + len(wanted) * (2 if report else 1)
    with progress("drift", steps, quiet=quiet) as say:
        found = drifts(chosen, wanted, say)
        if report:
            _write_reports(chosen, found, Path(report), say)
    answers = [entry.as_dict() for entry in found]
    for answer in answers:
        write_kept(drift_file(chosen.name, answer["model"]), finite(answer))
    if retrain:
        _retrain(chosen, found, answers, quiet=quiet)
    return answers


def _write_reports(chosen: Source, found: Sequence[Drift], path: Path, say: Any) -> None:
    from training.drift.html_report import write_report

    for entry in found:
        name = entry.subject.model.name
        say(f"{name}: report")
        write_report(chosen, entry, path if len(found) == 1 else path.with_stem(f"{path.stem}-{name}"))


def _retrain(chosen: Source, found: Sequence[Drift], answers: list[dict[str, Any]], *, quiet: bool) -> None:
    """Add the verdict of the promotion gate to each answer that says retrain; `ok` says then what the gate said."""
    from training.drift.retraining import retrain

    due = [(entry.subject.model, answer) for entry, answer in zip(found, answers, strict=True) if answer["retrain"]]
    if not due:
        return
    with progress("training", steps_of_training() * len(due), quiet=quiet) as say:
        verdicts = retrain(chosen, [model for model, _ in due], say)
    for (_, answer), verdict in zip(due, verdicts, strict=True):
        answer.update(retrained=verdict, ok=verdict["promoted"])


def as_rows(answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what `drift` returned as rows for a table: columns, outcomes, then decision with reasons and remarks."""
    return [row | {"ok": answer["ok"]} for answer in answers for row in _rows(answer)]


def _rows(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    model = {"model": answer["model"]}
    for column in [{"feature": "predicted risk"} | answer["risk"], *answer["features"]]:
        figures = {name: column[name] for name in FIGURES}
        yield model | {"column": column["feature"], "psi_against_cohort": column["against_cohort"]["psi"]} | figures
    outcomes = answer["calibration"]
    if outcomes["since"]:
        yield model | {"column": "outcomes", "verdict": _outcomes(outcomes)}
    yield model | {
        "column": "decision",
        "verdict": ("retrain: " if answer["retrain"] else "keep: ") + "; ".join(answer["reasons"]),
    }
    if answer["remarks"]:
        yield model | {"column": "remarks", "verdict": "; ".join(answer["remarks"])}
    if "retrained" in answer:
        verdict = answer["retrained"]
        version = "no version" if verdict["version"] is None else f"version {verdict['version']}"
        said = f"{version} {'promoted' if verdict['promoted'] else 'refused'}: "
        yield model | {"column": "retrained", "verdict": said + "; ".join(verdict["reasons"])}


def _outcomes(found: dict[str, Any]) -> str:
    return (
        f"{found['since']:,} new of {found['index_dates']:,} index dates, {found['first']} to {found['last']}: "
        f"observed/expected {found['observed_expected']:.2f} (registered {found['registered_observed_expected']:.2f}), "
        f"C-index {found['c_index']:.3f} (registered {found['registered_c_index']:.3f})"
    )
