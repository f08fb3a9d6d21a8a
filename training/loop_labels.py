"""What screening found, as labels of screening models: people whom a programme invited and tested, and their weights.

A list invites whom the model holds to be ill, so its results alone teach a model its own opinion. Each is therefore
weighted by the inverse of its chance to be there (`serving.loop.labels`; Horvitz and Thompson, J Am Stat Assoc
1952;47:663): the few who were drawn by lot stand for the many who were not invited. Weights above their 99th
percentile are set to it, because a handful of people must not decide a model (truncation as in Cole and Hernán, Am J
Epidemiol 2008;168:656, who weigh bias against variance along such percentiles).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.history import history
from features.labels import labels_path, read_labels
from features.sources import Source
from models.applicable import applicable
from models.disclosure import safe_count
from models.risk_model import RiskModel
from models.screening_programme import programmes
from training.cohort import CENSORED, EVENT, Cohort, features_to_read

Array = NDArray[np.float64]

TRUNCATED_AT = 0.99
STEP = "results of screening lists"


def programmes_of(model: RiskModel) -> list[str]:
    """Return the programmes whose results say what a model asks: whether the disease is there now."""
    if model.kind != "screening":
        return []
    return [name for name, programme in programmes().items() if programme.model == model.name]


def labels_digest(source: Source, model: RiskModel) -> str | None:
    """Return 16 hexadecimal digits over the labels that came back for a model; None where none did."""
    files = [path for name in programmes_of(model) if (path := labels_path(source.name, name)).exists()]
    if not files:
        return None
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def with_loop_labels(source: Source, model: RiskModel, cohort: Cohort) -> tuple[Cohort, dict[str, Any] | None]:
    """Return the cohort with the results of screening lists behind it, and what the card says of them.

    Without any, the cohort is returned as it is, and None.
    """
    found = [part for name in programmes_of(model) if (part := read_labels(source.name, name)) is not None]
    given = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    if given.empty:
        return cohort, None
    index = given[["person_id", "index_date"]]
    used = [str(name) for name in cohort.features]
    features = history(source.name, index, features_to_read(model))
    mine = applicable(model, features)
    if not mine.any():
        return cohort, None
    given, features = given[mine], features[mine]
    weight = truncated(given["weight"].to_numpy(dtype=np.float64))
    people = len(given)
    joined = replace(
        cohort,
        person=np.concatenate([cohort.person, given["person_id"].to_numpy(dtype=np.int64)]),
        index_date=np.concatenate([cohort.index_date, _naive(given["index_date"])]),
        features=pd.concat([cohort.features, features[used]], ignore_index=True),
        # The question is what is there now, not when somebody was tested.
        time=np.concatenate([cohort.time, np.full(people, model.horizon_years)]),
        status=np.concatenate([cohort.status, np.where(given["label"] > 0, EVENT, CENSORED).astype(np.int8)]),
        groups=pd.concat([cohort.groups, features[[str(name) for name in cohort.groups]]], ignore_index=True),
        weight=np.concatenate([cohort.weight, weight]),
        screened=np.concatenate([cohort.screened, np.ones(people, dtype=bool)]),
        flow=cohort.flow | {STEP: people},
    )
    return joined, told(given, weight)


def truncated(weight: Array) -> Array:
    """Return weights (n,), those above their 99th percentile set to it.

    >>> truncated(np.array([1.0, 1.0, 1.0, 40.0])).round(2).tolist()
    [1.0, 1.0, 1.0, 38.83]
    """
    return np.minimum(weight, np.quantile(weight, TRUNCATED_AT))


def told(given: pd.DataFrame, weight: Array) -> dict[str, Any]:
    """Return what the card says: how many labels, by lot how many of them, the range of weights, how much they weigh.

    `effective` is the number of equally weighted people who would tell as much (Kish, Survey Sampling, 1965).
    """
    return {
        "labels": safe_count(len(given)),
        "positive": safe_count(int((given["label"] > 0).sum())),
        "by_lot": safe_count(int((given["inclusion_probability"] < 1).sum())),
        "weight_low": float(weight.min()),
        "weight_high": float(weight.max()),
        "weight_high_before": float(given["weight"].max()),
        "effective": safe_count(int(weight.sum() ** 2 / (weight**2).sum())),
    }


def card_words(figures: Mapping[str, Any] | None) -> list[str]:
    """Return the section of the card; nothing where no label came back."""
    if figures is None:
        return []
    shown = {
        name: "≤ 7" if figures[name] is None else f"{figures[name]:,}" for name in ("labels", "positive", "by_lot")
    }
    effective = "few" if figures["effective"] is None else f"{figures['effective']:,}"
    return [
        "### Labels that came back from screening",
        "",
        f"{shown['labels']} results of screening lists are among the index dates, {shown['positive']} of them "
        f"positive; {shown['by_lot']} people were drawn by lot. Each is weighted by the inverse of its chance to be "
        f"invited and to come: {figures['weight_low']:.2f} to {figures['weight_high']:.1f}, truncated at the 99th "
        f"percentile (Cole and Hernán, Am J Epidemiol 2008;168:656) from up to {figures['weight_high_before']:.1f}. "
        f"They tell as much as {effective} people of equal weight.",
        "",
    ]


def _naive(dates: pd.Series[pd.Timestamp]) -> NDArray[np.datetime64]:
    return dates.dt.tz_convert(None).to_numpy(dtype="datetime64[us]")
