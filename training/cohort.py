"""Cohorts: people at risk at index dates, with their features and what became of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InvalidInputError
from features.feature import DAYS_PER_YEAR
from features.sources import Source
from models.design import model_columns, needed_features
from models.risk_model import DEATH, RiskModel
from training.landmarks import Progress, landmarks
from training.outcomes import Outcomes, outcomes
from training.selection import weights_of_tested

CENSORED, EVENT, DIED = 0, 1, 2

# A follow-up that ends so shortly before the horizon counts as having reached it: years differ by leap days, and the
# last day of the records is the day before the next landmark.
SLACK_DAYS = 3

# What subgroups are made of, beside age and sex (see `training.subgroups`).
GROUP_FEATURES = ("schooling", "education_level", "insurance", "hukou", "area_income")


@dataclass(frozen=True)
class Cohort:
    """What a model is trained and judged on; all arrays have one entry an index date, (n,).

    Attributes
    ----------
    person
        int64 pseudonyms; a person may have several index dates.
    index_date
        datetime64[us].
    features
        float64 columns, those that the model and its published score need.
    time
        Years from the index date to the event, the death or the end of follow-up, float64.
    status
        int8: 0 censored, 1 event, 2 died without the event.
    groups
        float64 columns age, female and `GROUP_FEATURES`, whether or not the model uses them: who is in which subgroup.
    weight
        How many people a row stands for, float64: 1, or more where only some were tested.
    screened
        Whether a screening test led to the event, bool.
    flow
        How many index dates were left after each step of the selection.
    """

    person: NDArray[np.int64]
    index_date: NDArray[np.datetime64]
    features: pd.DataFrame
    time: NDArray[np.float64]
    status: NDArray[np.int8]
    groups: pd.DataFrame
    weight: NDArray[np.float64]
    screened: NDArray[np.bool_]
    flow: dict[str, int]

    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits that change when a row, feature or outcome changes."""
        digest = hashlib.sha256(",".join(self.features.columns).encode())
        for array in (self.person, self.index_date.astype(np.int64), self.time, self.status, self.weight):
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(np.ascontiguousarray(self.features.to_numpy(dtype=np.float64)).tobytes())
        return digest.hexdigest()[:16]


def features_to_read(model: RiskModel) -> list[str]:
    """Return the stored features that a cohort is made of: what the model uses, its rule, and its subgroups."""
    used = needed_features(model_columns(model))
    return list(dict.fromkeys([*used, *model.cohort.free_of, *GROUP_FEATURES, "age", "female"]))


def build_cohort(source: Source, model: RiskModel, progress: Progress = lambda _: None) -> Cohort:
    """Return the cohort of `model` in `source`: every index date of everybody who is at risk there.

    Raises
    ------
    InvalidInputError
        If nobody qualifies, or nobody has the outcome.
    """
    used = needed_features(model_columns(model))
    index, features = landmarks(source, features_to_read(model), progress)
    became = outcomes(source, model, index)
    days_to_end = index["days_to_end"].to_numpy(dtype=np.float64)
    horizon = model.horizon_years * DAYS_PER_YEAR
    days_to_end = np.where(
        (days_to_end < horizon) & (days_to_end >= horizon - SLACK_DAYS) & ~index["died"], horizon, days_to_end
    )
    at_risk, flow = _at_risk(source, model, index, features, became)
    if model.found_by:
        has_event = became.days_to_event <= horizon
        days = np.full(len(index), horizon)  # the question is what is there now, not when somebody was tested
        status = np.where(has_event, EVENT, CENSORED)
    else:
        has_event = became.days_to_event <= days_to_end
        days = np.where(has_event, became.days_to_event, days_to_end)
        status = np.where(has_event, EVENT, np.where(index["died"] & (model.outcome != DEATH), DIED, CENSORED))
    weight = np.ones(len(index))
    if model.found_by:
        weight[at_risk] = weights_of_tested(
            features.loc[at_risk, list(model.features)], became.tested[at_risk], index.loc[at_risk, "person_id"]
        )
        at_risk &= became.tested
        flow["tested within the horizon"] = int(at_risk.sum())
    if not np.any(status[at_risk] == EVENT):
        raise InvalidInputError(
            f"Model '{model.name}' cannot be trained on source '{source.name}': {int(at_risk.sum())} index dates are "
            f"at risk and none is followed by '{model.outcome}'. Check the code set and the cohort rule."
        )
    return Cohort(
        person=index["person_id"].to_numpy(dtype=np.int64)[at_risk],
        index_date=index["index_date"].dt.tz_convert(None).to_numpy(dtype="datetime64[us]")[at_risk],
        features=features.loc[at_risk, used].reset_index(drop=True),
        groups=features.loc[at_risk, ["age", "female", *GROUP_FEATURES]].reset_index(drop=True),
        time=days[at_risk] / DAYS_PER_YEAR,
        status=status[at_risk].astype(np.int8),
        weight=weight[at_risk],
        screened=became.screened[at_risk],
        flow=flow,
    )


def _at_risk(
    source: Source, model: RiskModel, index: pd.DataFrame, features: pd.DataFrame, became: Outcomes
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return who is at risk at each index date, (n,), and how many are left after each step."""
    at_risk = np.ones(len(index), dtype=bool)
    flow = {"index dates": len(index)}

    def only(step: str, rule: NDArray[np.bool_]) -> None:
        nonlocal at_risk
        at_risk = at_risk & rule
        flow[step] = int(at_risk.sum())

    if source.landmarks:  # everybody gets an index date on the same day, so the newest are too young for a horizon
        last = source.as_of - timedelta(days=DAYS_PER_YEAR * model.horizon_years - SLACK_DAYS)
        only("horizon within the records", (index["index_date"] <= last).to_numpy())
    free = (features[list(model.cohort.free_of)] == 0).all(axis=1).to_numpy(dtype=bool)
    # An event that was already dated, though perhaps not yet known, ends the risk as well: it cannot happen again.
    only(
        "free of " + (" and ".join(model.cohort.free_of) or "nothing in particular"),
        free & ~(became.days_to_exclusion <= 0),
    )
    low, high = model.cohort.age
    only(f"aged {low:g} to {high:g}", features["age"].between(low, high).to_numpy(dtype=bool))
    if model.cohort.sex:
        only(model.cohort.sex, (features["female"] == (model.cohort.sex == "women")).to_numpy(dtype=bool))
    # One day of observation is an examination without any follow-up.
    followed = index["days_to_end"].to_numpy(dtype=np.float64) > (0 if model.found_by else 1)
    only("followed up", followed & (True if model.found_by else ~(became.days_to_event <= 0)))
    return at_risk, flow
