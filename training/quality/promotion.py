"""The gate for cell models: not worse than the champion, and the first not worse than the detectors without labels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.bundle import Bundle
from models.cell_model import CellModel
from models.told import Told, other_features
from training.promotion import Verdict, promote_if
from training.quality.evaluation import average_precision
from training.registry import Version, artifact_folder

AVERAGE_PRECISION_MARGIN = 0.02  # own choices: the noise of calibrating on other tables
BRIER_MARGIN = 0.1  # relative

Judged = tuple[list[Told], list[Told]]


def promote(model: CellModel, number: int | None = None) -> Verdict:
    """Make a version the champion if the gate lets it.

    Raises
    ------
    NotReadyError, UnknownNameError
        If there is no such version.
    RefusedError
        If it is worse; the message says in what and by how much.
    """
    return promote_if(model.name, lambda challenger, current: judge(model, challenger, current), number)


def judge(model: CellModel, challenger: Version, current: Version | None) -> Judged:
    """Return what speaks against the challenger, and what was found in order, on cells of tables left out."""
    folder = artifact_folder(challenger)
    order = tuple(entry.name for entry in Bundle.load(folder).inputs)
    if order != model.features:
        return [other_features(order, model.features)], []
    new = pd.read_parquet(folder / "validation.parquet")
    if current is None:
        return _compare(new, new["joined"], Told("the detectors without labels", "无标注检测器"))
    old = pd.read_parquet(artifact_folder(current) / "validation.parquet")
    shared = new.merge(old[["table", "row", "column", "risk"]], on=["table", "row", "column"], suffixes=("", "_old"))
    if len(shared) < len(new) / 2:
        few = Told(
            f"only {len(shared):,} of its {len(new):,} cells were also judged for version {current.number}, "
            "too few to compare",
            f"其 {len(new):,} 个单元格中仅 {len(shared):,} 个也评估过第 {current.number} 版，过少而无法比较",
        )
        return [few], []
    return _compare(shared, shared["risk_old"], Told(f"version {current.number}", f"第 {current.number} 版"))


def _compare(cells: pd.DataFrame, other: pd.Series[float], whom: Told) -> Judged:
    """Compare the column `risk` with another chance of the same cells; every table counts the same."""
    precision: dict[str, list[float]] = {"new": [], "old": []}
    brier: dict[str, list[float]] = {"new": [], "old": []}
    for rows in cells.groupby("table").groups.values():
        wrong = cells.loc[rows, "wrong"].to_numpy(dtype=np.bool_)
        for name, chances in (("new", cells["risk"]), ("old", other)):
            chance = np.asarray(chances.loc[rows], dtype=np.float64)
            precision[name].append(average_precision(chance, wrong))
            brier[name].append(float(np.mean((chance - wrong) ** 2)))
    objections: list[Told] = []
    remarks: list[Told] = []
    new, old = (float(np.nanmean(precision[name])) for name in ("new", "old"))
    text = Told(
        f"average precision {new:.4f} against {old:.4f} of {whom.en} ({new - old:+.4f})",
        f"平均精确率 {new:.4f}，{whom.zh} {old:.4f}（{new - old:+.4f}）",
    )
    (objections if new < old - AVERAGE_PRECISION_MARGIN else remarks).append(text)
    new, old = (float(np.mean(brier[name])) for name in ("new", "old"))
    text = Told(
        f"Brier score {new:.5f} against {old:.5f} of {whom.en} ({new - old:+.5f}, lower is better)",
        f"Brier 评分 {new:.5f}，{whom.zh} {old:.5f}（{new - old:+.5f}，越低越好）",
    )
    (objections if new > old * (1 + BRIER_MARGIN) else remarks).append(text)
    return objections, remarks
