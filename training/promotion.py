"""The promotion gate: a version serves only if it is not worse than what it replaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.errors import NotReadyError, RefusedError
from models.bundle import Bundle
from models.event_model import EventModel
from models.kinds import AnyModel, load_bundle
from models.risk_model import RiskModel
from models.told import Told, other_features
from training.events.gate import judge_event
from training.metrics import brier_score, c_index
from training.registry import (
    Version,
    artifact_folder,
    champion,
    get_version,
    require_champion,
    set_champion,
    versions,
    withdraw,
)

# How much worse a figure may come out before it counts as worse: the noise of refitting the same data.
C_INDEX_MARGIN = 0.002
BRIER_MARGIN = 0.005  # relative
CALIBRATION_RANGE = (0.8, 1.25)  # slope and observed/expected of a first champion

BASELINES = {
    "c_index_published": Told("the published score", "已发表评分"),
    "c_index_refit": Told("the refitted Cox model", "重新拟合的 Cox 模型"),
}
CALIBRATION = {
    "calibration_slope": Told("calibration slope", "校准斜率"),
    "observed_expected": Told("observed/expected", "观察/预期比"),
}


@dataclass(frozen=True)
class Verdict:
    """What the gate decided, and why."""

    model: str
    version: int | None
    replaces: int | None
    promoted: bool
    reasons: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict for `--json`."""
        return {
            "model": self.model,
            "version": self.version,
            "replaces": self.replaces,
            "promoted": self.promoted,
            "reasons": list(self.reasons),
        }


def _verdict(name: str, version: int, replaces: int | None, reasons: Sequence[Told]) -> Verdict:
    """Return that a version serves, for these reasons: in English, as commands tell it."""
    return Verdict(name, version, replaces, True, tuple(reason.en for reason in reasons))


def promote(model: AnyModel, number: int | None = None) -> Verdict:
    """Make a version of a model of residents or events the champion if the gate lets it (see `promote_if`)."""
    return promote_if(model.name, lambda challenger, current: judge(model, challenger, current), number)


def promote_if(
    name: str, judge: Callable[[Version, Version | None], tuple[list[Told], list[Told]]], number: int | None = None
) -> Verdict:
    """Make a version the champion if the gate lets it.

    Parameters
    ----------
    judge
        Returns for the challenger and the present champion, if any, what speaks against it and what was in order.
    number
        The version; None takes the newest.

    Raises
    ------
    RefusedError
        If it is worse; the message says in what and by how much.
    """
    known = versions(name)
    if not known:
        raise NotReadyError(f"No version of '{name}' is registered. Run `sanzao train {name}`.")
    challenger = known[-1] if number is None else get_version(name, number)
    current = champion(name)
    if current is not None and current.number == challenger.number:
        return _verdict(name, challenger.number, None, [Told("it is the champion already", "该版本已在服务")])
    objections, remarks = judge(challenger, current)
    if objections:
        raise RefusedError(
            f"Version {challenger.number} of '{name}' was not promoted"
            + (f" over version {current.number}" if current else "")
            + ": "
            + "; ".join(objection.en for objection in objections)
            + ". The champion stays."
        )
    set_champion(challenger, current, remarks)
    return _verdict(name, challenger.number, current.number if current else None, remarks)


def judge(model: AnyModel, challenger: Version, current: Version | None) -> tuple[list[Told], list[Told]]:
    """Return what speaks against the challenger, and what was found in order."""
    if isinstance(model, EventModel):
        before = None if current is None else artifact_folder(current)
        return judge_event(model, artifact_folder(challenger), before, current.number if current else None)
    bundle = Bundle.load(artifact_folder(challenger))
    order = tuple(entry.name for entry in bundle.inputs)[: len(model.features)]
    if order != model.features:
        return [other_features(order, model.features)], []
    if current is None:
        return _against_baselines(bundle)
    return _against_champion(model, challenger, current)


