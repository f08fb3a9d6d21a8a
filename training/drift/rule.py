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

from models.disclosure import SUPPRESSED_MARK, safe_count
from training.drift.calibration import Calibration
from training.drift.shift import Shift

HALF = 0.5
"""Share of the features that must have shifted moderately (our choice: Evidently's for a whole data set, too)."""

OBSERVED_EXPECTED = (0.8, 1.25)
"""Allowed observed/expected: what the promotion gate allows a first champion (our choice)."""

C_INDEX_LOSS = 0.05
"""Allowed loss of C-index: more than lies between our models and the published scores (our choice)."""


@dataclass(frozen=True)
class Decision:
    """Whether to train anew; `reasons` say why or why not, `remarks` what else a person should know."""

    retrain: bool
    reasons: tuple[str, ...]
    remarks: tuple[str, ...]


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
    reasons = [] if risk.verdict != "large" else [f"predicted risks shifted: {_told(risk)}"]
    large = {name: shift for name, shift in features.items() if shift.verdict == "large"}
    reasons += [f"{name} shifted: {_told(shift)}" for name, shift in sorted(large.items(), key=lambda e: -e[1].psi)]
    moved = [name for name, shift in features.items() if shift.verdict != "stable"]
    if features and len(moved) >= HALF * len(features):
        reasons.append(f"{len(moved)} of {len(features)} features shifted at least moderately")
    reasons += _calibration_loss(calibration)
    remarks = [] if risk.verdict != "moderate" else [f"predicted risks shifted moderately: {_told(risk)}"]
    remarks += [
        f"{name} shifted moderately: {_told(shift)}" for name, shift in features.items() if shift.verdict == "moderate"
    ]
    if not calibration.since:
        remarks.append("no outcome has come in since training, so calibration was not judged anew")
    unlike = [name for name, shift in (against_cohort or {}).items() if shift.verdict == "large"]
    if unlike:
        remarks.append(
            f"{', '.join(unlike)}: people now differ much from the training cohort, as index dates of the past do; "
            "training on the same records again would not change that"
        )
    if reasons:
        return Decision(True, tuple(reasons), tuple(remarks))
    calm = "neither predicted risks nor features shifted much since training"
    return Decision(False, (calm + (", and calibration held" if calibration.since else ""),), tuple(remarks))


def _calibration_loss(found: Calibration) -> list[str]:
    """Return what outcomes say against the model; figures that could not be had (NaN) say nothing."""
    losses = []
    low, high = OBSERVED_EXPECTED
    # These words are shown to whoever may ask about models, so the count is one that may be shown.
    shown = safe_count(found.index_dates)
    count = SUPPRESSED_MARK if shown is None else f"{shown:,}"
    window = f"{count} index dates from {found.first} to {found.last}"
    interval = f"{found.observed_expected_low:.2f} to {found.observed_expected_high:.2f}"
    reaches_one = found.observed_expected_low <= 1 <= found.observed_expected_high
    if (found.observed_expected < low or found.observed_expected > high) and not reaches_one:
        losses.append(
            f"observed/expected is {found.observed_expected:.2f} ({interval}) on {window}, allowed is {low:g} to "
            f"{high:g}, registered {found.registered_observed_expected:.2f}"
        )
    fell = found.registered_c_index - found.c_index
    if fell > C_INDEX_LOSS and found.c_index_high < found.registered_c_index:
        losses.append(
            f"C-index is {found.c_index:.3f} ({found.c_index_low:.3f} to {found.c_index_high:.3f}) on {window}, "
            f"{fell:.3f} below the registered {found.registered_c_index:.3f}; allowed is a loss of {C_INDEX_LOSS:g}"
        )
    return losses


def _told(shift: Shift) -> str:
    text = f"PSI {shift.psi:.2f}, distance {shift.ks:.2f}"
    if abs(shift.missing_now - shift.missing_then) >= 0.05:
        text += f", missing {shift.missing_then:.0%} then and {shift.missing_now:.0%} now"
    return text
