"""What a published score is, and how it reads its inputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import InvalidInputError

FloatArray = NDArray[np.float64]
Features = Mapping[str, FloatArray]
"""Feature name to its values in our canonical units: float64 (n,), NaN where missing."""

Usable = Callable[[FloatArray], NDArray[np.bool_]]
"""Tells of each value (n,) whether a score can use it."""

MG_PER_DL_CHOLESTEROL = 38.67
"""mg/dL in one mmol/L of cholesterol: a tenth of its molar mass, C27H46O, 386.65 g/mol."""


@dataclass(frozen=True)
class PublishedScore:
    """One score as its paper prints it.

    `log_risk` and `risk` take the features of n people and return float64 (n,), NaN for whoever lacks an
    input that the score needs. Both raise :class:`features.errors.InvalidInputError` if a needed column is
    absent. Values outside `valid_ranges` are scored, not refused: whether to extrapolate is the caller's
    decision.
    """

    name: str
    """The name of the module that holds it."""
    title: str
    title_zh: str
    citation: str
    doi: str
    population: str
    """In whom it was derived."""
    outcome: str
    horizon_years: float
    """The horizon for which it was published, in years; `log_risk` belongs to this one."""
    inputs: tuple[str, ...]
    """All features that it reads, by name."""
    valid_ranges: dict[str, tuple[float, float]]
    """Feature to the lowest and highest value that the source states, in our canonical units."""
    log_risk: Callable[[Features], FloatArray]
    """The log of the cumulative hazard, log(-log(1 - risk)), at `horizon_years`; it rises with the risk."""
    risk: Callable[[Features, float], FloatArray]
    """The absolute risk, 0 to 1, within so many years."""
    optional_inputs: tuple[str, ...] = ()
    """Those of `inputs` whose columns may be absent; the score's module says what happens then."""


def positive(values: FloatArray) -> NDArray[np.bool_]:
    """Tell where a measurement (n,) is a finite number above zero."""
    usable: NDArray[np.bool_] = (values > 0) & (values < np.inf)
    return usable


def one_of(*allowed: float) -> Usable:
    """Return the test that a value is among `allowed`, for switches and counts."""

    def usable(values: FloatArray) -> NDArray[np.bool_]:
        found = np.zeros(values.shape, dtype=np.bool_)
        for value in allowed:
            found |= values == value
        return found

    return usable


def read(features: Features, inputs: Mapping[str, Usable], optional: tuple[str, ...] = ()) -> dict[str, FloatArray]:
    """Return the columns that a score reads, equally long, with NaN for every value that it cannot use.

    Parameters
    ----------
    features
        Feature name to array-like of shape (n,); a single number stands for everyone.
    inputs
        Feature name to the test of its values.
    optional
        Names among `inputs` whose column may be absent; it is then missing for everyone.

    Returns
    -------
    dict[str, FloatArray]
        One float64 array (n,) for each of `inputs`.

    Raises
    ------
    InvalidInputError
        If a needed column is absent, or the columns differ in length.
    """
    absent = [name for name in inputs if name not in features and name not in optional]
    if absent:
        problems: list[dict[str, object]] = [{"field": name, "problem": "absent"} for name in absent]
        columns_absent = ", ".join(absent)
        message = f"The score needs a column for {columns_absent}. Add it, with NaN where a value is missing."
        raise InvalidInputError(message, problems)
    columns = {name: np.atleast_1d(np.asarray(features.get(name, np.nan), np.float64)) for name in inputs}
    try:
        aligned = np.broadcast_arrays(*columns.values())
    except ValueError as error:
        lengths = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
        message = f"The columns of a score must be equally long. Theirs are: {lengths}."
        raise InvalidInputError(message) from error
    return {
        name: np.where(usable(values), values, np.nan)
        for (name, usable), values in zip(inputs.items(), aligned, strict=True)
    }


def risk_from_log_hazard(log_hazard: FloatArray) -> FloatArray:
    """Return the risk (n,), 0 to 1, of a log cumulative hazard (n,): the inverse of log(-log(1 - risk))."""
    risk: FloatArray = -np.expm1(-np.exp(log_hazard))
    return risk


def log_hazard_from_risk(risk: FloatArray) -> FloatArray:
    """Return the log cumulative hazard (n,), log(-log(1 - risk)), of a risk (n,) between 0 and 1."""
    log_hazard: FloatArray = np.log(-np.log1p(-risk))
    return log_hazard


def log_years(horizon_years: float) -> float:
    """Return the natural log of a horizon in years.

    Raises
    ------
    InvalidInputError
        If the horizon is not a positive number.
    """
    if not 0 < horizon_years < math.inf:
        message = f"A horizon must be a positive number of years, not {horizon_years}."
        raise InvalidInputError(message)
    return math.log(horizon_years)
