"""The promotion gate of event models: not worse than what a dispatcher looks up, nor than the champion."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from features.sources import get_source
from models.event_bundle import EventBundle
from models.event_model import EventModel
from models.told import Told, other_features
from training.events.evaluation import event_figures

# How much worse a figure may come out before it counts as worse: the noise of refitting the same data. As for risk
# models (`training.promotion`).
AUC_MARGIN = 0.002
LOG_ERROR_MARGIN = 0.005  # relative
PAST = Told("the past of type and department", "同类型同部门的既往水平")
COVERAGE_RANGE = (0.85, 0.95)  # share within the 90 % quantile; a range of ours


def judge_event(
    model: EventModel, challenger: Path, current: Path | None, number: int | None
) -> tuple[list[Told], list[Told]]:
    """Return what speaks against the challenger, and what was found in order.

    Parameters
    ----------
    challenger, current
        Folders of the bundles of both versions; None: there is no champion yet.
    number
        The champion's version number.
    """
    bundle = EventBundle.load(challenger)
    order = tuple(entry.name for entry in bundle.inputs)
    if order != model.features:
        return [other_features(order, model.features)], []
    figures = bundle.metrics
    if current is None:
        objections, remarks = _compared(figures, figures, PAST, "_baseline")
    else:
        old, new = (pd.read_parquet(folder / "validation.parquet") for folder in (current, challenger))
        keys = ["service_request_id", "created_at"]
        new, old = (frame.set_index(keys).sort_index() for frame in (new, old))
        shared = new.index.intersection(old.index)
        if EventBundle.load(current).data_source != bundle.data_source or len(shared) < len(new) / 2:
            few = Told(
                f"only {len(shared):,} of its {len(new):,} judged requests were also judged for version {number}, "
                "too few to compare",
                f"其 {len(new):,} 件受评请求中仅 {len(shared):,} 件也评估过第 {number} 版，过少而无法比较",
            )
            return [few], []
        source = get_source(bundle.data_source)
        # Both are judged by the newer knowledge of what became of the requests they share.
        ends = new.loc[shared, ["hours", "open_hours", "late"]]
        ours, theirs = (
            event_figures(model, source, frame.loc[shared].assign(**ends).reset_index()) for frame in (new, old)
        )
        objections, remarks = _compared(ours, theirs, Told(f"version {number}", f"第 {number} 版"), "")
    low, high = COVERAGE_RANGE
    covered = figures["coverage_90"]
    if covered is None:
        remarks.append(Told("nothing to count the 90 % quantile by", "无从统计 90% 分位数"))
    else:
        text = Told(
            f"{covered:.1%} within the 90 % quantile (allowed {low:.0%} to {high:.0%})",
            f"{covered:.1%} 落在 90% 分位数以内（允许 {low:.0%} 至 {high:.0%}）",
        )
        (remarks if low <= covered <= high else objections).append(text)
    return objections, remarks


def _compared(
    ours: dict[str, float | None], theirs: dict[str, float | None], whom: Told, suffix: str
) -> tuple[list[Told], list[Told]]:
    objections: list[Told] = []
    remarks: list[Told] = []
    new, old = ours["late_auc"], theirs[f"late_auc{suffix}"]
    if new is None or old is None:
        remarks.append(Told("all judged requests ended alike: nothing to rank", "受评请求结局全部相同，无从排序"))
    else:
        text = Told(
            f"AUC {new:.4f} against {old:.4f} of {whom.en} ({new - old:+.4f})",
            f"AUC {new:.4f}，{whom.zh} {old:.4f}（{new - old:+.4f}）",
        )
        (objections if new < old - AUC_MARGIN else remarks).append(text)
    new, old = ours["hours_log_error"], theirs[f"hours_log_error{suffix}"]
    if new is not None and old is not None:
        text = Told(
            f"error of log(1 + hours) {new:.4f} against {old:.4f} of {whom.en} ({new - old:+.4f}, lower is better)",
            f"log(1 + 小时) 误差 {new:.4f}，{whom.zh} {old:.4f}（{new - old:+.4f}，越低越好）",
        )
        (objections if new > old * (1 + LOG_ERROR_MARGIN) else remarks).append(text)
    return objections, remarks
