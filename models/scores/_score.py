"""What a published score is, and how it reads its inputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from features.errors import InvalidInputError

FloatArray = NDArray[np.float64]
Features = Mapping[str, FloatArray]
"""Feature name to its values in our canonical units: float64 (n,), NaN where missing."""

People = dict[str, FloatArray]
"""What `read` returns: the columns of a score, equally long, float64 (n,)."""

Ranking = Callable[[Features], FloatArray]
"""Takes the features of n people and returns float64 (n,) that rises with the risk."""
Risk = Callable[[Features, float], FloatArray]
"""Takes the features of n people and a horizon in years, and returns float64 (n,), 0 to 1."""

Usable = Callable[[FloatArray], NDArray[np.bool_]]
"""Tells of each value (n,) whether a score can use it."""

Equation = TypeVar("Equation")

MG_PER_DL_CHOLESTEROL = 38.67
"""mg/dL in one mmol/L of cholesterol: a tenth of its molar mass, C27H46O, 386.65 g/mol."""


@dataclass(frozen=True)
class PublishedScore:
    """One score as its paper prints it.

    `log_risk`, `risk` and `points` take the features of n people and return float64 (n,), NaN for whoever
    lacks an input that the score needs. They raise :class:`features.errors.InvalidInputError` if a needed
    column is absent. Values outside `valid_ranges` are scored, not refused: whether to extrapolate is the
    caller's decision.

    Not every score predicts. Where `horizon_years` is 0 it finds who has the disease now, undetected, and
    `risk` takes no other horizon. Where the source prints points and no risk, `risk` is None: such a score
    ranks, and says nothing of how many.
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
    """The horizon for which it was published, in years; `log_risk` belongs to this one. 0: has it now."""
    inputs: tuple[str, ...]
    """All features that it reads, by name."""
    valid_ranges: dict[str, tuple[float, float]]
    """Feature to the lowest and highest value that the source states, in our canonical units."""
    log_risk: Ranking
    """The log of the cumulative hazard, log(-log(1 - risk)), at `horizon_years`; the points where `risk` is None."""
    risk: Risk | None
    """The absolute risk, 0 to 1, within so many years; None where the source prints none."""
    optional_inputs: tuple[str, ...] = ()
    """Those of `inputs` whose columns may be absent; the score's module says what happens then."""
    points: Ranking | None = None
    """The points that a clinician adds up, where the score is such a sheet."""


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


def read(features: Features, inputs: Mapping[str, Usable], optional: tuple[str, ...] = ()) -> People:
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


def each_sex(
    people: People, women: Equation, men: Equation, rank: Callable[[Equation, People], FloatArray]
) -> FloatArray:
    """Return `rank` (n,) of everybody by the equation of their sex, NaN where it is missing.

    Parameters
    ----------
    people
        Columns of n people, `female` (1 or 0) among them.
    rank
        Takes an equation and the columns of those to whom it applies.
    """
    ranking = np.full(people["female"].shape, np.nan)
    for equation, female in ((women, 1.0), (men, 0.0)):
        rows = np.flatnonzero(people["female"] == female)
        ranking[rows] = rank(equation, {name: values[rows] for name, values in people.items()})
    return ranking


def risk_from_log_hazard(log_hazard: FloatArray) -> FloatArray:
    """Return the risk (n,), 0 to 1, of a log cumulative hazard (n,): the inverse of log(-log(1 - risk))."""
    risk: FloatArray = -np.expm1(-np.exp(log_hazard))
    return risk


def log_hazard_from_risk(risk: FloatArray) -> FloatArray:
    """Return the log cumulative hazard (n,), log(-log(1 - risk)), of a risk (n,) between 0 and 1."""
    log_hazard: FloatArray = np.log(-np.log1p(-risk))
    return log_hazard


def log_hazard_from_log_odds(log_odds: FloatArray) -> FloatArray:
    """Return the log cumulative hazard (n,), log(-log(1 - risk)), of a logistic model's log-odds (n,)."""
    bounded = np.clip(log_odds, -700, 700)  # beyond, the exponential is no float any more
    log_hazard: FloatArray = np.log(np.log1p(np.exp(bounded)))
    return log_hazard


def constant_hazard(log_risk: Ranking, horizon_years: float) -> Risk:
    """Return the risk at any horizon of a score that was published for one, the hazard taken as constant.

    At `horizon_years` it is the published risk. Elsewhere the cumulative hazard is proportional to time: an
    assumption of ours, fit for horizons nearby.
    """

    def risk(features: Features, years: float) -> FloatArray:
        return risk_from_log_hazard(log_risk(features) + (log_years(years) - log_years(horizon_years)))

    return risk


def risk_now(log_risk: Ranking) -> Risk:
    """Return the risk of having the disease now, for a score of that kind; its horizon can only be 0."""

    def risk(features: Features, years: float) -> FloatArray:
        if years != 0:
            message = f"This score tells who has the disease now. Its horizon is 0 years, not {years}."
            raise InvalidInputError(message)
        return risk_from_log_hazard(log_risk(features))

    return risk


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
