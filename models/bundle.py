"""The artifact that training leaves and serving loads: one model version, complete in itself.

A bundle is two JSON files, so that loading one runs no code: `model.json` with everything that scoring needs, and
`checksum.json` with its SHA-256. A bundle that was cut short or altered is refused, never guessed at.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.errors import NotReadyError
from models.attribution import Attribution
from models.design import design
from models.tables import Array, TableForm

FORMAT = 1

# What training and serving agree on in the registry: the alias of the version that serves, where its bundle lies, and
# the tags that say where a version comes from, what it replaced, and who gave it the alias last, when and why.
CHAMPION_ALIAS = "champion"
BUNDLE_ARTIFACT = "bundle"
RESULT_TAG = "sanzao.result"
REPLACED_TAG = "sanzao.replaced"
WITHDRAWN_TAG = "sanzao.withdrawn"
PROMOTED_BY_TAG, PROMOTED_AT_TAG = "sanzao.promoted.by", "sanzao.promoted.at"
PROMOTED_WHY_TAG, PROMOTED_WHY_ZH_TAG = "sanzao.promoted.why", "sanzao.promoted.why.zh"


class DamagedBundleError(NotReadyError):
    """A model artifact is missing, cut short or altered."""


def write_content(folder: Path, content: Mapping[str, Any]) -> None:
    """Write what a bundle holds into an existing folder, with its checksum."""
    text = json.dumps({"format": FORMAT, **content}, ensure_ascii=False, indent=1)
    (folder / "model.json").write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    (folder / "checksum.json").write_text(json.dumps({"model.json": digest}))


def read_content(folder: Path) -> dict[str, Any]:
    """Return what `write_content` wrote.

    Raises
    ------
    DamagedBundleError
        If a file is missing, does not match its checksum, or is of another format.
    """
    advice = "Train it again with `sanzao train`, or go back with `sanzao rollback`."
    try:
        text = (folder / "model.json").read_text(encoding="utf-8")
        expected = json.loads((folder / "checksum.json").read_text())["model.json"]
    except (OSError, ValueError, KeyError) as error:
        raise DamagedBundleError(
            f"The model artifact in {folder} is missing or unreadable ({error}). {advice}"
        ) from error
    if hashlib.sha256(text.encode()).hexdigest() != expected:
        raise DamagedBundleError(f"The model artifact {folder / 'model.json'} does not match its checksum. {advice}")
    content: dict[str, Any] = json.loads(text)
    if content["format"] != FORMAT:
        raise DamagedBundleError(
            f"The model artifact in {folder} has format {content['format']}, this version reads {FORMAT}. {advice}"
        )
    del content["format"]
    return content


@dataclass(frozen=True)
class InputFeature:
    """One input of the model as it was in training, in the order of training."""

    name: str
    unit: str
    low: float
    high: float
    missing_share: float
    median: float


@dataclass(frozen=True)
class Tiers:
    """Risks that bound the tiers: at or above `very_high` the top 5 %, at or above `high` the top 20 %."""

    very_high: float
    high: float

    def of(self, risk: float) -> str:
        """Return the tier of a risk: very_high, high or usual."""
        if risk >= self.very_high:
            return "very_high"
        return "high" if risk >= self.high else "usual"


@dataclass(frozen=True)
class Bundle:
    """A model version.

    Attributes
    ----------
    form, attribution
        The table form on the log-odds scale before calibration, and its exact contributions.
    slope, intercept
        Calibration: risk = 1 / (1 + exp(-(intercept + slope * raw))).
    chosen
        Which candidate won the validation.
    data_source, notice, notice_zh, synthetic, fingerprint
        Where the training data came from, in words for people and as a fingerprint.
    metrics
        The nested validation's results.
    """

    name: str
    horizon_years: float
    inputs: tuple[InputFeature, ...]
    form: TableForm
    attribution: Attribution
    slope: float
    intercept: float
    tiers: Tiers
    chosen: str
    data_source: str
    notice: str
    notice_zh: str
    synthetic: bool
    fingerprint: str
    metrics: dict[str, Any]

    def risk(self, features: Mapping[str, Array]) -> Array:
        """Return risks (n,) from stored features (n,), which are float64 in canonical units, NaN where missing."""
        raw = self.form.raw(design(self.form.features, features))
        risk: Array = 1.0 / (1.0 + np.exp(-(self.intercept + self.slope * raw)))
        return risk

    @property
    def output_names(self) -> tuple[str, ...]:
        """The columns of `predict`."""
        return ("risk",)

    @property
    def parameters(self) -> dict[str, float]:
        """What the registry notes of the model's making."""
        return {"horizon_years": self.horizon_years, "slope": self.slope, "intercept": self.intercept}

    def predict(self, features: Mapping[str, Array]) -> dict[str, Array]:
        """Return every output (n,) by name."""
        return {"risk": self.risk(features)}

    def save(self, folder: Path) -> None:
        """Write the bundle into an existing folder."""
        content = {
            "name": self.name,
            "horizon_years": self.horizon_years,
            "inputs": [asdict(entry) for entry in self.inputs],
            "form": self.form.to_dict(),
            "attribution": self.attribution.to_dict(),
            "slope": self.slope,
            "intercept": self.intercept,
            "tiers": asdict(self.tiers),
            "chosen": self.chosen,
            "data_source": self.data_source,
            "notice": self.notice,
            "notice_zh": self.notice_zh,
            "synthetic": self.synthetic,
            "fingerprint": self.fingerprint,
            "metrics": self.metrics,
        }
        write_content(folder, content)

    @classmethod
    def load(cls, folder: Path) -> Bundle:
        """Read a bundle.

        Raises
        ------
        DamagedBundleError
            If a file is missing, does not match its checksum, or is of another format.
        """
        return cls.from_content(read_content(folder))

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Bundle:
        """Return the bundle that `read_content` read."""
        return cls(
            **dict(content)
            | {
                "inputs": tuple(InputFeature(**entry) for entry in content["inputs"]),
                "form": TableForm.from_dict(content["form"]),
                "attribution": Attribution.from_dict(content["attribution"]),
                "tiers": Tiers(**content["tiers"]),
            }
        )
