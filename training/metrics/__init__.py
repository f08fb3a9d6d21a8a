"""Validation statistics: whether a predicted risk is right, ranks people, and is worth acting on.

Everything takes `time` (years from the index date to the first of event, competing death and censoring),
`status` (0 censored, 1 event, 2 competing death), `risk` (predicted cumulative incidence at the horizon,
0..1), `horizon` (years) and, optionally, sampling `weights`. :func:`evaluate` gives all headline numbers at
once.
"""

from training.metrics.auc import dynamic_auc
from training.metrics.bootstrap import (
    Interval,
    bootstrap_interval,
    paired_bootstrap_interval,
    percentile_interval,
    resamples,
)
from training.metrics.brier import brier_score, scaled_brier_score
from training.metrics.calibration import (
    CalibrationCurve,
    ObservedExpected,
    Recalibration,
    calibration_curve,
    observed_expected,
    recalibration,
)
from training.metrics.capacity import Capture, captured_at, captured_by_places
from training.metrics.censoring import censoring_survival, ipcw, outcome_at
from training.metrics.concordance import c_index
from training.metrics.evaluation import HEADLINES, Validation, compare, evaluate
from training.metrics.incidence import Incidence, IncidenceCurve, cumulative_incidence, incidence_curve
from training.metrics.net_benefit import THRESHOLDS, NetBenefit, decision_curve
from training.metrics.smoothing import (
    CalibrationError,
    SmoothCalibration,
    calibration_error,
    smooth_calibration,
)

__all__ = [
    "HEADLINES",
    "THRESHOLDS",
    "CalibrationCurve",
    "CalibrationError",
    "Capture",
    "Incidence",
    "IncidenceCurve",
    "Interval",
    "NetBenefit",
    "ObservedExpected",
    "Recalibration",
    "SmoothCalibration",
    "Validation",
    "bootstrap_interval",
    "brier_score",
    "c_index",
    "calibration_curve",
    "calibration_error",
    "captured_at",
    "captured_by_places",
    "censoring_survival",
    "compare",
    "cumulative_incidence",
    "decision_curve",
    "dynamic_auc",
    "evaluate",
    "incidence_curve",
    "ipcw",
    "observed_expected",
    "outcome_at",
    "paired_bootstrap_interval",
    "percentile_interval",
    "recalibration",
    "resamples",
    "scaled_brier_score",
    "smooth_calibration",
]
