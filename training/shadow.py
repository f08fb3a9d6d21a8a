"""Shadow scoring: what a challenger would say of everybody now, beside the champion, while only the champion serves.

The gate says whether a version is as good on people whose outcome is known. What would change for those on the lists
of today is another question, and nobody should meet its answer after the swap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from features.clock import now_of
from features.errors import NotReadyError
from features.sources import Source
from models.bundle import Bundle
from models.disclosure import safe_count
from models.risk_model import RiskModel
from training.drift.grid import Floats
from training.drift.population import RISK, columns_of, everybody
from training.registry import Version, artifact_folder, champion_from, get_version, versions

TIERS = ("usual", "high", "very_high")
LISTED = 0.05  # share of the highest risks: those whom the champion puts into its highest tier


def challenger_of(current: Version, number: int | None = None) -> Version:
    """Return the version to try in the shadow: the given one, or the newest after the champion.

    Raises
    ------
    NotReadyError
        If no other version is newer and none is given.
    UnknownNameError
        If the given one is not registered.
    """
    if number is not None:
        return get_version(current.model, number)
    later = [version for version in versions(current.model) if version.number > current.number]
    if not later:
        raise NotReadyError(
            f"'{current.model}' has no version after its champion, version {current.number}. Train one with "
            f"`sanzao train {current.model}`, or name an older one with --version."
        )
    return later[-1]


def shadow(
    source: Source, model: RiskModel, number: int | None = None, progress: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Score everybody now with the champion and a challenger, and compare; nothing is served and nothing changes.

    Returns
    -------
    dict
        model, champion, challenger (version numbers), now, people; mean_risk and mean_risk_challenger, which are the
        expected share of events; rank_correlation (Spearman); difference_95 (the absolute difference of risks that 5 %
        exceed); listed_by_both (share of the highest 5 % that is the same people); tiers (how many go from which tier
        of the champion to which of the challenger). Counts are under disclosure control.

    Raises
    ------
    NotReadyError
        If there is no champion from this source, no challenger, or nobody whom the model applies to.
    """
    current, _, bundle = champion_from(model.name, source.name)
    challenger = challenger_of(current, number)
    other = Bundle.load(artifact_folder(challenger))
    moment = now_of(source)
    found: list[tuple[Floats, Floats]] = []
    for people in everybody(source, moment):
        found.append((columns_of(model, bundle, people)[RISK], columns_of(model, other, people)[RISK]))
        progress("bucket of residents scored")
    before, after = (np.concatenate(risks) for risks in zip(*found, strict=True))
    if len(before) == 0:
        raise NotReadyError(f"There is nobody now to whom '{model.name}' applies.")
    listed = max(1, round(LISTED * len(before)))
    top = [set(np.argpartition(-risks, listed - 1)[:listed].tolist()) for risks in (before, after)]
    return {
        "model": model.name,
        "champion": current.number,
        "challenger": challenger.number,
        "data_source": source.name,
        "synthetic": bundle.synthetic,
        "now": moment.isoformat(),
        "people": safe_count(len(before)),
        "mean_risk": float(before.mean()),
        "mean_risk_challenger": float(after.mean()),
        "rank_correlation": _rank_correlation(before, after),
        "difference_95": float(np.quantile(np.abs(after - before), 0.95)),
        "listed_by_both": len(top[0] & top[1]) / listed,
        "tiers": _moves(bundle, before, other, after),
    }


def _rank_correlation(before: Floats, after: Floats) -> float | None:
    """Return Spearman's correlation; None where one of them says the same of everybody."""
    if np.ptp(before) == 0 or np.ptp(after) == 0:
        return None
    return float(spearmanr(before, after).statistic)


def _moves(bundle: Bundle, before: Floats, other: Bundle, after: Floats) -> list[dict[str, Any]]:
    """Return how many go from which tier to which; each version has its own bounds."""
    pairs = [
        np.searchsorted([version.tiers.high, version.tiers.very_high], risks, side="right")
        for version, risks in ((bundle, before), (other, after))
    ]
    counts = np.bincount(pairs[0] * len(TIERS) + pairs[1], minlength=len(TIERS) ** 2)
    return [
        {"from": TIERS[cell // len(TIERS)], "to": TIERS[cell % len(TIERS)], "people": safe_count(int(count))}
        for cell, count in enumerate(counts)
    ]
