"""Champions against the people and outcomes of now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from features.clock import now_of
from features.sources import Source
from models.bundle import Bundle
from models.risk_model import RiskModel
from training.drift.calibration import Calibration, calibration
from training.drift.grid import Counts
from training.drift.population import RISK, Watched, count_people
from training.drift.reference import Reference
from training.drift.rule import Decision, decide
from training.drift.shift import Shift, shift
from training.registry import champion_from

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Subject:
    """A champion with everything that it left to be compared with."""

    model: RiskModel
    version: int
    bundle: Bundle
    reference: Reference
    validation: pd.DataFrame


@dataclass(frozen=True)
class Drift:
    """What became of one champion's surroundings.

    Attributes
    ----------
    people
        How many living residents it applies to at `moment`.
    since, against_cohort
        Shifts by column (features and predicted risk): since training, and against the training cohort.
    """

    subject: Subject
    moment: datetime
    people: int
    since: dict[str, Shift]
    against_cohort: dict[str, Shift]
    calibration: Calibration
    decision: Decision

    def as_dict(self) -> dict[str, Any]:
        """Return everything for `--json`."""
        bundle = self.subject.bundle
        return {
            "model": self.subject.model.name,
            "version": self.subject.version,
            "data_source": bundle.data_source,
            "synthetic": bundle.synthetic,
            "trained_at": self.subject.reference.moment.isoformat(),
            "now": self.moment.isoformat(),
            "people": self.people,
            "retrain": self.decision.retrain,
            "ok": not self.decision.retrain,
            "reasons": [reason.en for reason in self.decision.reasons],
            "reasons_zh": [reason.zh for reason in self.decision.reasons],
            "remarks": [remark.en for remark in self.decision.remarks],
            "remarks_zh": [remark.zh for remark in self.decision.remarks],
            "risk": self._column(RISK),
            "features": [{"feature": name} | self._column(name) for name in self.since if name != RISK],
            "calibration": self.calibration.as_dict(),
        }

    def _column(self, name: str) -> dict[str, Any]:
        return self.since[name].as_dict() | {"against_cohort": self.against_cohort[name].as_dict()}


def subject_of(source: Source, model: RiskModel) -> Subject:
    """Return the champion of `model`.

    Raises
    ------
    NotReadyError
        If there is none, it was trained on another source, or it left nothing to compare with.
    """
    version, folder, bundle = champion_from(model.name, source.name)
    validation = pd.read_parquet(folder / "validation.parquet")
    return Subject(model, version.number, bundle, Reference.load(folder), validation)


def drifts(source: Source, models: Sequence[RiskModel], progress: Progress = lambda _: None) -> list[Drift]:
    """Compare each model's champion with the people and outcomes of now."""
    subjects = [subject_of(source, model) for model in models]
    moment = now_of(source)
    watched = [
        Watched(subject.model, subject.bundle, {name: part.edges for name, part in subject.reference.columns.items()})
        for subject in subjects
    ]
    found = []
    for subject, counts in zip(subjects, count_people(source, moment, watched, progress), strict=True):
        progress(f"{subject.model.name}: outcomes")
        found.append(_drift(source, subject, moment, counts))
    return found


def _drift(source: Source, subject: Subject, moment: datetime, counts: dict[str, Counts]) -> Drift:
    columns = subject.reference.columns
    since = {name: shift(part.served, counts[name]) for name, part in columns.items()}
    against_cohort = {name: shift(part.cohort, counts[name]) for name, part in columns.items()}
    outcomes = calibration(source, subject.model, subject.bundle, subject.validation)
    features = {name: found for name, found in since.items() if name != RISK}
    differing = {name: found for name, found in against_cohort.items() if name != RISK}
    return Drift(
        subject=subject,
        moment=moment,
        people=int(np.sum(counts[RISK])),
        since=since,
        against_cohort=against_cohort,
        calibration=outcomes,
        decision=decide(since[RISK], features, outcomes, differing),
    )
