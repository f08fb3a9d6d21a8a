"""The rule that turns drift or calibration loss into a retraining run, with its reasons in words.

A model is trained anew if, since it was trained,

1. its predicted risks shifted by a large PSI or distance, which is what the index was made for (Siddiqi 2006), or
2. one of its features did, or
3. half of its features or more shifted at least moderately, or
4. outcomes have come in and observed/expected left 0.8–1.25, its interval not reaching 1, or
5. outcomes have come in and the C-index fell more than 0.05 below the registered one, its interval not reaching it.

The champion stays until the promotion gate lets the new version through. A difference from the *cohort* is told but
does not retrain: learning from the same records again would not change it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from features.views import all_features
from models.disclosure import SUPPRESSED_MARK, safe_count
from models.told import Told
from training.drift.calibration import Calibration
from training.drift.shift import Shift

HALF = 0.5
"""Share of the features that must have shifted moderately (our choice: Evidently's for a whole data set, too)."""

OBSERVED_EXPECTED = (0.8, 1.25)
"""Allowed observed/expected: what the promotion gate allows a first champion (our choice)."""

C_INDEX_LOSS = 0.05
"""Allowed loss of C-index: more than lies between our models and the published scores (our choice)."""


PREDICTED = Told("predicted risks", "预测风险")
UNJUDGED = Told(
    "no outcome has come in since training, so calibration was not judged anew",
    "训练之后尚无新结局，校准未能重新评估",
)
CALM = Told("neither predicted risks nor features shifted much since training", "训练之后预测风险与特征均无明显偏移")
CALM_AND_HELD = Told(f"{CALM.en}, and calibration held", f"{CALM.zh}，校准保持良好")


@dataclass(frozen=True)
class Decision:
    """Whether to train anew; `reasons` say why or why not, `remarks` what else a person should know."""

    retrain: bool
    reasons: tuple[Told, ...]
    remarks: tuple[Told, ...]


def decide(
    risk: Shift,
    features: Mapping[str, Shift],
    calibration: Calibration,
    against_cohort: Mapping[str, Shift] | None = None,
) -> Decision:
    """Return the decision on one model.

    Parameters
    ----------
    risk, features
        How its predicted risks and its features shifted since it was trained.
    calibration
        Its predictions against the outcomes that have come in.
    against_cohort
        How its features differ from those of the training cohort, for the remarks.
    """
    reasons = [] if risk.verdict != "large" else [_moved(PREDICTED, risk)]
    large = {name: shift for name, shift in features.items() if shift.verdict == "large"}
    reasons += [_moved(_called(name), shift) for name, shift in sorted(large.items(), key=lambda e: -e[1].psi)]
    moved = [name for name, shift in features.items() if shift.verdict != "stable"]
    if features and len(moved) >= HALF * len(features):
        reasons.append(
            Told(
                f"{len(moved)} of {len(features)} features shifted at least moderately",
                f"{len(features)} 项特征中有 {len(moved)} 项至少中度偏移",
            )
        )
    reasons += _calibration_loss(calibration)
    remarks = [] if risk.verdict != "moderate" else [_moved(PREDICTED, risk)]
    remarks += [_moved(_called(name), shift) for name, shift in features.items() if shift.verdict == "moderate"]
    if not calibration.since:
        remarks.append(UNJUDGED)
    unlike = [name for name, shift in (against_cohort or {}).items() if shift.verdict == "large"]
    if unlike:
        names = [_called(name) for name in unlike]
        remarks.append(
            Told(
                f"{', '.join(name.en for name in names)}: people now differ much from the training cohort, as index "
                "dates of the past do; training on the same records again would not change that",
                f"{'、'.join(name.zh for name in names)}：当前人群与训练队列差异较大，因后者取自既往时点；用同样的记录"
                "重新训练不会改变这一点",
            )
        )
    if reasons:
        return Decision(True, tuple(reasons), tuple(remarks))
    return Decision(False, (CALM_AND_HELD if calibration.since else CALM,), tuple(remarks))


def _calibration_loss(found: Calibration) -> list[Told]:
    """Return what outcomes say against the model; figures that could not be had (NaN) say nothing."""
    losses = []
    low, high = OBSERVED_EXPECTED
    # These words are shown to whoever may ask about models, so the count is one that may be shown.
    shown = safe_count(found.index_dates)
    count = SUPPRESSED_MARK if shown is None else f"{shown:,}"
    window = Told(
        f"{count} index dates from {found.first} to {found.last}", f"{found.first} 至 {found.last} 的 {count} 个时点"
    )
    interval = f"{found.observed_expected_low:.2f} to {found.observed_expected_high:.2f}"
    reaches_one = found.observed_expected_low <= 1 <= found.observed_expected_high
    if (found.observed_expected < low or found.observed_expected > high) and not reaches_one:
        losses.append(
            Told(
                f"observed/expected is {found.observed_expected:.2f} ({interval}) on {window.en}, allowed is {low:g} "
                f"to {high:g}, registered {found.registered_observed_expected:.2f}",
                f"{window.zh}上观察/预期比 {found.observed_expected:.2f}（{interval.replace(' to ', ' 至 ')}），允许 "
                f"{low:g} 至 {high:g}，登记值 {found.registered_observed_expected:.2f}",
            )
        )
    fell = found.registered_c_index - found.c_index
    low, high = found.c_index_low, found.c_index_high
    if fell > C_INDEX_LOSS and high < found.registered_c_index:
        losses.append(
            Told(
                f"C-index is {found.c_index:.3f} ({low:.3f} to {high:.3f}) on {window.en}, {fell:.3f} below the "
                f"registered {found.registered_c_index:.3f}; allowed is a loss of {C_INDEX_LOSS:g}",
                f"{window.zh}上 C 指数 {found.c_index:.3f}（{low:.3f} 至 {high:.3f}），较登记值 "
                f"{found.registered_c_index:.3f} 低 {fell:.3f}；允许下降 {C_INDEX_LOSS:g}",
            )
        )
    return losses


def _moved(what: Told, shift: Shift) -> Told:
    """Return how far a column has moved, which the rule counts as much or as moderately."""
    moderately = shift.verdict == "moderate"
    en = f"{what.en} shifted{' moderately' if moderately else ''}: PSI {shift.psi:.2f}, distance {shift.ks:.2f}"
    zh = f"{what.zh}{'中度' if moderately else '明显'}偏移：PSI {shift.psi:.2f}，距离 {shift.ks:.2f}"
    if abs(shift.missing_now - shift.missing_then) >= 0.05:
        en += f", missing {shift.missing_then:.0%} then and {shift.missing_now:.0%} now"
        zh += f"，缺失由 {shift.missing_then:.0%} 变为 {shift.missing_now:.0%}"
    return Told(en, zh)


def _called(column: str) -> Told:
    """Return what a feature is called: by the command line as it is stored, in Chinese as people call it."""
    feature = all_features().get(column)
    return Told(column, column if feature is None else feature.label_zh)
