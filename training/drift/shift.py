"""What one column did between the reference and now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from training.drift import ks as kolmogorov
from training.drift import psi as stability
from training.drift.grid import Counts

Verdict = Literal["stable", "moderate", "large"]


@dataclass(frozen=True)
class Shift:
    """How one column differs from its reference.

    Attributes
    ----------
    psi
        Population stability index, what is missing being a group of its own.
    psi_measured
        The same among those measured: how far the values moved, whoever was measured.
    by_chance
        PSI that chance alone stays below, given the numbers of people.
    ks, ks_p
        Distance of Kolmogorov and Smirnov among those measured, and its p-value.
    missing_then, missing_now
        Shares of the people who were not measured, 0..1.
    verdict
        stable, moderate or large: the worse of what PSI and distance say, chance set aside.
    """

    psi: float
    psi_measured: float
    by_chance: float
    ks: float
    ks_p: float
    missing_then: float
    missing_now: float
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for `--json`."""
        return dict(vars(self))


def shift(then: Counts, now: Counts) -> Shift:
    """Compare counts on one grid.

    Parameters
    ----------
    then, now
        int64 (k + 2,): counts of the reference and of now, as `training.drift.grid.count` gives them.
    """
    groups = stability.grouped(then, now)
    index = stability.psi(*groups)
    filled = int(np.count_nonzero(groups[0] + groups[1]))
    by_chance = stability.psi_by_chance(filled, int(then.sum()), int(now.sum()))
    distance, p_value = kolmogorov.ks(then, now)
    return Shift(
        psi=index,
        psi_measured=stability.psi(groups[0][:-1], groups[1][:-1]),
        by_chance=by_chance,
        ks=distance,
        ks_p=p_value,
        missing_then=_missing(then),
        missing_now=_missing(now),
        verdict=_verdict(index if index > by_chance else 0.0, distance if p_value < kolmogorov.SIGNIFICANT else 0.0),
    )


def _verdict(index: float, distance: float) -> Verdict:
    if index >= stability.LARGE or distance >= kolmogorov.LARGE:
        return "large"
    return "moderate" if index >= stability.MODERATE or distance >= kolmogorov.MODERATE else "stable"


def _missing(counts: Counts) -> float:
    return float(counts[-1] / counts.sum()) if counts.sum() else float("nan")
