"""What training leaves of an event model and serving loads: three forms, complete in themselves.

Each form is tables wherever these are about as good as deep trees were, see `training.events.fitting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.attribution import Attribution
from models.bundle import InputFeature, read_content, write_content
from models.deep_form import DeepForm
from models.tables import Array, TableForm

# The outputs, in the order in which they are compiled for scoring.
LATE, MEDIAN, LONG = "late", "hours_median", "hours_90"
LONG_SHARE = 0.9
OUTPUTS = (LATE, MEDIAN, LONG)

# The 90 % quantile follows the time: it is moved by what the last so many closings exceeded it by, once so many are
# known. Fewer would follow chance. A number of ours.
FOLLOWED_CLOSINGS = 500

LOG_LIMIT = 20.0  # no request takes longer than exp(20) hours


@dataclass(frozen=True)
class Head:
    """One output: a form with its contributions, and the calibration intercept + slope * raw.

    Attributes
    ----------
    attribution
        Contributions of a table form; None for deep trees, which give theirs themselves.
    """

    form: TableForm | DeepForm
    attribution: Attribution | None
    slope: float = 1.0
    intercept: float = 0.0

    def of_raw(self, raw: Array) -> Array:
        """Return calibrated raw scores (n,)."""
        return self.intercept + self.slope * raw

    def contributions(self, columns: Mapping[str, Array]) -> dict[str, Array]:
        """Return what each feature adds to the calibrated raw score of each row, (n,) by name."""
        if isinstance(self.form, DeepForm):
            shares = self.form.contributions(columns)
        elif self.attribution is not None:
            shares = self.attribution.contributions(self.form, columns)
        else:
            shares = {}
        return {name: self.slope * values for name, values in shares.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads."""
        return {
            "form": self.form.to_dict(),
            "attribution": self.attribution.to_dict() if self.attribution else None,
            "slope": self.slope,
            "intercept": self.intercept,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Head:
        """Read what `to_dict` wrote."""
        attribution = content["attribution"]
        return cls(
            (DeepForm if "trees" in content["form"] else TableForm).from_dict(content["form"]),
            Attribution.from_dict(attribution) if attribution else None,
            content["slope"],
            content["intercept"],
        )


@dataclass(frozen=True)
class EventBundle:
    """An event model version.

    Attributes
    ----------
    outputs
        The heads by name: `late` on the log-odds scale, `hours_median` and `hours_90` on that of log(1 + hours).
    chosen
        Which candidates won the validation.
    data_source, notice, notice_zh, synthetic, fingerprint
        Where the training data came from, in words for people and as a fingerprint.
    trailing_share
        Share of the latest closings that must lie within the moved 90 % quantile: more than 90 %, as requests that
        are never closed lie beyond every quantile, and no closing tells of them.
    metrics
        The figures of the latest requests, judged by a model that learned before them.
    """

    name: str
    inputs: tuple[InputFeature, ...]
    outputs: Mapping[str, Head]
    chosen: str
    data_source: str
    notice: str
    notice_zh: str
    synthetic: bool
    fingerprint: str
    metrics: dict[str, Any]
    trailing_share: float = LONG_SHARE
    entity: str = "event"

    @property
    def output_names(self) -> tuple[str, ...]:
        """The columns of `predict`."""
        return OUTPUTS

    @property
    def parameters(self) -> dict[str, float]:
        """What the registry notes of the model's making."""
        heads = self.outputs.items()
        slopes = {f"{name}_slope": head.slope for name, head in heads}
        return slopes | {f"{name}_intercept": head.intercept for name, head in heads}

    def predict(self, features: Mapping[str, Array], moved: Array | None = None) -> dict[str, Array]:
        """Return P(late), median and 90 % quantile of the hours (n,) from features (n,), NaN where missing.

        Parameters
        ----------
        moved
            As for `of_raw`.
        """
        return self.of_raw({name: head.form.raw(features) for name, head in self.outputs.items()}, moved)

    def excess(self, long_raw: Array, hours: Array) -> Array:
        """Return by how much log(1 + hours) exceeds the raw 90 % quantile, before it is moved, (n,)."""
        return np.asarray(np.log1p(hours) - np.maximum(long_raw, 0.0), dtype=np.float64)

    def of_raw(self, raw: Mapping[str, Array], moved: Array | None = None) -> dict[str, Array]:
        """Return the outputs (n,) from the raw scores (n,) of the heads; the 90 % quantile never below the median.

        Parameters
        ----------
        moved
            By how much the 90 % quantile is moved, (n,), on the scale of log(1 + hours): the 90 % quantile of `excess`
            over the latest closings. NaN, or no array: by what training found.
        """
        late, median = (self.outputs[name].of_raw(raw[name]) for name in (LATE, MEDIAN))
        fixed = self.outputs[LONG].intercept
        long = np.maximum(raw[LONG], 0.0) + (fixed if moved is None else np.where(np.isnan(moved), fixed, moved))
        hours = np.expm1(np.clip(median, 0.0, LOG_LIMIT))
        return {
            LATE: 1.0 / (1.0 + np.exp(-late)),
            MEDIAN: hours,
            LONG: np.maximum(np.expm1(np.clip(long, 0.0, LOG_LIMIT)), hours),
        }

    def save(self, folder: Path) -> None:
        """Write the bundle into an existing folder."""
        outputs = {name: head.to_dict() for name, head in self.outputs.items()}
        plain = {name: value for name, value in self.__dict__.items() if name not in ("inputs", "outputs")}
        write_content(folder, plain | {"inputs": [asdict(entry) for entry in self.inputs], "outputs": outputs})

    @classmethod
    def load(cls, folder: Path) -> EventBundle:
        """Read a bundle.

        Raises
        ------
        DamagedBundleError
            If a file is missing, does not match its checksum, or is of another format.
        """
        return cls.from_content(read_content(folder))

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> EventBundle:
        """Return the bundle that `read_content` read."""
        outputs = {name: Head.from_dict(head) for name, head in content["outputs"].items()}
        inputs = tuple(InputFeature(**entry) for entry in content["inputs"])
        return cls(**dict(content) | {"inputs": inputs, "outputs": outputs})
