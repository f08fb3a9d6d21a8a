"""Subgroups in which a model must be right too: by sex, age, schooling, insurance, registration and place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InvalidInputError
from training.metrics import c_index, observed_expected
from training.metrics.followup import had_event

Labels = NDArray[np.object_]

JUDGED_EVENTS = 100  # a subgroup with fewer events by the horizon is shown, but not judged
FEWEST_EVENTS = 8  # of smaller groups nothing is shown: the rule of disclosure (DESIGN, suppress 1 to 7)


def _levels(column: str, names: dict[float, str]) -> Callable[[pd.DataFrame], Labels]:
    def labels(people: pd.DataFrame) -> Labels:
        return people[column].map(names).fillna("").to_numpy(dtype=object)

    return labels


def _age_bands(people: pd.DataFrame) -> Labels:
    edges = [0, 40, 50, 60, 70, 80, np.inf]
    names = ["under 40", "40-49", "50-59", "60-69", "70-79", "80 and over"]
    return pd.cut(people["age"], edges, right=False, labels=names).astype(object).fillna("").to_numpy(dtype=object)


def _income_thirds(people: pd.DataFrame) -> Labels:
    """Return the third of the city's people in whose township income a person's township lies."""
    income = people["area_income"].to_numpy(dtype=np.float64)
    if np.isnan(income).all():
        return np.full(len(income), "", dtype=object)
    low, high = np.nanquantile(income, (1 / 3, 2 / 3))
    named = np.select([np.isnan(income), income <= low, income <= high], ["", "poorer", "middle"], "richer")
    return named.astype(object)


GROUPS: dict[str, Callable[[pd.DataFrame], Labels]] = {
    "sex": _levels("female", {0: "men", 1: "women"}),
    "age": _age_bands,
    "schooling": _levels("schooling", {1: "primary or less", 2: "middle school", 3: "high school", 4: "university"}),
    "education": _levels("education_level", {1: "1 (lowest)", 2: "2", 3: "3", 4: "4 (highest)"}),
    "insurance": _levels("insurance", {0: "none", 1: "resident", 2: "employee"}),
    "hukou": _levels("hukou", {0: "local", 1: "another county", 2: "another province"}),
    "township income": _income_thirds,
}


def members(people: pd.DataFrame) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Yield group, level and who belongs to it, (n,), for every subgroup that the records know."""
    for group, labels_of in GROUPS.items():
        labels = labels_of(people)
        for level in sorted(set(labels) - {""}):
            yield group, level, labels == level


def subgroup_figures(validation: pd.DataFrame, horizon: float, risk: str = "risk") -> list[dict[str, Any]]:
    """Return how right a model is in every subgroup with enough events.

    Parameters
    ----------
    validation
        One row an index date, as `training.train.validation_frame` makes it.

    Returns
    -------
    list of dict
        group, level, n, events, observed, expected, observed_expected with its 95 % interval, c_index, and `judged`:
        whether there are at least `JUDGED_EVENTS`.
    """
    figures = []
    for group, level, mine in members(validation):
        part = validation[mine]
        time, status = part["time"].to_numpy(dtype=np.float64), part["status"].to_numpy(dtype=np.int8)
        events = int(had_event(time, status, horizon).sum())
        if events < FEWEST_EVENTS:
            continue
        weight, predicted = part["weight"].to_numpy(dtype=np.float64), part[risk].to_numpy(dtype=np.float64)
        try:
            found = observed_expected(time, status, predicted, horizon, weight)
        except InvalidInputError:  # nobody of this group is followed to the horizon
            continue
        figures.append(
            {
                "group": group,
                "level": level,
                "n": len(part),
                "events": events,
                "observed": found.observed,
                "expected": found.expected,
                "observed_expected": found.ratio,
                "observed_expected_low": found.low,
                "observed_expected_high": found.high,
                "c_index": c_index(time, status, predicted, horizon, weight),
                "judged": events >= JUDGED_EVENTS,
            }
        )
    return figures


def worst(figures: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the judged subgroup whose observed/expected lies furthest from 1, on the log scale."""
    judged = [entry for entry in figures if entry["judged"] and entry["observed_expected"] > 0]
    return max(judged, key=lambda entry: abs(np.log(entry["observed_expected"])), default=None)
