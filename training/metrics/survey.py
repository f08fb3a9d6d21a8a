"""Figures of a population from a sample that was drawn by strata and clusters with unequal chances.

A survey that over-samples some groups gives the wrong share of everything unless each person is weighted by how many
people they stand for; and people of one cluster resemble each other, so that the plain standard error is too small.
Every statistic here is linearised: its error is that of the total of one value a person, the influence of the person
on the statistic, and the variance of a total follows from how the totals of the clusters scatter within their stratum.

Values that are NaN are outside the domain that is asked about (another age, not measured). Such rows must not be left
out: the cluster that they belong to was drawn all the same.

References
----------
Lumley T. Complex Surveys: A Guide to Analysis Using R. Wiley 2010, chapter 2 and appendix C: the variance of a total,
ratios and domains.

Johnson CL, Paulose-Ram R, Ogden CL, et al. National Health and Nutrition Examination Survey: analytic guidelines,
1999-2010. Vital and Health Statistics 2013;2(161): linearisation, domains, degrees of freedom.

Yao W, Li Z, Graubard BI. Estimation of ROC curve with complex survey data. Statistics in Medicine 2015;34:1293-1303.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.errors import InvalidInputError
from training.metrics.followup import Floats, Integers, dense_ranks, numbers

LEVEL = 0.95


@dataclass(frozen=True)
class Design:
    """How the people of the sample were drawn; all (n,).

    Attributes
    ----------
    weight
        People of the population for whom each stands, 0 for those who were not examined.
    cluster
        0..c-1: the primary sampling unit of each.
    stratum
        (c,): the stratum of each cluster, 0..h-1.
    """

    weight: Floats
    cluster: Integers
    stratum: Integers

    @classmethod
    def of(cls, weight: ArrayLike, stratum: ArrayLike, psu: ArrayLike) -> Design:
        """Return the design of n people, given their weight, stratum and number of the cluster in the stratum.

        Raises
        ------
        InvalidInputError
            If lengths differ, a value is missing, a weight is negative, or a stratum has one cluster only.
        """
        given = numbers("weight", weight)
        strata = numbers("stratum", stratum, rows=len(given))
        units = numbers("psu", psu, rows=len(given))
        if given.min() < 0 or given.sum() <= 0:
            raise InvalidInputError("Weights must not be negative, and at least one must be positive.")
        pairs, cluster = np.unique(np.column_stack([strata, units]), axis=0, return_inverse=True)
        of_cluster = dense_ranks(pairs[:, 0])
        if np.bincount(of_cluster).min() < 2:
            raise InvalidInputError(
                "A stratum has one cluster only, so nothing can be said about its variance. Give all rows of the "
                "survey, with NaN for those who are not asked about, or join the stratum to a similar one."
            )
        return cls(given, cluster.reshape(-1).astype(np.int64), of_cluster)


@dataclass(frozen=True)
class Estimate:
    """One figure of the population."""

    value: float
    error: float
    """Standard error that respects strata and clusters."""
    low: float
    high: float
    """Interval by the t distribution with `degrees` degrees of freedom."""
    degrees: int
    """Clusters minus strata, of those in which somebody of the domain was found."""


def weighted_mean(values: ArrayLike, design: Design, level: float = LEVEL) -> Estimate:
    """Mean of `values` (n,) in the population, or the prevalence where they are 0 and 1.

    Examples
    --------
    Two strata of two clusters, one person each: the squared error is ((1 - 3) / 4)^2 + ((5 - 9) / 4)^2.

    >>> estimate = weighted_mean([1, 3, 5, 9], Design.of([1, 1, 1, 1], [1, 1, 2, 2], [1, 2, 1, 2]))
    >>> estimate.value, round(estimate.error**2, 12)
    (4.5, 1.25)
    """
    return weighted_ratio(values, np.ones(len(design.weight)), design, level)


def weighted_ratio(above: ArrayLike, below: ArrayLike, design: Design, level: float = LEVEL) -> Estimate:
    """Total of `above` over the total of `below`, both (n,), among those who have both.

    Raises
    ------
    InvalidInputError
        If nobody with a weight has both, or the total of `below` is 0.
    """
    top, bottom = _column("above", above, design), _column("below", below, design)
    inside = ~(np.isnan(top) | np.isnan(bottom)) & (design.weight > 0)
    weight = np.where(inside, design.weight, 0.0)
    top, bottom = np.where(inside, top, 0.0), np.where(inside, bottom, 0.0)
    total = float(weight @ bottom)
    if total == 0.0:
        raise InvalidInputError("Nobody with a weight has the value that is asked about, or their total is 0.")
    value = float(weight @ top) / total
    return _estimate(value, weight * (top - value * bottom) / total, inside, design, level)


def observed_over_expected(outcome: ArrayLike, risk: ArrayLike, design: Design, level: float = LEVEL) -> Estimate:
    """Observed over expected share of the population: above 1 the model promises too little.

    Parameters
    ----------
    outcome, risk
        0 or 1, and the predicted risk, both (n,).
    """
    return weighted_ratio(outcome, risk, design, level)


def weighted_auc(outcome: ArrayLike, risk: ArrayLike, design: Design, level: float = LEVEL) -> Estimate:
    """Chance that of two people of the population, one with the outcome and one without, the first has the higher risk.

    Parameters
    ----------
    outcome, risk
        0 or 1, and any score that rises with the risk, both (n,). Equal scores count one half.

    Raises
    ------
    InvalidInputError
        If nobody in the domain has, or everybody has, the outcome.
    """
    ill, score = _column("outcome", outcome, design), _column("risk", risk, design)
    inside = ~(np.isnan(ill) | np.isnan(score)) & (design.weight > 0)
    case, control = inside & (ill == 1), inside & (ill == 0)
    if not case.any() or not control.any():
        raise InvalidInputError("The AUC needs people with and without the outcome.")
    shares = np.zeros((2, len(score)))
    for row, group, others in ((0, control, case), (1, case, control)):
        shares[row, others] = _share_below(score[others], score[group], design.weight[group])
    weight = design.weight
    cases, controls = float(weight[case].sum()), float(weight[control].sum())
    value = float(weight[case] @ shares[0, case]) / cases
    influence = np.zeros(len(score))
    influence[case] = weight[case] * (shares[0, case] - value) / cases
    influence[control] = weight[control] * (1.0 - shares[1, control] - value) / controls
    return _estimate(value, influence, inside, design, level)


def _share_below(asked: Floats, scores: Floats, weights: Floats) -> Floats:
    """Weighted share of `scores` below each score that is asked about, equal ones counting one half."""
    order = np.argsort(scores, kind="stable")
    running = np.concatenate([[0.0], np.cumsum(weights[order])])
    below = running[np.searchsorted(scores[order], asked, side="left")]
    upto = running[np.searchsorted(scores[order], asked, side="right")]
    share: Floats = (below + upto) / (2.0 * running[-1])
    return share


def _column(name: str, values: ArrayLike, design: Design) -> Floats:
    array: Floats = np.asarray(values, dtype=np.float64)
    if array.shape != design.weight.shape:
        raise InvalidInputError(f"{name} has {array.size} values, but the survey has {len(design.weight)} people.")
    return array


def _estimate(value: float, influence: Floats, inside: NDArray[np.bool_], design: Design, level: float) -> Estimate:
    from scipy.stats import t

    # 1. What each cluster adds to the statistic, and how that scatters around the mean of its stratum.
    totals = np.bincount(design.cluster, weights=influence, minlength=len(design.stratum))
    clusters = np.bincount(design.stratum)
    means = np.bincount(design.stratum, weights=totals) / clusters
    squares = np.bincount(design.stratum, weights=(totals - means[design.stratum]) ** 2)
    error = float(np.sqrt(np.sum(squares * clusters / (clusters - 1))))
    # 2. Degrees of freedom: of the clusters and strata where somebody of the domain was found.
    found = np.unique(design.cluster[inside])
    degrees = len(found) - len(np.unique(design.stratum[found]))
    reach = float(t.ppf((1 + level) / 2, degrees)) * error if degrees > 0 else np.nan
    return Estimate(value, error, value - reach, value + reach, degrees)
