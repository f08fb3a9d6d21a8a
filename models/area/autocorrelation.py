"""Whether neighbours are alike: Moran's I of the whole map, local Moran and Gi* of each area.

Moran PAP. Notes on continuous stochastic phenomena. Biometrika 1950;37:17-23, with the moments under randomisation of
Cliff AD, Ord JK, Spatial Processes, 1981. Anselin L. Local indicators of spatial association: LISA. Geographical
Analysis 1995;27:93-115, with the conditional moments of Sokal RR, Oden NL, Thomson BA, Geographical Analysis
1998;30:331-354. Getis A, Ord JK. Local spatial autocorrelation statistics. Geographical Analysis 1995;27:286-306.
All three are worked out by `esda`.

A map asks one question an area. Benjamini and Hochberg's procedure (JRSS B 1995;57:289-300) keeps the share of false
ones among the areas that are pointed out below `FALSE_DISCOVERY`; neighbours share data, and under such positive
dependence it still holds (Benjamini Y, Yekutieli D, Annals of Statistics 2001;29:1165-1188).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from scipy.stats import false_discovery_control

from features.errors import InvalidInputError
from models.area.neighbours import Neighbours
from models.area.rates import Floats

FALSE_DISCOVERY = 0.05
NOT_CLUSTERED, HIGH_HIGH, LOW_HIGH, LOW_LOW, HIGH_LOW = range(5)
"""What an area is beside its neighbours; from 1 on the quadrants of Moran's scatter plot, as `esda` counts them."""


@dataclass(frozen=True)
class GlobalMoran:
    """Moran's I with its expectation, variance, z and two-sided p under randomisation."""

    value: float
    expected: float
    variance: float
    z: float
    p: float


@dataclass(frozen=True)
class LocalStatistic:
    """A statistic of each area; arrays (areas,), NaN for an area without neighbours.

    Attributes
    ----------
    z, p
        Standardised, and its two-sided p-value (normal approximation).
    q
        p adjusted for the number of areas (Benjamini and Hochberg): smallest false-discovery rate at which the area
        would be pointed out.
    kind
        `HIGH_HIGH` to `HIGH_LOW` where q is at most `FALSE_DISCOVERY`, else `NOT_CLUSTERED`; for Gi* the hot are
        `HIGH_HIGH` and the cold `LOW_LOW`.
    """

    value: Floats
    z: Floats
    p: Floats
    q: Floats
    kind: NDArray[np.int64]


def moran(values: ArrayLike, neighbours: Neighbours) -> GlobalMoran:
    """Return Moran's I of values (areas,), each area's neighbours weighing one together.

    Raises
    ------
    InvalidInputError
        If there are fewer than four areas, a value is missing, all are the same, or no area has a neighbour.
    """
    from esda.moran import Moran  # type: ignore[import-untyped]

    y = _checked(values, neighbours)
    found = _quietly(Moran, y, neighbours.weights, transformation="r", permutations=0, two_tailed=True)
    return GlobalMoran(*(float(x) for x in (found.I, found.EI, found.VI_rand, found.z_rand, found.p_rand)))


def local_moran(values: ArrayLike, neighbours: Neighbours, false_discovery: float = FALSE_DISCOVERY) -> LocalStatistic:
    """Return the local Moran's I of values (areas,), inference conditional on the area's own value."""
    from esda.moran import Moran_Local

    y = _checked(values, neighbours)
    found = _quietly(Moran_Local, y, neighbours.weights, transformation="r", permutations=0)
    # esda divides by n / (n - 1) too much; its moments are those of Anselin's equation 12, and so is spdep's statistic.
    local = found.Is * len(y) / (len(y) - 1)
    # An area whose value is the mean has a statistic of zero whatever its neighbours have.
    varies = found.VIc > 0
    z = np.where(varies, (local - found.EIc) / np.sqrt(np.where(varies, found.VIc, 1.0)), 0.0)
    return _judged(local, z, found.q.astype(np.int64), neighbours, false_discovery)


def getis_ord(values: ArrayLike, neighbours: Neighbours, false_discovery: float = FALSE_DISCOVERY) -> LocalStatistic:
    """Return Gi* of values (areas,), which must not be negative; its value is the share of the neighbourhood's mean.

    The area itself belongs to its neighbourhood, all of whose members weigh the same.
    """
    from esda.getisord import G_Local  # type: ignore[import-untyped]

    y = _checked(values, neighbours)
    if np.any(y < 0) or y.sum() <= 0:
        raise InvalidInputError("Gi* is for values of zero and more that are not all zero, as counts and rates are.")
    found = _quietly(G_Local, y, neighbours.weights_with_self, transform="b", permutations=0, star=None, n_jobs=1)
    z = np.asarray(found.Zs, dtype=np.float64)
    return _judged(np.asarray(found.Gs), z, np.where(z > 0, HIGH_HIGH, LOW_LOW), neighbours, false_discovery)


def _judged(
    value: Floats, z: Floats, kind: NDArray[np.int64], neighbours: Neighbours, false_discovery: float
) -> LocalStatistic:
    linked = np.bincount(neighbours.first, minlength=neighbours.areas) > 0
    known = linked & np.isfinite(z)
    p, q = np.full(len(z), np.nan), np.full(len(z), np.nan)
    p[known] = 2 * ndtr(-np.abs(z[known]))
    if known.any():
        q[known] = false_discovery_control(p[known], method="bh")
    clustered = known & (np.nan_to_num(q, nan=1.0) <= false_discovery)
    return LocalStatistic(
        np.where(linked, value, np.nan), np.where(known, z, np.nan), p, q, np.where(clustered, kind, NOT_CLUSTERED)
    )


def _checked(values: ArrayLike, neighbours: Neighbours) -> Floats:
    y = np.asarray(values, dtype=np.float64)
    if y.shape != (neighbours.areas,):
        raise InvalidInputError(f"{y.shape} values for {neighbours.areas} areas: give one each.")
    if len(y) < 4 or not len(neighbours.first):
        raise InvalidInputError("Likeness of neighbours needs at least four areas, of which some are neighbours.")
    if not np.all(np.isfinite(y)) or np.ptp(y) == 0:
        raise InvalidInputError("Likeness of neighbours needs a value for each area, and not everywhere the same.")
    return y


def _quietly(statistic: Any, *given: Any, **options: Any) -> Any:
    """Return what `esda` works out, without its words on areas that have no neighbour: these become NaN here."""
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore")
        return statistic(*given, **options)
