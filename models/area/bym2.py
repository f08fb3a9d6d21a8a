"""Smoothed risks of areas by a spatial model, for an offline job: slower than `shrinkage`, and it knows the map.

Riebler A, Sorbye SH, Simpson D, Rue H. An intuitive Bayesian spatial model for disease mapping that accounts for
scaling. Statistical Methods in Medical Research 2016;25:1145-1165 (BYM2): the log relative risk of an area is a mean
plus a deviation of standard deviation sigma, of whose variance a share phi is shared with the neighbours (an intrinsic
autoregression scaled to variance one) and the rest is the area's own. Maps in several parts: Freni-Sterrantino A,
Ventrucci M, Rue H. Spatial and Spatio-temporal Epidemiology 2018;26:25-34: each part is scaled by itself, and an area
without neighbours has only its own part. Penalised-complexity priors of Simpson et al., Statistical Science
2017;32:1-28, with the values of Riebler: P(sigma > 1) = 0.01 and P(phi < 0.5) = 2/3.

What is computed is approximate Bayes, not sampling: on a grid of sigma and phi the log risks are taken as jointly
normal around their mode (Laplace; the mean moved by the third derivative), each grid point weighs by its marginal
likelihood in the same approximation and its prior, and the posterior of an area is the mixture of normals. That is the
"Gaussian" strategy of Rue H, Martino S, Chopin N (JRSS B 2009;71:319-392) with a mean that is corrected to first order.
Deterministic; time grows with the cube of areas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import brentq
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtr
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from features.errors import InvalidInputError
from models.area.neighbours import Neighbours
from models.area.rates import LEVEL, Floats

SIGMA_UPPER, SIGMA_TAIL = 1.0, 0.01
PHI_UPPER, PHI_SHARE = 0.5, 2 / 3
MEAN_VARIANCE = 100.0  # of the prior of the mean log risk: says nothing
SIGMAS = np.exp(np.linspace(np.log(0.02), np.log(2.0), 14))
PHIS = np.array([0.02, 0.15, 0.35, 0.55, 0.75, 0.9, 0.98])
STEPS, NEAR = 50, 1e-8
HALVINGS = 50
MOST_AREAS = 2_000


@dataclass(frozen=True)
class SmoothedRisks:
    """Relative risks; arrays (areas,).

    Attributes
    ----------
    risk, low, high
        Posterior mean and limits.
    sigma, phi
        Posterior means: how much areas differ on the log scale, and the share of it that neighbours have in common.
    """

    risk: Floats
    low: Floats
    high: Floats
    sigma: float
    phi: float
    weights: Floats
    means: Floats
    deviations: Floats

    def exceedance(self, threshold: float) -> Floats:
        """Return the probability that each risk is above `threshold`, 0..1."""
        return 1 - _below(np.log(threshold), self.weights, self.means, self.deviations)


def smooth(cases: ArrayLike, expected: ArrayLike, neighbours: Neighbours, level: float = LEVEL) -> SmoothedRisks:
    """Return the relative risks of areas under the BYM2 model.

    Parameters
    ----------
    cases, expected : array (areas,)
        Expected must be above zero.

    Raises
    ------
    InvalidInputError
        If the shapes do not fit, an area expects no case, there is none at all, or there are too many areas.
    """
    y, e = np.asarray(cases, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if y.shape != e.shape or y.shape != (neighbours.areas,):
        raise InvalidInputError(f"{y.shape} counts, {e.shape} expected, {neighbours.areas} areas: give one each.")
    if not np.all(e > 0) or y.sum() <= 0 or np.any(y < 0):
        raise InvalidInputError("Each area must expect some cases, and there must be at least one. Use larger areas.")
    if len(y) > MOST_AREAS:
        raise InvalidInputError(
            f"{len(y)} areas are too many for this model, which takes up to {MOST_AREAS}: use `shrink_to_neighbours`."
        )
    # Hundreds of small matrices: a second thread a matrix would only be waited for.
    with threadpool_limits(1, user_api="blas"):
        logs, means, variances, points = _over_grid(y, e, neighbours)
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    centre, deviation = np.array(means), np.sqrt(np.array(variances))
    sigma, phi = weights @ np.array(points)
    low, high = (_quantile(q, weights, centre, deviation) for q in ((1 - level) / 2, (1 + level) / 2))
    risk = weights @ np.exp(centre + deviation**2 / 2)
    return SmoothedRisks(risk, np.exp(low), np.exp(high), float(sigma), float(phi), weights, centre, deviation)


def _over_grid(
    y: Floats, e: Floats, neighbours: Neighbours
) -> tuple[list[float], list[Floats], list[Floats], list[tuple[float, float]]]:
    """Return log weight, means, variances, and sigma and phi of each point of the grid."""
    shared = shared_covariance(neighbours)
    prior_phi = phi_weights(shared)
    rate = -np.log(SIGMA_TAIL) / SIGMA_UPPER
    start = np.log((y + 0.5) / (e + 0.5))
    logs: list[float] = []
    means: list[Floats] = []
    variances: list[Floats] = []
    points: list[tuple[float, float]] = []
    for phi, weight in zip(PHIS, prior_phi, strict=True):
        for sigma in SIGMAS[::-1]:
            covariance = sigma**2 * ((1 - phi) * np.eye(len(y)) + phi * shared) + MEAN_VARIANCE
            mean, variance, evidence = _laplace(y, e, covariance, start)
            # The grid of sigma is even in its logarithm, hence the factor sigma.
            logs.append(evidence + np.log(weight) + np.log(sigma) - rate * sigma)
            means.append(mean)
            variances.append(variance)
            points.append((float(sigma), float(phi)))
            start = mean
    return logs, means, variances, points


def shared_covariance(neighbours: Neighbours) -> Floats:
    """Return the covariance of the scaled spatial part, (areas, areas): geometric mean of the variances one a part."""
    links = neighbours.matrix()
    parts, part = connected_components(links, directed=False)
    covariance = np.zeros((neighbours.areas, neighbours.areas))
    for one in range(parts):
        inside = np.flatnonzero(part == one)
        if len(inside) == 1:
            covariance[inside[0], inside[0]] = 1.0
            continue
        touching = links[inside][:, inside].toarray()
        precision = np.diag(touching.sum(axis=1)) - touching
        # The generalised inverse, with the constant taken out: its eigenvalue is zero.
        constant = np.full_like(precision, 1 / len(inside))
        inverse = np.linalg.inv(precision + constant) - constant
        covariance[np.ix_(inside, inside)] = inverse / np.exp(np.log(np.diag(inverse)).mean())
    return covariance


def phi_weights(shared: Floats) -> Floats:
    """Return the prior probability that each of `PHIS` stands for, (7,): even towards the unstructured in distance.

    The distance of a phi from the model with independent areas is the root of twice the Kullback-Leibler divergence
    (Riebler 2016, appendix), and its prior an exponential one, whose rate follows from P(phi < 0.5) = 2/3.
    """
    spread = np.maximum(np.linalg.eigvalsh(shared), 0.0)

    def distance(phi: float) -> float:
        scaled = phi * (spread - 1)
        return float(np.sqrt(max(float((scaled - np.log1p(np.maximum(scaled, -1 + 1e-12))).sum()), 0.0)))

    far = distance(1 - 1e-6)
    middle = distance(PHI_UPPER)

    def missing(rate: float) -> float:
        return float(np.expm1(-rate * middle) / np.expm1(-rate * far)) - PHI_SHARE

    rate = brentq(missing, -5 / far, 200 / far) if missing(-5 / far) * missing(200 / far) < 0 else 1 / far
    edges = np.concatenate([[0.0], (PHIS[1:] + PHIS[:-1]) / 2, [1 - 1e-6]])
    reached = np.array([distance(edge) for edge in edges])
    mass = np.diff(-np.exp(-rate * reached)) * np.sign(rate)
    return np.asarray(mass / mass.sum())


def _laplace(y: Floats, e: Floats, covariance: Floats, start: Floats) -> tuple[Floats, Floats, float]:
    """Return means and variances of the log risks given sigma and phi, (areas,), and the log marginal likelihood.

    The mean is the mode moved by the first term of the likelihood's lopsidedness: few cases leave a longer left tail.
    """
    factor = cho_factor(covariance, lower=True)
    precision = cho_solve(factor, np.eye(len(y)))
    x = start

    def height(at: Floats) -> float:
        return float(y @ at - e @ np.exp(at) - at @ precision @ at / 2)

    now = height(x)
    for _ in range(STEPS):
        seen = e * np.exp(x)
        curvature = precision + np.diag(seen)
        step = np.linalg.solve(curvature, y - seen - precision @ x)
        size = 1.0
        while height(x + size * step) < now - 1e-9 * abs(now) and size > 1e-4:
            size /= 2
        x = np.asarray(x + size * step)
        now = height(x)
        if np.abs(step).max() < NEAR:
            break
    seen = e * np.exp(x)
    curvature = precision + np.diag(seen)
    _, log_determinant = np.linalg.slogdet(curvature)
    evidence = now - log_determinant / 2 - np.log(np.diag(factor[0])).sum()
    left = np.linalg.inv(curvature)
    variance = np.diag(left)
    return x - left @ (seen * variance) / 2, variance, evidence


def _below(value: Floats | float, weights: Floats, means: Floats, deviations: Floats) -> Floats:
    """Return the posterior probability that each log risk is below `value`, (areas,)."""
    return np.asarray(weights @ ndtr((value - means) / deviations))


def _quantile(share: float, weights: Floats, means: Floats, deviations: Floats) -> Floats:
    left, right = (means - 10 * deviations).min(axis=0), (means + 10 * deviations).max(axis=0)
    for _ in range(HALVINGS):
        middle = (left + right) / 2
        above = _below(middle, weights, means, deviations) > share
        left, right = np.where(above, left, middle), np.where(above, middle, right)
    return np.asarray((left + right) / 2)