def _against_baselines(bundle: Bundle) -> tuple[list[Told], list[Told]]:
    """A first champion must not be worse than the published score and the refitted regression."""
    figures = bundle.metrics
    objections: list[Told] = []
    remarks: list[Told] = []
    for key, name in BASELINES.items():
        if figures[key] is None:
            remarks.append(Told(f"{name.en} cannot be computed", f"{name.zh}无法计算"))
            continue
        difference = figures["c_index"] - figures[key]
        if key == "c_index_refit" and set(figures["chosen_in_folds"]) == {"cox"}:
            remarks.append(
                Told("it is the refitted Cox model itself, recalibrated", "即重新拟合的 Cox 模型本身，已再校准")
            )
            continue
        new, old = f"{figures['c_index']:.4f}", f"{figures[key]:.4f}"
        text = Told(
            f"C-index {new} against {old} of {name.en} ({difference:+.4f})",
            f"C 指数 {new}，{name.zh} {old}（{difference:+.4f}）",
        )
        (objections if difference < -C_INDEX_MARGIN else remarks).append(text)
    low, high = CALIBRATION_RANGE
    for key, title in CALIBRATION.items():
        text = Told(
            f"{title.en} {figures[key]:.3f} (allowed {low:g} to {high:g})",
            f"{title.zh} {figures[key]:.3f}（允许 {low:g} 至 {high:g}）",
        )
        # Of few events the figure is uncertain itself: it counts against the model only where chance cannot explain it.
        possible = figures[f"{key}_low"] <= high and figures[f"{key}_high"] >= low
        (remarks if possible else objections).append(text)
    return objections, remarks


def _against_champion(model: RiskModel, challenger: Version, current: Version) -> tuple[list[Told], list[Told]]:
    """Compare the two on the index dates for which both have a risk from people they never saw."""
    old, new = (pd.read_parquet(artifact_folder(version) / "validation.parquet") for version in (current, challenger))
    shared = new.merge(old[["person_id", "index_date", "risk"]], on=["person_id", "index_date"], suffixes=("", "_old"))
    if len(shared) < len(new) / 2:
        few = Told(
            f"only {len(shared):,} of its {len(new):,} index dates were also judged for version {current.number}, "
            "too few to compare",
            f"其 {len(new):,} 个时点中仅 {len(shared):,} 个也评估过第 {current.number} 版，过少而无法比较",
        )
        return [few], []
    time, status = shared["time"].to_numpy(dtype=np.float64), shared["status"].to_numpy(dtype=np.int8)
    weight = shared["weight"].to_numpy(dtype=np.float64)
    risks = {name: shared[name].to_numpy(dtype=np.float64) for name in ("risk", "risk_old")}
    c_new, c_old = (c_index(time, status, risks[name], model.horizon_years, weight) for name in ("risk", "risk_old"))
    b_new, b_old = (
        brier_score(time, status, risks[name], model.horizon_years, weight) for name in ("risk", "risk_old")
    )
    objections: list[Told] = []
    remarks: list[Told] = []
    text = Told(
        f"C-index {c_new:.4f} against {c_old:.4f} ({c_new - c_old:+.4f})",
        f"C 指数 {c_new:.4f}，原版本 {c_old:.4f}（{c_new - c_old:+.4f}）",
    )
    (objections if c_new < c_old - C_INDEX_MARGIN else remarks).append(text)
    text = Told(
        f"Brier score {b_new:.5f} against {b_old:.5f} ({b_new - b_old:+.5f}, lower is better)",
        f"Brier 评分 {b_new:.5f}，原版本 {b_old:.5f}（{b_new - b_old:+.5f}，越低越好）",
    )
    (objections if b_new > b_old * (1 + BRIER_MARGIN) else remarks).append(text)
    return objections, remarks


def rollback(name: str) -> Verdict:
    """Give the alias back to the version that the present champion replaced.

    Raises
    ------
    RefusedError
        If the champion replaced nothing.
    """
    current = require_champion(name)
    if current.replaced is None:
        raise RefusedError(
            f"Version {current.number} of '{name}' is its first champion: there is nothing to go back to."
        )
    previous = get_version(name, current.replaced)
    load_bundle(artifact_folder(previous))  # a damaged version must not come back to serve
    withdraw(current)  # first, so that a run killed in between cannot undo the rollback
    why = [Told(f"rolled back from version {current.number}", f"由第 {current.number} 版回退")]
    set_champion(previous, None, why)
    return _verdict(name, previous.number, current.number, why)
